/*
 * outcome.h - what `diff`, `check` and `baseline compare` have in common: conditions, formats,
 * JUnit, the exit status.
 */
#ifndef ANALYZER_OUTCOME_H
#define ANALYZER_OUTCOME_H

#include "command.h"
#include "compare/gate.h"
#include "render/report.h"

enum outcome_option {
	OUTCOME_FORMAT,
	OUTCOME_ASCII,
	OUTCOME_TOP,
	OUTCOME_FAIL_ON,
	OUTCOME_BUDGET,
	OUTCOME_JUNIT,
	OUTCOME_OPTIONS, /* the command's own come after */
};

#define OUTCOME_ROWS                                                                           \
	[OUTCOME_FORMAT] = {"format", 'f', "text|json|markdown", "text is the default"},       \
	[OUTCOME_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},                          \
	[OUTCOME_TOP] = {"top", 0, "N", "at most so many rows of json and markdown; 0: all"},  \
	[OUTCOME_FAIL_ON] = {"fail-on", 0, "CONDITION",                                        \
			     "exit status 1 where it holds: 'p95>+20%', 'errors>1%'"},         \
	[OUTCOME_BUDGET] = {"budget", 'b', "FILE",                                             \
			    "exit status 1 where a line does not hold: p95 GET /info < 50ms"}, \
	[OUTCOME_JUNIT] = {"junit", 0, "FILE", "write the conditions as JUnit's XML there"}

struct outcome {
	const struct command *command;
	struct style style;
	size_t format;
	struct gates gates;
	const char *junit;
	bool all; /* rows without a change, too */
};

/* Takes one of the options above. False after having said what is wrong. */
bool outcome_given(struct outcome *outcome, size_t option, const char *value);
/* Judges by the conditions, prints, writes JUnit's file. The exit status. */
int outcome_print(struct outcome *outcome, struct comparison *comparison);
void outcome_end(struct outcome *outcome);
/* "5%" as a share of 1, for --least. False after having said what is wrong. */
bool outcome_share(const struct outcome *outcome, const char *name, const char *value,
		   double *share);

#endif
