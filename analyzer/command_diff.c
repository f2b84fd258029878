/*
 * command_diff.c - `dndprof diff`: what changed from some runs to others, and is it more than
 * noise?
 */
#include "base/progress.h"
#include "outcome.h"

enum { OPTION_ALL = OUTCOME_OPTIONS, OPTION_LEAST };
static const struct option_row options[] = {
	OUTCOME_ROWS,
	[OPTION_ALL] = {"all", 'a', NULL, "show what did not change, too"},
	[OPTION_LEAST] = {"least", 0, "N%",
			  "smaller changes are not worth a word; 5% is the default"},
};

struct order {
	struct outcome outcome;
	double least;
};

static bool given(void *data, size_t option, const char *value)
{
	struct order *order = data;

	if (option == OPTION_ALL)
		return order->outcome.all = true;
	if (option == OPTION_LEAST)
		return outcome_share(&order->outcome, "least", value, &order->least);
	return outcome_given(&order->outcome, option, value);
}

static int compare(struct order *order, char **paths)
{
	struct side base = {0}, fresh = {0};
	struct comparison *comparison;
	int status;

	progress_begin("reading the runs");
	progress_enter(0, 0.5);
	status = side_read(&base, paths[0]);
	progress_leave();
	progress_enter(0.5, 1);
	if (!status)
		status = side_read(&fresh, paths[1]);
	progress_end();
	if (!status) {
		comparison = compare_sides(&base, &fresh, order->least);
		comparison->base_name = paths[0];
		comparison->fresh_name = paths[1];
		status = outcome_print(&order->outcome, comparison);
		comparison_free(comparison);
	}
	side_free(&base);
	side_free(&fresh);
	return status;
}

static int diff_main(const struct command *command, int argc, char **argv)
{
	struct order order = {.outcome.command = command, .least = COMPARE_CHANGE};
	int first = options_parse(command, argc, argv, false, given, &order), status = EXIT_USAGE;

	if (first >= 0 && argc - first != 2)
		usage_error(command, "name what was and what is: two runs, or two directories of "
				     "runs");
	else if (first >= 0 && order.outcome.junit && !order.outcome.gates.count)
		usage_error(command, "--junit needs conditions: --fail-on or --budget");
	else if (first >= 0)
		status = compare(&order, argv + first);
	outcome_end(&order.outcome);
	return status;
}

const struct command command_diff = {
	.name = "diff",
	.arguments = "[OPTION...] BASE NEW",
	.meaning =
		"compares runs, or directories of runs: what changed, and is it more than noise?",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = diff_main,
	.details =
		"Each of BASE and NEW is a run, or a directory all runs of which are taken. With "
		"four runs a side or more the runs are compared by their ranks (Mann and Whitney; "
		"the interval is Hodges and Lehmann's), so that what differs from run to run is "
		"not called a change; record six or more. With fewer, latencies are compared by "
		"their operations, and other figures are \"too few\".\n\n"
		"Conditions decide the exit status: see `dndprof help check`. A change beyond its "
		"limit that is not told from noise breaks none.",
	.examples = "# Six runs before, six after\n"
		    "for i in 1 2 3 4 5 6; do dndprof run -o before -- docker ps; done\n"
		    "for i in 1 2 3 4 5 6; do dndprof run -o after -- docker ps; done\n"
		    "dndprof diff before after --fail-on 'p95>+20%' --fail-on 'errors>+1%'",
};
