/*
 * run.c - the runs a report is about: one line each, before the first section.
 */
#include "base/duration.h"
#include "model/filter.h"
#include "render/report.h"

COLUMN(run_start, model_run, value_time(row->start_realtime_ns))
COLUMN(run_end, model_run,
       row->start_realtime_ns ? value_time(row->start_realtime_ns + (row->end_ns - row->start_ns))
			      : value_none())

#define FACT(expression) \
	(row->run->facts.present && (expression) >= 0 ? value_count(expression) : value_none())
COLUMN(run_program, model_run, value_some_text(row->program))
COLUMN(run_subcommand, model_run, value_some_text(row->subcommand))
COLUMN(run_host, model_run, value_some_text(row->host))
COLUMN(run_version, model_run, value_some_text(row->version))
COLUMN(run_check, model_run, value_some_text(row->run->facts.check))
COLUMN(run_path, model_run, value_text(row->run->path))
COLUMN(run_wall, model_run, value_ns(row->end_ns - row->start_ns))
COLUMN(run_exit, model_run, FACT(row->run->facts.exit_status))
COLUMN(run_signal, model_run, FACT(row->run->facts.signal))
COLUMN(run_child, model_run, FACT(row->run->facts.child))
COLUMN(run_files, model_run, value_count((int64_t)row->run->profiles.count))
COLUMN(run_failures, model_run, value_count((int64_t)row->run->failures.count))

static const struct column run_columns[] = {
	{"program", "Program", 0, run_program},
	{"subcommand", "Subcommand", 0, run_subcommand},
	{"host", "Host", 0, run_host},
	{"version", NULL, 0, run_version},
	{"check", "Check", 0, run_check},
	{"path", NULL, 0, run_path},
	{"start_realtime_ns", "Start", 0, run_start},
	{"end_realtime_ns", NULL, 0, run_end},
	{"wall_ns", "Wall Time", 0, run_wall},
	{"pid", NULL, 0, run_child},
	{"exit_status", "Exit Status", 0, run_exit},
	{"signal", "Signal", 0, run_signal},
	{"files", NULL, 0, run_files},
	{"unreadable_files", NULL, 0, run_failures},
};

TABLE_SINGLE(run_table, "run", "Run", run_columns, runs.items[0]);

/* Further runs of the same report. */
TABLE_ACCESS(other_runs_table, model->runs.count - 1, &model->runs.items[index + 1])
TABLE_OF(other_runs_table, "others", "Other runs", run_columns, TABLE_ROWS);

static void put_outcome(struct buffer *buffer, const struct model *model, uint32_t index)
{
	const struct run_facts *facts = &model->runs.items[index].run->facts;

	if (facts->exit_status >= 0) {
		buffer_print(buffer, "exit status %d", facts->exit_status);
	} else if (facts->signal > 0) {
		buffer_print(buffer, "killed by signal %d", facts->signal);
	} else if (facts->present && !facts->finished) {
		buffer_print(buffer, "still running, or `dndprof run` was killed");
	} else { /* a bare preload: the first process may have said */
		for (size_t i = 0; i < model->processes.count; i++) {
			const struct process *process = &model->processes.items[i];

			if (process->run == index && process->parent == NONE &&
			    process->wait_status >= 0) {
				if (process->wait_status & 0x7f)
					buffer_print(buffer, "killed by signal %d",
						     process->wait_status & 0x7f);
				else
					buffer_print(buffer, "exit status %d",
						     process->wait_status >> 8 & 0xff);
				return;
			}
		}
		buffer_print(buffer, "exit status unknown");
	}
}

static void put_run(struct buffer *line, const struct style *style, const struct model *model,
		    uint32_t index)
{
	const struct model_run *run = &model->runs.items[index];
	char date[DATE_TEXT];

	buffer_print(line, "Run: ");
	put_escaped(line, style, run->program);
	if (*run->subcommand) {
		buffer_print(line, " ");
		put_escaped(line, style, run->subcommand);
	}
	if (*run->host) {
		buffer_print(line, " on ");
		put_escaped(line, style, run->host);
	}
	if (run->start_realtime_ns)
		buffer_print(line, ", %s UTC", date_text(run->start_realtime_ns, date));
	buffer_print(line, ", wall ");
	put_duration(line, style, run->end_ns - run->start_ns);
	buffer_print(line, ", ");
	put_outcome(line, model, index);
}

void text_runs(struct buffer *buffer, const struct style *style, const struct model *model)
{
	for (uint32_t i = 0; i < model->runs.count; i++) {
		struct buffer line = {0};

		put_run(&line, style, model, i);
		put_folded(buffer, buffer_text(&line), 0, 5);
		buffer_print(buffer, "\n");
		buffer_free(&line);
	}
	if (model->filter) {
		struct buffer line = {0};

		buffer_print(&line, "Filter: ");
		put_escaped(&line, style, model->filter->text);
		buffer_print(&line,
			     "; coverage, checks, workers, resources and overhead are of the "
			     "whole run");
		put_folded(buffer, buffer_text(&line), 0, 8);
		buffer_print(buffer, "\n");
		buffer_free(&line);
	}
}
