/*
 * checks_labels.c - checks that are called so: commands with DNDPROF_CHECK in their environment,
 * and regions the program marks as checks. What they cover is theirs, whatever a rule would say.
 *
 * A label begins with the process whose maker has not the same, and covers all that is below.
 */
#include "model/checks_clues.h"

#include "base/sort.h"

#include <string.h>

static int compare_numbers(int64_t x, int64_t y)
{
	return (x > y) - (x < y);
}

/* ---- commands ---- */

static const struct process *sorted_processes;

/* Images of one process follow each other. */
static int compare_images(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct process *x = &sorted_processes[i], *y = &sorted_processes[j];
	int order = compare_numbers(x->run, y->run);

	order = order ? order : compare_numbers(x->pid, y->pid);
	order = order ? order : compare_numbers(x->start_ns, y->start_ns);
	return order ? order : compare_numbers(i, j);
}

static int compare_starts(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = compare_numbers(sorted_processes[i].start_ns, sorted_processes[j].start_ns);

	return order ? order : compare_numbers(i, j);
}

/* By process: the image it was before its exec, or NONE. */
static uint32_t *earlier_images(const struct model *model, uint32_t *order)
{
	size_t count = model->processes.count;
	uint32_t *earlier = memory_get((count + 1) * sizeof(*earlier));

	sorted_processes = model->processes.items;
	sort(order, count, sizeof(*order), compare_images);
	for (size_t i = 0; i < count; i++) {
		const struct process *now = &model->processes.items[order[i]];
		const struct process *last = i ? &model->processes.items[order[i - 1]] : NULL;

		earlier[order[i]] = NONE;
		if (last && last->run == now->run && last->pid == now->pid && last->profile &&
		    profile_header(last->profile)->end == DNDPROF_END_EXEC)
			earlier[order[i]] = order[i - 1];
	}
	sort(order, count, sizeof(*order), compare_starts);
	return earlier;
}

/* Its own label; the run's for a child of `dndprof run` that left no profile. */
static const char *own_label(const struct model *model, const struct process *process)
{
	const struct run_facts *facts = &model->runs.items[process->run].run->facts;

	if (process->check || !facts->present || facts->child != process->pid || !*facts->check)
		return process->check;
	return facts->check;
}

static uint32_t begin_command(struct inquest *inquest, uint32_t index, const char *name)
{
	uint32_t instance = inquest_instance(inquest, name);

	inquest->instances.items[instance].label = true;
	inquest->instances.items[instance].process = index;
	inquest->instances.items[instance].start_ns =
		process_begin_ns(&inquest->model->processes.items[index]);
	return instance;
}

/* The image is, for now, the command's last: its end is the check's. */
static void end_command(struct inquest *inquest, uint32_t index)
{
	const struct process *process = &inquest->model->processes.items[index];
	struct instance *instance = &inquest->instances.items[inquest->labels.process[index]];

	instance->end_ns = process_end_ns(process, &instance->timed);
	instance->result = process_result(process);
}

static void label_process(struct inquest *inquest, uint32_t index, const uint32_t *earlier)
{
	const struct model *model = inquest->model;
	const struct process *process = &model->processes.items[index];
	const char *own = own_label(model, process);
	uint32_t above = earlier[index] != NONE	  ? earlier[index]
			 : process->maker != NONE ? process->maker
						  : process->parent;
	uint32_t covers = above == NONE ? NONE : inquest->labels.process[above];
	const struct clue itself = {.process = index, .operation = NONE, .call = NONE};

	/* a check the program marked covers what its thread starts meanwhile */
	if (earlier[index] == NONE && process->maker != NONE && process->made_by) {
		uint32_t region =
			label_at(inquest, process->maker, process->made_by, process->made_ns);

		covers = region == NONE ? covers : region;
	}
	if (!own || (covers != NONE && strcmp(own, inquest->instances.items[covers].name) == 0)) {
		inquest->labels.process[index] = covers;
		if (covers != NONE && earlier[index] != NONE &&
		    inquest->instances.items[covers].process == earlier[index]) {
			inquest->instances.items[covers].process = index;
			end_command(inquest, index);
		}
		return;
	}
	inquest->labels.process[index] = begin_command(inquest, index, own);
	end_command(inquest, index);
	inquest_part(inquest, inquest->labels.process[index], &itself);
}

