/*
 * symbols.h - what lies at an address of a profiled process: function, file and line, module and
 * offset; or the reason why not.
 */
#ifndef ANALYZER_SYMBOLS_H
#define ANALYZER_SYMBOLS_H

#include "base/memory.h"
#include "profile/reader.h"

/* One per place in a file; addresses are equal when their symbols are. Texts are not trusted, and
 * live as long as the symbols. */
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

/* "function (file:line)", or "module+0x12" where the function is unknown. */
const char *symbol_name(struct symbols *symbols, const struct symbol *symbol);

#endif
