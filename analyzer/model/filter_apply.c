/*
 * filter_apply.c - leaves out of a model what a filter does not ask for: operations, and of the
 * critical path's stretches, from which findings are made, all but what belongs to the rest. Those
 * become nobody's, so that they still add up to the wall time.
 */
#include "model/filter.h"
#include "model/internal.h"

#include <string.h>

/* New indices of the operations; NONE: left out. */
static void drop_operations(const struct filter *filter, struct model *model, uint32_t *places)
{
	uint32_t kept = 0;

	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		struct filter_view view = filter_view_of(operation);

		if (filter_holds(filter, model, &view)) {
			places[i] = kept;
			model->operations.items[kept++] = *operation;
		} else {
			places[i] = NONE;
			model->left_out += operation_counts(operation);
		}
	}
	model->operations.count = kept;
}

static bool is_asked_for(const struct filter *filter, const struct model *model,
			 const uint32_t *places, const struct stretch *stretch)
{
	struct filter_view view = {.method = "",
				   .endpoint = "",
				   .process = stretch->process,
				   .start_ns = stretch->start_ns,
				   .end_ns = stretch->end_ns};
	unsigned int category = CATEGORY_PROGRAM;

	switch (stretch->kind) {
	case STRETCH_NOBODY:
		return false;
	case STRETCH_OPERATION:
		return places[stretch->index] != NONE;
	case STRETCH_LOCK:
		category = DNDPROF_CATEGORY_LOCK;
		if (stretch->index != NONE)
			view.endpoint = model->locks.items[stretch->index].title;
		break;
	case STRETCH_FLOW:
		category = DNDPROF_CATEGORY_IO;
		if (model->flows.items[stretch->index].peer)
			view.endpoint = model->flows.items[stretch->index].peer;
		break;
	case STRETCH_OWN:
		if (!model_is_client(model, stretch->run, stretch->process)) {
			category = DNDPROF_CATEGORY_PROCESS;
			view.endpoint = model->processes.items[stretch->process].program;
		}
	}
	view.category = category_name(category);
	return filter_holds(filter, model, &view);
}

struct stretches {
	struct stretch *items;
	size_t count, room;
};

/* Of a stretch the part from..to. */
static void add_part(struct stretches *stretches, const struct stretch *whole, int64_t from_ns,
		     int64_t to_ns, bool asked_for)
{
	struct stretch part = *whole;

	part.start_ns = from_ns > whole->start_ns ? from_ns : whole->start_ns;
	part.end_ns = to_ns < whole->end_ns ? to_ns : whole->end_ns;
	if (part.end_ns <= part.start_ns)
		return;
	if (!asked_for) {
		part.kind = STRETCH_NOBODY;
		part.process = part.index = NONE;
		part.cpu_ns = 0;
	} else if (part.cpu_ns > part.end_ns - part.start_ns) {
		part.cpu_ns = part.end_ns - part.start_ns;
	}
	*list_add(stretches) = part;
}

static void drop_stretches(const struct filter *filter, struct model *model, const uint32_t *places)
{
	struct stretches kept = {0};

	for (size_t i = 0; i < model->critical.stretches.count; i++) {
		struct stretch *stretch = &model->critical.stretches.items[i];
		bool asked_for = is_asked_for(filter, model, places, stretch);
		int64_t from, to;

		filter_window(filter, model, stretch->run, &from, &to);
		if (stretch->kind == STRETCH_OPERATION)
			stretch->index = places[stretch->index];
		add_part(&kept, stretch, INT64_MIN, from, false);
		add_part(&kept, stretch, from, to, asked_for);
		add_part(&kept, stretch, to, INT64_MAX, false);
	}
	list_free(&model->critical.stretches);
	model->critical.stretches.items = kept.items;
	model->critical.stretches.count = kept.count;
	model->critical.stretches.room = kept.room;
}

/* What checks stand on keeps its place among the operations, or has none. */
static void move_parts(struct model *model, const uint32_t *places)
{
	for (size_t i = 0; i < model->checks.parts.count; i++) {
		struct check_part *part = &model->checks.parts.items[i];

		if (part->operation != NONE)
			part->operation = places[part->operation];
	}
}

void filter_apply(const struct filter *filter, struct model *model)
{
	uint32_t *places = memory_get((model->operations.count + 1) * sizeof(*places));

	drop_operations(filter, model, places);
	drop_stretches(filter, model, places);
	move_parts(model, places);
	free(places);
	model_locks_again(model);
}
