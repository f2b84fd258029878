/*
 * api_metrics.c - figures of this process while it runs, out of the statistics it keeps anyway.
 *
 * May run in a signal handler and on a small stack: histograms of many rings are never joined, but
 * gone through as often as needed. Other threads go on counting meanwhile; each figure is one that
 * was true, together they may differ by what happened in between.
 */
#include <string.h>
#include <sys/resource.h>

#include <dndprof/cost.h>
#include <dndprof/marks.h>

#include "libc/api.h"
#include "recorder/clock.h"
#include "recorder/file.h"
#include "recorder/hot.h"
#include "recorder/sample.h"

/* ---- statistics over all rings ---- */

#define CATEGORY(id, category, subject, result) DNDPROF_CATEGORY_##category,
static const uint8_t categories[] = {DNDPROF_CALLS(CATEGORY)};

#define NO_CATEGORY 0xff
#define CALLS	    3

/* Calls by name, or all of a category. */
struct group {
	uint16_t offset; /* in the metrics */
	uint8_t category;
	uint8_t count;
	uint16_t calls[CALLS];
};

static const struct group groups[] = {
#define GROUP(field, category, ...)                                           \
	{                                                                     \
		offsetof(struct dndprof_metrics, field), category,            \
			sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t), \
		{                                                             \
			__VA_ARGS__                                           \
		}                                                             \
	}
	GROUP(regions, NO_CATEGORY, DNDPROF_CALL_region, DNDPROF_CALL_check, DNDPROF_CALL_job),
	GROUP(operations, NO_CATEGORY, DNDPROF_CALL_region),
	GROUP(checks, NO_CATEGORY, DNDPROF_CALL_check),
	GROUP(jobs, NO_CATEGORY, DNDPROF_CALL_job),
	GROUP(connects, NO_CATEGORY, DNDPROF_CALL_connect),
	{offsetof(struct dndprof_metrics, lookups), DNDPROF_CATEGORY_DNS, 0, {0}},
	{offsetof(struct dndprof_metrics, locks), DNDPROF_CATEGORY_LOCK, 0, {0}},
};
static const struct group null_group = GROUP(regions, NO_CATEGORY, DNDPROF_CALL_null);

static bool is_in(const struct group *g, unsigned call)
{
	unsigned i;

	for (i = 0; i < g->count; i++)
		if (g->calls[i] == call)
			return true;
	return categories[call] == g->category;
}

/* Calls fn for each ring's statistics of each call of the group; NULL: of every call. */
static void each(const struct group *g,
		 void (*fn)(void *data, unsigned call, const struct dndprof_stats *st), void *data)
{
	const struct writer *w;
	unsigned call;
	uint32_t i;

	for (call = 0; call < DNDPROF_CALL_COUNT; call++) {
		if (g && !is_in(g, call))
			continue;
		for (i = 0; (w = writer_at(i)) != NULL; i++) {
			const struct dndprof_stats *st = load_acquire(&w->stats[call]);

			if (st)
				fn(data, call, st);
		}
	}
}

static void add_all(void *data, unsigned call, const struct dndprof_stats *st)
{
	struct dndprof_stats *sum = data;

	(void)call;
	sum->count += load_relaxed(&st->count);
	sum->errors += load_relaxed(&st->errors);
	sum->bytes += load_relaxed(&st->bytes);
	sum->timed += load_relaxed(&st->timed);
	sum->sum += load_relaxed(&st->sum);
	if (load_relaxed(&st->min) < sum->min)
		sum->min = load_relaxed(&st->min);
	if (load_relaxed(&st->max) > sum->max)
		sum->max = load_relaxed(&st->max);
}

/* ---- percentiles ---- */

/* An octave's buckets; NULL: none, or an offset that somebody bent. */
static const uint64_t *buckets_of(const struct dndprof_stats *st, unsigned octave)
{
	uint64_t at = load_acquire(&st->octave[octave]);

	if (!at || at > dndprof_recorder.capacity - DNDPROF_BUCKETS * sizeof(uint64_t))
		return NULL;
	return (const uint64_t *)((const char *)dndprof_recorder.header + at);
}

