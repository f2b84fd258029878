/*
 * command_trend.c - `dndprof trend`: how the figures of a command went over its runs.
 */
#include "chosen.h"

#include <fnmatch.h>
#include <string.h>

enum { OPTION_ALL = CHOSEN_OPTIONS, OPTION_METRIC, OPTION_OF };
static const struct option_row options[] = {
	CHOSEN_ROWS,
	[OPTION_ALL] = {"all", 'a', NULL, "every figure, whether it moves or not"},
	[OPTION_METRIC] = {"metric", 'm', "NAME", "only this figure: wall, p95, errors, time, ..."},
	[OPTION_OF] = {"of", 0, "GLOB", "only what is called so: 'GET /containers/*', dns"},
};
#define LAST 200 /* runs where no number was given */

struct order {
	struct chosen chosen;
	bool all;
	enum metric metric;
	const char *of;
};

static bool given(void *data, size_t option, const char *value)
{
	struct order *order = data;

	if (option == OPTION_ALL)
		return order->all = true;
	if (option == OPTION_OF) {
		order->of = value;
		return true;
	}
	if (option != OPTION_METRIC)
		return chosen_given(&order->chosen, option, value);
	order->metric = metric_of(value, strlen(value));
	if (order->metric == METRIC_COUNT)
		usage_error(order->chosen.command,
			    "there is no metric %s; `dndprof help check` lists them", value);
	return order->metric < METRIC_COUNT;
}

static bool is_wanted(const struct order *order, const struct series *series)
{
	bool chosen = order->metric < METRIC_COUNT || order->of;
	bool usual = series->subject == SUBJECT_RUN && series->metric <= METRIC_ERRORS;

	if (series->few)
		return false;
	if (order->metric < METRIC_COUNT && series->metric != order->metric)
		return false;
	if (order->of && fnmatch(order->of, series->name, 0) != 0)
		return false;
	return order->all || chosen || usual || series_moves(series) ||
	       strcmp(order->chosen.format->name, "json") == 0;
}

static int print(struct order *order, const struct stored_runs *runs, struct side *side)
{
	struct history_page page = {.runs = runs, .side = side};
	struct series_list list;
	int status;

	side_reverse(side); /* runs came the newest first */
	series_of(&list, side);
	for (size_t i = 0; i < list.count; i++)
		if (is_wanted(order, &list.items[i]))
			*list_add(&page.series) = &list.items[i];
	page.quiet = order->metric < METRIC_COUNT || order->of ? 0 : list.count - page.series.count;
	status = chosen_print(&order->chosen, &page, order->chosen.format->trend);
	list_free(&page.series);
	series_free(&list);
	return status;
}

static int show(struct order *order, struct store *store)
{
	struct stored_runs runs = {0};
	struct side side = {0};
	int status = chosen_like_newest(&order->chosen, store);

	if (!order->chosen.choice.last)
		order->chosen.choice.last = LAST;
	status = status ? status : store_runs(store, &order->chosen.choice, &runs);
	if (!status && !runs.list.count)
		status =
			error_text(EXIT_INPUT,
				   "the history has no such run; `dndprof history list` shows what "
				   "there is, `dndprof history add` adds some");
	status = status ? status : store_figures(store, &runs, &side);
	status = status ? status : print(order, &runs, &side);
	side_free(&side);
	store_runs_free(&runs);
	return status;
}

static int trend_main(const struct command *command, int argc, char **argv)
{
	struct order order = {.metric = METRIC_COUNT};
	struct store *store = NULL;
	int first, status;

	chosen_begin(&order.chosen, command);
	first = options_parse(command, argc, argv, false, given, &order);
	status = first < 0	? EXIT_USAGE
		 : first < argc ? usage_error(command, "it takes no %s", argv[first])
				: store_open(&store, order.chosen.db, false);
	if (!status) {
		status = show(&order, store);
		store_close(store);
	}
	chosen_end(&order.chosen);
	return status;
}

const struct command command_trend = {
	.name = "trend",
	.arguments = "[OPTION...]",
	.meaning = "shows how figures went over the runs of the history, and where they stepped",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = trend_main,
	.details =
		"Of the newest run's command, host and branch, or of the runs chosen. A step is "
		"where the level of a figure changed by more than chance and 5 %; a drift is a "
		"slow rise or fall since. Of noise, one series in five hundred is called a step. "
		"Fourteen runs are enough to show one.",
	.examples =
		"dndprof trend\ndndprof trend --branch main --of 'GET /containers/*' --last 100",
};
