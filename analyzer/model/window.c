/*
 * window.c - which records are looked at. Of a run that has more than what was asked for (a million
 * where nothing was said) only the newest are read: memory and time are bounded whatever the run.
 * Counts, sums and histograms of calls come from the statistics and cover all of it.
 */
#include "base/duration.h"
#include "base/progress.h"
#include "base/sort.h"
#include "model/internal.h"

#include <inttypes.h>
#include <stdlib.h>

#define MANY_RECORDS 100000 /* 20 MiB of a model */

struct end {
	int64_t ns;
	uint64_t weight;
};

struct ends {
	struct end *items;
	size_t count, room;
	const struct clock *clock; /* of the profile that is asked now */
};

static void see(void *data, uint64_t end_ticks, uint64_t weight)
{
	struct ends *ends = data;

	*list_add(ends) = (struct end){clock_ns(ends->clock, end_ticks), weight};
}

/* The newest first. */
static int compare(const void *a, const void *b)
{
	int64_t x = ((const struct end *)a)->ns, y = ((const struct end *)b)->ns;

	return (x < y) - (x > y);
}

/* From when on there are about `most` records. INT64_MIN: all of them. */
static int64_t window_of(const struct model_run *run, uint64_t most)
{
	struct ends ends = {0};
	int64_t from = INT64_MIN;
	uint64_t sum = 0;

	for (size_t i = 0; i < run->run->profiles.count; i++) {
		ends.clock = model_clock_of(run, run->run->profiles.items[i]);
		profile_ends(run->run->profiles.items[i], see, &ends);
	}
	if (ends.count)
		sort(ends.items, ends.count, sizeof(*ends.items), compare);
	for (size_t i = 0; i < ends.count && sum <= most; i++) {
		sum += ends.items[i].weight;
		if (sum > most)
			from = ends.items[i].ns;
	}
	list_free(&ends);
	return from;
}

/* The first ticks of a clock at or after `ns`. */
static uint64_t ticks_at(const struct clock *clock, int64_t ns)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (clock_ns(clock, middle) < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void model_window(struct model *model, struct model_run *run)
{
	uint64_t most = model->choice->records ? model->choice->records : MODEL_RECORDS;
	uint64_t slots = 0;
	int64_t from = INT64_MIN;

	for (size_t i = 0; i < run->run->profiles.count; i++) {
		const struct profile *profile = run->run->profiles.items[i];
		uint64_t some = profile_loaded(profile) ? 0 : profile_slots(profile);

		if (__builtin_add_overflow(slots, some, &slots))
			slots = UINT64_MAX;
	}
	if (slots > MANY_RECORDS)
		memory_keep();
	if (slots > most)
		from = window_of(run, most);
	for (size_t i = 0; i < run->run->profiles.count; i++) {
		struct profile *profile = run->run->profiles.items[i];

		progress_at(i, run->run->profiles.count);
		profile_load(profile,
			     from == INT64_MIN ? 0 : ticks_at(model_clock_of(run, profile), from));
	}
	run->window_ns = from;
}

void model_window_warn(struct model *model)
{
	for (size_t i = 0; i < model->runs.count; i++) {
		const struct model_run *run = &model->runs.items[i];
		uint64_t left_out = 0, looked = 0;
		char from[DURATION_TEXT];

		if (run->window_ns == INT64_MIN)
			continue;
		for (size_t j = 0; j < run->run->profiles.count; j++) {
			size_t rings, records;
			const struct profile_ring *ring =
				profile_rings(run->run->profiles.items[j], &rings);

			profile_records(run->run->profiles.items[j], &records);
			looked += records;
			for (size_t k = 0; k < rings; k++)
				left_out += ring[k].left_out;
		}
		if (left_out)
			model_warn(model,
				   arena_print(model->arena,
					       "Operations cover the newest %" PRIu64
					       " records, from %s after the begin: %" PRIu64
					       " older record slots were left out; `dndprof report "
					       "--records all` looks at all. Counts of calls are "
					       "exact.",
					       looked,
					       duration_text(run->window_ns - run->start_ns, from),
					       left_out));
	}
}
