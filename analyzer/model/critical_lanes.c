/*
 * critical_lanes.c - what each thread and each process did at every moment, as rows of spans that
 * do not overlap. See critical.h.
 */
#include "model/critical.h"

#include "base/sort.h"

#include <string.h>

const struct span *span_before(const struct spans *spans, int64_t ns)
{
	size_t low = 0, high = spans->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->items[middle].start_ns < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &spans->items[low - 1] : NULL;
}

static void add_span(struct spans *spans, int64_t start, int64_t end, enum span_kind kind,
		     uint32_t index)
{
	if (end > start)
		*list_add(spans) = (struct span){start, end, kind, index};
}

static int compare_ends(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->end_ns != y->end_ns)
		return x->end_ns > y->end_ns ? -1 : 1;
	return (x->start_ns < y->start_ns) - (x->start_ns > y->start_ns);
}

static void reverse(struct spans *spans)
{
	for (size_t i = 0, j = spans->count; i + 1 < j; i++) {
		struct span kept = spans->items[i];

		spans->items[i] = spans->items[--j];
		spans->items[j] = kept;
	}
}

/* Of spans under way at once the one that ended first keeps the time down to its begin. Backwards,
 * `open` holds those under way, the earliest end on top. */
static void flatten(struct spans *spans)
{
	struct spans open = {0}, result = {0};
	int64_t at = INT64_MAX;
	size_t next = 0;

	if (spans->count)
		sort(spans->items, spans->count, sizeof(*spans->items), compare_ends);
	for (;;) {
		while (next < spans->count && spans->items[next].end_ns >= at)
			*list_add(&open) = spans->items[next++];
		while (open.count && open.items[open.count - 1].start_ns >= at)
			open.count--;
		if (open.count) {
			struct span now = open.items[--open.count];

			add_span(&result, now.start_ns, at, now.kind, now.index);
			at = now.start_ns;
		} else if (next < spans->count) {
			at = spans->items[next].end_ns;
		} else {
			break;
		}
	}
	reverse(&result);
	list_free(&open);
	list_free(spans);
	*spans = result;
}

static int compare_begins(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (y->end_ns > x->end_ns) - (y->end_ns < x->end_ns);
}

/* Of regions under way at once the one that began last has the time: the innermost. */
static void flatten_nested(struct spans *spans)
{
	struct spans open = {0}, result = {0};
	int64_t at = INT64_MIN, next;

	if (spans->count)
		sort(spans->items, spans->count, sizeof(*spans->items), compare_begins);
	for (size_t i = 0; i <= spans->count; i++) {
		next = i < spans->count ? spans->items[i].start_ns : INT64_MAX;
		while (open.count && at < next) {
			struct span *inner = &open.items[open.count - 1];
			int64_t end = inner->end_ns < next ? inner->end_ns : next;

			add_span(&result, at, end, inner->kind, inner->index);
			at = end > at ? end : at;
			if (inner->end_ns <= at)
				open.count--;
			else
				break;
		}
		if (i < spans->count) {
			at = next;
			*list_add(&open) = spans->items[i];
		}
	}
	list_free(&open);
	list_free(spans);
	*spans = result;
}

static struct thread_lane *thread_of(struct lanes *lanes, uint32_t tid)
{
	uint32_t index = map_get(&lanes->by_tid, tid);
	struct thread_lane *thread;

	if (index != UINT32_MAX)
		return &lanes->threads.items[index];
	map_set(&lanes->by_tid, tid, (uint32_t)lanes->threads.count);
	thread = list_add(&lanes->threads);
	thread->tid = tid;
	return thread;
}

/* Outermost calls: what begins within the one before belongs to it. */
static void add_call(struct lanes *lanes, const struct event *event, uint32_t index)
{
	struct thread_lane *thread = thread_of(lanes, event->tid);
	struct spans *calls = &thread->calls;

	if (event_is(event, DNDPROF_CALL_thread)) {
		thread->start_ns = event->start_ns;
		if (event->end_ns > event->start_ns)
			thread->end_ns = event->end_ns;
	} else if (!event_is_region(event) && !event_is(event, DNDPROF_CALL_stopped) &&
		   (!calls->count || event->start_ns >= calls->items[calls->count - 1].end_ns)) {
		add_span(calls, event->start_ns, event->end_ns, SPAN_CALL, index);
	}
}

static bool wakes(const struct event *event)
{
	return !event->record->raw.error && (event_is(event, DNDPROF_CALL_pthread_cond_signal) ||
					     event_is(event, DNDPROF_CALL_pthread_cond_broadcast) ||
					     event_is(event, DNDPROF_CALL_sem_post));
}

static int compare_wakes(const void *a, const void *b)
{
	const struct wake *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->ns > y->ns) - (x->ns < y->ns);
}

