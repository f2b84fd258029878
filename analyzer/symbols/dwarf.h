/*
 * dwarf.h - functions and lines of a program in C and its like, by elfutils' libdw: out of debug
 * information of the file or of one beside it, else out of its symbol tables. libdw is not made for
 * files that mean harm: see places.h for where this may be used.
 */
#ifndef ANALYZER_DWARF_H
#define ANALYZER_DWARF_H

#include "symbols/places.h"

#include <stdbool.h>
#include <stdint.h>

struct dwarf;

/* Is libdw there? The first question loads it. */
bool dwarf_works(void);
/* Loads what demangles. */
void dwarf_demangler(void);
/* NULL: it cannot be read. Else both files are taken; debug_fd -1: there is none. Without `lines`
 * nothing but symbol tables is read. */
struct dwarf *dwarf_open(int fd, int debug_fd, bool lines);
void dwarf_close(struct dwarf *dwarf);
/* `address` as the file has it. */
bool dwarf_find(struct dwarf *dwarf, uint64_t address, struct place *place);
/* A C++ function's name as people write it, for the caller to free; NULL: it is none. */
char *dwarf_demangle(const char *name);

#endif
