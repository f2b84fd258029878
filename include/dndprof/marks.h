/*
 * marks.h - which rows of the table of calls are no calls: their durations are recorded otherwise,
 * and other things are taken off them.
 */
#ifndef DNDPROF_MARKS_H
#define DNDPROF_MARKS_H

#include <stdbool.h>

#include <dndprof/calls.h>

/* The empty interval, of C or of Go. */
static inline bool dndprof_call_is_null(int call)
{
	return call == DNDPROF_CALL_null || call == DNDPROF_CALL_null_go;
}

/* Not a call but something's duration: a thread's life, what the program marked. A wait of Go's
 * threads is one. */
static inline bool dndprof_call_is_mark(int call)
{
	switch (call) {
#define DNDPROF_MARK(id, category, subject, result) case DNDPROF_CALL_##id:
		DNDPROF_PSEUDO_CALLS(DNDPROF_MARK)
#undef DNDPROF_MARK
		return call != DNDPROF_CALL_futex;
	default:
		return false;
	}
}

#endif
