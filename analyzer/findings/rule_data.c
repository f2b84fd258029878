/*
 * rule_data.c - what is not known: processes that were not observed, records that are lost, nothing
 * at all. A report that cannot know must not say that all is well.
 */
#include "findings/rules.h"

#include <inttypes.h>

#define POINTS_MOST UINT64_C(16777216)

static int64_t want_unobserved(const struct inquiry *inquiry, const struct stretch *stretch,
			       const void *data)
{
	(void)data;
	return stretch->kind == STRETCH_OWN && !is_covered(inquiry, stretch) &&
			       (stretch->process == NONE ||
				model_is_unseen(&inquiry->model->processes.items[stretch->process]))
		       ? stretch->end_ns - stretch->start_ns
		       : 0;
}

static void on_unobserved(struct inquiry *inquiry, int64_t unknown_ns)
{
	const struct model *model = inquiry->model;
	uint32_t first = NONE;
	size_t count = 0;
	struct finding *finding;

	for (uint32_t i = 0; i < model->processes.count; i++)
		if (model_is_unseen(&model->processes.items[i])) {
			first = first == NONE ? i : first;
			count++;
		}
	if (!count)
		return;
	finding = finding_add(inquiry, "lost_data", -1, "nobody saw what these processes did");
	finding->process = first;
	finding->description = sentence(
		inquiry, "%zu of %zu processes %s not observed, the first %s (%s)%s.", count,
		model->processes.count, count == 1 ? "was" : "were",
		model->processes.items[first].program,
		model->processes.items[first].reason ? model->processes.items[first].reason
						     : "reason unknown",
		unknown_ns ? sentence(inquiry, "; %s of the wall time (%.1f%%) are unknown for it",
				      text_ns(inquiry, unknown_ns), percent(inquiry, unknown_ns))
			   : "");
	finding->recommendation = "See what of the program can be observed here, and why not.";
	finding->command = "dndprof doctor PROGRAM";
}

static void on_lost(struct inquiry *inquiry)
{
	const struct model *model = inquiry->model;
	const struct process *worst = NULL;
	struct finding *finding;
	uint64_t points = 1;

	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].lost &&
		    (!worst || model->processes.items[i].lost > worst->lost))
			worst = &model->processes.items[i];
	if (!worst)
		return;
	while (points < POINTS_MOST && points < worst->lost + worst->events.count)
		points *= 2;
	finding =
		finding_add(inquiry, "lost_data", -1, "operations in the lost records are missing");
	finding->process = (uint32_t)(worst - model->processes.items);
	finding->description = sentence(
		inquiry,
		"%" PRIu64 " record slots are lost, most of %s: its operations are complete "
		"from %s after its start only.",
		model->summary.lost_slots, worst->program,
		text_ns(inquiry, worst->window_ns - worst->start_ns));
	finding->recommendation = "Keep more records.";
	finding->command = sentence(inquiry,
				    "dndprof run --set MAX_DATA_POINTS=%" PRIu64
				    " --set MAX_MEMORY=64MiB -- ...",
				    points);
}

void rule_lost_data(struct inquiry *inquiry)
{
	struct finding *finding;

	on_unobserved(inquiry, path_left(inquiry, want_unobserved, NULL));
	on_lost(inquiry);
	if (inquiry->model->summary.operations)
		return;
	finding = finding_add(inquiry, "lost_data", -1, "there is nothing to judge by");
	finding->description = "No operation was observed: that is no data, not a good result.";
	finding->recommendation = "See whether the program can be observed here, and whether it "
				  "speaks to an engine at all.";
	finding->command = "dndprof doctor PROGRAM";
}
