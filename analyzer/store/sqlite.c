/*
 * sqlite.c - see sqlite.h.
 */
#include "store/sqlite.h"

#include <dlfcn.h>
#include <string.h>

#define OLDEST 3037000 /* tables that are STRICT */

struct sqlite sqlite;

bool sqlite_load(const char **why)
{
#define SYMBOL(name) {"sqlite3_" #name, &sqlite.name},
	static const struct {
		const char *name;
		void *to;
	} symbols[] = {SQLITE_FUNCTIONS(SYMBOL)};
#undef SYMBOL

	if (sqlite.library)
		return true;
	*why = "libsqlite3.so.0, which keeps the history, is not installed; install libsqlite3-0";
	sqlite.library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!sqlite.library)
		return false;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(sqlite.library, symbols[i].name);

		if (!symbol)
			return false;
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	*why = "libsqlite3 is older than 3.37; install a newer one";
	return sqlite.libversion_number() >= OLDEST;
}
