/*
 * view.c - see view.h.
 */
#include "view.h"
#include "base/sort.h"
#include "findings/thresholds.h"
#include "past.h"

#include <dndprof/config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_FORMAT,
	OPTION_ASCII,
	OPTION_COLOR,
	OPTION_SORT,
	OPTION_TOP,
	OPTION_FILTER,
	OPTION_PERCENTILES,
	OPTION_TRENDS,
	OPTION_RECORDS,
	OPTION_THRESHOLD,
	OPTION_TABLE,
	OPTION_STACKS,
	OPTION_HISTORY,
	OPTION_NO_HISTORY,
};

const struct option_row view_options[] = {
	[OPTION_FORMAT] = {"format", 'f', FORMAT_NAMES, "of the report; text is the default"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII in the report"},
	[OPTION_COLOR] = {"color", 0, "auto|always|never", "of text; auto: on a terminal"},
	[OPTION_SORT] = {"sort", 0, "[TABLE:]COLUMN", "order of rows; -COLUMN: the other way"},
	[OPTION_TOP] = {"top", 0, "N", "at most so many rows of a table; 0: all"},
	[OPTION_FILTER] = {"filter", 0, "KEY=VALUE,...",
			   "category=, endpoint=, process=, worker=GLOB, from=, to=TIME"},
	[OPTION_PERCENTILES] = {"percentiles", 0, "P,...", "50,90,95,99,99.9 is the default"},
	[OPTION_TRENDS] = {"trends", 0, NULL, "trends with their slopes and how sure they are"},
	[OPTION_RECORDS] = {"records", 0, "N|all", "of a run, the newest; 1000000 is the default"},
	[OPTION_THRESHOLD] = {"threshold", 't', "NAME=VALUE",
			      "of a finding; `dndprof help thresholds` lists them"},
	[OPTION_TABLE] = {"table", 0, "NAME", "of csv: this table only, with its own columns"},
	[OPTION_STACKS] = {"stacks", 0, NULL, "from where slow and failed calls were made, too"},
	[OPTION_HISTORY] = {"history", 0, "FILE",
			    "of html: past runs; history.db beside the runs is the default"},
	[OPTION_NO_HISTORY] = {"no-history", 0, NULL, "of html: nothing of past runs"},
};
const size_t view_option_count = sizeof(view_options) / sizeof(view_options[0]);

void view_begin(struct view *view, const struct command *command)
{
	memset(view, 0, sizeof(*view));
	view->command = command;
	view->format = format_of("text");
	view->style.sorts = view->sorts;
}

void view_end(struct view *view)
{
	filter_free(&view->filter);
	for (size_t i = 0; i < view->style.sort_count; i++)
		free(view->sort_texts[i]);
}

static bool take_format(struct view *view, const char *value)
{
	view->format = format_of(value);
	if (!view->format)
		usage_error(view->command, "--format is " FORMAT_NAMES ", not %s", value);
	return view->format;
}

static bool take_color(struct view *view, const char *value)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], value) == 0) {
			view->color = i;
			return true;
		}
	usage_error(view->command, "--color is auto, always or never, not %s", value);
	return false;
}

static bool take_top(struct view *view, const char *value)
{
	view->style.top_asked = true;
	return options_number(view->command, "top", value, 0, &view->style.top);
}

/* Has any table that `sort` may mean such a column? */
static bool sort_is_known(const struct sort *sort)
{
	for (size_t i = 0; i < report_section_count; i++) {
		const struct table *const *table = report_sections[i].tables;

		for (; table && *table; table++)
			if ((!sort->table || strcmp((*table)->key, sort->table) == 0) &&
			    table_column(*table, sort->column))
				return true;
	}
	return false;
}

static void no_table(const struct view *view, const char *name)
{
	struct buffer names = {0};
	char full[TABLE_NAME];

	FOR_TABLES(section, table)
	buffer_print(&names, "%s%s", names.length ? ", " : "", table_name(section, *table, full));
	usage_error(view->command, "there is no table %s, but %s", name, buffer_text(&names));
	buffer_free(&names);
}

static void no_column(const struct view *view, const struct sort *sort)
{
	const struct table *table = sort->table ? table_named(sort->table) : NULL;
	struct buffer names = {0};

	for (size_t i = 0; table && i < table->column_count; i++)
		if (table->columns[i].key)
			buffer_print(&names, "%s%s", names.length ? ", " : " but ",
				     table->columns[i].key);
	usage_error(view->command, "%s has %s column %s%s", table ? sort->table : "no table",
		    table ? "no" : "a", sort->column, buffer_text(&names));
	buffer_free(&names);
}

