/*
 * dump.c - see dump.h. A record's extras (further heads in one buffer) belong to its line.
 */
#define _GNU_SOURCE /* strerrorname_np */
#include "render/dump.h"
#include "base/duration.h"
#include "base/sort.h"
#include "render/anonymize.h"
#include "render/payload.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES (1 << 20)

struct line {
	const struct process *process;
	const struct event *event;
	size_t extras;		   /* events after it that belong to it */
	const struct event *stack; /* NULL: none was taken */
};

static dump_flush *on_flush;

void dump_on_flush(dump_flush *flush)
{
	on_flush = flush;
}

static const char *error_name(const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	const char *name;

	if (event->call->category == DNDPROF_CATEGORY_DNS && raw->result)
		return gai_strerror((int)raw->result);
	name = raw->error ? strerrorname_np(raw->error) : NULL;
	return name;
}

#define NAME(id, name, meaning) name,
static const char *const category_names[] = {DNDPROF_CATEGORIES(NAME)};
#undef NAME

static const char *const flag_names[] = {"begin", "sent",  "received", "peek",
					 "tls",	  "vfork", "unix",     "inet"};

static json_t *extras_json(const struct style *style, const struct line *line)
{
	json_t *array = json_array();

	for (size_t i = 1; i <= line->extras; i++) {
		const char *key;
		json_t *json = payload_json(style, line->event[i].record, &key), *object;

		if (!json)
			continue;
		object = json_object();
		json_object_set_new(object, key, json);
		json_array_append_new(array, object);
	}
	return array;
}

/* A call's name is the file's own word: one we do not know may be anything. */
static json_t *call_json(const struct style *style, const struct profile_call *call)
{
	if (style->labels && call->known < 0)
		return anonymous_text(style->labels, "call", call->name, strlen(call->name));
	return json_text(call->name);
}

static void put_jsonl(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct line *line)
{
	const struct event *event = line->event;
	const struct dndprof_record *raw = &event->record->raw;
	const struct process *process = line->process;
	int64_t start = model->runs.items[process->run].start_ns;
	int64_t realtime = clock_realtime(process->clock, event->start_ns);
	const char *error = error_name(event), *key = NULL;
	json_t *json = json_object(), *payload, *flags = json_array();

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (raw->flags & 1u << i)
			json_array_append_new(flags, json_string(flag_names[i]));
	json_object_set_new(json, "time_ns", json_integer(event->start_ns - start));
	json_object_set_new(json, "monotonic_ns", json_integer(event->start_ns));
	json_object_set_new(json, "realtime_ns", realtime ? json_integer(realtime) : json_null());
	json_object_set_new(json, "duration_ns", json_integer(event->end_ns - event->start_ns));
	json_object_set_new(json, "pid", json_integer(event->pid ? (int)event->pid : process->pid));
	json_object_set_new(json, "tid", json_integer(event->tid));
	json_object_set_new(json, "ring", json_integer(event->record->ring));
	json_object_set_new(json, "position", json_integer((json_int_t)(raw->seq - 1)));
	json_object_set_new(json, "call", call_json(style, event->call));
	json_object_set_new(json, "category",
			    style->labels ? json_string(category_names[event->call->category])
					  : json_text(event->call->category_name));
	json_object_set_new(json, "fd", raw->fd < 0 ? json_null() : json_integer(raw->fd));
	json_object_set_new(json, "generation", json_integer(raw->generation));
	json_object_set_new(json, "result", json_integer(raw->result));
	json_object_set_new(json, "error", error ? json_string(error) : json_null());
	json_object_set_new(json, "error_number", json_integer(raw->error));
	json_object_set_new(json, "arg", json_integer((json_int_t)raw->arg));
	json_object_set_new(
		json, "weight",
		json_integer(INT64_C(1) << (raw->weight_log2 < 62 ? raw->weight_log2 : 62)));
	json_object_set_new(json, "flags", flags);
	payload = payload_json(style, event->record, &key);
	if (payload)
		json_object_set_new(json, key, payload);
	if (line->extras)
		json_object_set_new(json, "extra", extras_json(style, line));
	if (line->stack)
		json_object_set_new(json, "stack", payload_json(style, line->stack->record, &key));
	json_put(buffer, style, json, JSON_COMPACT);
}

