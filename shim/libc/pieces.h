/*
 * pieces.h - first lines that come in several buffers: the beginning waits here, in the process's
 * own memory, until the rest comes. There are few such flows at a time and few places; one that
 * finds none is missed.
 */
#ifndef DNDPROF_SHIM_PIECES_H
#define DNDPROF_SHIM_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECE_MAX 1024

/* A place, held by the caller alone until it is kept or freed. */
struct piece {
	uint64_t owner; /* 0: free; 1: held */
	size_t n;
	char bytes[PIECE_MAX];
};

/* The place of the flow (fd, generation) in one direction, or an empty one for it; NULL: none free.
 */
struct piece *piece_hold(int fd, uint32_t generation, bool sent);

void piece_keep(struct piece *p, int fd, uint32_t generation, bool sent);
void piece_free(struct piece *p);

#endif