struct octaves {
	uint64_t zero, all;
	uint64_t count[DNDPROF_OCTAVES];
};

static void add_octaves(void *data, unsigned call, const struct dndprof_stats *st)
{
	struct octaves *o = data;
	unsigned i, b;

	(void)call;
	o->zero += load_relaxed(&st->zero);
	o->all += load_relaxed(&st->zero);
	for (i = 0; i < DNDPROF_OCTAVES; i++) {
		const uint64_t *buckets = buckets_of(st, i);

		for (b = 0; buckets && b < DNDPROF_BUCKETS; b++) {
			o->count[i] += load_relaxed(&buckets[b]);
			o->all += load_relaxed(&buckets[b]);
		}
	}
}

struct octave {
	unsigned octave;
	uint64_t count[DNDPROF_BUCKETS];
};

static void add_octave(void *data, unsigned call, const struct dndprof_stats *st)
{
	struct octave *o = data;
	const uint64_t *buckets = buckets_of(st, o->octave);
	unsigned b;

	(void)call;
	for (b = 0; buckets && b < DNDPROF_BUCKETS; b++)
		o->count[b] += load_relaxed(&buckets[b]);
}

/* The middle of a bucket, in ticks. */
static double bucket_middle(unsigned octave, unsigned b)
{
	double low = (double)dndprof_histogram_bounds[b];
	double high = (double)dndprof_histogram_bounds[b + 1];

	return (low + high) / 2 / (double)(1ull << (63 - octave));
}

/* By nearest rank, in ticks. */
static double percentile(const struct group *g, const struct octaves *o, unsigned per_cent)
{
	uint64_t rank = (o->all * per_cent + 99) / 100, before = o->zero;
	struct octave found = {0};
	unsigned b;

	if (rank <= before)
		return 0;
	while (found.octave < DNDPROF_OCTAVES - 1 && before + o->count[found.octave] < rank)
		before += o->count[found.octave++];
	each(g, add_octave, &found);
	for (b = 0; b < DNDPROF_BUCKETS - 1 && before + found.count[b] < rank; b++)
		before += found.count[b];
	return bucket_middle(found.octave, b);
}

/* ---- the figures ---- */

struct scale {
	double ns;		/* of a tick */
	double null, call_null; /* ticks too many in a duration; of a call into the kernel */
};

static int64_t to_ns(const struct scale *scale, double ticks)
{
	return (int64_t)(ticks * scale->ns);
}

static int64_t bounded(int64_t v, const struct dndprof_timing *t)
{
	return v < t->min_ns ? t->min_ns : v > t->max_ns ? t->max_ns : v;
}

static void add_timing(struct dndprof_timing *t, const struct group *g, const struct scale *scale)
{
	struct dndprof_stats sum = {.min = UINT64_MAX};
	struct octaves octaves = {0};
	double null =
		g->count && dndprof_call_is_mark((int)g->calls[0]) ? scale->null : scale->call_null;

	each(g, add_all, &sum);
	if (!sum.timed)
		return;
	each(g, add_octaves, &octaves);
	t->count = sum.timed;
	t->errors = sum.errors;
	t->total_ns = to_ns(scale, (double)sum.sum - null * (double)sum.timed);
	t->average_ns = t->total_ns / (int64_t)sum.timed;
	t->min_ns = to_ns(scale, (double)sum.min - null);
	t->max_ns = to_ns(scale, (double)sum.max - null);
	t->p50_ns = bounded(to_ns(scale, percentile(g, &octaves, 50) - null), t);
	t->p95_ns = bounded(to_ns(scale, percentile(g, &octaves, 95) - null), t);
	t->p99_ns = bounded(to_ns(scale, percentile(g, &octaves, 99) - null), t);
}

