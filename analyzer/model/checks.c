/*
 * checks.c - diagnostic checks, by rule and by label: clues are found, labels claim theirs, rules
 * make checks of the others, and each name becomes a row.
 */
#include "model/checks_clues.h"

#include "base/sort.h"

#include <string.h>

uint32_t inquest_instance(struct inquest *inquest, const char *name)
{
	uint32_t index = (uint32_t)inquest->instances.count;
	struct instance *instance = list_add(&inquest->instances);

	instance->name = name;
	instance->duration_ns = -1;
	instance->waiting = NONE;
	return index;
}

void inquest_part(struct inquest *inquest, uint32_t instance, const struct clue *clue)
{
	*list_add(&inquest->parts) =
		(struct instance_part){instance, clue->operation, clue->call, clue->process};
}

/* ---- rows ---- */

static const struct instance *sorted_instances;

/* By name. Labels may be called as a rule's check is: they share its row. */
static int compare_instances(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int order = strcmp(sorted_instances[i].name, sorted_instances[j].name);

	return order ? order : (i > j) - (i < j);
}

static int64_t duration_of(const struct instance *instance)
{
	return instance->duration_ns >= 0 ? instance->duration_ns
					  : add_ns(instance->end_ns, -instance->start_ns);
}

static void count_instance(struct check_row *row, const struct instance *instance)
{
	int64_t duration = duration_of(instance);

	row->count++;
	row->by_rule += !instance->label;
	row->by_label += instance->label;
	row->succeeded += instance->result == CHECK_PASSED;
	row->failed += instance->result == CHECK_FAILED;
	if (!instance->timed)
		return;
	row->total_ns = add_ns(row->total_ns, duration);
	row->min_ns = !row->timed || duration < row->min_ns ? duration : row->min_ns;
	row->max_ns = !row->timed || duration > row->max_ns ? duration : row->max_ns;
	row->timed++;
	row->average_ns = row->total_ns / (int64_t)row->timed;
}

static int compare_rows(const void *a, const void *b)
{
	const struct check_row *x = a, *y = b;

	if (!x->timed != !y->timed)
		return x->timed ? -1 : 1;
	if (x->average_ns != y->average_ns)
		return x->average_ns > y->average_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Returns, by instance, its row; NONE: it was dropped. */
static uint32_t *make_rows(struct inquest *inquest)
{
	struct checks *checks = &inquest->model->checks;
	uint32_t *order = memory_get((inquest->instances.count + 1) * sizeof(*order));
	uint32_t *rows = memory_get((inquest->instances.count + 1) * sizeof(*rows));
	size_t count = 0;

	memset(rows, 0xff, inquest->instances.count * sizeof(*rows));
	for (uint32_t i = 0; i < inquest->instances.count; i++)
		if (!inquest->instances.items[i].dropped)
			order[count++] = i;
	sorted_instances = inquest->instances.items;
	sort(order, count, sizeof(*order), compare_instances);
	for (size_t i = 0; i < count; i++) {
		const struct instance *instance = &inquest->instances.items[order[i]];
		struct check_row *row = checks->count ? &checks->items[checks->count - 1] : NULL;

		if (!row || strcmp(row->name, instance->name) != 0) {
			row = list_add(checks);
			row->name = instance->name;
			row->candidates = instance->candidates;
			row->first_part = checks->count - 1; /* for now: its place by name */
		}
		rows[order[i]] = (uint32_t)checks->count - 1;
		count_instance(row, instance);
	}
	free(order);
	return rows;
}

/* Rows in the order of reports; what led to them follows. */
static void sort_rows(struct inquest *inquest, uint32_t *rows)
{
	struct checks *checks = &inquest->model->checks;
	uint32_t *place = memory_get((checks->count + 1) * sizeof(*place));

	if (checks->count)
		sort(checks->items, checks->count, sizeof(checks->items[0]), compare_rows);
	for (uint32_t i = 0; i < checks->count; i++) {
		place[checks->items[i].first_part] = i;
		checks->items[i].first_part = 0;
	}
	for (size_t i = 0; i < inquest->instances.count; i++)
		if (rows[i] != NONE)
			rows[i] = place[rows[i]];
	free(place);
}

/* ---- what each stands on ---- */

static const char *kind_of(const struct operation *operation)
{
	static const char *const kinds[] = {
		[OPERATION_HTTP] = "http",	 [OPERATION_DNS] = "dns",
		[OPERATION_CONNECT] = "connect", [OPERATION_REGION] = "region",
		[OPERATION_CHILD] = "process",	 [OPERATION_LOCK] = "lock",
	};

	return kinds[operation->kind];
}

static struct check_part describe(const struct inquest *inquest, const struct instance_part *from)
{
	struct model *model = inquest->model;
	const struct operation *operation;
	struct check_part part = {.process = from->process, .operation = from->operation};

	if (from->operation != NONE) {
		operation = &model->operations.items[from->operation];
		part.kind = kind_of(operation);
		part.what = operation->kind == OPERATION_HTTP
				    ? arena_print(model->arena, "%s %s", operation->method,
						  operation->endpoint)
				    : operation->endpoint;
		part.start_ns = operation->start_ns;
		part.duration_ns = operation->duration_ns;
	} else if (from->call != NONE) {
		const struct clue *clue = &inquest->calls.items[from->call];

		part.kind = clue->part_kind;
		part.what = clue->text;
		part.start_ns = clue->start_ns;
		part.duration_ns = clue->duration_ns;
	} else {
		const struct process *process = &model->processes.items[from->process];
		bool known;

		part.kind = "process";
		part.what = process->program;
		part.start_ns = process_begin_ns(process);
		part.duration_ns = add_ns(process_end_ns(process, &known), -part.start_ns);
		part.duration_ns = known ? part.duration_ns : -1;
	}
	return part;
}

static int compare_parts(const void *a, const void *b)
{
	const struct check_part *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->operation > y->operation) - (x->operation < y->operation);
}

static void make_parts(struct inquest *inquest, const uint32_t *rows)
{
	struct checks *checks = &inquest->model->checks;

	for (size_t i = 0; i < inquest->parts.count; i++) {
		const struct instance_part *part = &inquest->parts.items[i];
		uint32_t row = rows[part->instance];
		struct check_part *kept;

		if (row == NONE || checks->items[row].parts++ >= CHECK_PARTS_MOST)
			continue;
		kept = list_add(&checks->parts);
		*kept = describe(inquest, part);
		kept->row = row;
		checks->items[row].kept_parts++;
	}
	if (checks->parts.count)
		sort(checks->parts.items, checks->parts.count, sizeof(checks->parts.items[0]),
		     compare_parts);
	for (size_t i = checks->parts.count; i-- > 0;)
		checks->items[checks->parts.items[i].row].first_part = i;
}

void model_checks(struct model *model)
{
	struct inquest inquest = {.model = model};
	uint32_t *rows;

	clues_find(&inquest);
	labels_find(&inquest);
	rules_apply(&inquest);
	rows = make_rows(&inquest);
	sort_rows(&inquest, rows);
	make_parts(&inquest, rows);
	free(rows);
	list_free(&inquest.instances);
	list_free(&inquest.parts);
	list_free(&inquest.calls);
	free(inquest.labels.process);
	free(inquest.labels.regions);
	free(inquest.bystander);
	free(inquest.knows_engine);
	free(inquest.connected);
}
