/*
 * frame.c - see top.h: what there is to see of a look, as lines of text. Names out of profiles are
 * escaped.
 */
#include "base/duration.h"
#include "base/sort.h"
#include "render/report.h"
#include "top/maker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 200

void frame_add_line(struct maker *maker, enum mark mark)
{
	*list_add(&maker->frame->lines) = (struct frame_line){maker->frame->text.length, mark};
}

void frame_end_line(struct maker *maker)
{
	struct buffer *text = &maker->frame->text;

	while (text->length && text->data[text->length - 1] == ' ')
		text->length--;
	buffer_add(text, "", 1);
}

void frame_text(struct maker *maker, enum mark mark, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	frame_add_line(maker, mark);
	buffer_add(&maker->frame->text, text, strlen(text));
	frame_end_line(maker);
}

const char *frame_line(const struct frame *frame, size_t index)
{
	return frame->text.data + frame->lines.items[index].at;
}

void frame_free(struct frame *frame)
{
	list_free(&frame->lines);
	buffer_free(&frame->text);
}

static uint64_t hash(uint64_t start, const char *text)
{
	for (; *text; text++)
		start = (start ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return start;
}

/* Growth of a counter since the look before, in a second; what is smaller now began anew. */
static double rate(const struct maker *maker, uint64_t now, uint64_t before)
{
	return maker->seconds > 0 && now > before ? (double)(now - before) / maker->seconds : 0;
}

double frame_rate(struct maker *maker, uint64_t key, uint64_t count)
{
	uint64_t before = maker->before ? counts_get(&maker->before->counts, key) : 0;

	counts_add(maker->counts, key, count);
	return rate(maker, count, before);
}

static const char *duration(const struct maker *maker, int64_t ns, char text[DURATION_TEXT])
{
	struct style style = {.ascii = maker->choice->ascii};
	struct buffer plain = {0};

	put_plain(&plain, &style, duration_text(ns, text));
	snprintf(text, DURATION_TEXT, "%s", buffer_text(&plain));
	buffer_free(&plain);
	return text;
}

/* `text` padded with blanks to so many columns: printf counts bytes. */
static void put_right(struct buffer *buffer, const char *text, int width)
{
	int columns = (int)utf8_columns(text);

	buffer_print(buffer, "%*s%s", columns < width ? width - columns : 0, "", text);
}

void frame_time(const struct maker *maker, int64_t ns, int width)
{
	char text[DURATION_TEXT];

	put_right(&maker->frame->text, ns < 0 ? "-" : duration(maker, ns, text), width);
}

void frame_name(const struct maker *maker, const char *name, int width)
{
	struct style style = {.ascii = maker->choice->ascii};

	put_cell(&maker->frame->text, &style, name, width);
}

/* ---- what is at the top ---------------------------------------------------------------------- */

static uint64_t total_errors(const struct model *model)
{
	uint64_t errors = 0;

	for (size_t i = 0; i < model->calls.count; i++)
		errors += model->calls.items[i].errors;
	return errors;
}

static size_t count_alive(const struct model *model)
{
	size_t alive = 0;

	for (size_t i = 0; i < model->processes.count; i++)
		alive += model->processes.items[i].alive;
	return alive;
}

/* A stream that was answered goes on for as long as its program and its connection do. */
static bool in_flight(const struct model *model, const struct operation *operation)
{
	const struct process *process = &model->processes.items[operation->process];
	bool goes_on = operation->stream && operation->flow != NONE &&
		       !model->flows.items[operation->flow].closed_ns &&
		       operation->end_ns >= process->end_ns;

	return process->alive && (operation->unfinished || goes_on);
}

static size_t count_in_flight(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->operations.count; i++)
		count += in_flight(model, &model->operations.items[i]);
	return count;
}

