/*
 * sqlite.h - libsqlite3, loaded only when a history is opened: what profiles a command must not pay
 * for it.
 */
#ifndef ANALYZER_SQLITE_H
#define ANALYZER_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

/* X(name): sqlite.NAME is sqlite3_NAME. */
// clang-format off
#define SQLITE_FUNCTIONS(X) \
	X(libversion_number) \
	X(open_v2) \
	X(close) \
	X(exec) \
	X(errmsg) \
	X(errcode) \
	X(busy_timeout) \
	X(db_config) \
	X(limit) \
	X(prepare_v2) \
	X(step) \
	X(finalize) \
	X(last_insert_rowid) \
	X(changes) \
	X(bind_text) \
	X(bind_int64) \
	X(bind_double) \
	X(bind_null) \
	X(column_text) \
	X(column_int64) \
	X(column_double)
// clang-format on

#define SQLITE_POINTER(name) __typeof__(&sqlite3_##name) name;
struct sqlite {
	void *library;
	SQLITE_FUNCTIONS(SQLITE_POINTER)
};
#undef SQLITE_POINTER

extern struct sqlite sqlite;
/* False: it is not there, or too old; `why` is then a sentence. */
bool sqlite_load(const char **why);

#endif
