/*
 * regions.c - what programs marked: which operations lie within a region, so that no time is
 * counted twice, and the figures of the categories that the programs' own words name.
 *
 * Regions nest on their thread; operations of that thread that begin within one are parts of it.
 */
#include "model/internal.h"

#include "base/sort.h"

#include <string.h>

struct pointers {
	struct operation **items;
	size_t count, room;
};

static int compare_numbers(int64_t x, int64_t y)
{
	return (x > y) - (x < y);
}

/* By thread and begin; of those that begin together the outer one first. */
static int compare_places(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;
	int order = compare_numbers(x->process, y->process);

	order = order ? order : compare_numbers(x->tid, y->tid);
	order = order ? order : compare_numbers(x->start_ns, y->start_ns);
	order = order ? order : compare_numbers(y->end_ns, x->end_ns);
	return order ? order : (y->kind == OPERATION_REGION) - (x->kind == OPERATION_REGION);
}

static int compare_categories(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;
	int order = strcmp(x->method, y->method);

	return order ? order : compare_places(a, b);
}

static bool same_thread(const struct operation *x, const struct operation *y)
{
	return x->process == y->process && x->tid == y->tid;
}

/* A region under way in the sweep, and until when its parts are known. */
struct open {
	struct operation *region;
	int64_t until_ns;
};
struct opens {
	struct open *items;
	size_t count, room;
};

/* Takes the operation off the self time of the region it lies in. */
static void take_off(struct open *open, const struct operation *part)
{
	int64_t from = part->start_ns > open->until_ns ? part->start_ns : open->until_ns;
	int64_t to = part->end_ns < open->region->end_ns ? part->end_ns : open->region->end_ns;

	if (to <= from)
		return;
	open->region->self_ns = add_ns(open->region->self_ns, -(to - from));
	open->until_ns = to;
}

/* Streams last while others work; locks and children are no operations of the report's. */
static bool is_part(const struct operation *operation)
{
	return operation_counts(operation) && operation_is_latency(operation);
}

static void find_self(struct pointers *all)
{
	struct opens opens = {0};

	for (size_t i = 0; i < all->count; i++) {
		struct operation *operation = all->items[i];

		while (opens.count &&
		       (!same_thread(opens.items[opens.count - 1].region, operation) ||
			opens.items[opens.count - 1].region->end_ns <= operation->start_ns))
			opens.count--;
		if (opens.count)
			take_off(&opens.items[opens.count - 1], operation);
		if (operation->kind == OPERATION_REGION)
			*list_add(&opens) = (struct open){operation, operation->start_ns};
	}
	list_free(&opens);
}

static void add_region(struct category_row *row, const struct operation *operation,
		       const struct operation *before, int64_t *until)
{
	int64_t ns = operation->duration_ns;

	if (!before || !same_thread(before, operation))
		*until = INT64_MIN;
	if (!row->count || ns < row->min_ns)
		row->min_ns = ns;
	if (!row->count || ns > row->max_ns)
		row->max_ns = ns;
	row->count++;
	row->sum_ns = add_ns(row->sum_ns, ns);
	if (operation->start_ns >= *until)
		row->total_ns = add_ns(row->total_ns, ns);
	else if (operation->end_ns > *until) /* not nested, but partly at once */
		row->total_ns = add_ns(row->total_ns, operation->end_ns - *until);
	if (operation->end_ns > *until)
		*until = operation->end_ns;
}

/* Regions of one category within each other count once in its total. */
static void find_categories(struct model *model, struct pointers *regions)
{
	const struct operation *before = NULL;
	struct category_row *row = NULL;
	int64_t until = INT64_MIN;

	for (size_t i = 0; i < regions->count; i++) {
		struct operation *region = regions->items[i];

		if (!before || strcmp(before->method, region->method) != 0) {
			row = list_add(&model->user_categories);
			row->name = region->method;
			row->remark = "marked by the program";
			before = NULL;
		}
		add_region(row, region, before, &until);
		before = region;
	}
}

void model_regions(struct model *model)
{
	struct pointers all = {0}, regions = {0};

	for (size_t i = 0; i < model->operations.count; i++) {
		struct operation *operation = &model->operations.items[i];

		operation->self_ns = operation->duration_ns;
		if (operation->kind == OPERATION_REGION)
			*list_add(&regions) = operation;
	}
	if (!regions.count)
		return;
	for (size_t i = 0; i < model->operations.count; i++)
		if (is_part(&model->operations.items[i]))
			*list_add(&all) = &model->operations.items[i];
	sort(all.items, all.count, sizeof(*all.items), compare_places);
	find_self(&all);
	sort(regions.items, regions.count, sizeof(*regions.items), compare_categories);
	find_categories(model, &regions);
	list_free(&all);
	list_free(&regions);
}

struct category_row *model_user_category(struct model *model, const char *category)
{
	size_t low = 0, high = model->user_categories.count;

	while (low < high) { /* by their names' bytes */
		size_t middle = low + (high - low) / 2;
		int order = strcmp(category, model->user_categories.items[middle].name);

		if (!order)
			return &model->user_categories.items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
