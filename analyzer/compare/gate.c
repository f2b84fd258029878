/*
 * gate.c - see gate.h.
 */
#include "compare/gate.h"
#include "base/error.h"

#include <dndprof/config.h>

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILE_MOST (64 * 1024) /* bytes of a budget */

static const char *metric_names(struct arena *arena)
{
	char *names = arena_print(arena, "%s", metric_rows[0].key);

	for (enum metric metric = 1; metric < METRIC_COUNT; metric++)
		names = arena_print(arena, "%s, %s", names, metric_rows[metric].key);
	return names;
}

static char *trimmed(struct arena *arena, const char *text, size_t length)
{
	while (length && isspace((unsigned char)*text))
		text++, length--;
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_copy(arena, text, length);
}

/* "[KIND:]GLOB" */
static void take_subject(struct gate *gate, const char *text)
{
	const char *colon = strchr(text, ':');
	enum subject subject = colon ? subject_of(text, (size_t)(colon - text)) : SUBJECT_COUNT;

	if (!*text)
		return;
	gate->subject = subject < SUBJECT_COUNT ? subject : SUBJECT_ENDPOINT;
	gate->glob = subject < SUBJECT_COUNT ? colon + 1 : text;
	if (gate->subject == SUBJECT_RUN)
		gate->glob = NULL;
}

static bool take_value(struct gate *gate, const char *text)
{
	enum figure_unit unit = metric_rows[gate->metric].unit;
	size_t length = strlen(text);
	bool percent = length && text[length - 1] == '%', negative = *text == '-';
	enum dndprof_config_kind kind;
	int64_t number;

	gate->change = negative || *text == '+';
	gate->ratio = gate->change && percent && unit != FIGURE_SHARE;
	kind = percent || unit == FIGURE_SHARE ? DNDPROF_CONFIG_PERCENT
	       : unit == FIGURE_NS	       ? DNDPROF_CONFIG_DURATION
					       : DNDPROF_CONFIG_COUNT;
	if ((percent && !gate->change && unit != FIGURE_SHARE) ||
	    (!percent && unit == FIGURE_SHARE && strcmp(text + gate->change, "0") != 0) ||
	    dndprof_config_number(kind, text + gate->change, &number) < 0)
		return false;
	gate->value = (double)number * (negative ? -1 : 1);
	if (kind == DNDPROF_CONFIG_PERCENT)
		gate->value /= 1e6;
	return true;
}

static const char *parse(struct arena *arena, struct gate *gate)
{
	static const char *const units[] = {"a duration, as 50ms", "a number, as 3",
					    "a percentage, as 1%"};
	const char *sign = strpbrk(gate->text, "<>"), *value;
	size_t word = strcspn(gate->text, " \t<>"), last;
	char *text;

	gate->metric = metric_of(gate->text, word);
	if (gate->metric == METRIC_COUNT)
		return arena_print(arena, "there is no metric %.*s, but %s", (int)word, gate->text,
				   metric_names(arena));
	if (!sign)
		return arena_print(arena, "`%s` has no < or >; write it as `p95 < 50ms`",
				   gate->text);
	take_subject(gate, trimmed(arena, gate->text + word, (size_t)(sign - gate->text) - word));
	gate->below = *sign == '<';
	gate->equal = sign[1] == '=';
	text = trimmed(arena, sign + 1 + gate->equal, strlen(sign + 1 + gate->equal));
	last = strlen(text);
	if (last > 8 && strcmp(text + last - 8, "optional") == 0 &&
	    isspace((unsigned char)text[last - 9])) {
		gate->optional = true;
		text = trimmed(arena, text, last - 8);
	}
	value = text;
	if (!take_value(gate, value))
		return arena_print(arena,
				   "%s wants %s; with a sign, as +20%%, it is a change against the "
				   "base; %s",
				   metric_rows[gate->metric].key,
				   units[metric_rows[gate->metric].unit],
				   *value ? arena_print(arena, "not `%s`", value)
					  : "there is nothing behind its sign");
	return NULL;
}

const char *gate_add(struct gates *gates, const char *text, bool must_hold)
{
	struct gate gate = {.must_hold = must_hold};
	const char *wrong;

	if (!gates->arena)
		gates->arena = arena_new();
	gate.text = trimmed(gates->arena, text, strlen(text));
	wrong = parse(gates->arena, &gate);
	if (!wrong)
		*list_add(gates) = gate;
	return wrong;
}