static void put_percentiles(struct maker *maker)
{
	const struct summary *summary = &maker->now->model->summary;
	struct buffer *text = &maker->frame->text;
	char time[DURATION_TEXT];

	frame_add_line(maker, MARK_NONE);
	buffer_print(text, "Latency");
	for (size_t i = 0; i < summary->asked_count; i++)
		buffer_print(text, "  %.*s %s", (int)strcspn(summary->asked[i].name, " "),
			     summary->asked[i].name,
			     summary->latencies && summary->asked[i].enough
				     ? duration(maker, summary->asked[i].value_ns, time)
				     : "-");
	buffer_print(text, "  max %s",
		     summary->latencies ? duration(maker, summary->max_ns, time) : "-");
	frame_end_line(maker);
}

static void put_summary(struct maker *maker)
{
	const struct model *model = maker->now->model;
	const struct model_run *run = &model->runs.items[0];
	const struct summary *summary = &model->summary;
	struct counts *counts = maker->counts;
	const struct counts *old = maker->before ? &maker->before->counts : &(struct counts){0};
	size_t alive = count_alive(model);
	struct buffer title = {0};
	char time[DURATION_TEXT];

	counts->calls = summary->total_calls;
	counts->operations = summary->operations;
	counts->errors = total_errors(model);
	frame_add_line(maker, MARK_TITLE);
	buffer_print(&title, "%s%s%s on %s", run->program, *run->subcommand ? " " : "",
		     run->subcommand, run->host);
	buffer_escape(&maker->frame->text, buffer_text(&title), title.length, maker->choice->ascii);
	buffer_free(&title);
	buffer_print(&maker->frame->text, ": %s, %zu of %zu programs running",
		     duration(maker, look_end_ns(maker->now) - run->start_ns, time), alive,
		     model->processes.count);
	frame_end_line(maker);
	frame_text(maker, summary->errors ? MARK_BAD : MARK_NONE,
		   "Operations %zu (%.1f/s), %zu failed; %zu in flight", summary->operations,
		   rate(maker, counts->operations, old->operations), summary->errors,
		   count_in_flight(model));
	frame_text(maker, MARK_NONE, "Calls %llu (%.1f/s), errors %llu (%.1f/s)",
		   (unsigned long long)counts->calls, rate(maker, counts->calls, old->calls),
		   (unsigned long long)counts->errors, rate(maker, counts->errors, old->errors));
	put_percentiles(maker);
}

/* ---- in flight ------------------------------------------------------------------------------- */

int64_t frame_age(const struct maker *maker, int64_t start_ns)
{
	return start_ns >= 0 && maker->now->at_ns > start_ns ? maker->now->at_ns - start_ns : 0;
}

static void put_flight(struct maker *maker, const struct operation *operation)
{
	const struct process *process = &maker->now->model->processes.items[operation->process];
	struct buffer name = {0};

	frame_add_line(maker, MARK_NONE);
	frame_time(maker, frame_age(maker, operation->start_ns), 10);
	buffer_print(&maker->frame->text, " %8d  ", process->pid);
	frame_name(maker, process->program, -16);
	buffer_print(&name, "%s%s%s%s", operation->method, *operation->method ? " " : "",
		     operation->endpoint, operation->stream ? " (stream)" : "");
	buffer_print(&maker->frame->text, " ");
	frame_name(maker, buffer_text(&name), -NAME_WIDTH);
	buffer_free(&name);
	frame_end_line(maker);
}

/* Operations are by start: the oldest, which have lasted longest, first. */
static void put_flights(struct maker *maker)
{
	const struct model *model = maker->now->model;
	size_t count = count_in_flight(model), most = maker->choice->rows, shown = 0;

	if (!count)
		return;
	frame_text(maker, MARK_NONE, "%s", "");
	frame_text(maker, MARK_HEAD, "%10s %8s  %-16s %s", "In flight", "PID", "Program", "What");
	for (size_t i = 0; i < model->operations.count && (!most || shown < most); i++)
		if (in_flight(model, &model->operations.items[i])) {
			put_flight(maker, &model->operations.items[i]);
			shown++;
		}
	if (shown < count)
		frame_text(maker, MARK_NONE, "%10s %zu more", "", count - shown);
}

