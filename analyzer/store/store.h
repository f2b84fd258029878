/*
 * store.h - the history: figures of runs in one SQLite file, which several processes may write at
 * once. A file may come from anywhere: what is not exactly our tables is refused.
 *
 * All functions say what went wrong themselves, in one sentence on stderr, and return EXIT_INPUT;
 * EXIT_FINE when all went well.
 */
#ifndef ANALYZER_STORE_H
#define ANALYZER_STORE_H

#include "compare/compare.h"
#include "store/identity.h"

#define STORE_FILE "history.db" /* in the default parent of runs */

struct store;

/* A run as the history keeps it, without its figures. Texts live until store_runs_free. */
struct stored_run {
	int64_t id;
	int64_t start_realtime_ns, added_ns; /* start 0: unknown */
	const char *program, *subcommand, *host, *path;
	struct run_identity where;		    /* branch and CI */
	double wall_ns, p95_ns, operations, errors; /* below 0: it has none */
	const char *baselines;			    /* names, ", " between; "" */
};

struct stored_runs {
	struct arena *arena;
	LIST(struct stored_run) list; /* the newest first */
};

/* Which runs. */
struct choice {
	const char *command, *host, *branch; /* globs; NULL: any. command: "docker ps" */
	const char *baseline;		     /* its name; NULL: any */
	const int64_t *ids;
	size_t id_count; /* 0: any */
	size_t last;	 /* the newest so many; 0: RUNS_MOST */
};
#define RUNS_MOST 10000

/* NULL path: STORE_FILE in the default parent, made where it is missing. `create` false: a file
 * that is not there is bad input. */
int store_open(struct store **store, const char *path, bool create);
void store_close(struct store *store);

/* Adds a run. *id is its number; *added false: it was there. */
int store_add(struct store *store, const struct figures *figures, const struct run_identity *where,
	      int64_t *id, bool *added);
int store_runs(struct store *store, const struct choice *choice, struct stored_runs *runs);
void store_runs_free(struct stored_runs *runs);
/* The figures of runs, in their order. */
int store_figures(struct store *store, const struct stored_runs *runs, struct side *side);
/* Removes runs and their figures, all or none. */
int store_remove(struct store *store, const struct stored_runs *runs);

struct stored_baseline {
	const char *name;
	int64_t saved_ns;
	int64_t runs;
};
struct stored_baselines {
	struct arena *arena;
	LIST(struct stored_baseline) list; /* by name */
};
/* Under a name that is there already the new one takes the old one's place. */
int store_save(struct store *store, const char *name, const struct stored_runs *runs);
/* Forgets baselines, all or none; their runs stay. */
int store_forget(struct store *store, char *const *names, size_t count);
int store_baselines(struct store *store, struct stored_baselines *baselines);
void store_baselines_free(struct stored_baselines *baselines);

#endif
