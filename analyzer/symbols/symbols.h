/*
 * symbols.h - what lies at an address of a profiled process: function, file and line, module and
 * offset; or the reason why not. Addresses are given first, all of them, then looked up: files are
 * read by another process (symbolizer.h), which is asked for many at once.
 */
#ifndef ANALYZER_SYMBOLS_H
#define ANALYZER_SYMBOLS_H

#include "base/memory.h"
#include "profile/reader.h"

/* One per place in a file; addresses are equal when their symbols are. Texts are not trusted, and
 * live as long as the symbols. Until symbols_look_up() nothing is known but the module. */
struct symbol {
	const char *function; /* NULL: unknown */
	const char *file;     /* NULL: unknown */
	int line;	      /* 0: unknown */
	bool inlined;	      /* file and line are those of a function inlined into this one */
	const char *path;     /* of the module; NULL: the address is in no known one */
	const char *module;   /* its base name */
	uint64_t offset;      /* of the address, as the module's file has it; without a module the
				 address */
	const char *problem;  /* NULL, or why the function is not known */
	const char *text;     /* "function (file:line) in module+0x12" */
};

struct symbols;
struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/* Of a function's address. */
const struct symbol *symbol_at(struct symbols *symbols, const struct profile *profile,
			       uint64_t address);
/* Of a return address: the call before it. */
const struct symbol *symbol_of_call(struct symbols *symbols, const struct profile *profile,
				    uint64_t address);

/* Of all that was given since the last time. */
void symbols_look_up(struct symbols *symbols);
/* A sentence on files that could not be read whole; NULL: there are none. */
const char *symbols_failures(const struct symbols *symbols);

/* "function (file:line)", or "module+0x12" where the function is unknown. */
const char *symbol_name(struct symbols *symbols, const struct symbol *symbol);

#endif
