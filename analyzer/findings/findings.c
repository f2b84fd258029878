/*
 * findings.c - tries every rule on the model and ranks what holds by the time it would save.
 */
#include "findings/rules.h"

#include "base/sort.h"

#include <string.h>

#define ROW(key) {#key, rule_##key},
static const struct {
	const char *key;
	void (*find)(struct inquiry *inquiry);
} rules[] = {RULES(ROW)};
#undef ROW

/* A rule's place in the table: of two findings that save as much the more special one is first. */
static size_t place(const char *key)
{
	size_t i = 0;

	while (i < sizeof(rules) / sizeof(rules[0]) && strcmp(rules[i].key, key) != 0)
		i++;
	return i;
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	size_t i = place(x->rule), j = place(y->rule);

	if (x->impact_ns != y->impact_ns)
		return x->impact_ns > y->impact_ns ? -1 : 1;
	if (i != j)
		return i < j ? -1 : 1;
	return strcmp(x->description, y->description);
}

void findings_find(struct model *model, const struct thresholds *thresholds)
{
	const struct critical *critical = &model->critical;
	struct inquiry inquiry = {.model = model, .thresholds = thresholds};

	list_free(&model->findings);
	inquiry.left = memory_get((critical->stretches.count + 1) * sizeof(*inquiry.left));
	inquiry.marks = memory_get((model->operations.count + 1) * sizeof(*inquiry.marks));
	inquiry.process = memory_get((model->processes.count + 1) * sizeof(*inquiry.process));
	for (size_t i = 0; i < critical->stretches.count; i++)
		inquiry.left[i] =
			critical->stretches.items[i].end_ns - critical->stretches.items[i].start_ns;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		rules[i].find(&inquiry);
		memset(inquiry.marks, 0, model->operations.count * sizeof(*inquiry.marks));
		memset(inquiry.process, 0, model->processes.count * sizeof(*inquiry.process));
		inquiry.intervals.count = 0;
	}
	if (model->findings.count)
		sort(model->findings.items, model->findings.count, sizeof(*model->findings.items),
		     compare);
	free(inquiry.left);
	free(inquiry.marks);
	free(inquiry.process);
	list_free(&inquiry.intervals);
}
