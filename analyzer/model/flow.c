/*
 * flow.c - gathers a process's records by socket. A flow's events are ordered by when bytes moved:
 * a sending by its begin, a receiving by its end (it may have begun to wait before the request
 * left).
 */
#include "model/address.h"
#include "base/map.h"
#include "base/sort.h"
#include "model/internal.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct gather {
	struct model *model;
	uint32_t process;
	struct map flows;   /* fd and generation -> flow */
	struct map current; /* fd -> its newest flow */
};

static uint32_t flow_of(struct gather *gather, int32_t fd, uint32_t generation)
{
	uint64_t key = (uint64_t)(uint32_t)fd << 32 | generation;
	uint32_t index = map_get(&gather->flows, key);
	struct flow *flow;

	if (index == UINT32_MAX) {
		index = (uint32_t)gather->model->flows.count;
		flow = list_add(&gather->model->flows);
		flow->process = gather->process;
		flow->fd = fd;
		flow->generation = generation;
		map_set(&gather->flows, key, index);
	}
	map_set(&gather->current, (uint32_t)fd, index);
	return index;
}

static bool is_duplicate(const struct event *event)
{
	return event_is(event, DNDPROF_CALL_dup) || event_is(event, DNDPROF_CALL_dup2) ||
	       event_is(event, DNDPROF_CALL_dup3) || event_is(event, DNDPROF_CALL_fcntl) ||
	       event_is(event, DNDPROF_CALL_fcntl64);
}

/* A duplicate is another name of the same flow. */
static bool alias(struct gather *gather, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	uint32_t old;

	if (!is_duplicate(event) || raw->arg > INT32_MAX)
		return false;
	old = map_get(&gather->current, (uint32_t)raw->arg);
	if (old == UINT32_MAX)
		return false;
	map_set(&gather->flows, (uint64_t)(uint32_t)raw->fd << 32 | raw->generation, old);
	map_set(&gather->current, (uint32_t)raw->fd, old);
	return true;
}

static void learn_peer(struct model *model, struct flow *flow, const struct event *event)
{
	char text[ADDRESS_TEXT];
	int port, family;

	if (event->record->raw.payload != DNDPROF_PAYLOAD_ADDRESS ||
	    event_is(event, DNDPROF_CALL_bind))
		return;
	family = address_text(event->record->payload, event->record->payload_size, text, &port);
	if (family < 0 || family == AF_UNSPEC)
		return;
	flow->peer = arena_copy(model->arena, text, strlen(text));
	flow->peer_port = port;
	flow->is_unix = family == AF_UNIX;
	flow->is_inet = family == AF_INET || family == AF_INET6;
}

static void learn(struct model *model, struct flow *flow, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	bool request = raw->payload == DNDPROF_PAYLOAD_REQUEST;
	bool response = raw->payload == DNDPROF_PAYLOAD_RESPONSE;

	learn_peer(model, flow, event);
	flow->tls |= (raw->flags & DNDPROF_RECORD_TLS) != 0;
	flow->is_unix |= (raw->flags & DNDPROF_RECORD_UNIX) != 0;
	flow->is_inet |= (raw->flags & DNDPROF_RECORD_INET) != 0;
	flow->dns |= raw->payload == DNDPROF_PAYLOAD_DNS || flow->peer_port == 53;
	if (flow->role == FLOW_ROLE_UNKNOWN && (request || response))
		flow->role = request == ((raw->flags & DNDPROF_RECORD_SENT) != 0)
				     ? FLOW_ROLE_CLIENT
				     : FLOW_ROLE_SERVER;
	if (flow->role == FLOW_ROLE_UNKNOWN && event_is(event, DNDPROF_CALL_connect))
		flow->role = FLOW_ROLE_CLIENT;
	if (flow->role == FLOW_ROLE_UNKNOWN &&
	    (event_is(event, DNDPROF_CALL_accept) || event_is(event, DNDPROF_CALL_accept4)))
		flow->role = FLOW_ROLE_SERVER;
	if (raw->kind == DNDPROF_KIND_CALL && raw->result > 0 &&
	    event->call->result == DNDPROF_RESULT_BYTES && !(raw->flags & DNDPROF_RECORD_PEEK)) {
		if (raw->flags & DNDPROF_RECORD_SENT)
			flow->sent += (uint64_t)raw->result;
		else if (raw->flags & DNDPROF_RECORD_RECEIVED)
			flow->received += (uint64_t)raw->result;
	}
	if ((event_is(event, DNDPROF_CALL_close) || event_is(event, DNDPROF_CALL_fclose)) &&
	    !raw->error)
		flow->closed_ns = event->start_ns;
}

static const struct event *sorted_events;

static int64_t moment(const struct event *event)
{
	return event->record->raw.flags & DNDPROF_RECORD_RECEIVED ? event->end_ns : event->start_ns;
}

static int compare(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int64_t x = moment(&sorted_events[i]), y = moment(&sorted_events[j]);

	if (x != y)
		return x < y ? -1 : 1;
	return (i > j) - (i < j); /* extras after their record: they are so in the process */
}

void model_flows(struct model *model, uint32_t process)
{
	struct gather gather = {.model = model, .process = process};
	uint32_t first = (uint32_t)model->flows.count;

	sorted_events = model->processes.items[process].events.items;
	for (size_t i = 0; i < model->processes.items[process].events.count; i++) {
		const struct event *event = &sorted_events[i];
		const struct dndprof_record *raw = &event->record->raw;
		struct flow *flow;
		uint32_t index;

		if (raw->fd < 0 || event->call->subject == DNDPROF_SUBJECT_NONE || event->pid ||
		    event_is(event, DNDPROF_CALL_syscall) || alias(&gather, event))
			continue;
		index = flow_of(&gather, raw->fd, raw->generation); /* the list may move */
		flow = &model->flows.items[index];
		learn(model, flow, event);
		*list_add(&flow->events) = (uint32_t)i;
	}
	for (uint32_t i = first; i < model->flows.count; i++)
		if (model->flows.items[i].events.count)
			sort(model->flows.items[i].events.items, model->flows.items[i].events.count,
			     sizeof(uint32_t), compare);
	map_free(&gather.flows);
	map_free(&gather.current);
}
