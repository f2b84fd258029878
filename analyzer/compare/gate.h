/*
 * gate.h - conditions on figures: what a budget asks for, and what a comparison fails on.
 *
 *   METRIC [[KIND:]GLOB] OP VALUE [optional]
 *
 *   p95 GET /containers/json < 50ms      errors < 1%      wall < 2s      time category:dns < 100ms
 *   p95 > +20%                           count GET /networks* <= 3       wall > +500ms
 *
 * Without GLOB the whole run is meant; without KIND an endpoint. A VALUE with a sign is a change
 * against the base: in percent of it, or of a share in points. A budget has one condition a line
 * that must hold; `#` begins a comment. What was not observed holds nothing, unless `optional`.
 */
#ifndef ANALYZER_GATE_H
#define ANALYZER_GATE_H

#include "compare/compare.h"

struct gate {
	const char *text; /* as it was written */
	enum subject subject;
	const char *glob; /* NULL: the run */
	enum metric metric;
	bool below, equal;  /* holds below the value; at it, too */
	bool change, ratio; /* of the difference; in parts of the base */
	double value;
	bool must_hold; /* else it must not */
	bool optional;	/* nothing is fine, too */
};

struct gates {
	struct gate *items;
	size_t count, room;
	struct arena *arena;
};

enum gate_outcome { GATE_PASSED, GATE_BROKEN, GATE_NO_DATA, GATE_SKIPPED };

struct gate_result {
	const struct gate *gate;
	const char *name; /* whose figure; "" */
	enum gate_outcome outcome;
	const struct change *change; /* NULL: nothing was observed */
	double measured;	     /* what the value is compared with */
	const char *remark;	     /* NULL, or why a change does not count */
};

/* Takes a condition. NULL, or what is wrong with it, a sentence that lives as long as the gates. */
const char *gate_add(struct gates *gates, const char *text, bool must_hold);
/* Takes those of a file. 0, or EXIT_INPUT after having said why not. */
int gates_read(struct gates *gates, const char *path);
void gates_free(struct gates *gates);
/* Does any ask for a change? */
bool gates_need_base(const struct gates *gates);

/* Adds the results to the comparison. How many did not pass. */
size_t gates_judge(struct comparison *comparison, const struct gates *gates);
const char *gate_outcome_word(enum gate_outcome outcome);

#endif
