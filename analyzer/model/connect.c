/*
 * connect.c - connections being opened. One that does not block ends when the program asks how it
 * went (getsockopt SO_ERROR), connects again, or first moves bytes.
 */
#include "model/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static struct operation *emit(struct model *model, uint32_t index, const struct event *event,
			      int64_t end, int error)
{
	const struct flow *flow = &model->flows.items[index];
	struct operation *operation =
		model_operation(model, OPERATION_CONNECT, flow->process, event->start_ns, end);

	operation->category = DNDPROF_CATEGORY_CONNECT;
	operation->flow = index;
	operation->tid = event->tid;
	operation->endpoint = flow->peer ? flow->peer : "?";
	operation->status = error;
	operation->error = error != 0;
	return operation;
}

/* Does `event` tell that the connect under way is over? *error is how it went. */
static bool ends(const struct event *event, int *error)
{
	const struct dndprof_record *raw = &event->record->raw;

	*error = 0;
	if (event_is(event, DNDPROF_CALL_getsockopt) && raw->arg == SO_ERROR) {
		*error = raw->error;
		return true;
	}
	if (event_is(event, DNDPROF_CALL_connect)) {
		*error = raw->error == EISCONN ? 0 : raw->error;
		return raw->error != EALREADY && raw->error != EINPROGRESS;
	}
	if (event->call->category != DNDPROF_CATEGORY_IO || raw->error == EAGAIN ||
	    raw->error == EINTR)
		return false;
	*error = raw->error;
	return raw->flags & (DNDPROF_RECORD_SENT | DNDPROF_RECORD_RECEIVED) || raw->error;
}

/* AF_UNSPEC takes a datagram socket's address away again. */
static bool is_disconnect(const struct event *event)
{
	sa_family_t family;

	if (event->record->raw.payload != DNDPROF_PAYLOAD_ADDRESS ||
	    event->record->payload_size < sizeof(family))
		return false;
	memcpy(&family, event->record->payload, sizeof(family));
	return family == AF_UNSPEC;
}

/* A datagram socket's connect only notes an address: nothing is connected. */
static bool is_datagram(const struct process *process, const struct flow *flow)
{
	const struct event *first;

	if (!flow->events.count)
		return false;
	first = &process->events.items[flow->events.items[0]];
	return event_is(first, DNDPROF_CALL_socket) && (first->record->raw.arg & 0xf) == SOCK_DGRAM;
}

void model_connects(struct model *model, uint32_t index)
{
	const struct flow *flow = &model->flows.items[index];
	const struct process *process = &model->processes.items[flow->process];
	const struct event *pending = NULL;

	if (flow->dns /* part of a lookup */ || is_datagram(process, flow))
		return;
	for (size_t i = 0; i < flow->events.count; i++) {
		const struct event *event = &process->events.items[flow->events.items[i]];
		int error;

		if (pending) {
			if (ends(event, &error)) {
				emit(model, index, pending, event->end_ns, error);
				pending = NULL;
			}
		} else if (event_is(event, DNDPROF_CALL_connect) && !is_disconnect(event)) {
			error = event->record->raw.error;
			if (error == EINPROGRESS || error == EALREADY)
				pending = event;
			else if (error != EISCONN && error != EINTR)
				emit(model, index, event, event->end_ns, error);
		}
	}
	if (pending) { /* nobody asked how it went: given up, or still hoped for */
		bool given_up = flow->closed_ns > pending->end_ns;

		emit(model, index, pending, flow_end_ns(flow, process, pending->end_ns),
		     given_up ? EINPROGRESS : 0)
			->unfinished = !given_up;
	}
}
