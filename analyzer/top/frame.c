/*
 * frame.c - see top.h: what there is to see of a look, as lines of text. Names out of profiles are
 * escaped.
 */
#include "base/duration.h"
#include "render/report.h"
#include "top/top.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROWS_MOST  1000
#define NAME_WIDTH 200

/* The frame being made. */
struct maker {
	struct frame *frame;
	const struct look *now, *before;
	const struct choice_of_frame *choice;
	struct counts *counts; /* of this look, for the next */
	double seconds;	       /* that rates are over */
};

static void add_line(struct maker *maker, enum mark mark)
{
	*list_add(&maker->frame->lines) = (struct frame_line){maker->frame->text.length, mark};
}

static void end_line(struct maker *maker)
{
	struct buffer *text = &maker->frame->text;

	while (text->length && text->data[text->length - 1] == ' ')
		text->length--;
	buffer_add(text, "", 1);
}

__attribute__((format(printf, 3, 4))) static void line(struct maker *maker, enum mark mark,
						       const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	add_line(maker, mark);
	buffer_add(&maker->frame->text, text, strlen(text));
	end_line(maker);
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

static double rate_of(struct maker *maker, uint64_t key, uint64_t count)
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

static void put_time(const struct maker *maker, int64_t ns, int width)
{
	char text[DURATION_TEXT];

	put_right(&maker->frame->text, ns < 0 ? "-" : duration(maker, ns, text), width);
}

static void put_name(const struct maker *maker, const char *name, int width)
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

static bool in_flight(const struct model *model, const struct operation *operation)
{
	return operation->unfinished && model->processes.items[operation->process].alive;
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

	add_line(maker, MARK_NONE);
	buffer_print(text, "Latency");
	for (size_t i = 0; i < summary->asked_count; i++)
		buffer_print(text, "  %.*s %s", (int)strcspn(summary->asked[i].name, " "),
			     summary->asked[i].name,
			     summary->latencies && summary->asked[i].enough
				     ? duration(maker, summary->asked[i].value_ns, time)
				     : "-");
	buffer_print(text, "  max %s",
		     summary->latencies ? duration(maker, summary->max_ns, time) : "-");
	end_line(maker);
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
	add_line(maker, MARK_TITLE);
	buffer_print(&title, "%s%s%s on %s", run->program, *run->subcommand ? " " : "",
		     run->subcommand, run->host);
	buffer_escape(&maker->frame->text, buffer_text(&title), title.length, maker->choice->ascii);
	buffer_free(&title);
	buffer_print(&maker->frame->text, ": %s, %zu of %zu programs running",
		     duration(maker, run->end_ns - run->start_ns, time), alive,
		     model->processes.count);
	end_line(maker);
	line(maker, summary->errors ? MARK_BAD : MARK_NONE,
	     "Operations %zu (%.1f/s), %zu failed; %zu in flight", summary->operations,
	     rate(maker, counts->operations, old->operations), summary->errors,
	     count_in_flight(model));
	line(maker, MARK_NONE, "Calls %llu (%.1f/s), errors %llu (%.1f/s)",
	     (unsigned long long)counts->calls, rate(maker, counts->calls, old->calls),
	     (unsigned long long)counts->errors, rate(maker, counts->errors, old->errors));
	put_percentiles(maker);
}

/* ---- in flight ------------------------------------------------------------------------------- */

static int64_t age(const struct maker *maker, int64_t start_ns)
{
	return start_ns >= 0 && maker->now->at_ns > start_ns ? maker->now->at_ns - start_ns : 0;
}

static void put_flight(struct maker *maker, const struct operation *operation)
{
	const struct process *process = &maker->now->model->processes.items[operation->process];
	struct buffer name = {0};

	add_line(maker, MARK_NONE);
	put_time(maker, age(maker, operation->start_ns), 10);
	buffer_print(&maker->frame->text, " %8d  ", process->pid);
	put_name(maker, process->program, -16);
	buffer_print(&name, "%s%s%s%s", operation->method, *operation->method ? " " : "",
		     operation->endpoint, operation->stream ? " (stream)" : "");
	buffer_print(&maker->frame->text, " ");
	put_name(maker, buffer_text(&name), -NAME_WIDTH);
	buffer_free(&name);
	end_line(maker);
}

/* Operations are by start: the oldest, which have lasted longest, first. */
static void put_flights(struct maker *maker)
{
	const struct model *model = maker->now->model;
	size_t count = count_in_flight(model), most = maker->choice->rows, shown = 0;

	if (!count)
		return;
	line(maker, MARK_NONE, "%s", "");
	line(maker, MARK_HEAD, "%10s %8s  %-16s %s", "In flight", "PID", "Program", "What");
	for (size_t i = 0; i < model->operations.count && (!most || shown < most); i++)
		if (in_flight(model, &model->operations.items[i])) {
			put_flight(maker, &model->operations.items[i]);
			shown++;
		}
	if (shown < count)
		line(maker, MARK_NONE, "%10s %zu more", "", count - shown);
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

	add_line(maker, row->errors ? MARK_BAD : MARK_NONE);
	buffer_print(&maker->frame->text, "%8.1f %8zu %7zu", shown->rate, row->count, row->errors);
	put_time(maker, timed ? row->p50_ns : -1, 10);
	put_time(maker, timed ? row->p95_ns : -1, 10);
	put_time(maker, timed && row->latencies >= 100 ? row->p99_ns : -1, 10);
	buffer_print(&name, "%s%s%s%s", row->method, *row->method ? " " : "", row->endpoint,
		     row->stream   ? " (stream)"
		     : row->server ? " (served)"
				   : "");
	buffer_print(&maker->frame->text, "  ");
	put_name(maker, buffer_text(&name), -NAME_WIDTH);
	buffer_free(&name);
	end_line(maker);
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
		lines[i].rate = rate_of(maker, key, row->count);
		lines[i].order = order_of(maker->choice->order, &lines[i]);
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	if (count) {
		line(maker, MARK_NONE, "%s", "");
		line(maker, MARK_HEAD, "%8s %8s %7s%10s%10s%10s  %s", "Rate/s", "Count", "Errors",
		     "P50", "P95", "P99", "Endpoint");
	}
	for (size_t i = 0; i < count && (!most || i < most); i++)
		put_endpoint(maker, &lines[i]);
	if (most && count > most)
		line(maker, MARK_NONE, "%8s %zu more", "", rows->count - most);
	free(lines);
}

/* ---- threads --------------------------------------------------------------------------------- */

/* As the kernel calls it; the program's own name when it is gone. */
static void thread_name(int pid, uint32_t tid, char name[32])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%u/comm", pid, tid);
	file = fopen(path, "re");
	name[0] = 0;
	if (file && fgets(name, 32, file))
		name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
}

