/*
 * locks.c - the contended locks, a table of the timing analysis.
 */
#include "render/report.h"

static struct value lock_name(const struct model *model, const void *data)
{
	const struct lock_row *row = data;

	return value_text(arena_print(model->arena, "%s (%s)", row->what,
				      model->processes.items[row->process].program));
}

static struct value lock_held(const struct model *model, const void *data)
{
	const struct lock_row *row = data;

	return value_text(
		row->holder ? arena_print(model->arena, "%s %u", row->holder_name, row->holder)
			    : NULL);
}

COLUMN(lock_kind, lock_row, value_text(row->what))
COLUMN(lock_program, lock_row, value_text(model->processes.items[row->process].program))
COLUMN(lock_pid, lock_row, value_count(model->processes.items[row->process].pid))
COLUMN(lock_waits, lock_row, value_count((int64_t)row->waits))
COLUMN(lock_threads, lock_row, value_count((int64_t)row->threads))
COLUMN(lock_total, lock_row, value_ns(row->total_ns))
COLUMN(lock_max, lock_row, value_ns(row->max_ns))
COLUMN(lock_holder, lock_row, row->holder ? value_count(row->holder) : value_none())
COLUMN(lock_holder_name, lock_row, value_some_text(row->holder_name))
COLUMN(lock_holder_ns, lock_row, row->holder ? value_ns(row->holder_ns) : value_none())

COLUMN(lock_site, lock_row, value_some_text(row->site))

static const struct column lock_columns[] = {
	{NULL, "Lock", -25, lock_name},
	{"lock", NULL, 0, lock_kind},
	{"program", NULL, 0, lock_program},
	{"pid", NULL, 0, lock_pid},
	{"waits", "Waits", 8, lock_waits},
	{"threads", "Threads", 9, lock_threads},
	{"total_ns", "Total", 11, lock_total},
	{"max_ns", "Max", 11, lock_max},
	{NULL, "Held most by", 15, lock_held},
	{"holder", NULL, 0, lock_holder},
	{"holder_name", NULL, 0, lock_holder_name},
	{"holder_ns", NULL, 0, lock_holder_ns},
	{"site", "Waited for at", 0, lock_site},
};

TABLE(locks_table, "locks", "Contended locks", lock_columns, locks);

/* Where the locks of the table were waited for, where that is known. */
static void put_lock_sites(struct buffer *buffer, const struct style *style,
			   const struct model *model)
{
	struct rows rows;
	size_t shown;

	rows_get(&rows, &locks_table, style, model);
	shown = rows_shown(&locks_table, style, rows.count, ROWS_USUAL);
	for (size_t i = 0; i < shown; i++) {
		const struct lock_row *row = rows.items[i];
		struct buffer text = {0};

		if (!row->site)
			continue;
		buffer_print(&text, "%s at %s", row->what, row->site);
		put_wrapped(buffer, style, buffer_text(&text));
		buffer_free(&text);
	}
	rows_free(&rows);
}

void put_locks(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (!model->locks.count)
		return;
	buffer_print(buffer, "Contended locks:\n");
	table_text(buffer, style, &locks_table, model);
	put_lock_sites(buffer, style, model);
	buffer_print(buffer, "\n");
}
