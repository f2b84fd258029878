/*
 * fuzz_profile.c - any bytes as a profile file: read, modelled, and printed as one of all the
 * things there are (support/outputs.h), without touching a byte outside, and in time linear in
 * their number.
 */
#include "findings/findings.h"
#include "model/filter.h"
#include "profile/run.h"
#include "obey.h"

#include <stdlib.h>
#include <string.h>

/* The critical path leaves no moment out and counts none twice. */
static void check_path(const struct model *model)
{
	int64_t sum = 0;

	for (size_t i = 0; i < model->critical.rows.count; i++)
		sum += model->critical.rows.items[i].total_ns;
	if (sum != model->summary.wall_ns)
		abort();
	for (size_t i = 0; i < model->critical.stretches.count; i++)
		sum -= model->critical.stretches.items[i].end_ns -
		       model->critical.stretches.items[i].start_ns;
	if (sum)
		abort();
}

/* Nor do the findings. */
static void check_findings(const struct model *model)
{
	int64_t sum = 0;

	for (size_t i = 0; i < model->findings.count; i++)
		if (model->findings.items[i].impact_ns > 0)
			sum += model->findings.items[i].impact_ns;
	if (sum > model->summary.wall_ns)
		abort();
}

/* Whatever a filter leaves adds up as well. */
static void check_filtered(struct run *const *runs, unsigned int choice)
{
	static const char *const filters[] = {
		"category=docker_api", "endpoint=*/*,category=lock", "process=*,worker=1*",
		"from=1ms,to=900ms",   "to=500us,category=program",  "endpoint=?*"};
	struct filter filter = {0};
	struct model_choice of = {.filter = &filter};
	struct model *model;

	filter_add(&filter, filters[choice % (sizeof(filters) / sizeof(filters[0]))]);
	model = model_build_of(runs, 1, &of);
	check_path(model);
	check_findings(model);
	obey_as(model, choice / 7);
	model_free(model);
	filter_free(&filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct thresholds lowest; /* every rule holds wherever it can */
	struct run run = {.path = (char *)"fuzz"}, *runs = &run;
	struct profile *profile;
	struct model *model;
	unsigned int choice;

	if (profile_open_memory(data, size, "fuzz.dndprof", &profile) < 0)
		return 0;
	choice = data[size - 1] + (unsigned int)size;
	run.facts.child = run.facts.exit_status = run.facts.signal = -1;
	*list_add(&run.profiles) = profile;
	model = model_build(&runs, 1);
	check_path(model);
	check_findings(model);
	findings_find(model, &lowest);
	check_findings(model);
	obey_as(model, choice);
	model_free(model);
	check_filtered(&runs, choice);
	profile_close(profile);
	list_free(&run.profiles);
	return 0;
}