static void label_processes(struct inquest *inquest)
{
	size_t count = inquest->model->processes.count;
	uint32_t *order = memory_get((count + 1) * sizeof(*order)), *earlier;

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	earlier = earlier_images(inquest->model, order);
	for (size_t i = 0; i < count; i++) /* makers come before what they make */
		label_process(inquest, order[i], earlier);
	free(earlier);
	free(order);
}

/* ---- regions ---- */

static const struct operation *sorted_operations;

static int compare_places(const struct operation *x, uint32_t process, uint32_t tid, int64_t at_ns)
{
	int order = compare_numbers(x->process, process);

	order = order ? order : compare_numbers(x->tid, tid);
	return order ? order : compare_numbers(x->start_ns, at_ns);
}

static int compare_regions(const void *a, const void *b)
{
	const struct labelled_region *x = a, *y = b;
	const struct operation *other = &sorted_operations[y->operation];
	int order = compare_places(&sorted_operations[x->operation], other->process, other->tid,
				   other->start_ns);

	return order ? order : compare_numbers(x->operation, y->operation);
}

static bool same_thread(const struct operation *x, const struct operation *y)
{
	return x->process == y->process && x->tid == y->tid;
}

static uint32_t begin_region(struct inquest *inquest, uint32_t index)
{
	const struct operation *operation = &inquest->model->operations.items[index];
	uint32_t at = inquest_instance(inquest, operation->endpoint);
	struct instance *instance = &inquest->instances.items[at];
	struct clue clue = {.process = operation->process, .operation = index, .call = NONE};

	instance->label = instance->timed = true;
	instance->process = operation->process;
	instance->start_ns = operation->start_ns;
	instance->end_ns = operation->end_ns;
	instance->duration_ns = operation->duration_ns;
	instance->result = operation->error ? CHECK_FAILED : CHECK_PASSED;
	inquest_part(inquest, at, &clue);
	return at;
}

static void find_regions(struct inquest *inquest)
{
	LIST(struct labelled_region) list = {0};
	const struct operation *operations = inquest->model->operations.items;

	for (uint32_t i = 0; i < inquest->model->operations.count; i++)
		if (operations[i].kind == OPERATION_REGION && operations[i].region == REGION_CHECK)
			*list_add(&list) = (struct labelled_region){
				.operation = i, .instance = begin_region(inquest, i)};
	sorted_operations = operations;
	if (list.count)
		sort(list.items, list.count, sizeof(list.items[0]), compare_regions);
	for (size_t i = 0; i < list.count; i++) {
		struct labelled_region *now = &list.items[i], *last = i ? now - 1 : NULL;

		now->until_ns = operations[now->operation].end_ns;
		now->outer = now->instance;
		if (last && last->until_ns > now->until_ns &&
		    same_thread(&operations[last->operation], &operations[now->operation])) {
			now->until_ns = last->until_ns;
			now->outer = last->outer;
		}
	}
	inquest->labels.regions = list.items;
	inquest->labels.region_count = list.count;
}

/* The innermost region, where the last that began still lasts; else the one that lasts longest. */
static uint32_t region_at(const struct inquest *inquest, uint32_t process, uint32_t tid,
			  int64_t at_ns)
{
	const struct operation *operations = inquest->model->operations.items, *operation;
	const struct labelled_region *regions = inquest->labels.regions;
	size_t low = 0, high = inquest->labels.region_count;

	while (low < high) { /* the first that begins later, or elsewhere */
		size_t middle = low + (high - low) / 2;

		if (compare_places(&operations[regions[middle].operation], process, tid, at_ns) <=
		    0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NONE;
	operation = &operations[regions[low - 1].operation];
	if (operation->process != process || operation->tid != tid)
		return NONE;
	if (operation->end_ns >= at_ns)
		return regions[low - 1].instance;
	return regions[low - 1].until_ns >= at_ns ? regions[low - 1].outer : NONE;
}

uint32_t label_at(const struct inquest *inquest, uint32_t process, uint32_t tid, int64_t at_ns)
{
	uint32_t region = region_at(inquest, process, tid, at_ns);

	return region != NONE ? region : inquest->labels.process[process];
}

void labels_find(struct inquest *inquest)
{
	size_t count = inquest->model->processes.count;

	inquest->labels.process = memory_get((count + 1) * sizeof(*inquest->labels.process));
	for (size_t i = 0; i < count; i++)
		inquest->labels.process[i] = NONE;
	find_regions(inquest);
	label_processes(inquest);
}
