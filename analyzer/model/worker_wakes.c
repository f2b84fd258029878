/*
 * worker_wakes.c - what woke whom, object by object: which conditions and semaphores are locks in
 * truth (the interpreter lock of Python, a semaphore used as a mutex), and how long after a signal
 * or post the thread it woke came back.
 *
 * A lock: who was woken at it wakes the next there itself, and no two have it at once. A semaphore
 * that a thread holds while it waits at it is none: that is how Python waits to be woken.
 */
#include "model/crew.h"

#include "base/sort.h"

#include <string.h>

#define LOCK_SHARE     4   /* of successful waits all but one in so many were given back */
#define FAREWELL_TIMES 100 /* as long as all had it, they waited */
#define LOOK_MOST      64  /* wakes that may be others' */
#define OVERLAP_SHARE  20  /* of holdings at most one in so many may overlap another */

enum point_kind { POINT_START, POINT_TAKE, POINT_WAKE, POINT_WAKE_ALL, POINT_END };

/* Something at an object: a wait's begin or end, a wake, a semaphore taken in passing. */
struct point {
	uint64_t object;
	int64_t ns;
	enum point_kind kind;
	uint32_t life;
	uint32_t wait; /* index; NONE */
	bool later;    /* a wake by one who has come by the lock again since it was woken */
};
struct points {
	struct point *items;
	size_t count, room;
};

static int compare_points(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->wait > y->wait) - (x->wait < y->wait);
}

static bool point_of(const struct event *event, struct point *point)
{
	uint32_t taken = event->record->raw.generation & DNDPROF_TAKEN_MOST;

	switch (event->call->known) {
	case DNDPROF_CALL_pthread_cond_signal:
		point->kind = POINT_WAKE;
		point->later = taken != 1;
		return true;
	case DNDPROF_CALL_pthread_cond_broadcast:
		point->kind = POINT_WAKE_ALL;
		point->later = taken != 1;
		return true;
	case DNDPROF_CALL_sem_post:
		point->kind = POINT_WAKE;
		point->later = true;
		return true;
	case DNDPROF_CALL_sem_trywait:
		point->kind = POINT_TAKE;
		return true;
	default:
		return false;
	}
}

static void collect(const struct crew *crew, struct points *points)
{
	const struct process *process = &crew->model->processes.items[crew->process];

	for (uint32_t i = 0; i < crew->waits.count; i++) {
		const struct wait *wait = &crew->waits.items[i];
		struct point point = {wait->object, wait->start_ns, POINT_START, wait->life, i,
				      false};

		if (!wait->object || wait->kind > WAIT_SEMAPHORE)
			continue;
		*list_add(points) = point;
		point.ns = wait->end_ns;
		point.kind = POINT_END;
		*list_add(points) = point;
	}
	for (size_t i = 0; points->count && i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		struct point point = {
			.object = event->record->raw.arg, .ns = event->start_ns, .wait = NONE};

		if (event->pid || event->record->raw.error || !point_of(event, &point))
			continue;
		point.life = crew_life_at(crew, event->tid, event->start_ns);
		if (point.life != NONE)
			*list_add(points) = point;
	}
	if (points->count)
		sort(points->items, points->count, sizeof(*points->items), compare_points);
}

/* ---- locks ---- */

/* What a life has of the object under study; `stamp` tells this object's from another's. */
struct holding {
	size_t stamp;
	int64_t since_ns; /* 0: it holds nothing */
	bool woken;
	uint32_t wait; /* the last that ended well */
};

struct evidence {
	uint64_t woken, given_back, overlaps;
	uint64_t lives; /* that were woken */
	int64_t waited_ns, held_ns;
	bool signalled;	 /* one who waited had it himself */
	int64_t free_ns; /* when it was last given back */
};

static void lock_point(const struct crew *crew, const struct point *point, struct holding *holding,
		       struct evidence *evidence)
{
	const struct wait *wait = point->wait == NONE ? NULL : &crew->waits.items[point->wait];

	if (point->kind == POINT_START) {
		/* it looked, and went on waiting: it was not woken for anything */
		if (holding->since_ns && wait->taken == 1 && wait->kind == WAIT_CONDITION)
			evidence->woken--;
		holding->since_ns = 0;
	} else if (point->kind == POINT_END && wait->woken) {
		evidence->woken++;
		evidence->lives += !holding->woken;
		holding->woken = true;
		evidence->waited_ns = add_ns(evidence->waited_ns, wait->end_ns - wait->start_ns);
		evidence->signalled |= wait->held;
		/* conditions are locks of interpreters only, who wait for them with a time */
		if (wait->held || (wait->kind == WAIT_CONDITION && !wait->timed))
			return;
		holding->since_ns = point->ns;
	} else if ((point->kind == POINT_WAKE || point->kind == POINT_WAKE_ALL) &&
		   holding->since_ns && point->later) {
		evidence->given_back++;
		evidence->held_ns = add_ns(evidence->held_ns, point->ns - holding->since_ns);
		if (holding->since_ns < evidence->free_ns)
			evidence->overlaps++;
		evidence->free_ns = point->ns;
		holding->since_ns = 0;
	}
}

