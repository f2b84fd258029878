/*
 * command_history.c - `dndprof history add|list|rm`: figures of runs, kept.
 */
#include "base/sort.h"
#include "chosen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- add ---- */

enum { ADD_DB, ADD_BRANCH };
static const struct option_row add_options[] = {
	[ADD_DB] = CHOSEN_DB_ROW,
	[ADD_BRANCH] = {"branch", 0, "NAME", "instead of what the environment or .git/HEAD says"},
};

struct add_order {
	const char *db, *branch;
};

static bool add_given(void *data, size_t option, const char *value)
{
	struct add_order *order = data;

	if (option == ADD_DB)
		order->db = value;
	else
		order->branch = value;
	return true;
}

static int compare_starts(const void *a, const void *b)
{
	const struct figures *x = *(struct figures *const *)a, *y = *(struct figures *const *)b;

	return (x->start_realtime_ns > y->start_realtime_ns) -
	       (x->start_realtime_ns < y->start_realtime_ns);
}

/* In the order of time: of runs that began in one second the directories' names do not tell it. */
static int add_side(struct store *store, const struct side *side, const struct run_identity *where)
{
	int status = EXIT_FINE;

	if (side->count)
		sort(side->runs, side->count, sizeof(*side->runs), compare_starts);

	for (size_t i = 0; !status && i < side->count; i++) {
		const struct figures *run = side->runs[i];
		struct buffer text = {0};
		bool added;
		int64_t id;

		status = store_add(store, run, where, &id, &added);
		if (status)
			break;
		buffer_escape(&text, run->program, strlen(run->program), false);
		buffer_print(&text, "%s", *run->subcommand ? " " : "");
		buffer_escape(&text, run->subcommand, strlen(run->subcommand), false);
		printf("%s %" PRId64 ": %s\n", added ? "added run" : "was there already, run", id,
		       buffer_text(&text));
		buffer_free(&text);
	}
	return status;
}

static int add_main(const struct command *command, int argc, char **argv)
{
	struct add_order order = {0};
	int first = options_parse(command, argc, argv, false, add_given, &order), status;
	struct arena *arena = arena_new();
	struct run_identity where = identity_here(arena);
	struct store *store = NULL;
	struct side side = {0};

	if (order.branch)
		where.branch = order.branch;
	status = first < 0 ? EXIT_USAGE : chosen_side(&side, argv + first, argc - first);
	status = status ? status : store_open(&store, order.db, true);
	if (!status) {
		status = add_side(store, &side, &where);
		store_close(store);
	}
	side_free(&side);
	arena_free(arena);
	return status;
}

const struct command command_history_add = {
	.name = "history add",
	.arguments = "[--db FILE] [--branch NAME] [PATH...]",
	.meaning = "keeps the figures of runs, to compare and to see how they go over time",
	.options = add_options,
	.option_count = sizeof(add_options) / sizeof(add_options[0]),
	.main = add_main,
	.details =
		"Takes the runs at each PATH, or the newest run; one that is there already is not "
		"added twice. With them are kept the host, the branch (of GitHub, GitLab, Jenkins, "
		"Azure, Buildkite, or .git/HEAD), the revision, the CI job and its build. The runs "
		"themselves may be deleted afterwards.",
	.examples = "dndprof run -o /tmp/profiles -- docker ps\n"
		    "dndprof history add /tmp/profiles\n"
		    "dndprof trend",
};

/* ---- list ---- */

static const struct option_row list_options[] = {CHOSEN_ROWS};

static bool list_given(void *data, size_t option, const char *value)
{
	return chosen_given(data, option, value);
}

