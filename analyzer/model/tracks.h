/*
 * tracks.h - what each process used over time (tracks.c): the samples of all its images and what
 * `dndprof run` saw of it, in one line of points. getrusage goes on through exec, so a process is
 * one track however many programs it was.
 */
#ifndef ANALYZER_TRACKS_H
#define ANALYZER_TRACKS_H

#include "model/internal.h"

/* Figures since the process began; -1: this point does not have it. */
#define TRACK_COUNTERS(X) \
	X(user_ns)        \
	X(system_ns) X(voluntary_switches) X(involuntary_switches) X(minor_faults) X(major_faults)
#define TRACK_FIELD(name) TRACK_##name,
enum track_counter { TRACK_COUNTERS(TRACK_FIELD) TRACK_COUNTER_COUNT };
#undef TRACK_FIELD

struct track_point {
	int64_t ns;
	int64_t counter[TRACK_COUNTER_COUNT];
	int64_t rss, threads; /* -1: this point does not have it */
};

struct track {
	uint32_t run;
	int pid;
	int64_t started_ns;		 /* of CLOCK_BOOTTIME; 0: unknown */
	int64_t start_ns, end_ns;	 /* of its life, as far as it is known */
	int64_t peak;			 /* highest RSS that is surely its own; -1: no data */
	bool sampled, watched;		 /* by a profile; by `dndprof run` */
	LIST(struct track_point) points; /* by time */
};
struct tracks {
	struct track *items;
	size_t count, room;
};

void tracks_build(const struct model *model, struct tracks *tracks);
void tracks_free(struct tracks *tracks);

#endif
