/*
 * budget.h - run.budget, a page that all processes of a run share: what disk they may take in sum,
 * and which of them could not make a profile, and why. Written by the shim; the analyzer, which
 * takes no word of it on trust, gives those processes their reason.
 */
#ifndef DNDPROF_BUDGET_H
#define DNDPROF_BUDGET_H

#include <stdint.h>

#define DNDPROF_BUDGET_FILE    "run.budget"
#define DNDPROF_BUDGET_MAGIC   "DNDBUDG\n" /* 8 bytes, no NUL */
#define DNDPROF_BUDGET_BYTES   4096
#define DNDPROF_BUDGET_ENTRIES 100 /* those that came first */

/* A program that left no profile. */
struct dndprof_unrecorded {
	uint32_t pid;	/* stored last, with release; 0: none yet */
	uint32_t error; /* errno */
	uint64_t limit; /* RLIMIT_FSIZE, bytes */
	uint64_t ns;	/* CLOCK_MONOTONIC, when it tried */
	char program[16];
};

struct dndprof_budget {
	char magic[8];
	uint64_t cap, used;  /* bytes of disk */
	uint64_t refused;    /* requests turned down */
	uint64_t unrecorded; /* programs without a profile, with an entry or without */
	struct dndprof_unrecorded entries[DNDPROF_BUDGET_ENTRIES];
};
_Static_assert(sizeof(struct dndprof_budget) <= DNDPROF_BUDGET_BYTES, "one page");

/* Of a file: with a smaller RLIMIT_FSIZE no profile is made. */
#define DNDPROF_FILE_LEAST (64 * 1024)

#endif
