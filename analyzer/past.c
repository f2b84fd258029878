/*
 * past.c - see past.h.
 */
#include "past.h"
#include "chosen.h"
#include "rundir.h"

#include <string.h>
#include <unistd.h>

/* Is there a history where one is kept if nobody says otherwise? */
static bool is_kept(void)
{
	char parent[PATH_MAX], path[PATH_MAX + sizeof(STORE_FILE) + 1];

	snprintf(path, sizeof(path), "%s/" STORE_FILE, run_parent(parent));
	return run_parent_check(parent) == 0 && access(path, F_OK) == 0;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Its place in the list; the list's length: it is not kept. */
static size_t find(const struct stored_runs *runs, const struct figures *run)
{
	size_t i = 0;

	while (i < runs->list.count &&
	       (runs->list.items[i].start_realtime_ns != run->start_realtime_ns ||
		strcmp(name_of(runs->list.items[i].path), name_of(run->path)) != 0))
		i++;
	return i;
}

/* Only those of the branch, and the newest. */
static void keep_branch(struct stored_runs *runs, const char *branch)
{
	size_t kept = 0;

	for (size_t i = 0; i < runs->list.count && kept < PAST_MOST; i++)
		if (strcmp(runs->list.items[i].where.branch, branch) == 0)
			runs->list.items[kept++] = runs->list.items[i];
	runs->list.count = kept;
}

/* At its time among the others, in the list and on the side. */
static void insert(struct past *past, struct figures *run, const struct run_identity *where)
{
	struct stored_runs *runs = &past->runs;
	size_t at = 0;

	list_add(&runs->list);
	past->side.runs =
		memory_grow(past->side.runs, (past->side.count + 1) * sizeof(struct figures *));
	while (at < past->side.count &&
	       runs->list.items[at].start_realtime_ns > run->start_realtime_ns)
		at++;
	memmove(runs->list.items + at + 1, runs->list.items + at,
		(past->side.count - at) * sizeof(*runs->list.items));
	memmove(past->side.runs + at + 1, past->side.runs + at,
		(past->side.count - at) * sizeof(*past->side.runs));
	runs->list.items[at] = (struct stored_run){
		.start_realtime_ns = run->start_realtime_ns,
		.program = run->program,
		.subcommand = run->subcommand,
		.host = run->host,
		.path = run->path,
		.where = *where,
		.wall_ns = -1,
		.p95_ns = -1,
		.operations = -1,
		.errors = -1,
		.baselines = "",
	};
	figures_value(run, SUBJECT_RUN, "", METRIC_WALL, &runs->list.items[at].wall_ns);
	figures_value(run, SUBJECT_RUN, "", METRIC_P95, &runs->list.items[at].p95_ns);
	figures_value(run, SUBJECT_RUN, "", METRIC_NUMBER, &runs->list.items[at].operations);
	figures_value(run, SUBJECT_RUN, "", METRIC_ERRORS, &runs->list.items[at].errors);
	past->side.runs[at] = run;
	past->side.count++;
}

static int read_past(struct past *past, struct store *store, struct figures *run)
{
	const char *command = arena_print(past->arena, "%s%s%s", run->program,
					  *run->subcommand ? " " : "", run->subcommand);
	const struct choice choice = {.command = chosen_exactly(past->arena, command),
				      .host = chosen_exactly(past->arena, run->host)};
	struct run_identity where = identity_here(past->arena);
	int status = store_runs(store, &choice, &past->runs);
	size_t own = find(&past->runs, run);
	bool is_there = own < past->runs.list.count;

	if (is_there)
		where.branch = past->runs.list.items[own].where.branch;
	keep_branch(&past->runs, where.branch);
	is_there = find(&past->runs, run) < past->runs.list.count;
	status = status ? status : store_figures(store, &past->runs, &past->side);
	if (status || is_there)
		figures_free(run); /* the side has its own */
	else
		insert(past, run, &where);
	return status;
}

struct past *past_of(const struct model *model, const char *db)
{
	struct store *store = NULL;
	struct figures *run;
	struct past *past;
	int status;

	if (model->runs.count != 1 || model->filter || (!db && !is_kept()) ||
	    store_open(&store, db, false))
		return NULL;
	run = figures_of(model);
	past = memory_get(sizeof(*past));
	past->arena = arena_new();
	past->page = (struct history_page){
		.model = {.arena = past->arena}, .runs = &past->runs, .side = &past->side};
	status = read_past(past, store, run);
	store_close(store);
	if (status || past->side.count < 2) {
		past_free(past);
		return NULL;
	}
	side_reverse(&past->side);
	past->page.own = past->runs.list.count - 1 -
			 find(&past->runs,
			      &(struct figures){.path = model->runs.items[0].run->path,
						.start_realtime_ns =
							model->runs.items[0].start_realtime_ns});
	return past;
}

void past_free(struct past *past)
{
	if (!past)
		return;
	side_free(&past->side);
	store_runs_free(&past->runs);
	arena_free(past->arena);
	free(past);
}
