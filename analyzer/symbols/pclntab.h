/*
 * pclntab.h - Go's own table of functions, files and lines, which every Go program carries,
 * stripped or not. Layouts of Go 1.18 and 1.19, and of 1.20 and later. The bytes may be anything:
 * nothing is read outside them and every look-up ends.
 */
#ifndef ANALYZER_PCLNTAB_H
#define ANALYZER_PCLNTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pclntab {
	const uint8_t *data; /* the caller's; from the table's header on */
	size_t size;
	bool has_start_line; /* 1.20 and later */
	uint64_t functions;
	uint64_t text; /* what the header says of the code's address; 0: nothing, or not yet */
	uint64_t names, units, files, values, lines; /* offsets of its parts */
};

struct pclntab_place {
	const char *function; /* not trusted, but terminated; within the table */
	const char *file;     /* NULL: unknown */
	uint32_t line;	      /* 0: unknown */
	bool inlined; /* file and line are those of a function that was inlined into this one */
	uint32_t entry;
};

/* Could a table begin here? What is cheap to tell: for searching. */
#define PCLNTAB_HEADER 72
bool pclntab_begins(const uint8_t data[8]);

/* 0, or -EBADMSG: no such table. */
int pclntab_open(struct pclntab *table, const uint8_t *data, size_t size);

/* The function that holds the byte of code `offset` bytes behind the begin of the code. */
bool pclntab_find(const struct pclntab *table, uint64_t offset, struct pclntab_place *place);

/* Offset of the first function that `is_it` says yes to. False: of none. */
bool pclntab_search(const struct pclntab *table, bool (*is_it)(const char *name), uint32_t *offset);

#endif
