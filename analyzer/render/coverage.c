/*
 * coverage.c - the COVERAGE table: every process of the run, and what of it was seen.
 */
#include "render/report.h"

#include <string.h>

/* A credential helper or plugin is told from others by the end of its name. */
#define NAME_COLUMNS 32
#define GATE_COLUMNS 27

static struct value process_name(const struct model *model, const void *data)
{
	const struct process *row = data;

	return value_text(
		*row->subcommand ? arena_print(model->arena, "%s %s", row->program, row->subcommand)
				 : row->program);
}

/* A Go program's end is known where somebody waited for it, and was observed. */
static const char *process_life(const struct process *process)
{
	if (!process->profile || !process->running)
		return "";
	return process->alive ? ", running" : ", end not seen";
}

static struct value process_gate(const struct model *model, const void *data)
{
	const struct process *row = data;

	return value_text(arena_print(model->arena, "%s%s%s%s", row->gate, process_life(row),
				      row->reason ? ": " : "", row->reason ? row->reason : ""));
}

static struct value process_losses(const struct model *model, const void *data)
{
	const struct process *row = data;

	(void)model;
	return row->profile ? value_count((int64_t)row->lost) : value_none();
}

static struct value process_notes(const struct model *model, const void *data)
{
	const struct process *row = data;

	(void)model;
	return (struct value){.kind = VALUE_TEXTS,
			      .number = (int64_t)row->notes.count,
			      .texts = row->notes.items};
}

static struct value process_operations(const struct model *model, const void *data)
{
	const struct process *row = data;

	(void)model;
	return strcmp(row->gate, "unobserved") == 0 ? value_none()
						    : value_count((int64_t)row->operations);
}

COLUMN(process_pid, process, row->pid > 0 ? value_count(row->pid) : value_none())
COLUMN(process_ppid, process, row->ppid > 0 ? value_count(row->ppid) : value_none())
COLUMN(process_program, process, value_text(row->program))
COLUMN(process_subcommand, process, value_some_text(row->subcommand))
COLUMN(process_exe, process, value_some_text(row->exe))
COLUMN(process_plain_gate, process, value_text(row->gate))
COLUMN(process_reason, process, value_some_text(row->reason))

COLUMN(process_calls, process, row->profile ? value_count((int64_t)row->calls) : value_none())
COLUMN(process_forked, process, value_bool(row->forked))
COLUMN(process_running, process, value_bool(row->alive))
COLUMN(process_startup, process, row->profile ? value_ns(row->startup_ns) : value_none())
COLUMN(process_exit, process,
       row->wait_status >= 0 && !(row->wait_status & 0x7f)
	       ? value_count(row->wait_status >> 8 & 0xff)
	       : value_none())
COLUMN(process_signal, process,
       row->wait_status > 0 && row->wait_status & 0x7f ? value_count(row->wait_status & 0x7f)
						       : value_none())

static const struct column coverage_columns[] = {
	{"pid", "PID", -9, process_pid},
	{NULL, "Process", -NAME_COLUMNS, process_name},
	{NULL, "Gate or reason", -GATE_COLUMNS, process_gate},
	{NULL, "Operations", 12, process_operations},
	{"ppid", NULL, 0, process_ppid},
	{"program", NULL, 0, process_program},
	{"subcommand", NULL, 0, process_subcommand},
	{"exe", NULL, 0, process_exe},
	{"gate", NULL, 0, process_plain_gate},
	{"reason", NULL, 0, process_reason},
	{"operations", NULL, 0, process_operations},
	{"calls", NULL, 0, process_calls},
	{"forked", NULL, 0, process_forked},
	{"running", NULL, 0, process_running},
	{"exit_status", NULL, 0, process_exit},
	{"signal", NULL, 0, process_signal},
	{"startup_ns", NULL, 0, process_startup},
	{"lost_slots", NULL, 0, process_losses},
	{"notes", NULL, 0, process_notes},
};

TABLE_ACCESS(coverage_table, model->processes.count, &model->processes.items[index])
TABLE_OF(coverage_table, "coverage", "Coverage", coverage_columns, TABLE_ALL);

/* A reason too long for its column goes to lines of its own. */
static bool is_long(const struct process *process)
{
	size_t length = strlen(process->gate) + 2;

	if (!process->reason)
		return false;
	length += strlen(process_life(process));
	return length + strlen(process->reason) >= GATE_COLUMNS;
}

void text_coverage(struct buffer *buffer, const struct style *style, const struct model *model)
{
	struct rows rows;

	rows_get(&rows, &coverage_table, style, model);
	table_title(buffer, coverage_columns, coverage_table.column_count);
	for (size_t i = 0; i < rows.count; i++) {
		const struct process *process = rows.items[i];
		struct process shown = *process;

		if (is_long(process))
			shown.reason = NULL;
		table_row(buffer, style, coverage_columns, coverage_table.column_count, model,
			  &shown);
		if (is_long(process))
			put_wrapped(buffer, style, process->reason);
		for (size_t j = 0; j < process->notes.count; j++)
			put_wrapped(buffer, style, process->notes.items[j]);
	}
	rows_free(&rows);
}