/* Workers that are told to end, each by the one before: once each, after much longer than any of
 * them had what they waited for. */
static bool is_farewell(const struct evidence *evidence)
{
	return evidence->lives > 1 && evidence->woken == evidence->lives &&
	       evidence->waited_ns / FAREWELL_TIMES > evidence->held_ns;
}

static bool is_lock(const struct evidence *evidence)
{
	return evidence->given_back && !is_farewell(evidence) && !evidence->signalled &&
	       evidence->woken - evidence->woken / LOCK_SHARE <= evidence->given_back &&
	       evidence->overlaps <= evidence->given_back / OVERLAP_SHARE;
}

static void find_lock(struct crew *crew, const struct point *points, size_t count,
		      struct holding *holdings, size_t stamp)
{
	struct evidence evidence = {0};

	for (size_t i = 0; i < count; i++) {
		struct holding *holding = &holdings[points[i].life];

		if (holding->stamp != stamp)
			*holding = (struct holding){.stamp = stamp};
		lock_point(crew, &points[i], holding, &evidence);
	}
	if (!is_lock(&evidence))
		return;
	for (size_t i = 0; i < count; i++)
		if (points[i].kind == POINT_START)
			crew->waits.items[points[i].wait].lock = true;
}

/* ---- delays ---- */

/* Wakes that nobody came back from yet, the oldest first; never more than there are waiters. */
struct pending {
	int64_t *items;
	size_t first, count, room;
	size_t waiters;
};

static void push(struct pending *pending, int64_t ns)
{
	if (pending->count - pending->first < pending->waiters)
		*list_add(pending) = ns;
}

static void drop_oldest(struct pending *pending)
{
	if (pending->first < pending->count)
		pending->first++;
}

/* Takes out the oldest that is not older than the wait: those before are others', who began to wait
 * earlier and are still on their way back. False: there is none. */
static bool take_wake(struct pending *pending, int64_t start_ns, int64_t *ns)
{
	for (size_t i = pending->first; i < pending->count && i - pending->first < LOOK_MOST; i++) {
		if (pending->items[i] < start_ns)
			continue;
		*ns = pending->items[i];
		memmove(&pending->items[pending->first + 1], &pending->items[pending->first],
			(i - pending->first) * sizeof(*pending->items));
		pending->first++;
		return true;
	}
	return false;
}

static void end_wait(struct pending *pending, struct wait *wait)
{
	int64_t woken_ns;

	if (wait->woken && take_wake(pending, wait->start_ns, &woken_ns))
		wait->delay_ns = wait->end_ns - woken_ns;
	pending->waiters -= pending->waiters > 0;
	if (!pending->waiters)
		pending->first = pending->count = 0;
	else if (pending->count - pending->first > pending->waiters)
		pending->count--;
}

static void find_delays(struct crew *crew, const struct point *points, size_t count,
			struct pending *pending)
{
	pending->first = pending->count = pending->waiters = 0;
	for (size_t i = 0; i < count; i++) {
		const struct point *point = &points[i];

		switch (point->kind) {
		case POINT_START:
			pending->waiters++;
			break;
		case POINT_TAKE:
			drop_oldest(pending);
			break;
		case POINT_WAKE:
			push(pending, point->ns);
			break;
		case POINT_WAKE_ALL:
			while (pending->count - pending->first < pending->waiters)
				push(pending, point->ns);
			break;
		case POINT_END:
			end_wait(pending, &crew->waits.items[point->wait]);
			break;
		}
	}
}

void crew_wakes(struct crew *crew)
{
	struct holding *holdings = memory_get((crew->lives.count + 1) * sizeof(*holdings));
	struct pending pending = {0};
	struct points points = {0};

	collect(crew, &points);
	for (size_t first = 0, i = 1; first < points.count; i++) {
		if (i < points.count && points.items[i].object == points.items[first].object)
			continue;
		find_lock(crew, points.items + first, i - first, holdings, first + 1);
		find_delays(crew, points.items + first, i - first, &pending);
		first = i;
	}
	list_free(&points);
	free(pending.items);
	free(holdings);
}