static const char *kind_of(const struct profile_ring *ring)
{
	switch (ring->kind) {
	case DNDPROF_RING_GO:
		return "all of Go";
	case DNDPROF_RING_PARK:
		return "Go's waits";
	case DNDPROF_RING_SHARED:
		return "shared";
	default:
		return "";
	}
}

/* A line of a ring: of a thread, or of what shares one. */
static void put_thread(struct maker *maker, const struct process *process,
		       const struct profile_ring *ring)
{
	uint64_t key = ((uint64_t)(uint32_t)process->pid << 32 | ring->index) ^
		       profile_header(process->profile)->image;
	bool thread = ring->kind == DNDPROF_RING_THREAD;
	char name[32] = "", id[16] = "-";

	if (thread) {
		thread_name(process->pid, ring->owner, name);
		snprintf(id, sizeof(id), "%u", ring->owner);
	}
	add_line(maker, MARK_NONE);
	buffer_print(&maker->frame->text, "%8d %8s %10.1f", process->pid, id,
		     rate_of(maker, key, ring->head));
	if (thread && ring->in_call_since) {
		put_time(maker, age(maker, clock_ns(process->clock, ring->in_call_since)), 10);
		buffer_print(&maker->frame->text, "  ");
		put_name(maker, profile_call(process->profile, ring->in_call)->name, -20);
	} else {
		buffer_print(&maker->frame->text, "%10s  %-20s", "-", "-");
	}
	buffer_print(&maker->frame->text, " ");
	put_name(maker, *name ? name : process->program, -16);
	buffer_print(&maker->frame->text, "  %s", kind_of(ring));
	end_line(maker);
}

static void put_threads(struct maker *maker)
{
	const struct model *model = maker->now->model;
	size_t most = maker->choice->rows ? maker->choice->rows : ROWS_MOST, shown = 0, more = 0;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		const struct profile_ring *rings;
		size_t count;

		if (!process->profile || !process->alive)
			continue;
		rings = profile_rings(process->profile, &count);
		for (size_t j = 0; j < count; j++) {
			if (!rings[j].head || shown == most) {
				more += rings[j].head != 0;
				continue;
			}
			if (!shown) {
				line(maker, MARK_NONE, "%s", "");
				line(maker, MARK_HEAD, "%8s %8s %10s%10s  %-20s %-16s", "PID",
				     "Thread", "Slots/s", "In it for", "Call", "Name");
			}
			put_thread(maker, process, &rings[j]);
			shown++;
		}
	}
	if (more)
		line(maker, MARK_NONE, "%8s %zu more", "", more);
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
					   : run->end_ns - run->start_ns) /
			   1e9,
	};

	frame->lines.count = frame->text.length = 0;
	put_summary(&maker);
	put_flights(&maker);
	put_endpoint_lines(&maker);
	put_threads(&maker);
}
