/*
 * command_check.c - `dndprof check`: do runs keep to a budget?
 */
#include "chosen.h"
#include "outcome.h"

static const struct option_row options[] = {OUTCOME_ROWS};

static bool given(void *data, size_t option, const char *value)
{
	return outcome_given(data, option, value);
}

static int check(struct outcome *outcome, char **paths, int count)
{
	struct side none = {0}, side = {0};
	struct comparison *comparison;
	int status = chosen_side(&side, paths, count);

	if (!status) {
		comparison = compare_sides(&none, &side, COMPARE_CHANGE);
		comparison->fresh_name = count == 1 ? paths[0] : "";
		status = outcome_print(outcome, comparison);
		comparison_free(comparison);
	}
	side_free(&side);
	return status;
}

static int check_main(const struct command *command, int argc, char **argv)
{
	struct outcome outcome = {.command = command};
	int first = options_parse(command, argc, argv, false, given, &outcome), status = EXIT_USAGE;

	if (first >= 0 && !outcome.gates.count)
		usage_error(command, "what shall hold? name a file with --budget, or a condition "
				     "with --fail-on");
	else if (first >= 0 && gates_need_base(&outcome.gates))
		usage_error(command, "a change, as +20%%, needs something to compare with: "
				     "`dndprof diff BASE NEW`");
	else if (first >= 0)
		status = check(&outcome, argv + first, argc - first);
	outcome_end(&outcome);
	return status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "--budget FILE | --fail-on CONDITION [OPTION...] [PATH...]",
	.meaning = "holds runs against a budget: exit status 1 where they break it",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = check_main,
	.details =
		"A budget is a text with a condition a line that must hold; # begins a comment:\n\n"
		"    METRIC [[KIND:]GLOB] OP VALUE [optional]\n"
		"    wall < 2s\n"
		"    errors < 1%\n"
		"    p95 GET /containers/json < 50ms\n"
		"    time category:dns < 100ms\n"
		"    count finding:failures < 1 optional\n\n"
		"METRIC: wall, cpu, p50, p90, p95, p99, average, count, errors, overhead, score, "
		"unobserved, lost, exit; time of a category, process or finding. GLOB chooses by "
		"name, endpoints where no KIND is given (run, endpoint, category, process, check, "
		"finding). OP: < <= > >=. What was not observed holds nothing, unless it is "
		"optional. `dndprof diff` takes changes, too: p95 < +20%.\n\n"
		"Of several runs the middle one counts; of latencies, all operations together.",
	.examples =
		"dndprof check --budget docker.budget\n"
		"dndprof check --fail-on 'wall>2s' --junit dndprof.xml run-20261125T142223Z-812",
};
