/*
 * map.h - a hash table from numbers to numbers. Keys come from profiles, which are untrusted: where
 * a key stands depends on a secret made at start, so that no file can choose keys that collide.
 */
#ifndef ANALYZER_MAP_H
#define ANALYZER_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map {
	struct map_entry {
		uint64_t key;
		uint32_t value; /* UINT32_MAX: empty */
	} * entries;
	size_t count, room;
};

void map_free(struct map *map);
/* UINT32_MAX: not there. */
uint32_t map_get(const struct map *map, uint64_t key);
void map_set(struct map *map, uint64_t key, uint32_t value);
/* A key made of two numbers, by the same secret: without it no two pairs can be made to share it.
 */
uint64_t map_key(uint64_t a, uint64_t b);

#endif
