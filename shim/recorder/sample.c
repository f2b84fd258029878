/*
 * sample.c - see sample.h. A sample costs about a microsecond and comes at most once an interval.
 *
 * RSS is in no system call but a file's text. The file is opened only while the process has one
 * thread, with signals held, so that nobody can meet the descriptor; otherwise the field says "no
 * data" (`dndprof run` looks from outside).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "recorder/clock.h"
#include "recorder/recorder.h"
#include "recorder/sample.h"
#include "recorder/start.h"

static struct {
	struct dndprof_sample *entries;
	uint64_t interval;
	uint32_t used;
	uint32_t busy;
} samples AT_START;

uint64_t dndprof_sample_due = UINT64_MAX;

uint64_t sample_rss(void)
{
	uint64_t all = ~0ull, old = 0, pages = 0;
	char text[64], *p = text;
	long fd, n = -1;

	sys4(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, &old, 8);
	fd = sys3(SYS_openat, AT_FDCWD, "/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = sys3(SYS_read, fd, text, sizeof(text) - 1);
		sys1(SYS_close, fd);
	}
	sys4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &old, NULL, 8);
	if (n <= 0)
		return 0;
	text[n] = 0;
	while (*p && *p != ' ')
		p++;
	for (p += *p == ' '; *p >= '0' && *p <= '9'; p++)
		pages = pages * 10 + (uint64_t)(*p - '0');
	return pages * 4096;
}

/* The next free entry. When all are used, keeps the first and every second of the rest. */
static struct dndprof_sample *next_entry(void)
{
	uint32_t i, kept = 0;

	if (samples.used == SAMPLE_MAX) {
		for (i = 0; i < SAMPLE_MAX; i += 2) {
			if (kept != i) {
				store_release(&samples.entries[kept].ticks, 0);
				samples.entries[kept] = samples.entries[i];
			}
			kept++;
		}
		for (i = kept; i < SAMPLE_MAX; i++)
			store_release(&samples.entries[i].ticks, 0);
		samples.used = kept;
		samples.interval *= 2;
	}
	return &samples.entries[samples.used++];
}

void sample_take(enum sample_kind kind)
{
	struct dndprof_sample *s, v = {0};
	struct rusage ru;
	uint64_t ticks = 0;
	uint32_t idle = 0;

	if (!samples.entries || !recorder_may_call() ||
	    !__atomic_compare_exchange_n(&samples.busy, &idle, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	clock_anchor(&v, &ticks);
	memset(&ru, 0, sizeof(ru));
	sys2(SYS_getrusage, RUSAGE_SELF, &ru);
	v.user_us = (uint64_t)ru.ru_utime.tv_sec * 1000000u + (uint64_t)ru.ru_utime.tv_usec;
	v.system_us = (uint64_t)ru.ru_stime.tv_sec * 1000000u + (uint64_t)ru.ru_stime.tv_usec;
	v.peak_bytes = (uint64_t)ru.ru_maxrss * 1024;
	/* A program that has not begun yet is as large as any: not worth 20 us of each start. */
	if (dndprof_recorder.sample_rss && kind != SAMPLE_START &&
	    load_relaxed(&dndprof_recorder.threads) <= 1)
		v.rss_bytes = sample_rss();
	v.threads = dndprof_fork_page.go ? 0 : load_relaxed(&dndprof_recorder.threads);
	v.kind = kind;
	v.voluntary_switches = (uint64_t)ru.ru_nvcsw;
	v.involuntary_switches = (uint64_t)ru.ru_nivcsw;
	v.minor_faults = (uint64_t)ru.ru_minflt;
	v.major_faults = (uint64_t)ru.ru_majflt;
	s = next_entry();
	*s = v;
	store_release(&s->ticks, ticks);
	store_relaxed(&dndprof_sample_due, ticks + samples.interval);
	store_release(&samples.busy, 0);
}

void sample_periodic(uint64_t now_ticks)
{
	uint64_t due = load_relaxed(&dndprof_sample_due);

	if (now_ticks >= due &&
	    __atomic_compare_exchange_n(&dndprof_sample_due, &due, now_ticks + samples.interval,
					false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		sample_take(SAMPLE_PERIODIC);
}

void sample_start(struct dndprof_sample *entries, uint64_t interval_ticks)
{
	samples.entries = entries;
	samples.interval = interval_ticks;
	samples.used = 0;
	samples.busy = 0;
	sample_take(SAMPLE_START);
}
