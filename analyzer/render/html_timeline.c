/*
 * html_timeline.c - what happened when, as the page's timeline has it: columns of numbers, one
 * array each, which are small and quick to read where objects would not be.
 *
 * Times are ns since the begin of their run. Starts come as differences from the row before.
 */
#include "model/internal.h"
#include "base/sort.h"
#include "render/html.h"

#include <inttypes.h>
#include <string.h>

/* More of them would make a page no browser opens quickly: the longest stay. */
#define OPERATIONS_MOST 250000
#define CALLS_MOST	30000
#define STRETCHES_MOST	300000
#define CALL_SHORTEST	100000		   /* ns; shorter calls are not worth a bar */
#define PATH_BYTES	(16 * 1024 * 1024) /* paths as they were sent; then endpoints only */

static int64_t run_time(const struct model *model, uint32_t run, int64_t ns)
{
	return add_ns(ns, -model->runs.items[run].start_ns);
}

static int64_t process_time(const struct model *model, uint32_t process, int64_t ns)
{
	return run_time(model, model->processes.items[process].run, ns);
}

static int compare_longest(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

/* Sorts; what is shorter than this is left out, and of the equal ones all but `*equal`. */
static int64_t shortest_kept(int64_t *lengths, size_t count, size_t most, size_t *equal)
{
	int64_t shortest;

	*equal = SIZE_MAX;
	if (count <= most)
		return INT64_MIN;
	sort(lengths, count, sizeof(*lengths), compare_longest);
	shortest = lengths[most - 1];
	for (*equal = 0; *equal < most && lengths[most - 1 - *equal] == shortest;)
		++*equal;
	return shortest;
}

/* ---- runs and processes ---- */

static void put_runs(struct html *html)
{
	const struct model *model = html->model;

	buffer_print(html->buffer, ",\n\"runs\":[");
	for (uint32_t i = 0; i < model->runs.count; i++) {
		const struct model_run *run = &model->runs.items[i];

		buffer_print(html->buffer, "%s[%" PRId64 ",%" PRId64 "]", i ? "," : "",
			     html_text(html, run->program), run_time(model, i, run->end_ns));
	}
	buffer_print(html->buffer, "]");
}

struct process_field {
	const char *key;
	int64_t (*get)(struct html *html, const struct process *process);
};

#define PROCESS(name, expression)                                                       \
	static int64_t process_##name(struct html *html, const struct process *process) \
	{                                                                               \
		(void)html;                                                             \
		return expression;                                                      \
	}
#define PROCESS_ROW(name)             \
	{                             \
#name, process_##name \
	}

PROCESS(run, process->run)
PROCESS(parent, process->parent == NONE ? -1 : (int64_t)process->parent)
PROCESS(pid, process->pid)
PROCESS(program, html_text(html, process->program))
PROCESS(subcommand, html_text(html, process->subcommand))
PROCESS(gate, html_text(html, process->gate))
PROCESS(reason, html_text(html, process->reason))
PROCESS(start, run_time(html->model, process->run, process->start_ns))
PROCESS(length, add_ns(process->end_ns, -process->start_ns))
PROCESS(running, process->running)
PROCESS(status, process->wait_status)

static void put_processes(struct html *html)
{
	static const struct process_field fields[] = {
		PROCESS_ROW(run),     PROCESS_ROW(parent),     PROCESS_ROW(pid),
		PROCESS_ROW(program), PROCESS_ROW(subcommand), PROCESS_ROW(gate),
		PROCESS_ROW(reason),  PROCESS_ROW(start),      PROCESS_ROW(length),
		PROCESS_ROW(running), PROCESS_ROW(status)};
	const struct model *model = html->model;

	buffer_print(html->buffer, ",\n\"processes\":{\"count\":%zu", model->processes.count);
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		buffer_print(html->buffer, ",\n\"%s\":[", fields[f].key);
		for (size_t i = 0; i < model->processes.count; i++)
			html_number(html, !i, fields[f].get(html, &model->processes.items[i]));
		buffer_print(html->buffer, "]");
	}
	buffer_print(html->buffer, "}");
}

/* ---- operations ---- */

static int64_t length_of(const struct operation *operation)
{
	return operation->unfinished ? add_ns(operation->end_ns, -operation->start_ns)
				     : operation->duration_ns;
}

static size_t choose_operations(struct html *html)
{
	const struct model *model = html->model;
	size_t count = model->operations.count, kept = 0, equal;
	int64_t *lengths = memory_get((count + 1) * sizeof(*lengths)), shortest;

	for (size_t i = 0; i < count; i++)
		lengths[i] = length_of(&model->operations.items[i]);
	shortest = shortest_kept(lengths, count, OPERATIONS_MOST, &equal);
	free(lengths);
	html->place = memory_get((count + 1) * sizeof(*html->place));
	for (size_t i = 0; i < count; i++) {
		int64_t length = length_of(&model->operations.items[i]);
		bool keep = length > shortest || (length == shortest && equal && equal--);

		html->place[i] = keep ? (uint32_t)kept++ : NONE;
	}
	return kept;
}