static int list_main(const struct command *command, int argc, char **argv)
{
	struct history_page page = {.series = {0}};
	struct stored_runs runs = {0};
	struct store *store = NULL;
	struct chosen chosen;
	int first, status;

	chosen_begin(&chosen, command);
	first = options_parse(command, argc, argv, false, list_given, &chosen);
	status = first < 0 || !chosen_ids(&chosen, argv + first, argc - first) ? EXIT_USAGE
									       : EXIT_FINE;
	status = status ? status : store_open(&store, chosen.db, false);
	status = status ? status : store_runs(store, &chosen.choice, &runs);
	page.runs = &runs;
	chosen.style.top_asked = true; /* all: --last says how many */
	if (!status)
		status = chosen_print(&chosen, &page, chosen.format->runs);
	store_runs_free(&runs);
	if (store)
		store_close(store);
	chosen_end(&chosen);
	return status;
}

const struct command command_history_list = {
	.name = "history list",
	.arguments = "[OPTION...] [NUMBER...]",
	.meaning = "shows the runs that are kept, the newest first",
	.options = list_options,
	.option_count = sizeof(list_options) / sizeof(list_options[0]),
	.main = list_main,
	.examples = "dndprof history list --branch main --last 20",
};

/* ---- rm ---- */

enum { RM_KEEP = CHOSEN_OPTIONS, RM_FORCE };
static const struct option_row rm_options[] = {
	CHOSEN_ROWS,
	[RM_KEEP] = {"keep", 0, "N", "all but the newest N of those chosen"},
	[RM_FORCE] = {"force", 0, NULL, "runs that baselines are made of, too"},
};

struct rm_order {
	struct chosen chosen;
	bool force, some;
	size_t keep;
};

static bool rm_given(void *data, size_t option, const char *value)
{
	struct rm_order *order = data;

	if (option == RM_FORCE)
		return order->force = true;
	if (option != RM_KEEP)
		return chosen_given(&order->chosen, option, value);
	order->some = true;
	return options_number(order->chosen.command, "keep", value, 0, &order->keep);
}

/* Without those that stay; a run of a baseline is only removed by force. */
static int remove_runs(struct rm_order *order, struct store *store, struct stored_runs *runs)
{
	size_t kept = order->keep < runs->list.count ? order->keep : runs->list.count;
	int status;

	runs->list.count -= kept; /* the newest come first */
	memmove(runs->list.items, runs->list.items + kept,
		runs->list.count * sizeof(*runs->list.items));
	for (size_t i = 0; !order->force && i < runs->list.count; i++)
		if (*runs->list.items[i].baselines)
			return error_text(EXIT_INPUT,
					  "run %" PRId64 " belongs to the baseline %s; `dndprof "
					  "baseline rm` forgets that, --force removes the run all "
					  "the same",
					  runs->list.items[i].id, runs->list.items[i].baselines);
	status = store_remove(store, runs);
	if (!status)
		printf("removed %zu run%s\n", runs->list.count, runs->list.count == 1 ? "" : "s");
	return status;
}

static int rm_main(const struct command *command, int argc, char **argv)
{
	struct rm_order order = {.force = false};
	struct stored_runs runs = {0};
	struct store *store = NULL;
	int first, status;

	chosen_begin(&order.chosen, command);
	first = options_parse(command, argc, argv, false, rm_given, &order);
	status = first < 0 || !chosen_ids(&order.chosen, argv + first, argc - first) ? EXIT_USAGE
										     : EXIT_FINE;
	if (!status && !chosen_any(&order.chosen) && !order.some && !order.chosen.choice.last)
		status = usage_error(command, "which runs? name their numbers, as `dndprof "
					      "history list` has them, or choose by options");
	status = status ? status : store_open(&store, order.chosen.db, false);
	status = status ? status : store_runs(store, &order.chosen.choice, &runs);
	status = status ? status : remove_runs(&order, store, &runs);
	store_runs_free(&runs);
	if (store)
		store_close(store);
	chosen_end(&order.chosen);
	return status;
}

const struct command command_history_rm = {
	.name = "history rm",
	.arguments = "[OPTION...] NUMBER... | --keep N",
	.meaning = "forgets runs that are kept",
	.options = rm_options,
	.option_count = sizeof(rm_options) / sizeof(rm_options[0]),
	.main = rm_main,
	.examples = "dndprof history rm 12 13\ndndprof history rm --branch 'feature/*' --keep 50",
};
