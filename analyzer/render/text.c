/*
 * text.c - sections of the text report: the runs, coverage, summary, categories. Lines of the
 * report the project started from are reproduced to the letter (report.md).
 */
#include "base/duration.h"
#include "render/columns.h"
#include "render/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text of ours: of what is beyond ASCII it has the sign of microseconds only. */
static void put_plain(struct buffer *buffer, const struct style *style, const char *text)
{
	const char *micro;

	while (style->ascii && (micro = strstr(text, "\xc2\xb5"))) {
		buffer_print(buffer, "%.*su", (int)(micro - text), text);
		text = micro + 2;
	}
	buffer_print(buffer, "%s", text);
}

void put_duration(struct buffer *buffer, const struct style *style, int64_t ns)
{
	char text[DURATION_TEXT];

	duration_text(ns, text);
	put_plain(buffer, style, text);
}

static void put_escaped(struct buffer *buffer, const struct style *style, const char *text)
{
	buffer_escape(buffer, text, strlen(text), style->ascii);
}

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

void text_runs(struct buffer *buffer, const struct style *style, const struct model *model)
{
	char date[DATE_TEXT];

	for (uint32_t i = 0; i < model->runs.count; i++) {
		const struct model_run *run = &model->runs.items[i];

		buffer_print(buffer, "Run: ");
		put_escaped(buffer, style, run->program);
		if (*run->subcommand) {
			buffer_print(buffer, " ");
			put_escaped(buffer, style, run->subcommand);
		}
		if (*run->host) {
			buffer_print(buffer, " on ");
			put_escaped(buffer, style, run->host);
		}
		if (run->start_realtime_ns)
			buffer_print(buffer, ", %s UTC", date_text(run->start_realtime_ns, date));
		buffer_print(buffer, ", wall ");
		put_duration(buffer, style, run->end_ns - run->start_ns);
		buffer_print(buffer, ", ");
		put_outcome(buffer, model, i);
		buffer_print(buffer, "\n");
	}
}

/* A text too long for its column goes on, indented, over as many lines as it needs. */
static void put_wrapped(struct buffer *buffer, const struct style *style, const char *text)
{
	const size_t width = 79 - 11;
	struct buffer escaped = {0};
	const char *at;

	put_escaped(&escaped, style, text);
	for (at = buffer_text(&escaped); *at;) {
		size_t length = strlen(at), next = 0;

		if (length > width) {
			length = width;
			while (length && at[length] != ' ')
				length--;
			if (!length)
				for (length = width; ((unsigned char)at[length] & 0xc0) == 0x80;)
					length--;
			next = at[length] == ' ';
		}
		buffer_print(buffer, "           %.*s\n", (int)length, at);
		at += length + next;
	}
	buffer_free(&escaped);
}

void text_coverage(struct buffer *buffer, const struct style *style, const struct model *model)
{
	table_title(buffer, coverage_columns, coverage_column_count);
	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		struct process shown = *process;
		bool long_reason =
			process->reason &&
			strlen(process->gate) + 2 + strlen(process->reason) +
					(process->profile && process->running ? strlen(", running")
									      : 0) >
				36;

		if (long_reason)
			shown.reason = NULL;
		table_row(buffer, style, coverage_columns, coverage_column_count, model, &shown);
		if (long_reason)
			put_wrapped(buffer, style, process->reason);
		for (size_t j = 0; j < process->notes.count; j++)
			put_wrapped(buffer, style, process->notes.items[j]);
	}
}

static void put_rating(struct buffer *buffer, const struct style *style,
		       const struct summary *summary)
{
	buffer_print(buffer, "Performance Rating:   ");
	for (int i = 0; i < 5 && summary->score >= 0; i++)
		buffer_print(buffer, "%s",
			     style->ascii	  ? (i < summary->stars ? "*" : "-")
			     : i < summary->stars ? "\xe2\x98\x85"
						  : "\xe2\x98\x86");
	buffer_print(buffer, "%s%s", summary->score >= 0 ? " " : "", summary->rating);
	if (*summary->rating_reasons)
		buffer_print(buffer, " (%s)", summary->rating_reasons);
	buffer_print(buffer, "\n");
}

static void put_measure(struct buffer *buffer, const struct style *style, const char *name,
			bool known, int64_t ns)
{
	buffer_print(buffer, "%-22s", name);
	if (known)
		put_duration(buffer, style, ns);
	else
		buffer_print(buffer, "no data");
}

void text_summary(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct summary *summary = &model->summary;

	buffer_print(buffer, "Total Operations:     %zu", summary->operations);
	if (summary->streams)
		buffer_print(buffer, " (%zu of them streams, kept out of the durations)",
			     summary->streams);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Total Duration:", summary->latencies, summary->total_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Wall Time:", true, summary->wall_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Average Duration:", summary->latencies, summary->average_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Accuracy Achieved:", summary->accuracy_ns >= 0,
		    summary->accuracy_ns);
	buffer_print(buffer, " (target: ");
	put_duration(buffer, style, summary->precision_ns);
	buffer_print(buffer, ")\n");
	put_rating(buffer, style, summary);
	if (summary->errors)
		buffer_print(buffer, "Errors:               %zu (%.1f%% of operations)\n",
			     summary->errors,
			     100.0 * (double)summary->errors / (double)summary->operations);
	if (summary->unanswered)
		buffer_print(buffer, "Without an answer:    %zu (kept out of the durations)\n",
			     summary->unanswered);
	if (summary->server_operations)
		buffer_print(buffer, "Answered (server):    %zu transactions, not counted above\n",
			     summary->server_operations);
	for (size_t i = 0; i < model->warnings.count; i++) {
		buffer_print(buffer, "%s ", style->ascii ? "!" : "\xe2\x9a\xa0");
		put_escaped(buffer, style, model->warnings.items[i]);
		buffer_print(buffer, "\n");
	}
}

static int compare_categories(const void *a, const void *b)
{
	const struct category_row *x = *(const struct category_row *const *)a;
	const struct category_row *y = *(const struct category_row *const *)b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

size_t sorted_categories(const struct model *model, const struct category_row *rows[CATEGORY_ROWS])
{
	size_t count = 0;

	for (unsigned int i = 0; i < CATEGORY_PROGRAM; i++)
		if (model->categories[i].count || model->categories[i].self_ns)
			rows[count++] = &model->categories[i];
	qsort(rows, count, sizeof(rows[0]), compare_categories);
	if (model->categories[CATEGORY_UNCOVERED].self_ns)
		rows[count++] = &model->categories[CATEGORY_UNCOVERED];
	rows[count++] = &model->categories[CATEGORY_PROGRAM];
	return count;
}

static void put_remark(struct buffer *buffer, const struct style *style, const char *text)
{
	buffer_print(buffer, " (");
	put_plain(buffer, style, text);
	buffer_print(buffer, ")");
}

void text_categories(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct category_row *rows[CATEGORY_ROWS];
	size_t count = sorted_categories(model, rows);
	double wall = (double)model->summary.wall_ns;

	table_title(buffer, category_columns, category_column_count);
	for (size_t i = 0; i < count; i++) {
		table_row(buffer, style, category_columns, category_column_count, model, rows[i]);
		buffer_print(buffer, "  %s ", style->ascii ? "`-" : "\xe2\x94\x94\xe2\x94\x80");
		if (wall > 0)
			buffer_print(buffer, "%.1f%% of total execution time",
				     100.0 * (double)rows[i]->self_ns / wall);
		else
			buffer_print(buffer, "no data");
		if (rows[i]->remark)
			put_remark(buffer, style, rows[i]->remark);
		buffer_print(buffer, "\n");
	}
}
