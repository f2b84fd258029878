/*
 * comparison.c - a comparison of runs as text, JSON and markdown, from two tables: what changed,
 * and the gates.
 */
#include "render/comparison.h"
#include "base/duration.h"

#include <math.h>
#include <string.h>

#define RATIO_MOST 1e6 /* a larger one says nothing */

struct value figure_value(enum metric metric, double value)
{
	switch (metric_rows[metric].unit) {
	case FIGURE_NS:
		return value_ns((int64_t)fmax(fmin(value, 9e18), -9e18));
	case FIGURE_SHARE:
		return (struct value){.kind = VALUE_SHARE, .real = value};
	default:
		return value == rint(value) ? value_count((int64_t)fmax(fmin(value, 9e18), -9e18))
					    : value_real(value);
	}
}

static const char *ratio_text(struct arena *arena, double ratio)
{
	if (ratio == 0)
		return "0";
	return arena_print(arena, fabs(ratio) < 10 ? "%+.1f%%" : "%+.0f%%", 100 * ratio);
}

static const char *difference_text(struct arena *arena, const struct change *change,
				   double difference)
{
	char text[DURATION_TEXT];

	if (difference == 0)
		return "0";
	if (metric_rows[change->metric].unit == FIGURE_SHARE)
		return arena_print(arena, "%+.1fpp", 100 * difference);
	if (metric_rows[change->metric].unit == FIGURE_NS)
		return arena_print(
			arena, "%s%s", difference > 0 ? "+" : "",
			duration_text((int64_t)fmax(fmin(difference, 9e18), -9e18), text));
	return arena_print(arena, "%+g", difference);
}

const char *change_text(struct arena *arena, const struct change *change, double difference)
{
	double ratio = change->base.value > 0 ? difference / change->base.value : INFINITY;

	return metric_rows[change->metric].unit != FIGURE_SHARE && fabs(ratio) < RATIO_MOST
		       ? ratio_text(arena, ratio)
		       : difference_text(arena, change, difference);
}

/* ---- what changed ---- */

#define BOTH		    (row->base.present && row->fresh.present)
#define IS_TIME		    (metric_rows[row->metric].unit == FIGURE_NS)
#define TIME(has, number)   ((has) && IS_TIME ? figure_value(row->metric, number) : value_none())
#define NUMBER(has, number) ((has) && !IS_TIME ? value_real(number) : value_none())
#define TESTED(expression)  (row->tested ? (expression) : value_none())

static const char *verdict_word(const struct change *change)
{
	const struct verdict_row *row = &verdict_rows[change->verdict];

	return metric_rows[change->metric].unit == FIGURE_NS ? row->of_time : row->of_number;
}

static struct value change_interval(const struct model *model, const void *data)
{
	const struct change *row = data;
	const struct ratio_interval *relative = &row->relative;

	if (!row->tested || !row->bounded)
		return value_none();
	if (metric_rows[row->metric].unit != FIGURE_SHARE && relative->known &&
	    relative->high < RATIO_MOST)
		return value_text(arena_print(model->arena, "%s..%s",
					      ratio_text(model->arena, relative->low),
					      ratio_text(model->arena, relative->high)));
	return value_text(arena_print(model->arena, "%s..%s",
				      difference_text(model->arena, row, row->low),
				      difference_text(model->arena, row, row->high)));
}

static struct value change_tested(const struct model *model, const void *data)
{
	static const char *const words[] = {NULL, "runs", "spread", "operations"};
	const struct change *row = data;

	(void)model;
	return value_text(words[row->tested]);
}

COLUMN(change_subject, change, value_text(subject_key(row->subject)))
COLUMN(change_name, change, value_text(row->name))
COLUMN(change_metric, change, value_text(metric_rows[row->metric].key))
COLUMN(change_title, change, value_text(metric_rows[row->metric].title))
COLUMN(change_base, change,
       row->base.present ? figure_value(row->metric, row->base.value) : value_none())
COLUMN(change_fresh, change,
       row->fresh.present ? figure_value(row->metric, row->fresh.value) : value_none())
COLUMN(change_change, change,
       BOTH ? value_text(change_text(model->arena, row, row->difference)) : value_none())