enum {
	FLAG_STREAM = 1,
	FLAG_ERROR = 2,
	FLAG_SERVER = 4,
	FLAG_UNFINISHED = 8,
	FLAG_UNANSWERED = 16,
	FLAG_LATENCY = 32, /* it counts in percentiles */
	FLAG_BROKEN = 64,
};

static int64_t flags_of(const struct operation *operation)
{
	return (operation->stream ? FLAG_STREAM : 0) | (operation->error ? FLAG_ERROR : 0) |
	       (operation->server ? FLAG_SERVER : 0) |
	       (operation->unfinished ? FLAG_UNFINISHED : 0) |
	       (is_unanswered(operation) ? FLAG_UNANSWERED : 0) |
	       (operation_counts(operation) && operation_is_latency(operation) ? FLAG_LATENCY : 0) |
	       (operation->broken ? FLAG_BROKEN : 0);
}

struct operation_field {
	const char *key;
	int64_t (*get)(struct html *html, const struct operation *operation);
};

#define OPERATION(name, expression)                                                           \
	static int64_t operation_##name(struct html *html, const struct operation *operation) \
	{                                                                                     \
		(void)html;                                                                   \
		return expression;                                                            \
	}
#define OPERATION_ROW(name)             \
	{                               \
#name, operation_##name \
	}

OPERATION(kind, operation->kind)
OPERATION(category, operation->category)
OPERATION(process, operation->process)
OPERATION(thread, operation->tid)
OPERATION(length, length_of(operation))
OPERATION(flags, flags_of(operation))
OPERATION(status, operation->status)
OPERATION(method, html_text(html, operation->method))
OPERATION(what, html_text(html, operation->endpoint))
/* What was asked for in particular: the path as it was sent, which of the locks. */
static const char *particular(const struct model *model, const struct operation *operation)
{
	const struct lock_row *lock =
		operation->kind == OPERATION_LOCK
			? model_lock_of(model, operation->process, operation->lock)
			: NULL;

	return lock ? lock->what : operation->path;
}

OPERATION(path,
	  html->text_bytes < PATH_BYTES ? html_text(html, particular(html->model, operation)) : -1)
OPERATION(site, html_text(html, operation->site))
OPERATION(send, operation->send_ns)
OPERATION(wait, operation->wait_ns)
OPERATION(receive, operation->receive_ns)

static void put_operations(struct html *html)
{
	static const struct operation_field fields[] = {
		OPERATION_ROW(kind),   OPERATION_ROW(category), OPERATION_ROW(process),
		OPERATION_ROW(thread), OPERATION_ROW(length),	OPERATION_ROW(flags),
		OPERATION_ROW(status), OPERATION_ROW(method),	OPERATION_ROW(what),
		OPERATION_ROW(path),   OPERATION_ROW(site),	OPERATION_ROW(send),
		OPERATION_ROW(wait),   OPERATION_ROW(receive)};
	const struct model *model = html->model;
	size_t kept = choose_operations(html);
	int64_t last = 0;
	bool first = true;

	buffer_print(html->buffer, ",\n\"operations\":{\"count\":%zu,\"of_all\":%zu,\n\"start\":[",
		     kept, model->operations.count);
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		int64_t start = process_time(model, operation->process, operation->start_ns);

		if (html->place[i] == NONE)
			continue;
		html_number(html, first, add_ns(start, -last));
		last = start;
		first = false;
	}
	buffer_print(html->buffer, "]");
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		first = true;
		buffer_print(html->buffer, ",\n\"%s\":[", fields[f].key);
		for (size_t i = 0; i < model->operations.count; i++) {
			if (html->place[i] == NONE)
				continue;
			html_number(html, first, fields[f].get(html, &model->operations.items[i]));
			first = false;
		}
		buffer_print(html->buffer, "]");
	}
	buffer_print(html->buffer, "}");
}

/* ---- the critical path ---- */

/* [run, start since the last one's, length, kind, process, operation] in one flat array. */
static void put_critical(struct html *html)
{
	const struct model *model = html->model;
	size_t count = model->critical.stretches.count;
	int64_t last = 0;

	if (count > STRETCHES_MOST)
		count = 0; /* parts of it would not add up */
	buffer_print(html->buffer, ",\n\"critical\":{\"count\":%zu,\"of_all\":%zu,\"flat\":[",
		     count, model->critical.stretches.count);
	for (size_t i = 0; i < count; i++) {
		const struct stretch *stretch = &model->critical.stretches.items[i];
		int64_t start = run_time(model, stretch->run, stretch->start_ns);
		bool operation = stretch->kind == STRETCH_OPERATION &&
				 stretch->index < model->operations.count &&
				 html->place[stretch->index] != NONE;

		buffer_print(html->buffer,
			     "%s%" PRIu32 ",%" PRId64 ",%" PRId64 ",%d,%" PRId64 ",%" PRId64,
			     i ? ",\n" : "", stretch->run, add_ns(start, -last),
			     add_ns(stretch->end_ns, -stretch->start_ns), (int)stretch->kind,
			     stretch->process == NONE ? -1 : (int64_t)stretch->process,
			     operation ? (int64_t)html->place[stretch->index] : -1);
		last = start;
	}
	buffer_print(html->buffer, "]}");
}

