/*
 * tracks.c - see tracks.h.
 */
#include "model/tracks.h"

#include "base/sort.h"

#include <string.h>

#define SAME_START                                                                    \
	20000000 /* two readings of a process's start, in steps of 10 ms, differ less \
		  */

static int64_t number(uint64_t value)
{
	return value < INT64_MAX / 4096 ? (int64_t)value : INT64_MAX / 4096;
}

/* The track of a process of a run. A number may have been that of several processes. */
static struct track *track_of(struct tracks *tracks, struct map *last, uint32_t run, int pid,
			      int64_t started_ns)
{
	uint64_t key = (uint64_t)run << 32 | (uint32_t)pid;
	uint32_t index = map_get(last, key);
	struct track *track = index == UINT32_MAX ? NULL : &tracks->items[index];

	if (track && (!started_ns || !track->started_ns ||
		      (started_ns - track->started_ns < SAME_START &&
		       track->started_ns - started_ns < SAME_START)))
		return track;
	map_set(last, key, (uint32_t)tracks->count);
	track = list_add(tracks);
	*track = (struct track){.run = run,
				.pid = pid,
				.started_ns = started_ns,
				.start_ns = INT64_MAX,
				.end_ns = INT64_MIN,
				.peak = -1};
	return track;
}

static void widen(struct track *track, int64_t start_ns, int64_t end_ns)
{
	if (start_ns < track->start_ns)
		track->start_ns = start_ns;
	if (end_ns > track->end_ns)
		track->end_ns = end_ns;
}

static void raise(int64_t *peak, int64_t value)
{
	if (value > *peak)
		*peak = value;
}

/* The kernel's high-water mark goes on through fork and exec: only what it rose by since an image
 * began is the image's own. */
static void add_samples(struct track *track, const struct process *process)
{
	size_t count;
	const struct dndprof_sample *sample = profile_samples(process->profile, &count);

	for (size_t i = 0; i < count; i++) {
		struct track_point *point;

		if (!sample[i].peak_bytes) /* an anchor of the clock, no more */
			continue;
		point = list_add(&track->points);
		*point = (struct track_point){
			.ns = clock_ns(process->clock, sample[i].ticks),
			.counter = {number(sample[i].user_us) * 1000,
				    number(sample[i].system_us) * 1000,
				    number(sample[i].voluntary_switches),
				    number(sample[i].involuntary_switches),
				    number(sample[i].minor_faults), number(sample[i].major_faults)},
			.rss = sample[i].rss_bytes ? number(sample[i].rss_bytes) : -1,
			.threads = sample[i].threads ? (int64_t)sample[i].threads : -1};
		raise(&track->peak, point->rss);
		if (sample[i].peak_bytes > sample[0].peak_bytes)
			raise(&track->peak, number(sample[i].peak_bytes));
		track->sampled = true;
		widen(track, point->ns, point->ns);
	}
}

static void add_process(struct tracks *tracks, struct map *last, const struct process *process)
{
	struct track *track;

	if (process->pid <= 0)
		return;
	track = track_of(
		tracks, last, process->run, process->pid,
		process->profile ? number(profile_header(process->profile)->process_start_ns) : 0);
	widen(track, process->start_ns, process->gone_ns);
	if (process->profile)
		add_samples(track, process);
}

static void add_row(struct track *track, const struct usage_row *row)
{
	struct track_point *point = list_add(&track->points);

	*point = (struct track_point){.ns = row->at_ns,
				      .counter = {row->user_ns, row->system_ns, -1, -1,
						  row->minor_faults, row->major_faults},
				      .rss = row->rss_bytes,
				      .threads = row->threads};
	raise(&track->peak, row->rss_bytes);
	raise(&track->peak, row->peak_bytes);
	track->watched = true;
	widen(track, row->at_ns, row->at_ns);
}

static int compare_points(const void *a, const void *b)
{
	const struct track_point *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* Of a process that both saw: the outside's counters have steps of 10 ms and so are left out where
 * the profile has any; the profile's threads are those it recorded, the outside's are all. */
static void reconcile(struct track *track)
{
	for (size_t i = 0; i < track->points.count; i++) {
		struct track_point *point = &track->points.items[i];
		bool outside = point->counter[TRACK_voluntary_switches] < 0;

		if (track->sampled && outside)
			memset(point->counter, 0xff, sizeof(point->counter)); /* all -1 */
		if (track->watched && !outside)
			point->threads = -1;
	}
}

void tracks_build(const struct model *model, struct tracks *tracks)
{
	struct map last = {0};

	for (size_t i = 0; i < model->processes.count; i++)
		add_process(tracks, &last, &model->processes.items[i]);
	for (uint32_t i = 0; i < model->runs.count; i++) {
		const struct usage *usage = &model->runs.items[i].run->usage;

		for (size_t j = 0; j < usage->rows.count; j++) {
			const struct usage_row *row = &usage->rows.items[j];

			if (row->pid > 0 && row->pid <= INT32_MAX)
				add_row(track_of(tracks, &last, i, (int)row->pid, row->started_ns),
					row);
		}
	}
	for (size_t i = 0; i < tracks->count; i++) {
		struct track *track = &tracks->items[i];

		reconcile(track);
		if (track->points.count)
			sort(track->points.items, track->points.count, sizeof(struct track_point),
			     compare_points);
	}
	map_free(&last);
}

void tracks_free(struct tracks *tracks)
{
	for (size_t i = 0; i < tracks->count; i++)
		list_free(&tracks->items[i].points);
	list_free(tracks);
}
