/*
 * critical.c - where the time went: the critical path by cause, the first thing a report says after
 * naming the run; and the same in JSON. And the locks that were waited for.
 */
#include "base/duration.h"
#include "render/report.h"

#include <string.h>

#define PLACES_MOST  3	  /* lines below a cause */
#define SMALL	     0.01 /* of the wall time: no line of its own below its cause */
#define LARGE	     0.3
#define PLACE_COLUMN 24
#define NOTHING	     0.0005 /* would print as 0.0 %: JSON has it */

COLUMN(cause_cause, cause_row, value_text(cause_key(row->cause)))
COLUMN(cause_category, cause_row, value_text(category_name(row->category)))
COLUMN(cause_method, cause_row, value_some_text(row->method))
COLUMN(cause_what, cause_row, value_some_text(row->what))
COLUMN(cause_program, cause_row, value_some_text(row->program))
COLUMN(cause_pieces, cause_row, value_count((int64_t)row->count))
COLUMN(cause_total, cause_row, value_ns(row->total_ns))
COLUMN(cause_cpu, cause_row, value_some_ns(row->cpu_ns))

COLUMN(cause_share, cause_row, value_share((double)row->total_ns / (double)model->summary.wall_ns))
COLUMN(cause_text, cause_row, value_sentence(cause_title(row->cause)))

static struct value cause_place(const struct model *model, const void *data)
{
	const struct cause_row *row = data;

	return value_some_text(*row->method
				       ? arena_print(model->arena, "%s %s", row->method, row->what)
				       : row->what);
}

static const struct column cause_columns[] = {
	{NULL, "Share", 0, cause_share},	  {"cause", NULL, 0, cause_cause},
	{"category", NULL, 0, cause_category},	  {"total_ns", "Time", 0, cause_total},
	{NULL, "Spent on", 0, cause_text},	  {NULL, "Where", 0, cause_place},
	{"method", NULL, 0, cause_method},	  {"what", NULL, 0, cause_what},
	{"program", "Program", 0, cause_program}, {"pieces", NULL, 0, cause_pieces},
	{"cpu_ns", NULL, 0, cause_cpu},
};

TABLE(critical_table, "critical_path", "Where the time went", cause_columns, critical.rows);

/* "POST /containers/create (docker)" */
static void put_place(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct cause_row *row, size_t column)
{
	struct buffer line = {0};
	const char *text = row->what;
	bool named = model->runs.count == 1 &&
		     (strcmp(row->program, model->runs.items[0].program) == 0 ||
		      strcmp(row->program, row->what) == 0);

	if (*row->method)
		text = arena_print(model->arena, "%s %s", row->method, row->what);
	if (!*text)
		text = *row->program ? row->program : "no process of the run";
	else if (*row->program && !named)
		text = arena_print(model->arena, "%s (%s)", text, row->program);
	put_escaped(&line, style, text);
	if (row->cause == CAUSE_CHILD && row->cpu_ns >= 0) {
		buffer_print(&line, ", CPU ");
		put_duration(&line, style, row->cpu_ns);
	} else if (row->cause == CAUSE_CHILD) {
		buffer_print(&line, ", CPU unknown");
	}
	put_folded(buffer, buffer_text(&line), column, PLACE_COLUMN);
	buffer_print(buffer, "\n");
	buffer_free(&line);
}

static void put_right(struct buffer *buffer, const struct style *style, int64_t ns)
{
	struct buffer text = {0};

	put_duration(&text, style, ns);
	put_cell(buffer, style, buffer_text(&text), 11);
	buffer_free(&text);
}

/* Has the row more to say than its cause? */
static bool has_place(const struct model *model, const struct cause_row *row)
{
	return *row->what || model->runs.count > 1 ||
	       strcmp(row->program, model->runs.items[0].program) != 0;
}

/* Below a cause the longest of its places, and the sum of the others. */
static void put_places(struct buffer *buffer, const struct style *style, const struct model *model,
		       const struct cause_row *rows, size_t count)
{
	size_t most = rows_shown(&critical_table, style, count, PLACES_MOST), places = 0;
	double least = style->top_asked ? 0 : SMALL * (double)model->summary.wall_ns;
	int64_t rest = model->critical.cause_ns[rows[0].cause];

	for (; places < most && (double)rows[places].total_ns >= least; places++) {
		buffer_print(buffer, "       ");
		put_right(buffer, style, rows[places].total_ns);
		buffer_print(buffer, "    ");
		put_place(buffer, style, model, &rows[places], PLACE_COLUMN - 2);
		rest -= rows[places].total_ns;
	}
	if (!places || places == count)
		return;
	buffer_print(buffer, "       ");
	put_right(buffer, style, rest);
	buffer_print(buffer, "    %zu other%s\n", count - places, count - places == 1 ? "" : "s");
}

static void put_cause(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct cause_row *rows, size_t count)
{
	double wall = (double)model->summary.wall_ns;
	int64_t sum = model->critical.cause_ns[rows[0].cause];
	const char *title = cause_title(rows[0].cause);

	put_color(buffer, style, (double)sum > LARGE * wall ? COLOR_TITLE : COLOR_NONE);
	buffer_print(buffer, "%5.1f%% ", 100.0 * (double)sum / wall);
	put_color(buffer, style, COLOR_NONE);
	put_right(buffer, style, sum);
	buffer_print(buffer, "  %s", title);
	if (count == 1 && has_place(model, rows)) {
		buffer_print(buffer, ": ");
		put_place(buffer, style, model, rows, 22 + strlen(title));
		return;
	}
	buffer_print(buffer, "\n");
	if (count > 1)
		put_places(buffer, style, model, rows, count);
}

void text_critical(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct cause_row *rows = model->critical.rows.items;
	size_t count = model->critical.rows.count;

	if (model->summary.wall_ns <= 0 || !count) {
		buffer_print(buffer, "no data\n");
		return;
	}
	put_diagnosis(buffer, style, model);
	for (size_t first = 0, i = 1; i <= count; i++)
		if (i == count || rows[i].cause != rows[first].cause) {
			if ((double)model->critical.cause_ns[rows[first].cause] >=
			    NOTHING * (double)model->summary.wall_ns)
				put_cause(buffer, style, model, rows + first, i - first);
			first = i;
		}
}
