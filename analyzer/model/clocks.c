/*
 * clocks.c - one clock for all files of a run that used the same one of the same boot.
 */
#include "model/internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool same_boot(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

static bool same_clock(const struct profile *a, const struct profile *b)
{
	const char *boot = profile_info(a, "boot_id");

	return profile_header(a)->clock == profile_header(b)->clock &&
	       same_boot(boot, profile_info(b, "boot_id"));
}

static void add_samples(struct clock *clock, const struct profile *profile)
{
	size_t count;
	const struct dndprof_sample *samples = profile_samples(profile, &count);

	for (size_t i = 0; i < count; i++) {
		struct clock_anchor anchor = {samples[i].ticks, (int64_t)samples[i].monotonic_ns,
					      (int64_t)samples[i].realtime_ns,
					      samples[i].error_ticks};

		clock_add(clock, &anchor);
	}
}

static void add_facts(struct clock *clock, const struct profile *profile,
		      const struct run_facts *facts)
{
	if (!same_boot(profile_info(profile, "boot_id"), facts->boot_id) ||
	    facts->anchor_clock != profile_header(profile)->clock)
		return;
	for (size_t i = 0; i < facts->anchor_count; i++)
		clock_add(clock, &facts->anchors[i]);
}

bool model_this_boot(const struct profile *profile)
{
	char boot[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return false;
	if (fgets(boot, sizeof(boot), file))
		boot[strcspn(boot, "\n")] = 0;
	fclose(file);
	return same_boot(boot, profile_info(profile, "boot_id"));
}

/* A counter that still counts since the same boot has its second anchor now. */
static void add_now(struct clock *clock, const struct profile *profile)
{
	struct clock_anchor anchor;

	if (clock_anchors(clock) == 1 && !clock_known(clock) && model_this_boot(profile) &&
	    clock_now((enum dndprof_clock)profile_header(profile)->clock, &anchor))
		clock_add(clock, &anchor);
}

void model_clocks(struct model *model, struct model_run *run)
{
	const struct run *source = run->run;

	for (size_t i = 0; i < source->profiles.count; i++) {
		const struct profile *profile = source->profiles.items[i];
		struct clock *clock = NULL;

		for (size_t j = 0; j < run->owners.count && !clock; j++)
			if (same_clock(run->owners.items[j], profile))
				clock = run->clocks.items[j];
		if (!clock) {
			clock = clock_new((enum dndprof_clock)profile_header(profile)->clock);
			*list_add(&run->clocks) = clock;
			*list_add(&run->owners) = profile;
			add_facts(clock, profile, &source->facts);
		}
		add_samples(clock, profile);
	}
	for (size_t i = 0; i < run->clocks.count; i++) {
		clock_ready(run->clocks.items[i]);
		add_now(run->clocks.items[i], run->owners.items[i]);
		clock_ready(run->clocks.items[i]);
		if (!clock_known(run->clocks.items[i]) && !run->clock_unknown) {
			run->clock_unknown = true;
			model_warn(model,
				   "The clock of a process has one anchor only: its times are "
				   "in ticks, not nanoseconds.");
		}
	}
}

const struct clock *model_clock_of(const struct model_run *run, const struct profile *profile)
{
	for (size_t i = 0; i < run->owners.count; i++)
		if (run->owners.items[i] == profile || same_clock(run->owners.items[i], profile))
			return run->clocks.items[i];
	return run->clocks.items[0];
}
