/*
 * critical.c - where the time went: the critical path by cause, the first thing a report says after
 * naming the run; and the same in JSON. And the locks that were waited for.
 */
#include "base/duration.h"
#include "render/report.h"

#include <string.h>

#define PLACES_MOST 3	   /* lines below a cause */
#define SMALL	    0.01   /* of the wall time: no line of its own below its cause */
#define NOTHING	    0.0005 /* would print as 0.0 %: JSON has it */

COLUMN(cause_cause, cause_row, value_text(cause_key(row->cause)))
COLUMN(cause_category, cause_row, value_text(category_name(row->category)))
COLUMN(cause_method, cause_row, value_some_text(row->method))
COLUMN(cause_what, cause_row, value_some_text(row->what))
COLUMN(cause_program, cause_row, value_some_text(row->program))
COLUMN(cause_pieces, cause_row, value_count((int64_t)row->count))
COLUMN(cause_total, cause_row, value_ns(row->total_ns))
COLUMN(cause_cpu, cause_row, value_some_ns(row->cpu_ns))

static const struct column cause_columns[] = {
	{"cause", NULL, 0, cause_cause},    {"category", NULL, 0, cause_category},
	{"total_ns", NULL, 0, cause_total}, {"method", NULL, 0, cause_method},
	{"what", NULL, 0, cause_what},	    {"program", NULL, 0, cause_program},
	{"pieces", NULL, 0, cause_pieces},  {"cpu_ns", NULL, 0, cause_cpu},
};

TABLE(critical_table, "critical_path", "Where the time went", cause_columns, critical.rows);

/* "POST /containers/create (docker)" */
static void put_place(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct cause_row *row)
{
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
	buffer_escape(buffer, text, strlen(text), style->ascii);
	if (row->cause == CAUSE_CHILD && row->cpu_ns >= 0) {
		buffer_print(buffer, ", CPU ");
		put_duration(buffer, style, row->cpu_ns);
	} else if (row->cause == CAUSE_CHILD) {
		buffer_print(buffer, ", CPU unknown");
	}
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

static void put_cause(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct cause_row *rows, size_t count)
{
	double wall = (double)model->summary.wall_ns;
	int64_t sum = model->critical.cause_ns[rows[0].cause], shown = 0;
	size_t places = 0;

	buffer_print(buffer, "%5.1f%% ", 100.0 * (double)sum / wall);
	put_right(buffer, style, sum);
	buffer_print(buffer, "  %s", cause_title(rows[0].cause));
	if (count == 1) {
		if (has_place(model, rows)) {
			buffer_print(buffer, ": ");
			put_place(buffer, style, model, rows);
		}
		buffer_print(buffer, "\n");
		return;
	}
	buffer_print(buffer, "\n");
	for (; places < count && places < PLACES_MOST; places++) {
		if ((double)rows[places].total_ns < SMALL * wall)
			break;
		buffer_print(buffer, "       ");
		put_right(buffer, style, rows[places].total_ns);
		buffer_print(buffer, "    ");
		put_place(buffer, style, model, &rows[places]);
		buffer_print(buffer, "\n");
		shown += rows[places].total_ns;
	}
	if (places && places < count) {
		buffer_print(buffer, "       ");
		put_right(buffer, style, sum - shown);
		buffer_print(buffer, "    %zu other%s\n", count - places,
			     count - places == 1 ? "" : "s");
	}
}

void text_critical(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct cause_row *rows = model->critical.rows.items;
	size_t count = model->critical.rows.count;

	if (model->summary.wall_ns <= 0 || !count) {
		buffer_print(buffer, "no data\n");
		return;
	}
	for (size_t first = 0, i = 1; i <= count; i++)
		if (i == count || rows[i].cause != rows[first].cause) {
			if ((double)model->critical.cause_ns[rows[first].cause] >=
			    NOTHING * (double)model->summary.wall_ns)
				put_cause(buffer, style, model, rows + first, i - first);
			first = i;
		}
}