static int read_line(struct gates *gates, const char *path, size_t number, char *line)
{
	const char *wrong;
	char *text;

	line[strcspn(line, "#")] = 0;
	if (!gates->arena)
		gates->arena = arena_new();
	text = trimmed(gates->arena, line, strlen(line));
	if (!*text)
		return 0;
	wrong = gate_add(gates, text, true);
	return wrong ? error_text(EXIT_INPUT, "%s, line %zu: %s", path, number, wrong) : 0;
}

int gates_read(struct gates *gates, const char *path)
{
	char *text = memory_get(FILE_MOST + 2), *next, *line;
	FILE *file = fopen(path, "re");
	size_t length, number = 1, before = gates->count;
	int status = 0;

	if (!file) {
		free(text);
		return error_text(EXIT_INPUT,
				  "the budget %s cannot be read: %s; write one, a condition a "
				  "line, as `p95 < 50ms`",
				  path, strerror(errno));
	}
	length = fread(text, 1, FILE_MOST + 1, file);
	if (ferror(file))
		status = error_text(EXIT_INPUT, "the budget %s cannot be read: %s", path,
				    strerror(errno));
	fclose(file);
	if (!status && (length > FILE_MOST || memchr(text, 0, length)))
		status = error_text(EXIT_INPUT,
				    "%s is no budget: a text with a condition a line, "
				    "as `p95 < 50ms`, of at most 64 kB",
				    path);
	for (line = text; !status && *line; line = next, number++) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		status = read_line(gates, path, number, line);
	}
	if (!status && gates->count == before)
		status = error_text(EXIT_INPUT,
				    "the budget %s asks for nothing; write a condition a line, as "
				    "`p95 < 50ms`",
				    path);
	free(text);
	return status;
}

void gates_free(struct gates *gates)
{
	list_free(gates);
	arena_free(gates->arena);
	gates->arena = NULL;
}

bool gates_need_base(const struct gates *gates)
{
	for (size_t i = 0; i < gates->count; i++)
		if (gates->items[i].change)
			return true;
	return false;
}

static bool matches(const struct gate *gate, const struct change *change)
{
	return change->subject == gate->subject && change->metric == gate->metric &&
	       (!gate->glob || fnmatch(gate->glob, change->name, 0) == 0);
}

static bool holds(const struct gate *gate, double measured)
{
	if (measured == gate->value)
		return gate->equal;
	return gate->below ? measured < gate->value : measured > gate->value;
}

/* False: this figure cannot be judged, as it is of one side only. */
static bool judge(const struct gate *gate, const struct change *change, struct gate_result *result)
{
	if (!change->fresh.present || (gate->change && !change->base.present))
		return false;
	*result = (struct gate_result){.gate = gate, .name = change->name, .change = change};
	result->measured = !gate->change ? change->fresh.value
			   : gate->ratio ? change->ratio
					 : change->difference;
	if (holds(gate, result->measured) == gate->must_hold)
		return true;
	/* of this row alone: it was asked about before anybody looked */
	if (gate->change && change->tested && change->p > COMPARE_RISK)
		result->remark = "not told from noise";
	else
		result->outcome = GATE_BROKEN;
	return true;
}

size_t gates_judge(struct comparison *comparison, const struct gates *gates)
{
	size_t failed = 0;

	for (size_t i = 0; i < gates->count; i++) {
		const struct gate *gate = &gates->items[i];
		size_t before = comparison->gates.count;

		for (size_t j = 0; j < comparison->changes.count; j++) {
			struct gate_result result;

			if (!matches(gate, &comparison->changes.items[j]) ||
			    !judge(gate, &comparison->changes.items[j], &result))
				continue;
			*list_add(&comparison->gates) = result;
			failed += result.outcome == GATE_BROKEN;
		}
		if (comparison->gates.count > before)
			continue;
		*list_add(&comparison->gates) = (struct gate_result){
			.gate = gate,
			.name = gate->glob ? gate->glob : "",
			.outcome = gate->optional ? GATE_SKIPPED : GATE_NO_DATA};
		failed += !gate->optional;
	}
	return failed;
}

const char *gate_outcome_word(enum gate_outcome outcome)
{
	static const char *const words[] = {
		[GATE_PASSED] = "passed",
		[GATE_BROKEN] = "FAILED",
		[GATE_NO_DATA] = "NO DATA",
		[GATE_SKIPPED] = "skipped",
	};

	return words[outcome];
}
