/*
 * stop.c - recording that the program stops and starts again (dndprof.h). A stop costs the hot path
 * nothing: writers are refused where forked children's are, by the word that the fork page holds.
 */
#include <errno.h>

#include "recorder/recorder.h"
#include "recorder/sample.h"

static uint64_t go_was; /* the Go gate's word of the fork page */

/* Both ends of a stop: as it begins (duration 0), and the whole. */
static void stop_record(struct writer *w, uint64_t duration, uint8_t flags)
{
	const struct event e = {
		.start = dndprof_recorder.stopped_since,
		.duration = duration,
		.fd = -1,
		.call = DNDPROF_CALL_stopped,
		.flags = flags,
	};

	if (!(flags & DNDPROF_RECORD_BEGIN))
		stats_add(w, &e);
	if (dndprof_recorder.records)
		event_write(w, &e, NULL, 0);
	sample_take(SAMPLE_PERIODIC);
}

bool recorder_stopped_here(void)
{
	if (load_acquire(&dndprof_recorder.state) != RECORDER_STOPPED || dndprof_tls.off ||
	    !dndprof_fork_page.own)
		return false;
	/* A child made by clone with our memory has our page, too. Under a filter nobody asks. */
	return !recorder_may_call() || sys0(SYS_getpid) == dndprof_recorder.pid;
}

int recorder_stop(void)
{
	uint32_t on = RECORDER_ON;
	struct writer *w;

	if (dndprof_tls.off)
		return -EBUSY;
	if (load_acquire(&dndprof_recorder.state) == RECORDER_STOPPED)
		return 0;
	w = writer_self();
	if (!w)
		return -ENOSYS;
	/* The state before the page: a page that says "forked" is believed only while ON. */
	if (!__atomic_compare_exchange_n(&dndprof_recorder.state, &on, RECORDER_STOPPED, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return on == RECORDER_STOPPED ? 0 : -ENOSYS;
	dndprof_recorder.stopped_since = now();
	stop_record(w, 0, DNDPROF_RECORD_BEGIN);
	go_was = dndprof_fork_page.go;
	dndprof_fork_page.go = 0;
	store_release(&dndprof_fork_page.alive, 0);
	return 0;
}

int recorder_start_again(void)
{
	bool here = recorder_stopped_here();
	uint32_t stopped = RECORDER_STOPPED;
	struct writer *w;
	uint64_t duration;

	if (dndprof_tls.off)
		return -EBUSY;
	/* A child forked meanwhile makes a file of its own with its first record: its page is
	 * empty, as in every child. */
	if (!__atomic_compare_exchange_n(&dndprof_recorder.state, &stopped,
					 here ? RECORDER_STARTING : RECORDER_ON, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return stopped == RECORDER_ON || stopped == RECORDER_STARTING ? 0 : -ENOSYS;
	if (!here)
		return 0;
	duration = now() - dndprof_recorder.stopped_since;
	dndprof_recorder.stopped_ticks += duration;
	dndprof_fork_page.go = go_was;
	dndprof_fork_page.alive = 1;
	store_release(&dndprof_recorder.state, RECORDER_ON);
	w = writer_self();
	if (w)
		stop_record(w, duration, 0);
	return 0;
}