COLUMN(change_word, change, value_text(verdict_word(row)))
COLUMN(change_verdict, change, value_text(verdict_rows[row->verdict].key))
COLUMN(change_base_ns, change, TIME(row->base.present, row->base.value))
COLUMN(change_fresh_ns, change, TIME(row->fresh.present, row->fresh.value))
COLUMN(change_change_ns, change, TIME(BOTH, row->difference))
COLUMN(change_low_ns, change, TIME(row->tested && row->bounded, row->low))
COLUMN(change_high_ns, change, TIME(row->tested && row->bounded, row->high))
COLUMN(change_base_number, change, NUMBER(row->base.present, row->base.value))
COLUMN(change_fresh_number, change, NUMBER(row->fresh.present, row->fresh.value))
COLUMN(change_change_number, change, NUMBER(BOTH, row->difference))
COLUMN(change_low_number, change, NUMBER(row->tested && row->bounded, row->low))
COLUMN(change_high_number, change, NUMBER(row->tested && row->bounded, row->high))
COLUMN(change_ratio, change, BOTH ? value_real(row->ratio) : value_none())
COLUMN(change_p, change, TESTED(value_real(row->p)))
COLUMN(change_adjusted, change, TESTED(value_real(row->adjusted)))
COLUMN(change_base_runs, change, value_count((int64_t)row->base.runs))
COLUMN(change_fresh_runs, change, value_count((int64_t)row->fresh.runs))
COLUMN(change_base_operations, change, value_count((int64_t)row->base.operations))
COLUMN(change_fresh_operations, change, value_count((int64_t)row->fresh.operations))

static const struct column change_columns[] = {
	{"subject", "Of", 0, change_subject},
	{"name", "Name", 0, change_name},
	{"metric", NULL, 0, change_metric},
	{NULL, "Figure", -12, change_title},
	{NULL, "Base", 11, change_base},
	{NULL, "New", 11, change_fresh},
	{NULL, "Change", 11, change_change},
	{NULL, "95% interval", 21, change_interval},
	{NULL, "Verdict", 12, change_word},
	{"verdict", NULL, 0, change_verdict},
	{"base_ns", NULL, 0, change_base_ns},
	{"new_ns", NULL, 0, change_fresh_ns},
	{"change_ns", NULL, 0, change_change_ns},
	{"low_ns", NULL, 0, change_low_ns},
	{"high_ns", NULL, 0, change_high_ns},
	{"base", NULL, 0, change_base_number},
	{"new", NULL, 0, change_fresh_number},
	{"change", NULL, 0, change_change_number},
	{"low", NULL, 0, change_low_number},
	{"high", NULL, 0, change_high_number},
	{"ratio", NULL, 0, change_ratio},
	{"p", NULL, 0, change_p},
	{"p_adjusted", NULL, 0, change_adjusted},
	{"tested", NULL, 0, change_tested},
	{"base_runs", NULL, 0, change_base_runs},
	{"new_runs", NULL, 0, change_fresh_runs},
	{"base_operations", NULL, 0, change_base_operations},
	{"new_operations", NULL, 0, change_fresh_operations},
};
TABLE_ACCESS(changes_table, comparison_of(model)->rows.count,
	     comparison_of(model)->rows.items[index])
TABLE_OF(changes_table, "changes", "Changes", change_columns, TABLE_ROWS);

/* ---- gates ---- */

static struct value gate_measured(const struct model *model, const void *data)
{
	const struct gate_result *row = data;

	if (!row->change)
		return value_none();
	if (!row->gate->change)
		return figure_value(row->gate->metric, row->measured);
	return value_text(change_text(model->arena, row->change, row->change->difference));
}

COLUMN(gate_text, gate_result, value_text(row->gate->text))
COLUMN(gate_kind, gate_result, value_text(row->gate->must_hold ? "budget" : "fail_on"))
COLUMN(gate_subject, gate_result, value_text(subject_key(row->gate->subject)))
COLUMN(gate_name, gate_result, value_text(row->name))
COLUMN(gate_metric, gate_result, value_text(metric_rows[row->gate->metric].key))
COLUMN(gate_number, gate_result, row->change ? value_real(row->measured) : value_none())
COLUMN(gate_limit, gate_result, value_real(row->gate->value))
COLUMN(gate_relative, gate_result, value_bool(row->gate->change))
COLUMN(gate_remark, gate_result, value_some_text(row->remark))
COLUMN(gate_word, gate_result, value_text(gate_outcome_word(row->outcome)))
COLUMN(gate_passed, gate_result,
       value_bool(row->outcome == GATE_PASSED || row->outcome == GATE_SKIPPED))

static const struct column gate_columns[] = {
	{NULL, "Result", -9, gate_word},    {"condition", "Condition", -36, gate_text},
	{"kind", NULL, 0, gate_kind},	    {"subject", NULL, 0, gate_subject},
	{"name", "Of", 0, gate_name},	    {"metric", NULL, 0, gate_metric},
	{NULL, "Found", 12, gate_measured}, {"found", NULL, 0, gate_number},
	{"limit", NULL, 0, gate_limit},	    {"is_change", NULL, 0, gate_relative},
	{"passed", NULL, 0, gate_passed},   {"remark", "Remark", 22, gate_remark},
};
TABLE_ACCESS(gates_table, comparison_of(model)->gates.count,
	     &comparison_of(model)->gates.items[index])
