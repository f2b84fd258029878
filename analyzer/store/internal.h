/*
 * internal.h - what the files of store/ share.
 */
#ifndef ANALYZER_STORE_INTERNAL_H
#define ANALYZER_STORE_INTERNAL_H

#include "base/buffer.h"
#include "base/error.h"
#include "store/sqlite.h"
#include "store/store.h"

struct store {
	char *path;
	sqlite3 *database;
};

/* Says what SQLite's last error means. Returns EXIT_INPUT. */
int store_failed(const struct store *store);
/* Statements without values. */
bool store_run(sqlite3 *database, const char *sql);

#endif
