/*
 * open.c - opens a history: makes the file for its owner alone, brings its tables up to this
 * version, and refuses what is not ours. Tables are made by the list of migrations only; what a
 * file holds is compared with what those make in an empty database, so that a foreign file's views
 * and triggers never run.
 */
#include "base/planted.h"
#include "rundir.h"
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION	    1684956272 /* "dndp" */
#define TEXT_OF(number)	    #number
#define NUMBER_TEXT(number) TEXT_OF(number)
#define BUSY_MS		    20000
#define TEXT_MOST	    1000000 /* bytes of any value */

/* One a version. Never change one that was released: add another. */
static const char *const migrations[] = {
	"CREATE TABLE runs (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE,"
	" added_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, path TEXT NOT NULL,"
	" program TEXT NOT NULL, subcommand TEXT NOT NULL, host TEXT NOT NULL,"
	" branch TEXT NOT NULL, revision TEXT NOT NULL, ci TEXT NOT NULL, build TEXT NOT NULL,"
	" job TEXT NOT NULL) STRICT;"
	"CREATE TABLE figures (run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
	" subject TEXT NOT NULL, name TEXT NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL,"
	" PRIMARY KEY (run, subject, name, metric)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE baselines (name TEXT PRIMARY KEY, saved_ns INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE baseline_runs (baseline TEXT NOT NULL REFERENCES baselines"
	" ON DELETE CASCADE, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
	" PRIMARY KEY (baseline, run)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX runs_by_start ON runs (start_ns);"
	"CREATE INDEX baselines_of_run ON baseline_runs (run);",
};
#define VERSION ((int64_t)(sizeof(migrations) / sizeof(migrations[0])))

#define SCHEMA                                                                  \
	"SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || " \
	"coalesce(sql, ''), char(10)) FROM (SELECT * FROM sqlite_schema ORDER BY name)"

int store_failed(const struct store *store)
{
	static const struct {
		int code;
		const char *sentence;
	} sentences[] = {
		{SQLITE_NOTADB, "is no history; name another file with --db"},
		{SQLITE_CORRUPT, "is damaged; move it away, and add the runs again"},
		{SQLITE_BUSY, "is being written by others for too long; try again"},
		{SQLITE_READONLY, "may not be written; name another file with --db"},
		{SQLITE_CANTOPEN, "cannot be opened; name another file with --db"},
		{SQLITE_FULL, "has no room left on its disk"},
		{SQLITE_TOOBIG, "is damaged: a value is too long"},
	};
	int code = sqlite.errcode(store->database) & 0xff;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].code == code)
			return error_text(EXIT_INPUT, "%s %s", store->path, sentences[i].sentence);
	return error_text(EXIT_INPUT, "%s cannot be used: %s", store->path,
			  sqlite.errmsg(store->database));
}