TABLE_OF(gates_table, "gates", "Conditions", gate_columns, TABLE_ALL);

/* ---- text ---- */

static size_t broken_of(const struct comparison *comparison)
{
	size_t broken = 0;

	for (size_t i = 0; i < comparison->gates.count; i++)
		broken += comparison->gates.items[i].outcome == GATE_BROKEN ||
			  comparison->gates.items[i].outcome == GATE_NO_DATA;
	return broken;
}

/* "5 runs of docker ps on vm, since 2026-11-25 14:22:23 UTC: PATH" */
static void describe_side(struct buffer *buffer, const struct side *side, const char *path)
{
	const struct figures *first = side->runs[0];
	char date[DATE_TEXT];

	buffer_print(buffer, "%zu run%s of %s%s%s", side->count, side->count == 1 ? "" : "s",
		     *first->program ? first->program : "?", *first->subcommand ? " " : "",
		     first->subcommand);
	if (*first->host)
		buffer_print(buffer, " on %s", first->host);
	if (first->start_realtime_ns)
		buffer_print(buffer, ", %s%s UTC", side->count > 1 ? "since " : "",
			     date_text(first->start_realtime_ns, date));
	if (*path)
		buffer_print(buffer, ": %s", path);
	if (side->left_out)
		buffer_print(buffer, " (%zu older ones left out)", side->left_out);
}

/* What must be known to read the rest; NULL: nothing. */
static const char *caution(const struct comparison *comparison)
{
	bool few = comparison->fresh.count < COMPARE_RUNS_LEAST;

	if (comparison->alone || (!few && comparison->base.count >= COMPARE_RUNS_LEAST))
		return NULL;
	if (few && comparison->base.count >= COMPARE_SPREAD_LEAST)
		return "Fewer than 4 new runs: they are held against how much the base's differ "
		       "from each other.";
	return "Fewer than 4 runs a side: how much runs differ by themselves is not known. "
	       "Latencies are compared by their operations, other figures cannot be told from "
	       "noise. Record more: `dndprof run -o DIR -- COMMAND`, 6 times or more, then "
	       "`dndprof diff BASEDIR DIR`.";
}

static void put_side(struct buffer *buffer, const struct style *style, const char *lead,
		     const struct side *side, const char *path)
{
	struct buffer text = {0}, escaped = {0};

	describe_side(&text, side, path);
	put_escaped(&escaped, style, buffer_text(&text));
	buffer_print(buffer, "%s", lead);
	put_folded(buffer, buffer_text(&escaped), strlen(lead), 6);
	buffer_print(buffer, "\n");
	buffer_free(&text);
	buffer_free(&escaped);
}

static void put_title(struct buffer *buffer, const struct style *style, const char *title)
{
	put_color(buffer, style, COLOR_TITLE);
	buffer_print(buffer, "%s", title);
	put_color(buffer, style, COLOR_NONE);
	buffer_print(buffer, "\n");
	for (int i = 0; i < 79; i++)
		buffer_add(buffer, "-", 1);
	buffer_print(buffer, "\n");
}

/* The rows of one subject under its title, each name in a line of its own. */
static size_t put_subject(struct buffer *buffer, const struct style *style,
			  const struct comparison *comparison, size_t first)
{
	const struct change *const *rows = comparison->rows.items;
	const char *name = "";
	size_t i = first;

	buffer_print(buffer, "%s:\n", subject_title(rows[first]->subject));
	table_title(buffer, change_columns, changes_table.column_count);
	for (; i < comparison->rows.count && rows[i]->subject == rows[first]->subject; i++) {
		if (strcmp(name, rows[i]->name) != 0) {
			put_escaped(buffer, style, rows[i]->name);
			buffer_print(buffer, "\n");
		}
		name = rows[i]->name;
		table_row(buffer, style, change_columns, changes_table.column_count,
			  &comparison->model, rows[i]);
	}
	buffer_print(buffer, "\n");
	return i;
}

static void put_changes(struct buffer *buffer, const struct style *style,
			const struct comparison *comparison)
{
	size_t quiet = 0;

	put_title(buffer, style, "COMPARISON");
	put_side(buffer, style, "Base: ", &comparison->base, comparison->base_name);
	put_side(buffer, style, "New:  ", &comparison->fresh, comparison->fresh_name);
	if (caution(comparison)) {
		put_folded(buffer, caution(comparison), 0, 0);
		buffer_print(buffer, "\n");
	}
	buffer_print(buffer, "\n");
	for (size_t i = 0; i < comparison->rows.count;)
		i = put_subject(buffer, style, comparison, i);
	for (size_t i = 0; i < comparison->changes.count; i++)
		quiet += !comparison->changes.items[i].few;
	quiet -= comparison->rows.count;
	if (quiet)
		buffer_print(buffer, "%zu other figures show no change (--all shows them).\n\n",
			     quiet);
}