static void add_calls(void *data, unsigned call, const struct dndprof_stats *st)
{
	struct dndprof_metrics *m = data;

	if (dndprof_call_is_mark((int)call))
		return;
	m->calls += load_relaxed(&st->count);
	m->call_errors += load_relaxed(&st->errors);
	m->bytes += load_relaxed(&st->bytes);
}

static void add_workers(struct dndprof_metrics *m, const struct scale *scale)
{
	const struct marked *marked = &dndprof_recorder.marked;
	uint64_t life = load_relaxed(&marked->worker_ticks), end = now();
	const struct writer *w;
	uint32_t i;

	m->workers = load_relaxed(&marked->workers);
	for (i = 1; (w = writer_at(i)) != NULL; i++) {
		if (!load_relaxed(&w->job_tid))
			continue;
		m->workers++;
		life += (w->ending || w->job_tid != w->tid ? w->jobs_ended : end) - w->jobs_begun;
	}
	m->active = load_relaxed(&marked->active);
	m->active_jobs = load_relaxed(&marked->active_jobs);
	m->threads = load_relaxed(&dndprof_recorder.threads);
	m->busy_ns = m->jobs.total_ns;
	if (!m->workers)
		return;
	m->idle_ns = to_ns(scale, (double)life) - m->busy_ns;
	m->idle_ns = m->idle_ns < 0 ? 0 : m->idle_ns;
	if (life)
		m->utilization = (double)m->busy_ns / (double)(m->busy_ns + m->idle_ns);
}

static void add_resources(struct dndprof_metrics *m, const struct dndprof_sample *first)
{
	uint64_t us;
	struct rusage ru;

	memset(&ru, 0, sizeof(ru));
	if (!recorder_may_call() || sys2(SYS_getrusage, RUSAGE_SELF, &ru) < 0)
		return;
	m->cpu_user_ns =
		(uint64_t)ru.ru_utime.tv_sec * 1000000000u + (uint64_t)ru.ru_utime.tv_usec * 1000u;
	m->cpu_system_ns =
		(uint64_t)ru.ru_stime.tv_sec * 1000000000u + (uint64_t)ru.ru_stime.tv_usec * 1000u;
	us = (m->cpu_user_ns + m->cpu_system_ns) / 1000 - first->user_us - first->system_us;
	if (m->elapsed_ns)
		m->cpu_percent = 100e3 * (double)us / (double)m->elapsed_ns;
	m->peak_rss_bytes = (uint64_t)ru.ru_maxrss * 1024;
	m->rss_bytes = sample_rss();
	if (m->rss_bytes > m->peak_rss_bytes) /* the kernel adds up lazily */
		m->peak_rss_bytes = m->rss_bytes;
	m->voluntary_switches = (uint64_t)ru.ru_nvcsw;
	m->involuntary_switches = (uint64_t)ru.ru_nivcsw;
	m->minor_faults = (uint64_t)ru.ru_minflt;
	m->major_faults = (uint64_t)ru.ru_majflt;
}

/* ---- what recording costs ---- */

#define SLOTS_A_PAGE (4096 / sizeof(struct dndprof_record))

struct counts {
	uint64_t timed, counted;
};

/* Locks had at once are counted and not timed. */
static void add_counts(void *data, unsigned call, const struct dndprof_stats *st)
{
	struct counts *counts = data;
	bool lock = categories[call] == DNDPROF_CATEGORY_LOCK ||
		    (call >= DNDPROF_CALL_sem_wait && call <= DNDPROF_CALL_sem_post);

	if (dndprof_call_is_null((int)call))
		return;
	counts->timed += load_relaxed(&st->timed);
	if (lock && load_relaxed(&st->count) > load_relaxed(&st->timed))
		counts->counted += load_relaxed(&st->count) - load_relaxed(&st->timed);
}

