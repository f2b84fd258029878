/*
 * command_report.c - `dndprof report`: what runs that were recorded before mean.
 */
#include "base/duration.h"
#include "command.h"
#include "pager.h"
#include "view.h"

#include <unistd.h>

enum { OPTION_NO_PAGER };
static const struct option_row options[] = {
	[OPTION_NO_PAGER] = {"no-pager", 0, NULL, "never show it through a pager"},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

struct order {
	struct view view;
	bool no_pager;
};

static bool given(void *data, size_t option, const char *value)
{
	struct order *order = data;

	if (option >= OPTIONS)
		return view_given(&order->view, option - OPTIONS, value);
	return order->no_pager = true;
}

static void print(struct buffer *buffer, const struct model *model, const void *data)
{
	const struct order *order = data;

	view_render(&order->view, buffer, model, date_now());
	if (!order->no_pager)
		pager_offer();
}

static int report_main(const struct command *command, int argc, char **argv)
{
	struct order order = {.no_pager = false};
	int first, status;

	view_begin(&order.view, command);
	first = options_parse(command, argc, argv, false, given, &order);
	if (first < 0 || !view_settle(&order.view, STDOUT_FILENO)) {
		view_end(&order.view);
		return EXIT_USAGE;
	}
	status =
		runs_print(argv + first, argc - first, "report", &order.view.choice, print, &order);
	view_end(&order.view);
	return status;
}

const struct command command_report = {
	.name = "report",
	.arguments = "[OPTION...] [PATH...]",
	.meaning = "reports on what was recorded: a profile file, a run, or the newest run of a "
		   "directory",
	.options = options,
	.option_count = OPTIONS,
	.main = report_main,
	.reports = true,
	.details =
		"Without PATH the newest run of the default parent; several are reported as one.",
	.examples = "dndprof report\n"
		    "dndprof report --filter endpoint='/containers/*' --sort endpoints:-p95\n"
		    "dndprof report --format json run-20260101T120000Z-42",
};
