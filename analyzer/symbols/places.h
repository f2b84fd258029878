/*
 * places.h - what lies at addresses of one file: by Go's own tables, else by libdw. The file is
 * anybody's, and libdw may not be up to it: this is for the process of symbolizer.h only.
 */
#ifndef ANALYZER_PLACES_H
#define ANALYZER_PLACES_H

#include "symbols/elf_file.h"

/* How far a file is read. Where one ended the process that read it, the next is tried. */
enum depth {
	DEPTH_LINES, /* all there is */
	DEPTH_NAMES, /* of libdw symbol tables only */
	DEPTH_GO,    /* Go's own tables only */
	DEPTH_NONE,
};

struct wanted {
	enum depth depth;
	bool go;       /* it is a Go program */
	bool demangle; /* names of C++, as people write them (places_demangle) */
	uint8_t build_id_bytes;
	uint8_t build_id[DNDPROF_BUILD_ID]; /* another file is none */
};

enum places_status {
	PLACES_THERE,
	PLACES_CHANGED,	   /* it is another file */
	PLACES_UNREADABLE, /* as a program */
	PLACES_NO_LIBDW,
	PLACES_STATUSES
};

struct place {
	const char *function; /* NULL: unknown. Not trusted, as long as the file is open. */
	const char *file;     /* NULL: unknown */
	uint32_t line;	      /* 0: unknown; INT32_MAX at most */
	bool inlined;	      /* file and line are those of a function inlined into this one */
};

/* Loads the libraries: later there may be no right to. The first before anything is opened, the
 * second, which costs as much again, where names of C++ were met. */
void places_start(void);
void places_demangle(void);

struct places;
/* Takes both files; debug_fd -1: there is none beside. Always gives one. */
struct places *places_open(const struct wanted *wanted, int fd, int debug_fd,
			   enum places_status *status);
void places_close(struct places *places);
/* What lies `back` bytes before the address; where nothing is known to, at it: what a signal
 * interrupted goes on in a function nobody called, and returns to its begin. */
void places_find(struct places *places, uint64_t address, uint64_t back, struct place *place);

#endif
