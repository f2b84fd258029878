/*
 * history.c - runs, their figures and baselines in the store (store.h). Each change is one
 * transaction that takes the writer's lock at its begin: whoever comes meanwhile waits.
 */
#include "base/duration.h"
#include "store/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define NAME_MOST 1000 /* bytes of a text that is kept */

/* ---- statements ---- */

/* Prepares; values by `kinds`: t text, i int64_t, d double, n text or NULL. NULL: it failed. */
static sqlite3_stmt *ask(struct store *store, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *statement;
	va_list list;
	int at = 1;

	if (sqlite.prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	va_start(list, kinds);
	for (; *kinds; kinds++, at++) {
		const char *text =
			*kinds == 't' || *kinds == 'n' ? va_arg(list, const char *) : NULL;

		if (*kinds == 'i')
			sqlite.bind_int64(statement, at, va_arg(list, int64_t));
		else if (*kinds == 'd')
			sqlite.bind_double(statement, at, va_arg(list, double));
		else if (text)
			sqlite.bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
		else
			sqlite.bind_null(statement, at);
	}
	va_end(list);
	return statement;
}

/* Runs it to its end, without rows. */
static bool done(sqlite3_stmt *statement)
{
	bool good = statement && sqlite.step(statement) == SQLITE_DONE;

	return sqlite.finalize(statement) == SQLITE_OK && good;
}

static const char *column(struct arena *arena, sqlite3_stmt *statement, int index)
{
	const char *text = (const char *)sqlite.column_text(statement, index);

	return text ? arena_copy(arena, text, strlen(text)) : "";
}

/* Ends a transaction that began; says what failed. */
static int end(struct store *store, bool good)
{
	int status = good && store_run(store->database, "COMMIT") ? EXIT_FINE : store_failed(store);

	if (status)
		store_run(store->database, "ROLLBACK");
	return status;
}

/* Valid UTF-8, not too long. */
static const char *clean(struct arena *arena, const char *text)
{
	struct buffer buffer = {0};
	const char *kept;

	buffer_replace(&buffer, text, strnlen(text, NAME_MOST));
	kept = arena_copy(arena, buffer_text(&buffer), buffer.length);
	buffer_free(&buffer);
	return kept;
}

/* ---- runs ---- */

static bool add_figures(struct store *store, struct arena *arena, const struct figures *figures,
			int64_t id)
{
	bool good = true;

	for (size_t i = 0; good && i < figures->items.count; i++) {
		const struct figure *figure = &figures->items.items[i];

		good = done(ask(store, "INSERT OR REPLACE INTO figures VALUES (?, ?, ?, ?, ?)",
				"itttd", id, subject_key(figure->subject),
				clean(arena, figure->name), metric_rows[figure->metric].key,
				figure->value));
	}
	return good;
}

static bool find_run(struct store *store, const char *identity, int64_t *id)
{
	sqlite3_stmt *statement =
		ask(store, "SELECT id FROM runs WHERE identity = ?", "t", identity);
	bool found = statement && sqlite.step(statement) == SQLITE_ROW;

	if (found)
		*id = sqlite.column_int64(statement, 0);
	sqlite.finalize(statement);
	return found;
}

int store_add(struct store *store, const struct figures *figures, const struct run_identity *where,
	      int64_t *id, bool *added)
{
	const char *slash = strrchr(figures->path, '/'), *identity;
	struct arena *arena = arena_new();
	bool good;

	identity = arena_print(arena, "%s %" PRId64 " %s", clean(arena, figures->host),
			       figures->start_realtime_ns,
			       clean(arena, slash ? slash + 1 : figures->path));
	good = store_run(store->database, "BEGIN IMMEDIATE");
	*added = good && !find_run(store, identity, id);
	if (*added) {
		good = done(ask(
			store, "INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			"tiittttttttt", identity, date_now(), figures->start_realtime_ns,
			clean(arena, figures->path), clean(arena, figures->program),
			clean(arena, figures->subcommand), clean(arena, figures->host),
			clean(arena, where->branch), clean(arena, where->revision),
			clean(arena, where->ci), clean(arena, where->build),
			clean(arena, where->job)));
		*id = sqlite.last_insert_rowid(store->database);
		good = good && add_figures(store, arena, figures, *id);
	}
	arena_free(arena);
	return end(store, good);
}

#define FIGURE_OF(metric)                                                                       \
	"coalesce((SELECT value FROM figures WHERE run = id AND subject = 'run' AND name = '' " \
	"AND "                                                                                  \
	"metric = '" metric "'), -1)"

#define CHOSEN                                                                                     \
	"SELECT id, start_ns, added_ns, program, subcommand, host, path, branch, revision, ci, "   \
	"build, job, " FIGURE_OF("wall") ", " FIGURE_OF("p95") ", " FIGURE_OF(                     \
		"count") ", " FIGURE_OF("errors") ", "                                             \
						  "(SELECT group_concat(baseline, ', ') FROM "     \
						  "baseline_runs WHERE run = id) FROM runs "       \
						  "WHERE (?1 IS NULL OR program || CASE "          \
						  "subcommand WHEN '' THEN '' ELSE ' ' END || "    \
						  "subcommand GLOB ?1) AND (?2 IS NULL OR host "   \
						  "GLOB ?2) AND (?3 IS NULL OR branch GLOB "       \
						  "?3) AND (?4 IS NULL OR id IN (SELECT run FROM " \
						  "baseline_runs WHERE baseline = ?4)) "           \
						  "AND (?5 = 0 OR id = ?5) ORDER BY start_ns "     \
						  "DESC, id DESC LIMIT ?6"

static void take_run(struct stored_runs *runs, sqlite3_stmt *statement)
{
	struct arena *arena = runs->arena;

	*list_add(&runs->list) = (struct stored_run){
		.id = sqlite.column_int64(statement, 0),
		.start_realtime_ns = sqlite.column_int64(statement, 1),
		.added_ns = sqlite.column_int64(statement, 2),
		.program = column(arena, statement, 3),
		.subcommand = column(arena, statement, 4),
		.host = column(arena, statement, 5),
		.path = column(arena, statement, 6),
		.where = {.branch = column(arena, statement, 7),
			  .revision = column(arena, statement, 8),
			  .ci = column(arena, statement, 9),
			  .build = column(arena, statement, 10),
			  .job = column(arena, statement, 11)},
		.wall_ns = sqlite.column_double(statement, 12),
		.p95_ns = sqlite.column_double(statement, 13),
		.operations = sqlite.column_double(statement, 14),
		.errors = sqlite.column_double(statement, 15),
		.baselines = column(arena, statement, 16),
	};
}

static int choose(struct store *store, const struct choice *choice, int64_t id,
		  struct stored_runs *runs)
{
	size_t most = choice->last && choice->last < RUNS_MOST ? choice->last : RUNS_MOST;
	sqlite3_stmt *statement = ask(store, CHOSEN, "nnnnii", choice->command, choice->host,
				      choice->branch, choice->baseline, id, (int64_t)most);
	int step = SQLITE_ERROR;

	while (statement && (step = sqlite.step(statement)) == SQLITE_ROW)
		take_run(runs, statement);
	sqlite.finalize(statement);
	return step == SQLITE_DONE ? EXIT_FINE : store_failed(store);
}

int store_runs(struct store *store, const struct choice *choice, struct stored_runs *runs)
{
	int status = EXIT_FINE;

	*runs = (struct stored_runs){.arena = arena_new()};
	if (!choice->id_count)
		return choose(store, choice, 0, runs);
	for (size_t i = 0; !status && i < choice->id_count; i++) {
		size_t before = runs->list.count;

		status = choose(store, choice, choice->ids[i], runs);
		if (!status && runs->list.count == before)
			status = error_text(EXIT_INPUT,
					    "there is no run %" PRId64 " in %s; `dndprof history "
					    "list` shows them",
					    choice->ids[i], store->path);
	}
	return status;
}

void store_runs_free(struct stored_runs *runs)
{
	list_free(&runs->list);
	arena_free(runs->arena);
	runs->arena = NULL;
}

static int read_figures(struct store *store, const struct stored_run *run, struct figures *figures)
{
	sqlite3_stmt *statement =
		ask(store, "SELECT subject, name, metric, value FROM figures WHERE run = ?", "i",
		    run->id);
	int step = SQLITE_ERROR;

	while (statement && (step = sqlite.step(statement)) == SQLITE_ROW) {
		const char *subject = (const char *)sqlite.column_text(statement, 0);
		const char *metric = (const char *)sqlite.column_text(statement, 2);
		enum subject of = subject_of(subject ? subject : "", subject ? strlen(subject) : 0);
		enum metric which = metric_of(metric ? metric : "", metric ? strlen(metric) : 0);

		if (of < SUBJECT_COUNT && which < METRIC_COUNT) /* a newer one's: not for us */
			figures_add(figures, of, column(figures->arena, statement, 1), which,
				    sqlite.column_double(statement, 3));
	}
	sqlite.finalize(statement);
	return step == SQLITE_DONE ? EXIT_FINE : store_failed(store);
}

static const char *copied(struct figures *figures, const char *text)
{
	return arena_copy(figures->arena, text, strlen(text));
}

int store_figures(struct store *store, const struct stored_runs *runs, struct side *side)
{
	int status = EXIT_FINE;

	*side = (struct side){memory_get((runs->list.count + 1) * sizeof(struct figures *)), 0, 0};
	for (size_t i = 0; !status && i < runs->list.count; i++) {
		const struct stored_run *run = &runs->list.items[i];
		struct figures *figures = figures_new();

		figures->program = copied(figures, run->program);
		figures->subcommand = copied(figures, run->subcommand);
		figures->host = copied(figures, run->host);
		figures->path = copied(figures, run->path);
		figures->start_realtime_ns = run->start_realtime_ns;
		side->runs[side->count++] = figures;
		status = read_figures(store, run, figures);
		figures_sort(figures);
	}
	return status;
}

int store_remove(struct store *store, const struct stored_runs *runs)
{
	bool good = store_run(store->database, "BEGIN IMMEDIATE");

	for (size_t i = 0; good && i < runs->list.count; i++)
		good = done(
			ask(store, "DELETE FROM runs WHERE id = ?", "i", runs->list.items[i].id));
	return end(store, good);
}

/* ---- baselines ---- */

int store_save(struct store *store, const char *name, const struct stored_runs *runs)
{
	struct arena *arena = arena_new();
	const char *kept = clean(arena, name);
	bool good = store_run(store->database, "BEGIN IMMEDIATE") &&
		    done(ask(store, "DELETE FROM baselines WHERE name = ?", "t", kept)) &&
		    done(ask(store, "INSERT INTO baselines VALUES (?, ?)", "ti", kept, date_now()));

	for (size_t i = 0; good && i < runs->list.count; i++)
		good = done(ask(store, "INSERT OR IGNORE INTO baseline_runs VALUES (?, ?)", "ti",
				kept, runs->list.items[i].id));
	arena_free(arena);
	return end(store, good);
}

int store_forget(struct store *store, char *const *names, size_t count)
{
	bool good = store_run(store->database, "BEGIN IMMEDIATE");
	struct arena *arena = arena_new();
	int status = EXIT_FINE;

	for (size_t i = 0; good && !status && i < count; i++) {
		good = done(ask(store, "DELETE FROM baselines WHERE name = ?", "t",
				clean(arena, names[i])));
		if (good && !sqlite.changes(store->database))
			status = error_text(EXIT_INPUT,
					    "there is no baseline %s in %s; `dndprof baseline "
					    "list` shows them",
					    names[i], store->path);
	}
	if (status)
		store_run(store->database, "ROLLBACK");
	arena_free(arena);
	return status ? status : end(store, good);
}

int store_baselines(struct store *store, struct stored_baselines *baselines)
{
	sqlite3_stmt *statement =
		ask(store,
		    "SELECT name, saved_ns, (SELECT count(*) FROM baseline_runs WHERE baseline = "
		    "name) FROM baselines ORDER BY name LIMIT 10000",
		    "");
	int step = SQLITE_ERROR;

	*baselines = (struct stored_baselines){.arena = arena_new()};
	while (statement && (step = sqlite.step(statement)) == SQLITE_ROW)
		*list_add(&baselines->list) = (struct stored_baseline){
			column(baselines->arena, statement, 0), sqlite.column_int64(statement, 1),
			sqlite.column_int64(statement, 2)};
	sqlite.finalize(statement);
	return step == SQLITE_DONE ? EXIT_FINE : store_failed(store);
}

void store_baselines_free(struct stored_baselines *baselines)
{
	list_free(&baselines->list);
	arena_free(baselines->arena);
	baselines->arena = NULL;
}