/* As the report has it (dndprof/cost.h). */
static void add_overhead(struct dndprof_metrics *m, const struct scale *scale)
{
	const struct dndprof_header *h = dndprof_recorder.header;
	const struct dndprof_sample *sample = file_samples();
	struct dndprof_cost cost = {.price = (double)h->price * scale->ns,
				    .payload_price = DNDPROF_COST_PAYLOAD_NS,
				    .page_price = DNDPROF_COST_PAGE_NS,
				    .left_out_share = DNDPROF_COST_LEFT_OUT};
	struct counts counts = {0};
	const struct writer *w;
	uint64_t slots = 0, head;
	uint32_t i;

	each(NULL, add_counts, &counts);
	m->lost = load_relaxed(&h->losses[DNDPROF_LOSS_NO_RING]);
	for (i = 0; (w = writer_at(i)) != NULL; i++) {
		if (!w->ring)
			continue;
		head = load_relaxed(&w->ring->head);
		slots += head;
		cost.left_out += load_relaxed(&w->ring->sampled) & DNDPROF_RING_SAMPLED;
		if (head > w->mask + 1)
			m->lost += head - (w->mask + 1);
		cost.pages += (head < w->mask + 1 ? head : w->mask + 1) / SLOTS_A_PAGE + 1;
	}
	for (i = 0; i < SAMPLE_MAX; i++)
		cost.samples += load_relaxed(&sample[i].ticks) != 0;
	cost.counted = counts.counted;
	dndprof_cost_slots(&cost, slots, counts.timed);
	m->startup_ns = (uint64_t)(DNDPROF_COST_LOAD_NS +
				   to_ns(scale, (double)(h->ready_ticks - h->start_ticks)));
	m->overhead_ns = m->startup_ns + (uint64_t)dndprof_cost_running(&cost);
	if (m->elapsed_ns)
		m->overhead_percent = 100.0 * (double)m->overhead_ns / (double)m->elapsed_ns;
}

static struct scale scale_now(const struct dndprof_sample *first, uint64_t *ticks)
{
	struct dndprof_sample anchor;
	int32_t call_null = dndprof_recorder.header->call_null;
	struct scale scale = {.ns = 1};
	struct octaves octaves = {0};

	*ticks = now();
	if (dndprof_recorder.counter && recorder_may_call()) {
		clock_anchor(&anchor, ticks);
		if (*ticks > first->ticks)
			scale.ns = (double)(anchor.monotonic_ns - first->monotonic_ns) /
				   (double)(*ticks - first->ticks);
	}
	each(&null_group, add_octaves, &octaves);
	scale.null = percentile(&null_group, &octaves, 50);
	scale.call_null = call_null ? (double)call_null / DNDPROF_NULL_PARTS : scale.null;
	return scale;
}

int api_metrics(struct dndprof_metrics *metrics, size_t size)
{
	const struct dndprof_sample *first;
	struct dndprof_metrics m;
	struct scale scale;
	uint64_t ticks;
	unsigned i;
	int error = api_ready();

	if (error)
		return error;
	memset(&m, 0, sizeof(m));
	m.utilization = m.cpu_percent = m.overhead_percent = -1;
	first = file_samples();
	scale = scale_now(first, &ticks);
	m.elapsed_ns =
		(uint64_t)to_ns(&scale, (double)(ticks - dndprof_recorder.header->start_ticks));
	m.recording = load_acquire(&dndprof_recorder.state) == RECORDER_ON;
	m.stopped_ns = (uint64_t)to_ns(
		&scale, (double)(dndprof_recorder.stopped_ticks +
				 (m.recording ? 0 : ticks - dndprof_recorder.stopped_since)));
	for (i = 0; i < ARRAY_LEN(groups); i++)
		add_timing((struct dndprof_timing *)((char *)&m + groups[i].offset), &groups[i],
			   &scale);
	each(NULL, add_calls, &m);
	add_workers(&m, &scale);
	add_resources(&m, first);
	add_overhead(&m, &scale);
	memcpy(metrics, &m, size < sizeof(m) ? size : sizeof(m));
	return 0;
}
