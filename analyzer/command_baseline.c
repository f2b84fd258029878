/*
 * command_baseline.c - `dndprof baseline save|list|rm|compare`: runs of the history under a name,
 * to hold new ones against.
 */
#include "chosen.h"
#include "outcome.h"

#include <stdio.h>
#include <string.h>

#define SAVE_LAST 10 /* runs of a baseline where no number was given */

/* ---- save ---- */

static const struct option_row save_options[] = {CHOSEN_ROWS};

static bool save_given(void *data, size_t option, const char *value)
{
	return chosen_given(data, option, value);
}

static int save_runs(struct chosen *chosen, struct store *store, const char *name)
{
	struct stored_runs runs = {0};
	struct buffer text = {0};
	int status = chosen_like_newest(chosen, store);

	if (!chosen->choice.last && !chosen->choice.id_count)
		chosen->choice.last = SAVE_LAST;
	status = status ? status : store_runs(store, &chosen->choice, &runs);
	if (!status && !runs.list.count)
		status = error_text(EXIT_INPUT, "no run is chosen; `dndprof history list` shows "
						"what there is, `dndprof history add` adds some");
	status = status ? status : store_save(store, name, &runs);
	if (!status) {
		buffer_escape(&text, name, strlen(name), false);
		printf("saved baseline %s: %zu run%s of %s\n", buffer_text(&text), runs.list.count,
		       runs.list.count == 1 ? "" : "s", "the history");
		buffer_free(&text);
	}
	store_runs_free(&runs);
	return status;
}

static int save_main(const struct command *command, int argc, char **argv)
{
	struct store *store = NULL;
	struct chosen chosen;
	int first, status = EXIT_USAGE;

	chosen_begin(&chosen, command);
	first = options_parse(command, argc, argv, false, save_given, &chosen);
	if (first >= 0 && (first == argc || !*argv[first]))
		usage_error(command, "what shall it be called?");
	else if (first >= 0 && chosen_ids(&chosen, argv + first + 1, argc - first - 1))
		status = store_open(&store, chosen.db, false);
	if (!status) {
		status = save_runs(&chosen, store, argv[first]);
		store_close(store);
	}
	chosen_end(&chosen);
	return status;
}

const struct command command_baseline_save = {
	.name = "baseline save",
	.arguments = "[OPTION...] NAME [NUMBER...]",
	.meaning = "gives runs of the history a name, to compare others with",
	.options = save_options,
	.option_count = sizeof(save_options) / sizeof(save_options[0]),
	.main = save_main,
	.details = "Takes the runs of these numbers, or the newest ten of those chosen by "
		   "options; where nothing is chosen, of the newest run's command, host and "
		   "branch. A baseline of that name is replaced.",
	.examples = "dndprof baseline save main --branch main --command 'docker ps'",
};

/* ---- list ---- */

