/*
 * sites.c - the CALL SITES section, printed where it is asked for: numbered stacks first, then the
 * calls that were made from them.
 */
#include "render/report.h"

#include <inttypes.h>

static uint32_t number_of(const struct model *model, const struct site *site)
{
	return (uint32_t)(site - model->sites.list.items) + 1;
}

COLUMN(site_number, site, value_count(number_of(model, row)))
COLUMN(site_title, site, value_text(row->title))
COLUMN(site_total, site, value_ns(row->total_ns))

static const struct column site_columns[] = {
	{"site", "Site", 0, site_number},
	{"title", "At", 0, site_title},
	{"total_ns", "Total", 0, site_total},
};

TABLE(sites_table, "sites", "Call sites", site_columns, sites.list);

COLUMN(frame_site, site_frame, value_count(row->site + 1))
COLUMN(frame_number, site_frame, value_count(row->number))
COLUMN(frame_function, site_frame, value_text(row->symbol->function))
COLUMN(frame_file, site_frame, value_text(row->symbol->file))
COLUMN(frame_line, site_frame, row->symbol->line ? value_count(row->symbol->line) : value_none())
COLUMN(frame_inlined, site_frame, value_bool(row->symbol->inlined))
COLUMN(frame_module, site_frame, value_text(row->symbol->path))
COLUMN(frame_offset, site_frame, value_count((int64_t)row->symbol->offset))
COLUMN(frame_problem, site_frame, value_text(row->symbol->problem))

static const struct column frame_columns[] = {
	{"site", "Site", 0, frame_site},
	{"frame", "Frame", 0, frame_number},
	{"function", "Function", 0, frame_function},
	{"file", "File", 0, frame_file},
	{"line", "Line", 0, frame_line},
	{"inlined", "Of a function that was inlined", 0, frame_inlined},
	{"module", "Module", 0, frame_module},
	{"offset", "Offset in it", 0, frame_offset},
	{"problem", "Why the function is not known", 0, frame_problem},
};

TABLE(frames_table, "frames", "Frames of call sites", frame_columns, sites.frames);

COLUMN(row_site, site_row, value_count(row->site + 1))
COLUMN(row_call, site_row, value_text(row->call))
COLUMN(row_program, site_row, value_text(row->program))
COLUMN(row_error, site_row, value_text(row->error))
COLUMN(row_count, site_row, value_count((int64_t)row->count))
COLUMN(row_total, site_row, value_ns(row->total_ns))
COLUMN(row_max, site_row, value_ns(row->max_ns))

static const struct column row_columns[] = {
	{"site", "Site", -6, row_site},	    {"call", "Call", -22, row_call},
	{"error", "Error", -13, row_error}, {"program", "Program", -13, row_program},
	{"count", "Count", 6, row_count},   {"total_ns", "Total", 10, row_total},
	{"max_ns", "Max", 10, row_max},
};

TABLE(calls_table, "calls", "Calls by site", row_columns, sites.rows);

static void put_site(struct buffer *buffer, const struct style *style, const struct model *model,
		     const struct site *site)
{
	for (size_t i = 0; i < site->frame_count; i++) {
		struct buffer text = {0};

		if (i)
			buffer_print(buffer, "      ");
		else
			buffer_print(buffer, "%4" PRIu32 "  ", number_of(model, site));
		put_escaped(&text, style, site->frames[i]->text);
		put_folded(buffer, buffer_text(&text), 6, 8);
		buffer_print(buffer, "\n");
		buffer_free(&text);
	}
}

void text_sites(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (!model->sites.list.count) {
		buffer_print(buffer, "no data: stacks are taken with DNDPROF_DETAIL=detailed, of "
				     "calls that fail or\ntake 1ms or more, and of waits for "
				     "locks\n");
		return;
	}
	for (size_t i = 0; i < model->sites.list.count; i++)
		put_site(buffer, style, model, &model->sites.list.items[i]);
	buffer_print(buffer, "\n");
	table_text(buffer, style, &calls_table, model);
}
