/*
 * clock.c - see clock.h. Reading the time stamp counter is the only line here that knows an
 * architecture.
 */
#include "profile/clock.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/sort.h"

struct clock {
	enum dndprof_clock kind;
	double tick_ns;
	LIST(struct clock_anchor) anchors;
};

struct clock *clock_new(enum dndprof_clock kind)
{
	struct clock *clock = memory_get(sizeof(*clock));

	clock->kind = kind;
	clock->tick_ns = 1;
	return clock;
}

void clock_free(struct clock *clock)
{
	if (!clock)
		return;
	list_free(&clock->anchors);
	free(clock);
}

void clock_add(struct clock *clock, const struct clock_anchor *anchor)
{
	/* Beyond the middle of their range ticks and times come from damage, and would overflow. */
	if (!anchor->ticks || anchor->ticks > INT64_MAX || anchor->monotonic_ns < 0 ||
	    anchor->monotonic_ns > INT64_MAX / 2 || anchor->realtime_ns < 0 ||
	    anchor->realtime_ns > INT64_MAX / 2)
		return;
	*list_add(&clock->anchors) = *anchor;
}

static int compare(const void *a, const void *b)
{
	const struct clock_anchor *x = a, *y = b;

	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

/* Keeps anchors whose times rise with their ticks. */
static void drop_contradictions(struct clock *clock)
{
	struct clock_anchor *anchors = clock->anchors.items;
	size_t kept = 0;

	for (size_t i = 0; i < clock->anchors.count; i++) {
		if (kept && (anchors[i].ticks == anchors[kept - 1].ticks ||
			     anchors[i].monotonic_ns <= anchors[kept - 1].monotonic_ns))
			continue;
		anchors[kept++] = anchors[i];
	}
	clock->anchors.count = kept;
}

void clock_ready(struct clock *clock)
{
	const struct clock_anchor *first, *last;

	clock->tick_ns = 1;
	if (!clock->anchors.count)
		return;
	sort(clock->anchors.items, clock->anchors.count, sizeof(*clock->anchors.items), compare);
	drop_contradictions(clock);
	first = clock->anchors.items;
	last = first + clock->anchors.count - 1;
	if (clock->kind != DNDPROF_CLOCK_MONOTONIC && last->ticks > first->ticks)
		clock->tick_ns = (double)(last->monotonic_ns - first->monotonic_ns) /
				 (double)(last->ticks - first->ticks);
}

size_t clock_anchors(const struct clock *clock)
{
	return clock->anchors.count;
}

bool clock_known(const struct clock *clock)
{
	return clock->kind == DNDPROF_CLOCK_MONOTONIC || clock->anchors.count > 1;
}

double clock_tick_ns(const struct clock *clock)
{
	return clock->tick_ns;
}

/* `from` + `ns`, kept where sums and differences of two such times cannot overflow. */
static int64_t bounded(int64_t from, double ns)
{
	double sum = (double)from + ns, most = (double)(INT64_MAX / 4);

	if (!(sum < most))
		return INT64_MAX / 4;
	if (sum < -most)
		return -(INT64_MAX / 4);
	return from + (int64_t)llrint(ns);
}

static double difference(uint64_t a, uint64_t b)
{
	return a >= b ? (double)(a - b) : -(double)(b - a);
}

/* The last anchor at or before `ticks`; the first when there is none. */
static size_t anchor_before(const struct clock *clock, uint64_t ticks)
{
	size_t low = 0, high = clock->anchors.count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (clock->anchors.items[middle].ticks <= ticks)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int64_t clock_ns(const struct clock *clock, uint64_t ticks)
{
	const struct clock_anchor *anchor;
	double slope = clock->tick_ns;
	size_t i;

	if (clock->kind == DNDPROF_CLOCK_MONOTONIC || !clock->anchors.count)
		return bounded(0, (double)ticks) == INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)ticks;
	i = anchor_before(clock, ticks);
	anchor = &clock->anchors.items[i];
	if (ticks >= anchor->ticks && i + 1 < clock->anchors.count)
		slope = (double)(anchor[1].monotonic_ns - anchor->monotonic_ns) /
			(double)(anchor[1].ticks - anchor->ticks);
	return bounded(anchor->monotonic_ns, difference(ticks, anchor->ticks) * slope);
}

int64_t clock_realtime(const struct clock *clock, int64_t monotonic_ns)
{
	const struct clock_anchor *best = NULL;

	for (size_t i = 0; i < clock->anchors.count; i++) {
		const struct clock_anchor *anchor = &clock->anchors.items[i];

		if (anchor->realtime_ns && (!best || anchor->monotonic_ns <= monotonic_ns))
			best = anchor;
	}
	return best ? bounded(best->realtime_ns, (double)(monotonic_ns - best->monotonic_ns)) : 0;
}

double clock_error_ns(const struct clock *clock)
{
	double worst = 0;

	for (size_t i = 0; i < clock->anchors.count; i++)
		if (clock->anchors.items[i].error_ticks * clock->tick_ns > worst)
			worst = (double)clock->anchors.items[i].error_ticks * clock->tick_ns;
	return worst;
}

static int64_t read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static uint64_t read_ticks(enum dndprof_clock kind)
{
#if defined(__x86_64__)
	if (kind == DNDPROF_CLOCK_TSC)
		return __builtin_ia32_rdtsc();
#endif
	return kind == DNDPROF_CLOCK_MONOTONIC ? (uint64_t)read_ns(CLOCK_MONOTONIC) : 0;
}

bool clock_now(enum dndprof_clock kind, struct clock_anchor *anchor)
{
	anchor->error_ticks = UINT64_MAX;
	for (int i = 0; i < 8; i++) { /* the narrowest of a few: no interrupt fell into it */
		uint64_t before = read_ticks(kind);
		int64_t monotonic = read_ns(CLOCK_MONOTONIC), realtime = read_ns(CLOCK_REALTIME);
		uint64_t after = read_ticks(kind);

		if (!before)
			return false;
		if ((after - before) / 2 < anchor->error_ticks)
			*anchor = (struct clock_anchor){before + (after - before) / 2, monotonic,
							realtime, (after - before) / 2};
	}
	return true;
}
