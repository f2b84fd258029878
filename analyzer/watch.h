/*
 * watch.h - looks at a running command from outside: what each of its processes uses, from /proc.
 * It is told when to look by who waits for the command; it has no thread and no timer.
 */
#ifndef ANALYZER_WATCH_H
#define ANALYZER_WATCH_H

#include "profile/usage.h"

/* Files of the command in /proc, open while it runs: to find them anew costs more than to read. */
enum watch_file { WATCH_STAT, WATCH_STATUS, WATCH_CHILDREN, WATCH_FILES };

struct watch {
	int child; /* the command; its descendants are found from there */
	int files[WATCH_FILES];
	int64_t started_ns; /* CLOCK_MONOTONIC */
	int64_t interval_ns, next_ns;
	struct usage usage;
};

/* `interval_ns`: between two looks. The first comes after 2 ms, each next one after as long as the
 * command has run, until that is the interval: short commands are seen, too. What other threads
 * than the main one have started is looked for from the first whole interval on. */
void watch_start(struct watch *watch, int child, int64_t interval_ns);
/* Looks when it is time. Returns the ns until it is time again. */
int64_t watch_look(struct watch *watch);
/* Of a watch that was started, once. What was seen stays. */
void watch_end(struct watch *watch);

#endif
