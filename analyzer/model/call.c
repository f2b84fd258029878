/*
 * call.c - operations that are one call: resolver functions, marked regions, contended locks.
 */
#include "model/internal.h"

#include <limits.h>
#include <string.h>

const char *event_text(struct model *model, const struct event *event)
{
	const char *text = (const char *)event->record->payload;

	return arena_copy(model->arena, text, strnlen(text, event->record->payload_size));
}

static void lookup(struct model *model, uint32_t process, const struct event *event)
{
	struct operation *operation;

	/* getnameinfo without a name server is arithmetic, but nothing here tells the two apart */
	operation = model_operation(model, OPERATION_DNS, process, event->start_ns, event->end_ns);
	operation->category = DNDPROF_CATEGORY_DNS;
	operation->tid = event->tid;
	operation->endpoint = event->record->raw.payload == DNDPROF_PAYLOAD_NAME
				      ? event_text(model, event)
				      : event->call->name;
	operation->status = (int)event->record->raw.result;
	operation->error = event->record->raw.result != 0;
}

const char *event_part(struct model *model, const struct event *event, unsigned int index)
{
	const char *text = (const char *)event->record->payload;
	size_t size = event->record->payload_size, length;

	for (;; index--) {
		length = strnlen(text, size);
		if (!index)
			return arena_copy(model->arena, text, length);
		if (length == size)
			return "";
		text += length + 1;
		size -= length + 1;
	}
}

static void region(struct model *model, uint32_t process, const struct event *event)
{
	struct operation *operation =
		model_operation(model, OPERATION_REGION, process, event->start_ns, event->end_ns);
	int64_t result = event->record->raw.result;

	operation->region = event_is(event, DNDPROF_CALL_check) ? REGION_CHECK
			    : event_is(event, DNDPROF_CALL_job) ? REGION_JOB
								: REGION_OPERATION;
	operation->category = DNDPROF_CATEGORY_USER;
	operation->tid = event->tid;
	operation->method = event_part(model, event, 0);
	operation->endpoint = event_part(model, event, 1);
	operation->worker = event_part(model, event, 2);
	if (!*operation->method)
		operation->method = "user";
	if (!*operation->endpoint)
		operation->endpoint = "?";
	operation->error = event_failed(event) || result;
	operation->status = result < INT_MIN ? INT_MIN : result > INT_MAX ? INT_MAX : (int)result;
}

static void lock(struct model *model, uint32_t process, const struct event *event)
{
	struct operation *operation =
		model_operation(model, OPERATION_LOCK, process, event->start_ns, event->end_ns);

	operation->category = DNDPROF_CATEGORY_LOCK;
	operation->lock = event->record->raw.arg;
	operation->tid = event->tid;
	operation->endpoint = event->call->name;
	operation->status = event->record->raw.error;
}

void model_calls(struct model *model, uint32_t process)
{
	for (size_t i = 0; i < model->processes.items[process].events.count; i++) {
		const struct event *event = &model->processes.items[process].events.items[i];

		if (event->pid || event->record->raw.kind != DNDPROF_KIND_CALL)
			continue;
		if (event_is_region(event))
			region(model, process, event);
		else if (event->call->category == DNDPROF_CATEGORY_DNS)
			lookup(model, process, event);
		else if (event->call->category == DNDPROF_CATEGORY_LOCK)
			lock(model, process, event);
	}
}
