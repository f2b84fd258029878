/*
 * html.h - the data of the HTML report: what stands in the page beside our own script, in JSON.
 *
 * Everything that came out of a profile stands there as an escaped text or as a number; nothing of
 * it is ever markup.
 */
#ifndef ANALYZER_HTML_H
#define ANALYZER_HTML_H

#include "base/map.h"
#include "render/report.h"

struct html {
	struct buffer *buffer;
	const struct style *style;
	const struct model *model;
	/* Texts by number, each once: rows name them by that. */
	LIST(const char *) texts;
	struct map text_index;
	size_t text_bytes;
	/* Where the operations of the model stand in the page; NONE: left out there. */
	uint32_t *place;
};

/* The number of a text; -1 for none. */
int64_t html_text(struct html *html, const char *text);
/* A number; of a list the first, or one of the others. */
void html_number(struct html *html, bool first, int64_t number);
/* A JSON string, escaped for people's eyes as well. */
void html_string(struct html *html, const char *text);

/* A table with its columns and rows; `model` is what the columns are given. (html_tables.c) */
void html_table(struct html *html, const struct table *table, const struct model *model);
/* "tables": all of them, with their columns. (html_tables.c) */
void html_tables(struct html *html);
/* "runs", "processes", "operations", "critical", "calls", "findings". (html_timeline.c) */
void html_timeline(struct html *html);
/* "series": what was used over time. (html_series.c) */
void html_series(struct html *html);
/* "history": figures over the runs of the history; null where none are known. (html_history.c) */
void html_history(struct html *html);

#endif
