/*
 * html_history.c - figures over the runs of the history, as the page's charts have them: a list of
 * runs, the oldest first, and of each figure its values, steps and drift.
 */
#include "render/history.h"
#include "render/html.h"

#include <inttypes.h>
#include <math.h>

#define SERIES_OF_PAGE 200

static const char *unit_name(enum figure_unit unit)
{
	static const char *const names[] = {
		[FIGURE_NS] = "ns", [FIGURE_COUNT] = "count", [FIGURE_SHARE] = "share"};

	return names[unit];
}

/* As of `dndprof trend`. */
static bool is_usual(const struct series *series)
{
	return series->subject == SUBJECT_RUN && series->metric <= METRIC_ERRORS;
}

/* What is shown first, what moved, then the rest while there is room; percentiles of too few
 * operations are nowhere. */
static unsigned int rank_of(const struct series *series)
{
	return series->few ? 3 : is_usual(series) ? 0 : series_moves(series) ? 1 : 2;
}

static void put_real(struct html *html, double value)
{
	buffer_print(html->buffer, isfinite(value) ? "%.9g" : "null", value);
}

static void put_text(struct html *html, const char *key, const char *text)
{
	buffer_print(html->buffer, ",\"%s\":", key);
	html_string(html, text);
}

static void put_run(struct html *html, const struct stored_run *run, bool first)
{
	buffer_print(html->buffer, "%s\n{\"id\":%" PRId64 ",\"start\":%" PRId64, first ? "" : ",",
		     run->id, run->start_realtime_ns);
	put_text(html, "revision", run->where.revision);
	put_text(html, "build", run->where.build);
	buffer_print(html->buffer, "}");
}

static void put_series(struct html *html, const struct series *series, bool first)
{
	struct buffer *buffer = html->buffer;

	buffer_print(buffer, "%s\n{\"subject\":\"%s\",\"metric\":\"%s\",\"title\":\"%s\"",
		     first ? "" : ",", subject_key(series->subject),
		     metric_rows[series->metric].key, metric_rows[series->metric].title);
	put_text(html, "name", series->name);
	buffer_print(
		buffer, ",\"unit\":\"%s\",\"usual\":%s,\"moves\":%s,\"trend\":\"%s\",\"runs\":[",
		unit_name(metric_rows[series->metric].unit), is_usual(series) ? "true" : "false",
		series_moves(series) ? "true" : "false", trend_text(series->trend.word));
	for (size_t i = 0; i < series->count; i++)
		html_number(html, !i, (int64_t)series->runs[i]);
	buffer_print(buffer, "],\"values\":[");
	for (size_t i = 0; i < series->count; i++) {
		buffer_print(buffer, i ? "," : "");
		put_real(html, series->values[i]);
	}
	buffer_print(buffer, "],\"steps\":[");
	for (size_t i = 0; i < series->point_count; i++) {
		const struct change_point *point = &series->points[i];

		buffer_print(buffer, "%s[%zu,", i ? "," : "", series->runs[point->index]);
		put_real(html, point->before);
		buffer_print(buffer, ",");
		put_real(html, point->after);
		buffer_print(buffer, "]");
	}
	buffer_print(buffer, "]}");
}

/* In their order; of ranks that do not all fit, the first ones. */
static void put_list(struct html *html, const struct series_list *list)
{
	size_t room = SERIES_OF_PAGE, left_out = 0;
	bool *shown = memory_get(list->count + 1), first = true;

	for (unsigned int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < list->count; i++)
			if (rank_of(&list->items[i]) == rank) {
				shown[i] = room > 0;
				left_out += !room;
				room -= room > 0;
			}
	for (size_t i = 0; i < list->count; i++)
		if (shown[i]) {
			put_series(html, &list->items[i], first);
			first = false;
		}
	buffer_print(html->buffer, "],\"left_out\":%zu", left_out);
	free(shown);
}

void html_history(struct html *html)
{
	const struct history_page *past = html->style->past;
	const struct stored_run *own;
	struct series_list list;
	size_t count;

	if (!past) {
		buffer_print(html->buffer, ",\n\"history\":null");
		return;
	}
	count = past->runs->list.count;
	own = &past->runs->list.items[count - 1 - past->own];
	buffer_print(html->buffer, ",\n\"history\":{\"own\":%zu", past->own);
	put_text(html, "host", own->host);
	put_text(html, "branch", own->where.branch);
	buffer_print(html->buffer, ",\"runs\":[");
	for (size_t i = count; i-- > 0;)
		put_run(html, &past->runs->list.items[i], i == count - 1);
	buffer_print(html->buffer, "],\n\"table\":");
	html_table(html, &history_table, &past->model);
	series_of(&list, past->side);
	buffer_print(html->buffer, ",\n\"series\":[");
	put_list(html, &list);
	buffer_print(html->buffer, "}");
	series_free(&list);
}
