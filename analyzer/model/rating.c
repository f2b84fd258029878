/*
 * rating.c - one mark for the whole: points lost by rule. No operations are no data.
 */
#include "model/internal.h"

#include <math.h>

/* Points lost, by rule; of the rows with the same `group` the first that holds. */
struct rule {
	int group, points;
	double over;
	const char *reason;
};

static const struct rule rules[] = {
	{0, 20, 100e6, "average over 100ms"},
	{0, 10, 50e6, "average over 50ms"},
	{1, 20, 500e6, "P95 over 500ms"},
	{1, 10, 200e6, "P95 over 200ms"},
	{2, 15, 5, "accuracy worse than 5x the target"},
	{3, 20, 2, "overhead over twice its limit"},
	{3, 10, 1, "overhead over its limit"},
	{4, 20, 0.10, "more than 10% errors"},
	{4, 10, 0.01, "more than 1% errors"},
};

static const struct {
	int least, stars;
	const char *name;
} ratings[] = {
	{90, 5, "Excellent"}, {75, 4, "Good"}, {60, 3, "Fair"}, {40, 2, "Poor"}, {0, 1, "Critical"},
};

/* What recording cost, of what it may; a limit of 0 is passed by anything. */
static double overhead_of_limit(const struct overhead *overhead)
{
	if (overhead->running_share <= 0)
		return 0;
	return overhead->limit > 0 ? overhead->running_share / overhead->limit : INFINITY;
}

void model_rate(struct model *model)
{
	struct summary *summary = &model->summary;
	double values[] = {
		(double)summary->average_ns,
		(double)summary->percentile[PERCENTILE_P95].value_ns,
		summary->accuracy_ns < 0
			? 0
			: (double)summary->accuracy_ns / (double)summary->precision_ns,
		overhead_of_limit(&model->overhead),
		summary->operations ? (double)summary->errors / (double)summary->operations : 0,
	};
	int lost = -1;

	summary->score = -1;
	summary->rating = "no data";
	summary->rating_reasons = "";
	if (!summary->latencies)
		return;
	summary->score = 100;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].group == lost || !(values[rules[i].group] > rules[i].over))
			continue;
		lost = rules[i].group;
		summary->score -= rules[i].points;
		summary->rating_reasons = arena_print(
			model->arena, "%s%s%s -%d", summary->rating_reasons,
			*summary->rating_reasons ? ", " : "", rules[i].reason, rules[i].points);
	}
	for (size_t i = 0; i < sizeof(ratings) / sizeof(ratings[0]); i++)
		if (summary->score >= ratings[i].least) {
			summary->stars = ratings[i].stars;
			summary->rating = ratings[i].name;
			break;
		}
}
