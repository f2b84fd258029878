/*
 * resources.c - CPU, memory, threads, switches and faults over the run, and the trend of each.
 */
#include "model/series.h"

#include "base/sort.h"

#include <math.h>

#define MINUTE_NS INT64_C(60000000000)

static int64_t span_of(const struct model_run *run)
{
	return add_ns(run->end_ns, -run->start_ns);
}

/* ---- totals ---- */

/* The last a track has of each counter is what its process used. */
static void add_track(const struct track *track, int64_t sums[TRACK_COUNTER_COUNT])
{
	for (unsigned int i = 0; i < TRACK_COUNTER_COUNT; i++) {
		int64_t most = -1;

		for (size_t j = 0; j < track->points.count; j++)
			if (track->points.items[j].counter[i] > most)
				most = track->points.items[j].counter[i];
		if (most >= 0)
			sums[i] = add_ns(sums[i] < 0 ? 0 : sums[i], most);
	}
}

/* What the kernel told `dndprof run` when the command ended is of all it waited for, seen or not;
 * the tracks are of all that were seen, waited for or not. The larger misses less. */
static void add_run(const struct model *model, const struct tracks *tracks, uint32_t run,
		    int64_t sums[TRACK_COUNTER_COUNT])
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;
	const int64_t told[TRACK_COUNTER_COUNT] = {facts->user_ns,
						   facts->system_ns,
						   facts->voluntary_switches,
						   facts->involuntary_switches,
						   facts->minor_faults,
						   facts->major_faults};
	int64_t seen[TRACK_COUNTER_COUNT];
	const int64_t *best = seen;

	for (unsigned int i = 0; i < TRACK_COUNTER_COUNT; i++)
		seen[i] = -1;
	for (size_t i = 0; i < tracks->count; i++)
		if (tracks->items[i].run == run)
			add_track(&tracks->items[i], seen);
	if (facts->present && facts->minor_faults > 0 &&
	    add_ns(told[TRACK_user_ns], told[TRACK_system_ns]) >=
		    add_ns(seen[TRACK_user_ns], seen[TRACK_system_ns]))
		best = told;
	for (unsigned int i = 0; i < TRACK_COUNTER_COUNT; i++)
		if (best[i] >= 0)
			sums[i] = add_ns(sums[i] < 0 ? 0 : sums[i], best[i]);
}

static void find_totals(struct model *model, const struct tracks *tracks)
{
	struct resources *resources = &model->resources;
	int64_t sums[TRACK_COUNTER_COUNT];

	for (unsigned int i = 0; i < TRACK_COUNTER_COUNT; i++)
		sums[i] = -1;
	for (uint32_t i = 0; i < model->runs.count; i++)
		add_run(model, tracks, i, sums);
	resources->user_ns = sums[TRACK_user_ns];
	resources->system_ns = sums[TRACK_system_ns];
	resources->voluntary_switches = sums[TRACK_voluntary_switches];
	resources->involuntary_switches = sums[TRACK_involuntary_switches];
	resources->minor_faults = sums[TRACK_minor_faults];
	resources->major_faults = sums[TRACK_major_faults];
	resources->cpu_share = -1;
	if (resources->user_ns >= 0 && model->summary.wall_ns > 0)
		resources->cpu_share = ((double)resources->user_ns + (double)resources->system_ns) /
				       (double)model->summary.wall_ns;
}

/* ---- peaks: the most at one moment, over all processes ---- */

struct change {
	int64_t ns, by;
};
struct changes {
	struct change *items;
	size_t count, room;
};

static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return (x->by > y->by) - (x->by < y->by); /* what ends makes room for what begins */
}

static void add_changes(struct changes *changes, const struct track *track, bool rss)
{
	int64_t now = -1;

	for (size_t i = 0; i < track->points.count; i++) {
		const struct track_point *point = &track->points.items[i];
		int64_t value = rss ? point->rss : point->threads;

		if (value < 0)
			continue;
		*list_add(changes) = (struct change){now < 0 ? track->start_ns : point->ns,
						     now < 0 ? value : value - now};
		now = value;
	}
	if (now >= 0)
		*list_add(changes) = (struct change){add_ns(track->end_ns, 1), -now};
}

/* -1: no data. */
static int64_t most_at_once(const struct tracks *tracks, bool rss)
{
	struct changes changes = {0};
	int64_t sum = 0, most = -1;

	for (size_t i = 0; i < tracks->count; i++)
		add_changes(&changes, &tracks->items[i], rss);
	if (changes.count)
		sort(changes.items, changes.count, sizeof(*changes.items), compare_changes);
	for (size_t i = 0; i < changes.count; i++) {
		sum = add_ns(sum, changes.items[i].by);
		most = sum > most ? sum : most;
	}
	list_free(&changes);
	return most;
}

/* ---- averages and trends of a report on one run ---- */

static void find_trend(struct resource_row *row, const struct window *windows, size_t count)
{
	double x[SERIES_MOST], y[SERIES_MOST];
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		double middle = ((double)windows[i].start_ns + (double)windows[i].end_ns) / 2;
		double value = windows[i].value[row->which];

		if (isnan(value))
			continue;
		x[known] = (middle - (double)windows[0].start_ns) / 1e9;
		y[known++] = value;
		row->peak = !row->known || value > row->peak ? value : row->peak;
		row->known = true;
	}
	row->trend = trend_of(x, y, known);
}

/* What a process used after its last sample is in the totals alone: they make the average, and that
 * of the last minute where the run is no longer. */
