/*
 * series.c - see series.h. Counters are spread evenly between two points of a track, as rates;
 * RSS and threads hold from one point to the next. A window in which no point lies knows nothing of
 * its own, so that one sample does not pass for many.
 */
#include "model/series.h"
#include "base/sort.h"
#include "stats/percentile.h"

#include <math.h>
#include <string.h>

struct fill {
	struct window *windows;
	size_t count;
	int64_t start_ns;
	double length;			  /* ns of a window */
	uint32_t *points[RESOURCE_COUNT]; /* in each window, of this series */
};

static size_t window_of(const struct fill *fill, int64_t ns)
{
	double at = ((double)ns - (double)fill->start_ns) / fill->length;

	return at < 0 ? 0 : at >= (double)fill->count ? fill->count - 1 : (size_t)at;
}

/* Spreads `rate` (a unit a ns) over [from, to). */
static void spread(struct fill *fill, enum resource which, int64_t from, int64_t to, double rate)
{
	if (to <= fill->start_ns || from >= fill->windows[fill->count - 1].end_ns)
		return;
	for (size_t i = window_of(fill, from); i < fill->count; i++) {
		struct window *window = &fill->windows[i];
		int64_t first = from > window->start_ns ? from : window->start_ns;
		int64_t last = to < window->end_ns ? to : window->end_ns;

		if (window->start_ns >= to)
			return;
		if (last > first)
			window->value[which] += rate * (double)(last - first);
	}
}

static void see(struct fill *fill, enum resource which, int64_t ns)
{
	if (ns >= fill->start_ns && ns <= fill->windows[fill->count - 1].end_ns)
		fill->points[which][window_of(fill, ns)]++;
}

/* A sum of counters between this point and the last that had them. */
static void add_counters(struct fill *fill, const struct track *track, enum resource which,
			 enum track_counter a, enum track_counter b)
{
	int64_t last_ns = track->start_ns, last = 0;

	for (size_t i = 0; i < track->points.count; i++) {
		const struct track_point *point = &track->points.items[i];
		int64_t value;

		if (point->counter[a] < 0 || point->counter[b] < 0)
			continue;
		value = add_ns(point->counter[a], point->counter[b]);
		if (point->ns > last_ns && value > last)
			spread(fill, which, last_ns, point->ns,
			       (double)(value - last) / ((double)point->ns - (double)last_ns));
		see(fill, which, point->ns);
		last_ns = point->ns;
		last = value > last ? value : last;
	}
}

/* A value that holds until the next; the first since the process began. */
static void add_level(struct fill *fill, const struct track *track, enum resource which)
{
	int64_t value = -1, since = track->start_ns;

	for (size_t i = 0; i < track->points.count; i++) {
		const struct track_point *point = &track->points.items[i];
		int64_t next = which == RESOURCE_RSS ? point->rss : point->threads;

		if (next < 0)
			continue;
		if (value >= 0) {
			spread(fill, which, since, point->ns, (double)value);
			since = point->ns;
		}
		value = next;
		see(fill, which, point->ns);
	}
	if (value >= 0)
		spread(fill, which, since, track->end_ns, (double)value);
}

static int compare_operations(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;

	return (x->duration_ns > y->duration_ns) - (x->duration_ns < y->duration_ns);
}

/* Operations are by start, so those of a window lie together. */
static size_t add_operations(const struct model *model, uint32_t run, struct fill *fill,
			     struct window *window, size_t next)
{
	LIST(const struct operation *) latencies = {0};
	size_t count = 0, errors = 0;
	bool last = window == &fill->windows[fill->count - 1];

	for (; next < model->operations.count; next++) {
		const struct operation *operation = &model->operations.items[next];

		if (operation->start_ns >= window->end_ns && !last)
			break;
		if (operation->start_ns < window->start_ns || !operation_counts(operation) ||
		    model->processes.items[operation->process].run != run)
			continue;
		count++;
		errors += operation->error;
		if (operation_is_latency(operation))
			*list_add(&latencies) = operation;
	}
	window->value[RESOURCE_OPERATIONS] =
		model->summary.operations ? (double)count * 1e9 / fill->length : NAN;
	window->value[RESOURCE_ERRORS] = count ? (double)errors / (double)count : NAN;
	window->value[RESOURCE_LATENCY] = NAN;
	if (latencies.count) {
		sort(latencies.items, latencies.count, sizeof(*latencies.items),
		     compare_operations);
		window->value[RESOURCE_LATENCY] =
			(double)latencies.items[(latencies.count - 1) / 2]->duration_ns;
	}
	list_free(&latencies);
	return next;
}

static void divide(struct fill *fill)
{
	static const struct {
		enum resource which;
		double factor; /* of the value a ns */
	} rows[] = {{RESOURCE_CPU, 1},
		    {RESOURCE_RSS, 1},
		    {RESOURCE_THREADS, 1},
		    {RESOURCE_SWITCHES, 1e9},
		    {RESOURCE_FAULTS, 1e9}};

	for (size_t i = 0; i < fill->count; i++)
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			double *value = &fill->windows[i].value[rows[j].which];

			*value = fill->points[rows[j].which][i]
					 ? *value * rows[j].factor / fill->length
					 : NAN;
		}
}

void series_fill(const struct model *model, const struct tracks *tracks, uint32_t run,
		 struct window *windows, size_t count, int64_t start_ns, int64_t end_ns)
{
	struct fill fill = {.windows = windows,
			    .count = count,
			    .start_ns = start_ns,
			    .length = (double)(end_ns - start_ns) / (double)count};
	uint32_t *points = memory_get(RESOURCE_COUNT * count * sizeof(*points));
	size_t next = 0;

	memset(windows, 0, count * sizeof(*windows));
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		fill.points[i] = points + i * count;
	for (size_t i = 0; i < count; i++) {
		windows[i].start_ns = start_ns + (int64_t)(fill.length * (double)i);
		windows[i].end_ns = i + 1 == count
					    ? end_ns
					    : start_ns + (int64_t)(fill.length * (double)(i + 1));
	}
	for (size_t i = 0; i < tracks->count; i++) {
		const struct track *track = &tracks->items[i];

		if (track->run != run)
			continue;
		add_counters(&fill, track, RESOURCE_CPU, TRACK_user_ns, TRACK_system_ns);
		add_counters(&fill, track, RESOURCE_SWITCHES, TRACK_voluntary_switches,
			     TRACK_involuntary_switches);
		add_counters(&fill, track, RESOURCE_FAULTS, TRACK_minor_faults, TRACK_major_faults);
		add_level(&fill, track, RESOURCE_RSS);
		add_level(&fill, track, RESOURCE_THREADS);
	}
	divide(&fill);
	for (size_t i = 0; i < count; i++)
		next = add_operations(model, run, &fill, &windows[i], next);
	free(points);
}