const struct wake *wake_within(const struct lanes *lanes, uint64_t object, uint32_t tid,
			       int64_t start, int64_t end)
{
	const struct wake last = {.object = object, .ns = end};
	size_t low = 0, high = lanes->wakes.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_wakes(&lanes->wakes.items[middle], &last) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!object || !low)
		return NULL;
	low--;
	return lanes->wakes.items[low].object == object && lanes->wakes.items[low].ns >= start &&
			       lanes->wakes.items[low].tid != tid
		       ? &lanes->wakes.items[low]
		       : NULL;
}

static void add_operation(struct lanes *lanes, const struct operation *operation, uint32_t index)
{
	if (operation->kind == OPERATION_REGION && !lanes->go)
		add_span(&thread_of(lanes, operation->tid)->regions, operation->start_ns,
			 operation->end_ns, SPAN_OPERATION, index);
	if (operation->server || operation->kind >= OPERATION_REGION)
		return;
	if (operation->stream || operation->unfinished) {
		add_span(&lanes->background, operation->start_ns, operation->end_ns, SPAN_OPERATION,
			 index);
		return;
	}
	add_span(&lanes->operations, operation->start_ns, operation->end_ns, SPAN_OPERATION, index);
	if (!lanes->go)
		add_span(&thread_of(lanes, operation->tid)->operations, operation->start_ns,
			 operation->end_ns, SPAN_OPERATION, index);
}

/* From the first bytes sent to the next received. */
static void add_exchanges(struct lanes *lanes, const struct process *process,
			  const struct flow *flow, uint32_t index)
{
	int64_t asked = 0;

	if (flow->http || flow->dns || flow->role != FLOW_ROLE_CLIENT)
		return;
	for (size_t i = 0; i < flow->events.count; i++) {
		const struct event *event = &process->events.items[flow->events.items[i]];
		const struct dndprof_record *raw = &event->record->raw;

		if (raw->result <= 0 || event->call->result != DNDPROF_RESULT_BYTES)
			continue;
		if (raw->flags & DNDPROF_RECORD_SENT && !asked)
			asked = event->start_ns;
		if (raw->flags & DNDPROF_RECORD_RECEIVED && asked) {
			add_span(&lanes->exchanges, asked, event->end_ns, SPAN_FLOW, index);
			asked = 0;
		}
	}
}

void lanes_build(struct model *model, const struct kinship *kinship,
		 const struct groups *operations, const struct groups *flows, uint32_t index,
		 struct lanes *lanes)
{
	const struct process *process = &model->processes.items[index];

	lanes->go = profile_header(process->profile)->gates & DNDPROF_GATE_GO;
	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		uint32_t child;

		if (event->pid || event->record->raw.kind != DNDPROF_KIND_CALL)
			continue;
		if (!lanes->go) {
			add_call(lanes, event, (uint32_t)i);
			if (wakes(event))
				*list_add(&lanes->wakes) = (struct wake){
					event->record->raw.arg, event->start_ns, event->tid};
		} else if ((child = kinship_reaped(model, kinship, index, event)) != NONE) {
			add_span(&lanes->operations, event->start_ns, event->end_ns, SPAN_CHILD,
				 child);
		}
	}
	for (size_t i = operations->first[index]; i < operations->first[index + 1]; i++)
		add_operation(lanes, &model->operations.items[operations->items[i]],
			      operations->items[i]);
	for (size_t i = flows->first[index]; i < flows->first[index + 1]; i++)
		add_exchanges(lanes, process, &model->flows.items[flows->items[i]],
			      flows->items[i]);
	for (size_t i = 0; i < process->stops.count; i++)
		add_span(&lanes->stops, process->stops.items[i].start_ns,
			 process->stops.items[i].end_ns, SPAN_STOP, (uint32_t)i);
	if (lanes->wakes.count)
		sort(lanes->wakes.items, lanes->wakes.count, sizeof(*lanes->wakes.items),
		     compare_wakes);
	flatten(&lanes->stops);
	flatten(&lanes->operations);
	flatten(&lanes->exchanges);
	flatten(&lanes->background);
	for (size_t i = 0; i < lanes->threads.count; i++) {
		flatten(&lanes->threads.items[i].operations);
		flatten_nested(&lanes->threads.items[i].regions);
	}
}

void lanes_free(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->threads.count; i++) {
		list_free(&lanes->threads.items[i].calls);
		list_free(&lanes->threads.items[i].operations);
		list_free(&lanes->threads.items[i].regions);
	}
	list_free(&lanes->threads);
	list_free(&lanes->wakes);
	list_free(&lanes->operations);
	list_free(&lanes->exchanges);
	list_free(&lanes->background);
	list_free(&lanes->stops);
	map_free(&lanes->by_tid);
}
