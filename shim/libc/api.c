/*
 * api.c - what the program itself says through dndprof/dndprof.h: regions, and that recording shall
 * stop or go on. Like the wrappers: no memory, no lock, errno untouched, nothing held in between.
 */
#include <errno.h>
#include <string.h>

#include "libc/api.h"
#include "libc/gate.h"

int api_ready(void)
{
	if (dndprof_tls.off)
		return -EBUSY;
	return writer_self() || recorder_stopped_here() ? 0 : -ENOSYS;
}

/* A text's part that is kept. */
static struct part text_part(const char *text)
{
	return (struct part){text ? text : "", text ? strnlen(text, DNDPROF_REGION_TEXT) : 0};
}

static void begin(struct dndprof_region *region)
{
	const char *category = region->category;

	if (!writer_self())
		return;
	if (category && !strcmp(category, DNDPROF_REGION_CHECK))
		region->kind = DNDPROF_KIND_CHECK;
	else if (category && !strcmp(category, DNDPROF_REGION_JOB))
		region->kind = DNDPROF_KIND_WORKER_JOB;
	region->process = dndprof_recorder.pid;
	__atomic_fetch_add(&dndprof_recorder.marked.active, 1, __ATOMIC_RELAXED);
	if (region->kind == DNDPROF_KIND_WORKER_JOB)
		__atomic_fetch_add(&dndprof_recorder.marked.active_jobs, 1, __ATOMIC_RELAXED);
	region->start = now();
}

/* Of which thread the writer's jobs are, and from when to when. */
static void job_done(struct writer *w, uint64_t begun, uint64_t ended)
{
	struct marked *all = &dndprof_recorder.marked;

	if (w->shared)
		return;
	if (w->job_tid != w->tid) {
		if (w->job_tid) {
			__atomic_fetch_add(&all->workers, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&all->worker_ticks, w->jobs_ended - w->jobs_begun,
					   __ATOMIC_RELAXED);
		}
		w->job_tid = w->tid;
		w->jobs_begun = begun;
	}
	if (begun < w->jobs_begun) /* around the first, which it began before */
		w->jobs_begun = begun;
	w->jobs_ended = ended;
}

static const struct {
	uint16_t call;
	const char *category; /* NULL: the program's own */
} kinds[] = {
	[DNDPROF_KIND_REGION] = {DNDPROF_CALL_region, NULL},
	[DNDPROF_KIND_CHECK] = {DNDPROF_CALL_check, DNDPROF_REGION_CHECK},
	[DNDPROF_KIND_WORKER_JOB] = {DNDPROF_CALL_job, DNDPROF_REGION_JOB},
};

static void region_write(struct writer *w, const struct dndprof_region *region, int result,
			 uint64_t ended)
{
	int64_t size = result < 0 ? -(int64_t)result : result;
	const char *category = kinds[region->kind].category;
	const struct part parts[] = {
		text_part(category ? category : region->category),
		{"", 1},
		text_part(region->name),
		{"", 1},
		text_part(region->worker),
	};
	const struct event e = {
		.start = region->start,
		.duration = ended - region->start,
		.result = result,
		.fd = -1,
		.call = kinds[region->kind].call,
		.payload = DNDPROF_PAYLOAD_REGION,
		.error = (uint8_t)(size < 255 ? size : 255),
	};

	if (region->kind == DNDPROF_KIND_WORKER_JOB)
		job_done(w, region->start, ended);
	event_done_parts(w, &e, parts, region->worker ? 5 : 3);
}

static void end(struct dndprof_region *region, int result)
{
	uint64_t ended = now();
	struct writer *w = writer_self();

	if (dndprof_tls.off || region->process != dndprof_recorder.pid ||
	    region->kind >= ARRAY_LEN(kinds))
		return;
	__atomic_fetch_sub(&dndprof_recorder.marked.active, 1, __ATOMIC_RELAXED);
	if (region->kind == DNDPROF_KIND_WORKER_JOB)
		__atomic_fetch_sub(&dndprof_recorder.marked.active_jobs, 1, __ATOMIC_RELAXED);
	if (w)
		region_write(w, region, result, ended);
}

static int start(void)
{
	if (load_acquire(&dndprof_recorder.state) == RECORDER_STOPPED && !dndprof_tls.off)
		fd_missed();
	return recorder_start_again();
}

__attribute__((visibility("hidden"), used)) const struct dndprof_api dndprof_api_table = {
	.size = sizeof(struct dndprof_api),
	.begin = begin,
	.end = end,
	.start = start,
	.stop = recorder_stop,
	.metrics = api_metrics,
	.report = api_report,
};
