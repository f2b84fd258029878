/*
 * columns.c - every column of every table, as data.
 */
#include "render/columns.h"

#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

static struct value some_ns(int64_t ns)
{
	return ns < 0 ? value_none() : value_ns(ns);
}

static struct value some_text(const char *text)
{
	return value_text(text && *text ? text : NULL);
}

/* ---- coverage ---- */

static struct value process_name(const struct model *model, const void *data)
{
	const struct process *row = data;

	return value_text(
		*row->subcommand ? arena_print(model->arena, "%s %s", row->program, row->subcommand)
				 : row->program);
}

static struct value process_gate(const struct model *model, const void *data)
{
	const struct process *row = data;

	return value_text(arena_print(model->arena, "%s%s%s%s", row->gate,
				      row->profile && row->running ? ", running" : "",
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
COLUMN(process_subcommand, process, some_text(row->subcommand))
COLUMN(process_exe, process, some_text(row->exe))
COLUMN(process_plain_gate, process, value_text(row->gate))
COLUMN(process_reason, process, some_text(row->reason))
COLUMN(process_count, process, value_count((int64_t)row->operations))
COLUMN(process_calls, process, row->profile ? value_count((int64_t)row->calls) : value_none())
COLUMN(process_forked, process, value_bool(row->forked))
COLUMN(process_running, process, value_bool(row->running))
COLUMN(process_startup, process, row->profile ? value_ns(row->startup_ns) : value_none())
COLUMN(process_exit, process,
       row->wait_status >= 0 && !(row->wait_status & 0x7f)
	       ? value_count(row->wait_status >> 8 & 0xff)
	       : value_none())
COLUMN(process_signal, process,
       row->wait_status > 0 && row->wait_status & 0x7f ? value_count(row->wait_status & 0x7f)
						       : value_none())

const struct column coverage_columns[] = {
	{"pid", "PID", -9, process_pid},
	{NULL, "Process", -22, process_name},
	{NULL, "Gate or reason", -37, process_gate},
	{NULL, "Operations", 12, process_operations},
	{"ppid", NULL, 0, process_ppid},
	{"program", NULL, 0, process_program},
	{"subcommand", NULL, 0, process_subcommand},
	{"exe", NULL, 0, process_exe},
	{"gate", NULL, 0, process_plain_gate},
	{"reason", NULL, 0, process_reason},
	{"operations", NULL, 0, process_count},
	{"calls", NULL, 0, process_calls},
	{"forked", NULL, 0, process_forked},
	{"running", NULL, 0, process_running},
	{"exit_status", NULL, 0, process_exit},
	{"signal", NULL, 0, process_signal},
	{"startup_ns", NULL, 0, process_startup},
	{"lost_slots", NULL, 0, process_losses},
	{"notes", NULL, 0, process_notes},
};
const size_t coverage_column_count = LENGTH(coverage_columns);

/* ---- endpoints ---- */

static struct value endpoint_p99(const struct model *model, const void *data)
{
	const struct endpoint_row *row = data;

	(void)model;
	return (struct value){.kind = row->latencies < 100 ? VALUE_FEW : VALUE_NS,
			      .number = row->p99_ns};
}

#define TIMED(expression) (row->latencies ? value_ns(expression) : value_none())
COLUMN(endpoint_method, endpoint_row, value_text(row->method))
COLUMN(endpoint_endpoint, endpoint_row, value_text(row->endpoint))
COLUMN(endpoint_category, endpoint_row, value_text(category_name(row->category)))
COLUMN(endpoint_role, endpoint_row, value_text(row->server ? "server" : "client"))
COLUMN(endpoint_stream, endpoint_row, value_bool(row->stream))
COLUMN(endpoint_count, endpoint_row, value_count((int64_t)row->count))
COLUMN(endpoint_errors, endpoint_row, value_count((int64_t)row->errors))
COLUMN(endpoint_unanswered, endpoint_row, value_count((int64_t)row->unanswered))
COLUMN(endpoint_total, endpoint_row, TIMED(row->total_ns))
COLUMN(endpoint_p50, endpoint_row, TIMED(row->p50_ns))
COLUMN(endpoint_p95, endpoint_row, TIMED(row->p95_ns))
COLUMN(endpoint_wait, endpoint_row, some_ns(row->wait_ns))
COLUMN(endpoint_receive, endpoint_row, some_ns(row->receive_ns))

const struct column endpoint_columns[] = {
	{"method", NULL, 0, endpoint_method},	   {"endpoint", NULL, 0, endpoint_endpoint},
	{"category", NULL, 0, endpoint_category},  {"role", NULL, 0, endpoint_role},
	{"stream", NULL, 0, endpoint_stream},	   {"count", "Count", 10, endpoint_count},
	{"errors", "Errors", 10, endpoint_errors}, {"unanswered", NULL, 0, endpoint_unanswered},
	{"total_ns", NULL, 0, endpoint_total},	   {"p50_ns", "P50", 12, endpoint_p50},
	{"p95_ns", "P95", 12, endpoint_p95},	   {"p99_ns", "P99", 12, endpoint_p99},
	{"wait_ns", "Wait", 12, endpoint_wait},	   {"receive_ns", "Receive", 12, endpoint_receive},
};
const size_t endpoint_column_count = LENGTH(endpoint_columns);

/* Child processes: rows of the same form. */
const struct column child_columns[] = {
	{"program", "Program", -25, endpoint_endpoint},
	{"count", "Count", 11, endpoint_count},
	{"errors", "Errors", 13, endpoint_errors},
	{"total_ns", "Total", 13, endpoint_total},
	{"p50_ns", "P50", 13, endpoint_p50},
	{"p95_ns", "P95", 13, endpoint_p95},
};
const size_t child_column_count = LENGTH(child_columns);

/* ---- locks ---- */

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
COLUMN(lock_holder_name, lock_row, some_text(row->holder_name))
COLUMN(lock_holder_ns, lock_row, row->holder ? value_ns(row->holder_ns) : value_none())

const struct column lock_columns[] = {
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
};
const size_t lock_column_count = LENGTH(lock_columns);

/* ---- categories ---- */

#define FIGURE(name, expression)                                              \
	static struct value name(const struct model *model, const void *data) \
	{                                                                     \
		const struct category_row *row = data;                        \
                                                                              \
		(void)model;                                                  \
		return row->count ? (expression) : value_none();              \
	}

FIGURE(category_count, value_count((int64_t)row->count))
FIGURE(category_total, value_ns(row->total_ns))
FIGURE(category_average, value_ns(row->total_ns / (int64_t)row->count))
FIGURE(category_min, value_ns(row->min_ns))
FIGURE(category_max, value_ns(row->max_ns))
COLUMN(category_remark, category_row, some_text(row->remark))
COLUMN(category_title, category_row, value_text(row->name))
COLUMN(category_self, category_row, value_ns(row->self_ns))

const struct column category_columns[] = {
	{"category", "Category", -25, category_title},
	{"count", "Count", 11, category_count},
	{"total_ns", "Total", 13, category_total},
	{"average_ns", "Average", 13, category_average},
	{"min_ns", "Min", 13, category_min},
	{"max_ns", "Max", 13, category_max},
	{"self_ns", NULL, 0, category_self},
	{"remark", NULL, 0, category_remark},
};
const size_t category_column_count = LENGTH(category_columns);

/* ---- the critical path ---- */

COLUMN(cause_cause, cause_row, value_text(cause_key(row->cause)))
COLUMN(cause_category, cause_row, value_text(category_name(row->category)))
COLUMN(cause_method, cause_row, some_text(row->method))
COLUMN(cause_what, cause_row, some_text(row->what))
COLUMN(cause_program, cause_row, some_text(row->program))
COLUMN(cause_pieces, cause_row, value_count((int64_t)row->count))
COLUMN(cause_total, cause_row, value_ns(row->total_ns))
COLUMN(cause_cpu, cause_row, some_ns(row->cpu_ns))

const struct column cause_columns[] = {
	{"cause", NULL, 0, cause_cause},    {"category", NULL, 0, cause_category},
	{"total_ns", NULL, 0, cause_total}, {"method", NULL, 0, cause_method},
	{"what", NULL, 0, cause_what},	    {"program", NULL, 0, cause_program},
	{"pieces", NULL, 0, cause_pieces},  {"cpu_ns", NULL, 0, cause_cpu},
};
const size_t cause_column_count = LENGTH(cause_columns);

/* ---- the run, the summary: one row each ---- */

static struct value run_end(const struct model *model, const void *data)
{
	const struct model_run *row = data;

	(void)model;
	return row->start_realtime_ns
		       ? value_ns(row->start_realtime_ns + (row->end_ns - row->start_ns))
		       : value_none();
}

static struct value run_seconds(const struct model *model, const void *data)
{
	const struct model_run *row = data;

	(void)model;
	return row->start_realtime_ns ? value_ns(row->start_realtime_ns) : value_none();
}

#define FACT(expression) \
	(row->run->facts.present && (expression) >= 0 ? value_count(expression) : value_none())
COLUMN(run_program, model_run, some_text(row->program))
COLUMN(run_subcommand, model_run, some_text(row->subcommand))
COLUMN(run_host, model_run, some_text(row->host))
COLUMN(run_version, model_run, some_text(row->version))
COLUMN(run_check, model_run, some_text(row->run->facts.check))
COLUMN(run_path, model_run, value_text(row->run->path))
COLUMN(run_wall, model_run, value_ns(row->end_ns - row->start_ns))
COLUMN(run_exit, model_run, FACT(row->run->facts.exit_status))
COLUMN(run_signal, model_run, FACT(row->run->facts.signal))
COLUMN(run_child, model_run, FACT(row->run->facts.child))
COLUMN(run_files, model_run, value_count((int64_t)row->run->profiles.count))
COLUMN(run_failures, model_run, value_count((int64_t)row->run->failures.count))

const struct column run_columns[] = {
	{"program", NULL, 0, run_program},
	{"subcommand", NULL, 0, run_subcommand},
	{"host", NULL, 0, run_host},
	{"version", NULL, 0, run_version},
	{"check", NULL, 0, run_check},
	{"path", NULL, 0, run_path},
	{"start_realtime_ns", NULL, 0, run_seconds},
	{"end_realtime_ns", NULL, 0, run_end},
	{"wall_ns", NULL, 0, run_wall},
	{"pid", NULL, 0, run_child},
	{"exit_status", NULL, 0, run_exit},
	{"signal", NULL, 0, run_signal},
	{"files", NULL, 0, run_files},
	{"unreadable_files", NULL, 0, run_failures},
};
const size_t run_column_count = LENGTH(run_columns);

static struct value warnings(const struct model *model, const void *data)
{
	(void)data;
	return (struct value){.kind = VALUE_TEXTS,
			      .number = (int64_t)model->warnings.count,
			      .texts = model->warnings.items};
}

#define LATENCY(expression) (row->latencies ? value_ns(expression) : value_none())
COLUMN(summary_operations, summary, value_count((int64_t)row->operations))
COLUMN(summary_errors, summary, value_count((int64_t)row->errors))
COLUMN(summary_streams, summary, value_count((int64_t)row->streams))
COLUMN(summary_broken, summary, value_count((int64_t)row->broken))
COLUMN(summary_unanswered, summary, value_count((int64_t)row->unanswered))
COLUMN(summary_server, summary, value_count((int64_t)row->server_operations))
COLUMN(summary_orphans, summary, value_count((int64_t)row->orphans))
COLUMN(summary_calls, summary, value_count((int64_t)row->total_calls))
COLUMN(summary_total, summary, LATENCY(row->total_ns))
COLUMN(summary_wall, summary, value_ns(row->wall_ns))
COLUMN(summary_average, summary, LATENCY(row->average_ns))
COLUMN(summary_accuracy, summary, some_ns(row->accuracy_ns))
COLUMN(summary_precision, summary, value_ns(row->precision_ns))
COLUMN(summary_score, summary, row->score < 0 ? value_none() : value_count(row->score))
COLUMN(summary_rating, summary, value_text(row->score < 0 ? NULL : row->rating))
COLUMN(summary_reasons, summary, some_text(row->rating_reasons))

const struct column summary_columns[] = {
	{"total_operations", NULL, 0, summary_operations},
	{"total_duration_ns", NULL, 0, summary_total},
	{"wall_ns", NULL, 0, summary_wall},
	{"average_ns", NULL, 0, summary_average},
	{"accuracy_ns", NULL, 0, summary_accuracy},
	{"precision_ns", NULL, 0, summary_precision},
	{"score", NULL, 0, summary_score},
	{"rating", NULL, 0, summary_rating},
	{"rating_reasons", NULL, 0, summary_reasons},
	{"errors", NULL, 0, summary_errors},
	{"streams", NULL, 0, summary_streams},
	{"broken", NULL, 0, summary_broken},
	{"unanswered", NULL, 0, summary_unanswered},
	{"server_operations", NULL, 0, summary_server},
	{"responses_without_request", NULL, 0, summary_orphans},
	{"total_calls", NULL, 0, summary_calls},
	{"warnings", NULL, 0, warnings},
};
const size_t summary_column_count = LENGTH(summary_columns);