static void average_totals(struct model *model)
{
	struct resources *resources = &model->resources;
	const double seconds = (double)span_of(&model->runs.items[0]) / 1e9;
	const struct {
		enum resource which;
		int64_t a, b;
		double unit;
	} totals[] = {
		{RESOURCE_CPU, resources->user_ns, resources->system_ns, 1e9},
		{RESOURCE_SWITCHES, resources->voluntary_switches, resources->involuntary_switches,
		 1},
		{RESOURCE_FAULTS, resources->minor_faults, resources->major_faults, 1},
	};

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		struct resource_row *row = &resources->rows.items[totals[i].which];

		if (!row->known || totals[i].a < 0 || totals[i].b < 0)
			continue;
		row->average = (double)add_ns(totals[i].a, totals[i].b) / totals[i].unit / seconds;
		if (resources->minute_ns >= span_of(&model->runs.items[0]))
			row->minute = row->average;
		row->peak = fmax(row->peak, row->average);
	}
}

static void find_rows(struct model *model, const struct tracks *tracks)
{
#define ROW(id, text, name, of) \
	{.which = RESOURCE_##id, .key = text, .title = name, .unit = UNIT_##of},
	static const struct resource_row rows[] = {RESOURCE_SERIES(ROW)};
#undef ROW
	struct resources *resources = &model->resources;
	const struct model_run *run = &model->runs.items[0];
	int64_t minute = span_of(run) > MINUTE_NS ? run->end_ns - MINUTE_NS : run->start_ns;
	struct window windows[SERIES_MOST], whole, last;

	for (unsigned int i = 0; i < RESOURCE_COUNT; i++)
		resources->rows.items[i] = rows[i];
	resources->rows.count = RESOURCE_COUNT;
	resources->minute_ns = run->end_ns - minute;
	if (model->runs.count != 1 || run->end_ns <= run->start_ns)
		return;
	series_fill(model, tracks, 0, windows, SERIES_MOST, run->start_ns, run->end_ns);
	series_fill(model, tracks, 0, &whole, 1, run->start_ns, run->end_ns);
	series_fill(model, tracks, 0, &last, 1, minute, run->end_ns);
	for (unsigned int i = 0; i < RESOURCE_COUNT; i++) {
		struct resource_row *row = &resources->rows.items[i];

		find_trend(row, windows, SERIES_MOST);
		row->average = whole.value[i];
		row->minute = last.value[i];
	}
	average_totals(model);
}

static void find_memory(struct resources *resources, const struct tracks *tracks)
{
	struct resource_row *rss = &resources->rows.items[RESOURCE_RSS];
	struct resource_row *threads = &resources->rows.items[RESOURCE_THREADS];

	resources->rss_peak = most_at_once(tracks, true);
	resources->threads = most_at_once(tracks, false);
	for (size_t i = 0; i < tracks->count; i++)
		if (tracks->items[i].peak > resources->rss_peak)
			resources->rss_peak = tracks->items[i].peak;
	resources->rss_average = rss->known ? llrint(fmin(rss->average, 1e18)) : -1;
	if (resources->rss_peak >= 0)
		rss->peak = (double)resources->rss_peak;
	if (resources->threads >= 0)
		threads->peak = (double)resources->threads;
}

/* ---- goroutines, jobs ---- */

/* Of one process: those that made a recorded call. */
static int64_t goroutines_of(const struct process *process)
{
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);
	struct map seen = {0};
	int64_t count = 0;

	for (size_t i = 0; i < process->events.count; i++) {
		const struct profile_record *record = process->events.items[i].record;

		if (ring[record->ring].kind != DNDPROF_RING_GO || !record->raw.context ||
		    map_get(&seen, record->raw.context) != UINT32_MAX)
			continue;
		map_set(&seen, record->raw.context, 1);
		count++;
	}
	map_free(&seen);
	return count;
}

static void find_goroutines(struct model *model)
{
	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (!process->profile ||
		    !(profile_header(process->profile)->gates & DNDPROF_GATE_GO))
			continue;
		if (model->resources.goroutines < 0)
			model->resources.goroutines = 0;
		model->resources.goroutines += goroutines_of(process);
	}
}

static void find_jobs(struct model *model)
{
	struct resources *resources = &model->resources;

	for (size_t i = 0; i < model->workers.count; i++) {
		const struct worker_row *row = &model->workers.items[i];

		if (row->kind == WORKER_GO) /* these have no jobs */
			continue;
		if (resources->jobs_completed < 0)
			resources->jobs_completed = resources->jobs_active = 0;
		resources->jobs_completed = add_ns(resources->jobs_completed, (int64_t)row->jobs);
		resources->jobs_active = add_ns(resources->jobs_active, (int64_t)row->active);
	}
}

static void count_unknown(struct model *model, const struct tracks *tracks)
{
	model->resources.processes = tracks->count;
	for (size_t i = 0; i < tracks->count; i++)
		model->resources.without_data += !tracks->items[i].points.count;
}

void model_resources(struct model *model)
{
	struct resources *resources = &model->resources;
	struct tracks tracks = {0};

	resources->goroutines = resources->jobs_completed = resources->jobs_active = -1;
	resources->error_rate =
		model->summary.operations
			? (double)model->summary.errors / (double)model->summary.operations
			: -1;
	tracks_build(model, &tracks);
	find_totals(model, &tracks);
	find_rows(model, &tracks);
	find_memory(resources, &tracks);
	find_goroutines(model);
	find_jobs(model);
	count_unknown(model, &tracks);
	tracks_free(&tracks);
}
