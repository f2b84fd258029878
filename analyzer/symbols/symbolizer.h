/*
 * symbolizer.h - asks a process of its own what lies at addresses of a file. The file may be made
 * to harm, and what reads it (libdw above all) is not made for such: so it is read where nothing is
 * to be had and little to be spent (sandbox.h), one process a file, and no longer than is waited
 * for.
 *
 * That process is forked by one that runs this very program by another name: forks of it are cheap,
 * have nothing of what the analyzer has read, and start with the libraries loaded.
 */
#ifndef ANALYZER_SYMBOLIZER_H
#define ANALYZER_SYMBOLIZER_H

#include "symbols/message.h"

/* Of main, before all else: serves and returns true where the program was started to, when it has
 * done so. A program that never asks has no symbolizer: nothing is known there then. */
bool symbolizer_serve(int argc, char **argv);

struct symbolizer_file {
	const char *path;     /* absolute */
	struct wanted wanted; /* of which `demangle` is not the caller's */
	/* Not the caller's, zero at first: the order by which it was last read, whether it failed.
	 */
	uint32_t order;
	bool failed;
};

struct symbolizer;
/* How long the process that reads a file is waited for, and all of them together. */
#define SYMBOLIZER_FILE_MS 10000
#define SYMBOLIZER_ALL_MS  30000
struct symbolizer *symbolizer_new(int file_ms, int all_ms); /* starts nothing yet */
void symbolizer_free(struct symbolizer *symbolizer);

/* What lies at the addresses, into as many places; texts go to the arena. NULL, or why nothing of
 * the file is known; then it need not be asked for again. */
const char *symbolizer_ask(struct symbolizer *symbolizer, struct symbolizer_file *file,
			   const struct asked *asked, size_t count, struct arena *arena,
			   struct place *places);

/* A sentence on what was not read for want of time or memory, or because reading it went wrong;
 * NULL: nothing. */
const char *symbolizer_failures(const struct symbolizer *symbolizer, struct arena *arena);

#endif
