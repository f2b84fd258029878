/*
 * dns.c - lookups of programs that speak to port 53 themselves: a question and the answer with its
 * id. (Calls of the resolver's functions are in call.c.)
 */
#include "model/internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PENDING_MOST 64

struct question {
	const struct event *event;
	uint16_t id;
};

static bool read_dns(const struct event *event, struct dndprof_dns *dns)
{
	if (event->record->raw.payload != DNDPROF_PAYLOAD_DNS ||
	    event->record->payload_size < sizeof(*dns))
		return false;
	memcpy(dns, event->record->payload, sizeof(*dns));
	return true;
}

static struct operation *emit(struct model *model, uint32_t index, const struct event *question,
			      int64_t end, int code)
{
	uint16_t type;
	const struct flow *flow = &model->flows.items[index];
	struct operation *operation =
		model_operation(model, OPERATION_DNS, flow->process, question->start_ns, end);
	const char *name = (const char *)question->record->payload + sizeof(struct dndprof_dns);
	size_t length = question->record->payload_size - sizeof(struct dndprof_dns);

	memcpy(&type, question->record->payload + offsetof(struct dndprof_dns, type), sizeof(type));
	operation->category = DNDPROF_CATEGORY_DNS;
	operation->flow = index;
	operation->tid = question->tid;
	operation->endpoint = arena_copy(model->arena, name, strnlen(name, length));
	operation->question = type;
	operation->status = code;
	operation->error = code != 0;
	return operation;
}

void model_dns_flow(struct model *model, uint32_t index)
{
	const struct flow *flow = &model->flows.items[index];
	const struct process *process = &model->processes.items[flow->process];
	struct question pending[PENDING_MOST];
	size_t count = 0;

	for (size_t i = 0; i < flow->events.count; i++) {
		const struct event *event = &process->events.items[flow->events.items[i]];
		struct dndprof_dns dns;

		if (!read_dns(event, &dns))
			continue;
		if (!(dns.flags & 0x8000)) {
			if (count < PENDING_MOST)
				pending[count++] = (struct question){event, dns.id};
			continue;
		}
		for (size_t j = 0; j < count; j++)
			if (pending[j].id == dns.id) {
				emit(model, index, pending[j].event, event->end_ns, dns.flags & 15);
				pending[j] = pending[--count];
				break;
			}
	}
	for (size_t j = 0; j < count; j++) { /* no answer came: given up, or still hoped for */
		const struct event *event = pending[j].event;
		bool given_up = flow->closed_ns > event->end_ns;

		emit(model, index, event, flow_end_ns(flow, process, event->end_ns),
		     given_up ? ETIMEDOUT : 0)
			->unfinished = !given_up;
	}
}
