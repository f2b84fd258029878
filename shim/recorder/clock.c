/*
 * clock.c - which clock, and its anchors.
 *
 * The CPU's counter is used where the kernel itself keeps time by it (then it is invariant and the
 * same on all cores); elsewhere CLOCK_MONOTONIC through the vDSO. Ticks stay ticks: the analyzer
 * converts them with the pairs taken here.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "recorder/clock.h"
#include "recorder/recorder.h"
#include "recorder/start.h"

static const char clocksource[] =
	"/sys/devices/system/clocksource/clocksource0/current_clocksource";

static int (*vdso_gettime)(clockid_t, struct timespec *) AT_START;
static bool vdso_alone AT_START; /* it reads the clock by itself: for some it enters the kernel */

static uint64_t ns_of(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * 1000000000u + (uint64_t)ts->tv_nsec;
}

uint64_t clock_monotonic(void)
{
	static uint64_t latest;
	struct timespec ts = {0, 0};

	/* A clock that may no longer be read: with the call under way recording ends. */
	if (!(vdso_gettime && vdso_alone) && !recorder_may_call()) {
		if (dndprof_recorder.no_syscalls)
			recorder_off(0);
		return load_relaxed(&latest);
	}
	if (vdso_gettime)
		vdso_gettime(CLOCK_MONOTONIC, &ts);
	else
		sys2(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	store_relaxed(&latest, ns_of(&ts));
	return ns_of(&ts);
}

uint64_t clock_read_ns(int id)
{
	struct timespec ts = {0, 0};

	sys2(SYS_clock_gettime, id, &ts);
	return ns_of(&ts);
}

/* `name`: as the kernel's file has it, with its newline. Whole names: hyperv_clocksource_msr is
 * read by entering the kernel. */
static bool vdso_suffices(const char *name)
{
	return !strcmp(name, "kvm-clock\n") || !strcmp(name, "hyperv_clocksource_tsc_page\n");
}

static enum dndprof_clock_reason counter_trusted(void)
{
	char text[32] = "";
	int mode = 0;
	long fd, n;

	if (!ARCH_HAS_COUNTER)
		return DNDPROF_CLOCK_REASON_ARCHITECTURE;
	if (sys2(SYS_prctl, PR_GET_TSC, &mode) == 0 && mode != PR_TSC_ENABLE)
		return DNDPROF_CLOCK_REASON_FORBIDDEN;
	fd = sys3(SYS_openat, AT_FDCWD, clocksource, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return DNDPROF_CLOCK_REASON_UNKNOWN;
	n = sys3(SYS_read, fd, text, sizeof(text) - 1);
	sys1(SYS_close, fd);
	vdso_alone = vdso_suffices(text);
	return n >= 4 && !memcmp(text, "tsc\n", 4) ? DNDPROF_CLOCK_REASON_TRUSTED
						   : DNDPROF_CLOCK_REASON_SOURCE;
}

enum dndprof_clock_reason clock_choose(void *(*vdso_symbol)(const char *))
{
	enum dndprof_clock_reason reason = counter_trusted();

	dndprof_recorder.counter = reason == DNDPROF_CLOCK_REASON_TRUSTED;
	/* Where the counter is forbidden the vDSO, which may read it, is left alone, too. */
	if (!dndprof_recorder.counter && reason != DNDPROF_CLOCK_REASON_FORBIDDEN && vdso_symbol)
		*(void **)&vdso_gettime = vdso_symbol("__vdso_clock_gettime");
	return reason;
}

void clock_anchor(struct dndprof_sample *s, uint64_t *ticks)
{
	uint64_t before, after, best = UINT64_MAX, mono;
	int i;

	/* The tightest of three tries: an interrupt between the readings would bend the whole
	 * conversion. */
	for (i = 0; i < 3; i++) {
		before = now();
		mono = clock_read_ns(CLOCK_MONOTONIC);
		after = now();
		if (after - before < best) {
			best = after - before;
			*ticks = before + best / 2;
			s->monotonic_ns = mono;
			s->error_ticks = best / 2;
		}
	}
	s->realtime_ns =
		clock_read_ns(CLOCK_REALTIME) - (clock_read_ns(CLOCK_MONOTONIC) - s->monotonic_ns);
}