/* ---- endpoints ------------------------------------------------------------------------------- */

struct endpoint_line {
	const struct endpoint_row *row;
	double rate;
	double order;
};

static int compare_lines(const void *a, const void *b)
{
	const struct endpoint_line *x = a, *y = b;

	return (x->order < y->order) - (x->order > y->order);
}

static double order_of(enum order order, const struct endpoint_line *line)
{
	switch (order) {
	case ORDER_RATE:
		return line->rate;
	case ORDER_COUNT:
		return (double)line->row->count;
	case ORDER_ERRORS:
		return (double)line->row->errors;
	default:
		return line->row->latencies && !line->row->stream ? (double)line->row->p95_ns : -1;
	}
}

static void put_endpoint(struct maker *maker, const struct endpoint_line *shown)
{
	const struct endpoint_row *row = shown->row;
	struct buffer name = {0};
	bool timed = row->latencies && !row->stream;

	frame_add_line(maker, row->errors ? MARK_BAD : MARK_NONE);
	buffer_print(&maker->frame->text, "%8.1f %8zu %7zu", shown->rate, row->count, row->errors);
	frame_time(maker, timed ? row->p50_ns : -1, 10);
	frame_time(maker, timed ? row->p95_ns : -1, 10);
	frame_time(maker, timed && row->latencies >= 100 ? row->p99_ns : -1, 10);
	buffer_print(&name, "%s%s%s%s", row->method, *row->method ? " " : "", row->endpoint,
		     row->stream   ? " (stream)"
		     : row->server ? " (served)"
				   : "");
	buffer_print(&maker->frame->text, "  ");
	frame_name(maker, buffer_text(&name), -NAME_WIDTH);
	buffer_free(&name);
	frame_end_line(maker);
}

static void put_endpoint_lines(struct maker *maker)
{
	const struct endpoint_rows *rows = &maker->now->model->endpoints;
	size_t count = rows->count < ROWS_MOST ? rows->count : ROWS_MOST,
	       most = maker->choice->rows;
	struct endpoint_line *lines = memory_get((count + 1) * sizeof(*lines));

	for (size_t i = 0; i < count; i++) {
		const struct endpoint_row *row = &rows->items[i];
		uint64_t key = hash(hash(row->server ? 7 : 3, row->method), row->endpoint);

		lines[i].row = row;
		lines[i].rate = frame_rate(maker, key, row->count);
		lines[i].order = order_of(maker->choice->order, &lines[i]);
	}
	sort(lines, count, sizeof(*lines), compare_lines);
	if (count) {
		frame_text(maker, MARK_NONE, "%s", "");
		frame_text(maker, MARK_HEAD, "%8s %8s %7s%10s%10s%10s  %s", "Rate/s", "Count",
			   "Errors", "P50", "P95", "P99", "Endpoint");
	}
	for (size_t i = 0; i < count && (!most || i < most); i++)
		put_endpoint(maker, &lines[i]);
	if (most && count > most)
		frame_text(maker, MARK_NONE, "%8s %zu more", "", rows->count - most);
	free(lines);
}

void frame_make(struct frame *frame, struct look *now, const struct look *before,
		const struct choice_of_frame *choice)
{
	const struct model_run *run = &now->model->runs.items[0];
	struct maker maker = {
		.frame = frame,
		.now = now,
		.before = before,
		.choice = choice,
		.counts = &now->counts,
		.seconds = (double)(before ? now->at_ns - before->at_ns
					   : look_end_ns(now) - run->start_ns) /
			   1e9,
	};

	frame->lines.count = frame->text.length = 0;
	put_summary(&maker);
	put_flights(&maker);
	put_endpoint_lines(&maker);
	frame_threads(&maker);
}