static void put_text(struct buffer *buffer, const struct style *style, const struct model *model,
		     const struct line *line)
{
	const struct event *event = line->event;
	const struct dndprof_record *raw = &event->record->raw;
	int64_t start = model->runs.items[line->process->run].start_ns;
	int64_t at = event->start_ns - start;
	const char *error = error_name(event);
	json_t *call = call_json(style, event->call);
	char duration[DURATION_TEXT], *micro;

	duration_text(event->end_ns - event->start_ns, duration);
	micro = style->ascii ? strstr(duration, "\xc2\xb5") : NULL;
	if (micro) {
		*micro = 'u';
		memmove(micro + 1, micro + 2, strlen(micro + 2) + 1);
	}
	buffer_print(buffer, "%s%" PRId64 ".%09" PRId64 " %7u %7u ", at < 0 ? "-" : "",
		     (int64_t)llabs(at) / 1000000000, (int64_t)llabs(at) % 1000000000,
		     event->pid ? event->pid : (unsigned int)line->process->pid, event->tid);
	put_cell(buffer, style, json_string_value(call), -22);
	json_decref(call);
	if (raw->fd >= 0)
		buffer_print(buffer, " fd %d.%u", raw->fd, raw->generation);
	buffer_print(buffer, " = %" PRId64, raw->result);
	if (error) {
		buffer_print(buffer, " ");
		buffer_escape(buffer, error, strlen(error), style->ascii);
	}
	buffer_print(buffer, " <%s>", duration);
	if (raw->weight_log2)
		buffer_print(buffer, " x2^%u", raw->weight_log2);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (raw->flags & 1u << i)
			buffer_print(buffer, " %s", flag_names[i]);
	for (size_t i = 0; i <= line->extras; i++)
		payload_text(buffer, style, line->event[i].record);
	if (line->stack)
		payload_text(buffer, style, line->stack->record);
	buffer_print(buffer, "\n");
}

static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->process->run != y->process->run)
		return x->process->run < y->process->run ? -1 : 1;
	if (x->event->start_ns != y->event->start_ns)
		return x->event->start_ns < y->event->start_ns ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->event > y->event) - (x->event < y->event);
}

/* The stack of an event's call: of the same ring, call and time. */
static const struct event *stack_of(const struct process *process, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	size_t low = 0, high = process->stacks.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->stacks.items[middle].start_ns < event->start_ns)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < process->stacks.count; low++) {
		const struct event *stack = &process->stacks.items[low];

		if (stack->start_ns != event->start_ns)
			break;
		if (stack->record->ring == event->record->ring &&
		    stack->record->raw.start == raw->start &&
		    stack->record->raw.call == raw->call &&
		    stack->record->raw.context == raw->context)
			return stack;
	}
	return NULL;
}

typedef void put_function(struct buffer *, const struct style *, const struct model *,
			  const struct line *);

static void dump(struct buffer *buffer, const struct style *style, const struct model *model,
		 put_function *put)
{
	LIST(struct line) lines = {0};

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		struct line *line = NULL;

		for (size_t j = 0; j < process->events.count; j++) {
			const struct event *event = &process->events.items[j];

			if (event->record->raw.kind == DNDPROF_KIND_EXTRA && line &&
			    line->event->record->ring == event->record->ring &&
			    line->event + line->extras + 1 == event) {
				line->extras++;
				continue;
			}
			if (event->record->raw.kind == DNDPROF_KIND_EXTRA)
				continue; /* its record was overwritten */
			line = list_add(&lines);
			*line = (struct line){process, event, 0, stack_of(process, event)};
		}
	}
	if (lines.count)
		sort(lines.items, lines.count, sizeof(*lines.items), compare);
	for (size_t i = 0; i < lines.count; i++) {
		put(buffer, style, model, &lines.items[i]);
		if (on_flush && buffer->length > FLUSH_BYTES)
			on_flush(buffer);
	}
	list_free(&lines);
}

void dump_text(struct buffer *buffer, const struct style *style, const struct model *model)
{
	dump(buffer, style, model, put_text);
}

void dump_jsonl(struct buffer *buffer, const struct style *style, const struct model *model)
{
	dump(buffer, style, model, put_jsonl);
}