bool store_run(sqlite3 *database, const char *sql)
{
	return sqlite.exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first value of the first row. False: there is none, or it failed. */
static bool ask_text(sqlite3 *database, const char *sql, struct buffer *text)
{
	sqlite3_stmt *statement;
	bool good = sqlite.prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite.step(statement) == SQLITE_ROW;

	if (good && sqlite.column_text(statement, 0))
		buffer_print(text, "%s", (const char *)sqlite.column_text(statement, 0));
	sqlite.finalize(statement);
	return good;
}

static bool ask_number(sqlite3 *database, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement;
	bool good = sqlite.prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite.step(statement) == SQLITE_ROW;

	if (good)
		*number = sqlite.column_int64(statement, 0);
	sqlite.finalize(statement);
	return good;
}

static bool migrate(sqlite3 *database, int64_t from, int64_t to)
{
	char sql[64];

	for (int64_t i = from; i < to; i++)
		if (!store_run(database, migrations[i]))
			return false;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %" PRId64, to);
	return store_run(database, sql);
}

/* Are its tables those that the migrations up to `version` make, and nothing else? */
static bool is_ours(const struct store *store, int64_t version)
{
	struct buffer found = {0}, expected = {0};
	sqlite3 *empty = NULL;
	bool same;

	same = sqlite.open_v2(":memory:", &empty, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	       migrate(empty, 0, version) && ask_text(empty, SCHEMA, &expected) &&
	       ask_text(store->database, SCHEMA, &found) &&
	       strcmp(buffer_text(&found), buffer_text(&expected)) == 0;
	sqlite.close(empty);
	buffer_free(&found);
	buffer_free(&expected);
	return same;
}

/* Within a transaction, so that of two who open a new file one makes the tables. */
static int settle_version(struct store *store)
{
	int64_t version, application, objects;

	if (!ask_number(store->database, "PRAGMA user_version", &version) ||
	    !ask_number(store->database, "PRAGMA application_id", &application) ||
	    !ask_number(store->database, "SELECT count(*) FROM sqlite_schema", &objects))
		return store_failed(store);
	if (application == APPLICATION && version > VERSION)
		return error_text(EXIT_INPUT,
				  "%s was written by a newer dndprof than this one; use that, or "
				  "name another file with --db",
				  store->path);
	if ((application != APPLICATION || version < 1) && (application || version || objects))
		return error_text(EXIT_INPUT, "%s is no history; name another file with --db",
				  store->path);
	if (version && !is_ours(store, version)) {
		int code = sqlite.errcode(store->database);

		return code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE
			       ? store_failed(store)
			       : error_text(EXIT_INPUT,
					    "%s has other tables than a history has; name another "
					    "file with --db",
					    store->path);
	}
	if (version < VERSION &&
	    (!migrate(store->database, version, VERSION) ||
	     !store_run(store->database, "PRAGMA application_id = " NUMBER_TEXT(APPLICATION))))
		return store_failed(store);
	return EXIT_FINE;
}

/* The history, and what SQLite keeps beside it and would follow through a link. */
static bool is_planted(const char *path)
{
	static const char *const ends[] = {"-wal", "-shm", "-journal"};
	bool planted = planted_at(path);
	char side[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !planted; i++) {
		struct stat status;

		snprintf(side, sizeof(side), "%s%s", path, ends[i]);
		planted =
			planted_at(side) || (lstat(side, &status) == 0 && !S_ISREG(status.st_mode));
	}
	return planted;
}

/* For its owner alone, whatever the umask; SQLite's further files take after it. */
static int make_file(const char *path, bool create)
{
	int fd, error;
	struct stat status;

	if (is_planted(path))
		return error_text(EXIT_INPUT,
				  "somebody else can have put %s there, or what lies beside it; "
				  "name another file with --db",
				  path);
	fd = open(path, O_RDWR | (create ? O_CREAT : 0) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		  0600);
	error = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (error == -ENOENT)
		return error_text(EXIT_INPUT,
				  "there is no history at %s yet; `dndprof history add` makes one",
				  path);
	if (error == -ELOOP)
		return error_text(EXIT_INPUT, "%s is a link; name the file itself with --db", path);
	if (error)
		return error_text(EXIT_INPUT,
				  "the history %s cannot be opened: %s; name another file with "
				  "--db",
				  path, strerror(-error));
	return S_ISREG(status.st_mode)
		       ? EXIT_FINE
		       : error_text(EXIT_INPUT, "%s is no file; name one with --db", path);
}

static int open_file(struct store *store)
{
	static const char settings[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
				       "PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON;"
				       "PRAGMA synchronous = NORMAL;";
	int status;

	if (sqlite.open_v2(store->path, &store->database,
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK)
		return store_failed(store);
	sqlite.busy_timeout(store->database, BUSY_MS);
	sqlite.db_config(store->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite.db_config(store->database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite.db_config(store->database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite.limit(store->database, SQLITE_LIMIT_LENGTH, TEXT_MOST);
	/* a file system that cannot share memory keeps its journal: slower, as safe */
	if (!store_run(store->database, settings) || !store_run(store->database, "BEGIN IMMEDIATE"))
		return store_failed(store);
	status = settle_version(store);
	if (!store_run(store->database, status ? "ROLLBACK" : "COMMIT") && !status)
		return store_failed(store);
	if (!status)
		store_run(store->database, "PRAGMA journal_mode = WAL");
	return status;
}

static int place(struct store *store, const char *path, bool create)
{
	char parent[PATH_MAX];
	int error;

	if (path) {
		store->path = memory_text(path);
		return EXIT_FINE;
	}
	run_parent(parent);
	error = create ? rundir_make_parents(parent) : 0;
	error = error ? error : run_parent_check(parent);
	if (error == -EPERM)
		return error_say(error, parent);
	if (error)
		return error_text(EXIT_INPUT,
				  "%s, where the history belongs, cannot be made: %s; name a file "
				  "with --db",
				  parent, strerror(-error));
	store->path = memory_get(strlen(parent) + sizeof(STORE_FILE) + 1);
	sprintf(store->path, "%s/%s", parent, STORE_FILE); // NOLINT: made for it
	return EXIT_FINE;
}

int store_open(struct store **opened, const char *path, bool create)
{
	struct store *store = memory_get(sizeof(*store));
	const char *why;
	int status = sqlite_load(&why) ? EXIT_FINE : error_text(EXIT_INPUT, "%s", why);

	status = status ? status : place(store, path, create);
	status = status ? status : make_file(store->path, create);
	status = status ? status : open_file(store);
	if (status)
		store_close(store);
	else
		*opened = store;
	return status;
}

void store_close(struct store *store)
{
	if (store->database)
		sqlite.close(store->database);
	free(store->path);
	free(store);
}