static bool take_sort(struct view *view, const char *value)
{
	struct sort *sort = &view->sorts[view->style.sort_count];
	char *text, *colon;

	if (view->style.sort_count == VIEW_SORTS) {
		usage_error(view->command, "there are more than %d --sort", VIEW_SORTS);
		return false;
	}
	text = view->sort_texts[view->style.sort_count++] = memory_text(value);
	*sort = (struct sort){.column = text};
	colon = strchr(text, ':');
	if (colon) {
		*colon = 0;
		sort->table = table_named(text) ? table_named(text)->key : text;
		sort->column = colon + 1;
	}
	if (*sort->column == '-') {
		sort->reverse = true;
		sort->column++;
	}
	if (sort_is_known(sort))
		return true;
	if (sort->table && !table_named(sort->table))
		no_table(view, sort->table);
	else
		no_column(view, sort);
	return false;
}

static bool take_filter(struct view *view, const char *value)
{
	const char *wrong = filter_add(&view->filter, value);

	view->choice.filter = &view->filter;
	if (wrong)
		usage_error(view->command, "%s", wrong);
	return !wrong;
}

static int compare_numbers(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool take_percentiles(struct view *view, const char *value)
{
	size_t count = 0;
	char number[16];

	for (;; value++) {
		size_t length = strcspn(value, ",");
		int64_t ppm = 0;

		memcpy(number, value, length < sizeof(number) ? length : 0);
		number[length < sizeof(number) ? length : 0] = 0;
		if (dndprof_config_number(DNDPROF_CONFIG_PERCENT, number, &ppm) < 0 || ppm <= 0 ||
		    ppm >= 1000000 || count == VIEW_PERCENTILES) {
			usage_error(view->command,
				    "--percentiles wants up to %d numbers above 0 and below 100, "
				    "like 50,99.9",
				    VIEW_PERCENTILES);
			return false;
		}
		view->percentiles[count++] = (unsigned int)ppm;
		value += length;
		if (!*value)
			break;
	}
	sort(view->percentiles, count, sizeof(view->percentiles[0]), compare_numbers);
	view->choice.percentiles = view->percentiles;
	view->choice.percentile_count = 0;
	for (size_t i = 0; i < count; i++)
		if (!i || view->percentiles[i] != view->percentiles[i - 1])
			view->percentiles[view->choice.percentile_count++] = view->percentiles[i];
	return true;
}

static bool take_records(struct view *view, const char *value)
{
	char *end;

	errno = 0;
	view->choice.records = strcmp(value, "all") == 0 ? UINT64_MAX : strtoull(value, &end, 10);
	if (strcmp(value, "all") == 0 || (*value >= '1' && *value <= '9' && !*end && errno == 0))
		return true;
	usage_error(view->command, "--records wants a number or all, not %s", value);
	return false;
}

static bool take_table(struct view *view, const char *value)
{
	view->style.only = table_named(value);
	if (!view->style.only)
		no_table(view, value);
	return view->style.only;
}

bool view_given(struct view *view, size_t option, const char *value)
{
	switch (option) {
	case OPTION_FORMAT:
		return take_format(view, value);
	case OPTION_ASCII:
		return view->style.ascii = true;
	case OPTION_STACKS:
		return view->style.stacks = true;
	case OPTION_COLOR:
		return take_color(view, value);
	case OPTION_SORT:
		return take_sort(view, value);
	case OPTION_TOP:
		return take_top(view, value);
	case OPTION_FILTER:
		return take_filter(view, value);
	case OPTION_PERCENTILES:
		return take_percentiles(view, value);
	case OPTION_TRENDS:
		return view->style.trends = true;
	case OPTION_HISTORY:
		view->history = value;
		return true;
	case OPTION_NO_HISTORY:
		return view->no_history = true;
	case OPTION_RECORDS:
		return take_records(view, value);
	case OPTION_THRESHOLD:
		return thresholds_choose(value) == EXIT_FINE;
	default:
		return take_table(view, value);
	}
}

/* As https://no-color.org has it; a dumb terminal shows no colours. */
static bool wants_color(const struct view *view, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (view->color != COLOR_AUTO)
		return view->color == COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

bool view_settle(struct view *view, int fd)
{
	if (view->style.only && view->format != format_of("csv")) {
		usage_error(view->command, "--table is of --format csv");
		return false;
	}
	if (view->history && view->format != format_of("html")) {
		usage_error(view->command,
			    "--history is of --format html; `dndprof trend` prints it "
			    "as text");
		return false;
	}
	if (view->choice.filter && !filter_has_time(&view->filter)) {
		usage_error(view->command, "--filter: from= must be before to=");
		return false;
	}
	view->style.color = wants_color(view, fd);
	return true;
}

void view_render(const struct view *view, struct buffer *buffer, const struct model *model,
		 int64_t now_ns)
{
	bool wants_past = view->format == format_of("html") && !view->no_history;
	struct past *past = wants_past ? past_of(model, view->history) : NULL;
	struct style style = view->style;

	style.past = past ? &past->page : NULL;
	view->format->render(buffer, &style, model, now_ns);
	past_free(past);
	for (size_t i = 0; view->style.only && i < model->warnings.count; i++)
		error_text(EXIT_FINE, "%s", model->warnings.items[i]);
}
