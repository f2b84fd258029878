/*
 * clock.h - ticks to nanoseconds, piecewise between anchors (moments of which both are known), so
 * that drift and suspend cancel. All files of a run that used the same clock of the same boot share
 * their anchors.
 */
#ifndef ANALYZER_CLOCK_H
#define ANALYZER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/profile.h>

struct clock;

struct clock_anchor {
	uint64_t ticks;
	int64_t monotonic_ns, realtime_ns;
	uint64_t error_ticks; /* half width of the interval in which the pair was read */
};

struct clock *clock_new(enum dndprof_clock kind);
void clock_free(struct clock *clock);
void clock_add(struct clock *clock, const struct clock_anchor *anchor);
/* Sorts the anchors and drops those that contradict the others. Call it before the following. */
void clock_ready(struct clock *clock);
size_t clock_anchors(const struct clock *clock);
/* False when a tick's length is unknown (fewer than two anchors of a counter): durations are then
 * in ticks, called ns for want of better. */
bool clock_known(const struct clock *clock);
/* CLOCK_MONOTONIC at `ticks`. */
int64_t clock_ns(const struct clock *clock, uint64_t ticks);
/* CLOCK_REALTIME at a moment of CLOCK_MONOTONIC; 0: no anchor. */
int64_t clock_realtime(const struct clock *clock, int64_t monotonic_ns);
/* ns of one tick, over the whole span. */
double clock_tick_ns(const struct clock *clock);
/* The largest half width of an anchor, in ns: how well the clock is fixed. */
double clock_error_ns(const struct clock *clock);
/* This machine's clocks now. False where `kind` cannot be read here. */
bool clock_now(enum dndprof_clock kind, struct clock_anchor *anchor);

#endif
