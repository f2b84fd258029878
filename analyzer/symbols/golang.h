/*
 * golang.h - functions and lines of a Go program, out of its own tables (pclntab.h).
 */
#ifndef ANALYZER_GOLANG_H
#define ANALYZER_GOLANG_H

#include "symbols/elf_file.h"
#include "symbols/pclntab.h"

struct golang;

/* NULL: the file has no such tables. The file may be closed afterwards. */
struct golang *golang_open(struct elf_file *file);
void golang_close(struct golang *golang);
/* `address` as the file has it. */
bool golang_find(const struct golang *golang, uint64_t address, struct pclntab_place *place);

#endif
