/*
 * html_series.c - what a run used over time, as the page's charts have it.
 */
#include "model/series.h"
#include "render/html.h"

#include <inttypes.h>
#include <math.h>

static const char *unit_name(enum resource_unit unit)
{
	static const char *const names[] = {[UNIT_NS] = "ns",
					    [UNIT_SHARE] = "share",
					    [UNIT_RATE] = "rate",
					    [UNIT_BYTES] = "bytes",
					    [UNIT_NUMBER] = "count"};

	return names[unit];
}

/* Of a report on one run, as its trends. */
void html_series(struct html *html)
{
	const struct model *model = html->model;
	const struct model_run *run = &model->runs.items[0];
	struct window windows[SERIES_MOST];
	struct tracks tracks = {0};

	if (model->runs.count != 1 || run->end_ns <= run->start_ns) {
		buffer_print(html->buffer, ",\n\"series\":null");
		return;
	}
	tracks_build(model, &tracks);
	series_fill(model, &tracks, 0, windows, SERIES_MOST, run->start_ns, run->end_ns);
	tracks_free(&tracks);
	buffer_print(html->buffer, ",\n\"series\":{\"at\":[");
	for (size_t i = 0; i < SERIES_MOST; i++)
		buffer_print(html->buffer, "%s%" PRId64, i ? "," : "",
			     add_ns(windows[i].start_ns, -run->start_ns) / 2 +
				     add_ns(windows[i].end_ns, -run->start_ns) / 2);
	buffer_print(html->buffer, "],\"of\":[");
	for (size_t i = 0; i < model->resources.rows.count; i++) {
		const struct resource_row *row = &model->resources.rows.items[i];

		buffer_print(html->buffer,
			     "%s\n{\"key\":\"%s\",\"title\":\"%s\",\"unit\":\"%s\","
			     "\"values\":[",
			     i ? "," : "", row->key, row->title, unit_name(row->unit));
		for (size_t j = 0; j < SERIES_MOST; j++) {
			double value = windows[j].value[row->which];

			buffer_print(html->buffer, j ? "," : "");
			buffer_print(html->buffer, isfinite(value) ? "%.6g" : "null", value);
		}
		buffer_print(html->buffer, "]}");
	}
	buffer_print(html->buffer, "]}");
}
