/*
 * dwarf.h - functions and lines of a program in C and its like, by elfutils' libdw: out of debug
 * information of the file or beside it on this machine, else out of its symbol tables. The library
 * is loaded when the first file is opened: most reports need none.
 */
#ifndef ANALYZER_DWARF_H
#define ANALYZER_DWARF_H

#include <stdbool.h>
#include <stdint.h>

struct dwarf;

struct dwarf_place {
	const char *function; /* NULL: unknown. Not trusted, as long as the file is open. */
	const char *file;     /* NULL: unknown */
	int line;	      /* 0: unknown */
};

/* Is libdw there? */
bool dwarf_works(void);
/* NULL: it cannot be read. */
struct dwarf *dwarf_open(const char *path);
void dwarf_close(struct dwarf *dwarf);
/* `address` as the file has it. */
bool dwarf_find(struct dwarf *dwarf, uint64_t address, struct dwarf_place *place);
/* A C++ function's name as people write it, for the caller to free; NULL: it is none. */
char *dwarf_demangle(const char *name);

#endif