enum { LIST_DB, LIST_FORMAT, LIST_ASCII };
static const struct option_row list_options[] = {
	[LIST_DB] = CHOSEN_DB_ROW,
	[LIST_FORMAT] = {"format", 'f', "text|json|markdown", "text is the default"},
	[LIST_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
};

static bool list_given(void *data, size_t option, const char *value)
{
	return chosen_given(data, option, value); /* the first of its options */
}

static int list_main(const struct command *command, int argc, char **argv)
{
	struct stored_baselines baselines = {0};
	struct history_page page = {.baselines = &baselines};
	struct store *store = NULL;
	struct chosen chosen;
	int first, status;

	chosen_begin(&chosen, command);
	first = options_parse(command, argc, argv, false, list_given, &chosen);
	status = first < 0	? EXIT_USAGE
		 : first < argc ? usage_error(command, "it takes no %s", argv[first])
				: store_open(&store, chosen.db, false);
	status = status ? status : store_baselines(store, &baselines);
	chosen.style.top_asked = true;
	if (!status)
		status = chosen_print(&chosen, &page, chosen.format->baselines);
	store_baselines_free(&baselines);
	if (store)
		store_close(store);
	chosen_end(&chosen);
	return status;
}

const struct command command_baseline_list = {
	.name = "baseline list",
	.arguments = "[--db FILE] [--format text|json|markdown] [--ascii]",
	.meaning = "shows the baselines",
	.options = list_options,
	.option_count = sizeof(list_options) / sizeof(list_options[0]),
	.main = list_main,
	.examples = "dndprof baseline list",
};

/* ---- rm ---- */

static const struct option_row rm_options[] = {CHOSEN_DB_ROW};

static bool rm_given(void *data, size_t option, const char *value)
{
	return chosen_given(data, option, value); /* the first of its options */
}

static int rm_main(const struct command *command, int argc, char **argv)
{
	struct store *store = NULL;
	struct chosen chosen;
	int first, status;

	chosen_begin(&chosen, command);
	first = options_parse(command, argc, argv, false, rm_given, &chosen);
	status = first < 0 ? EXIT_USAGE
		 : first == argc
			 ? usage_error(command, "which baselines? `dndprof baseline list` shows "
						"them")
			 : store_open(&store, chosen.db, false);
	if (!status)
		status = store_forget(store, argv + first, (size_t)(argc - first));
	if (!status)
		printf("removed %d baseline%s; the runs are kept\n", argc - first,
		       argc - first == 1 ? "" : "s");
	if (store)
		store_close(store);
	chosen_end(&chosen);
	return status;
}

const struct command command_baseline_rm = {
	.name = "baseline rm",
	.arguments = "[--db FILE] NAME...",
	.meaning = "forgets baselines; their runs stay in the history",
	.options = rm_options,
	.option_count = sizeof(rm_options) / sizeof(rm_options[0]),
	.main = rm_main,
	.examples = "dndprof baseline rm old-main",
};

/* ---- compare ---- */

enum { COMPARE_DB = OUTCOME_OPTIONS, COMPARE_ALL, COMPARE_LEAST };
static const struct option_row compare_options[] = {
	OUTCOME_ROWS,
	[COMPARE_DB] = CHOSEN_DB_ROW,
	[COMPARE_ALL] = {"all", 'a', NULL, "show what did not change, too"},
	[COMPARE_LEAST] = {"least", 0, "N%",
			   "smaller changes are not worth a word; 5% is the default"},
};

struct compare_order {
	struct outcome outcome;
	const char *db;
	double least;
};

static bool compare_given(void *data, size_t option, const char *value)
{
	struct compare_order *order = data;

	if (option == COMPARE_DB)
		order->db = value;
	else if (option == COMPARE_ALL)
		order->outcome.all = true;
	else if (option == COMPARE_LEAST)
		return outcome_share(&order->outcome, "least", value, &order->least);
	else
		return outcome_given(&order->outcome, option, value);
	return true;
}

static int read_base(const char *db, const char *name, struct side *base)
{
	const struct choice choice = {.baseline = name};
	struct stored_runs runs = {0};
	struct store *store = NULL;
	int status = store_open(&store, db, false);

	status = status ? status : store_runs(store, &choice, &runs);
	if (!status && !runs.list.count)
		status = error_text(EXIT_INPUT,
				    "there is no baseline %s with runs; `dndprof baseline list` "
				    "shows them, `dndprof baseline save %s` makes it",
				    name, name);
	status = status ? status : store_figures(store, &runs, base);
	store_runs_free(&runs);
	if (store)
		store_close(store);
	return status;
}

static int compare_main(const struct command *command, int argc, char **argv)
{
	struct compare_order order = {.outcome.command = command, .least = COMPARE_CHANGE};
	int first = options_parse(command, argc, argv, false, compare_given, &order);
	struct side base = {0}, fresh = {0};
	struct comparison *comparison;
	int status = EXIT_USAGE;

	if (first >= 0 && first == argc)
		usage_error(command, "which baseline? `dndprof baseline list` shows them");
	else if (first >= 0 && order.outcome.junit && !order.outcome.gates.count)
		usage_error(command, "--junit needs conditions: --fail-on or --budget");
	else if (first >= 0)
		status = read_base(order.db, argv[first], &base);
	if (!status)
		status = chosen_side(&fresh, argv + first + 1, argc - first - 1);
	if (!status) {
		comparison = compare_sides(&base, &fresh, order.least);
		comparison->base_name = argv[first];
		comparison->fresh_name = first + 2 == argc ? argv[first + 1] : "";
		status = outcome_print(&order.outcome, comparison);
		comparison_free(comparison);
	}
	side_free(&base);
	side_free(&fresh);
	outcome_end(&order.outcome);
	return status;
}

const struct command command_baseline_compare = {
	.name = "baseline compare",
	.arguments = "[OPTION...] NAME [PATH...]",
	.meaning = "holds runs, or the newest one, against a baseline",
	.options = compare_options,
	.option_count = sizeof(compare_options) / sizeof(compare_options[0]),
	.main = compare_main,
	.details = "As `dndprof diff`, with the runs of the baseline as the base.",
	.examples = "dndprof baseline compare main --fail-on 'p95>+20%' --fail-on 'wall>+500ms'",
};