static void put_gate(struct buffer *buffer, const struct style *style,
		     const struct comparison *comparison, const struct gate_result *result)
{
	struct value found = gate_measured(&comparison->model, result);
	bool good = result->outcome == GATE_PASSED || result->outcome == GATE_SKIPPED;
	struct buffer text = {0}, escaped = {0};

	buffer_print(&text, "%s", result->gate->text);
	if (result->change) {
		buffer_print(&text, ": ");
		put_value(&text, style, &found);
	}
	if (result->gate->glob && strcmp(result->gate->glob, result->name) != 0)
		buffer_print(&text, " (%s)", result->name);
	if (result->remark)
		buffer_print(&text, ", %s", result->remark);
	put_escaped(&escaped, style, buffer_text(&text));
	put_color(buffer, style, good ? COLOR_GOOD : COLOR_BAD);
	buffer_print(buffer, "%-9s", gate_outcome_word(result->outcome));
	put_color(buffer, style, COLOR_NONE);
	put_folded(buffer, buffer_text(&escaped), 9, 9);
	buffer_print(buffer, "\n");
	buffer_free(&text);
	buffer_free(&escaped);
}

void comparison_text(struct buffer *buffer, const struct style *style,
		     const struct comparison *comparison)
{
	if (!comparison->alone)
		put_changes(buffer, style, comparison);
	if (!comparison->gates.count)
		return;
	put_title(buffer, style, "CONDITIONS");
	if (comparison->alone)
		put_side(buffer, style, "Of ", &comparison->fresh, comparison->fresh_name);
	for (size_t i = 0; i < comparison->gates.count; i++)
		put_gate(buffer, style, comparison, &comparison->gates.items[i]);
	buffer_print(buffer, "%zu of %zu passed.\n",
		     comparison->gates.count - broken_of(comparison), comparison->gates.count);
}

/* ---- JSON and markdown ---- */

static json_t *side_json(const struct side *side, const char *path)
{
	json_t *json = json_object();

	if (!side->count) {
		json_decref(json);
		return json_null();
	}
	json_object_set_new(json, "name", json_text(path));
	json_object_set_new(json, "runs", json_integer((json_int_t)side->count));
	json_object_set_new(json, "left_out", json_integer((json_int_t)side->left_out));
	json_object_set_new(json, "program", json_text(side->runs[0]->program));
	json_object_set_new(json, "subcommand", json_text(side->runs[0]->subcommand));
	json_object_set_new(json, "host", json_text(side->runs[0]->host));
	return json;
}

void comparison_json(struct buffer *buffer, const struct style *style,
		     const struct comparison *comparison)
{
	json_t *root = json_object();

	json_object_set_new(root, "base", side_json(&comparison->base, comparison->base_name));
	json_object_set_new(root, "new", side_json(&comparison->fresh, comparison->fresh_name));
	json_object_set_new(root, "least_change", json_real(comparison->least));
	json_object_set_new(root, "risk", json_real(COMPARE_RISK));
	json_object_set_new(root, "tested", json_integer((json_int_t)comparison->tested));
	json_object_set_new(root, "changes", table_json(&changes_table, style, &comparison->model));
	json_object_set_new(root, "gates", table_json(&gates_table, style, &comparison->model));
	json_object_set_new(root, "passed", json_boolean(!broken_of(comparison)));
	json_put(buffer, style, root, JSON_INDENT(2));
}

void comparison_markdown(struct buffer *buffer, const struct style *style,
			 const struct comparison *comparison)
{
	const struct table *tables[] = {&gates_table, comparison->alone ? NULL : &changes_table,
					NULL};
	struct buffer base = {0}, fresh = {0};
	const char *notes[8] = {0};
	size_t count = 0;

	if (comparison->base.count) {
		describe_side(&base, &comparison->base, comparison->base_name);
		notes[count++] = "Base:";
		notes[count++] = buffer_text(&base);
	}
	describe_side(&fresh, &comparison->fresh, comparison->fresh_name);
	notes[count++] = comparison->alone ? "Of:" : "New:";
	notes[count++] = buffer_text(&fresh);
	if (caution(comparison)) {
		notes[count++] = "Note:";
		notes[count++] = caution(comparison);
	}
	markdown_tables(buffer, style, &comparison->model,
			comparison->alone ? "budget" : "comparison", notes, tables);
	buffer_free(&base);
	buffer_free(&fresh);
}