/* ---- calls: what threads waited in ---- */

static int64_t call_length(const struct event *event)
{
	return dndprof_call_is_mark(event->call->known) ? -1
							: add_ns(event->end_ns, -event->start_ns);
}

struct wanted_calls {
	int64_t shortest;
	size_t equal, count;
};

static struct wanted_calls choose_calls(const struct model *model)
{
	LIST(int64_t) lengths = {0};
	struct wanted_calls wanted;

	for (size_t p = 0; p < model->processes.count; p++)
		for (size_t i = 0; i < model->processes.items[p].events.count; i++) {
			int64_t length = call_length(&model->processes.items[p].events.items[i]);

			if (length >= CALL_SHORTEST)
				*list_add(&lengths) = length;
		}
	wanted.count = lengths.count;
	wanted.shortest = shortest_kept(lengths.items, lengths.count, CALLS_MOST, &wanted.equal);
	if (wanted.shortest < CALL_SHORTEST)
		wanted.shortest = CALL_SHORTEST - 1;
	list_free(&lengths);
	return wanted;
}

/* 0: it did not fail. What is to be asked again did not, nor did a wait that lasted as long as it
 * was to last. */
static int failure_of(const struct event *event)
{
	int error = event->record->raw.error;
	bool waits = event->call->category == DNDPROF_CATEGORY_LOCK ||
		     event->call->category == DNDPROF_CATEGORY_THREAD;

	return error_is_retry(error) || (waits && error == ETIMEDOUT) ? 0 : error;
}

/* [process, thread, start, length, call, error] in one flat array. */
static void put_slow_calls(struct html *html)
{
	const struct model *model = html->model;
	struct wanted_calls wanted = choose_calls(model);
	bool first = true;

	buffer_print(html->buffer, ",\n\"calls\":{\"of_all\":%zu,\"flat\":[", wanted.count);
	for (uint32_t p = 0; p < model->processes.count; p++)
		for (size_t i = 0; i < model->processes.items[p].events.count; i++) {
			const struct event *event = &model->processes.items[p].events.items[i];
			int64_t length = call_length(event);

			if (length < wanted.shortest || length < CALL_SHORTEST ||
			    (length == wanted.shortest && (!wanted.equal || !wanted.equal--)))
				continue;
			buffer_print(html->buffer,
				     "%s%" PRIu32 ",%" PRIu32 ",%" PRId64 ",%" PRId64 ",%" PRId64
				     ",%d",
				     first ? "" : ",\n", p, event->tid,
				     process_time(model, p, event->start_ns), length,
				     html_text(html, event->call->name), failure_of(event));
			first = false;
		}
	buffer_print(html->buffer, "]}");
}

/* ---- findings: where in the timeline ---- */

/* [operation, process, begin, length] of each. */
static void put_findings(struct html *html)
{
	const struct model *model = html->model;

	buffer_print(html->buffer, ",\n\"findings\":[");
	for (size_t i = 0; i < model->findings.count; i++) {
		const struct finding *finding = &model->findings.items[i];
		uint32_t operation = finding->cited.operation;
		bool there = finding->cited.count && operation < model->operations.count &&
			     html->place[operation] != NONE;

		buffer_print(html->buffer, "%s[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "]",
			     i ? "," : "", there ? (int64_t)html->place[operation] : -1,
			     finding->process == NONE ? -1 : (int64_t)finding->process,
			     finding->cited.count ? finding->cited.offset_ns : -1,
			     finding->cited.count ? finding->cited.slowest_ns : -1);
	}
	buffer_print(html->buffer, "]");
}

static void put_categories(struct html *html)
{
	buffer_print(html->buffer, ",\n\"categories\":[");
	for (unsigned int i = 0; i < CATEGORY_ROWS; i++)
		buffer_print(html->buffer, "%s\"%s\"", i ? "," : "", category_name(i));
	buffer_print(html->buffer, "]");
	buffer_print(html->buffer, ",\n\"causes\":{");
	for (unsigned int i = 0; i < CAUSE_COUNT; i++)
		buffer_print(html->buffer, "%s\"%s\":\"%s\"", i ? "," : "", cause_key(i),
			     cause_title(i));
	buffer_print(html->buffer, "}");
}

void html_timeline(struct html *html)
{
	put_categories(html);
	put_runs(html);
	put_processes(html);
	put_operations(html);
	put_critical(html);
	put_slow_calls(html);
	put_findings(html);
}
