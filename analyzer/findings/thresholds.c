/*
 * thresholds.c - see thresholds.h.
 */
#include "findings/thresholds.h"
#include "base/duration.h"
#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROW(id, name, kind, preset, meaning) {name, DNDPROF_CONFIG_##kind, preset, meaning},
static const struct {
	const char *name;
	enum dndprof_config_kind kind;
	int64_t preset;
	const char *meaning;
} rows[] = {THRESHOLDS(ROW)};
#undef ROW

static struct thresholds chosen;
static bool is_chosen; /* else the defaults hold */

void thresholds_default(struct thresholds *thresholds)
{
	for (unsigned int i = 0; i < THRESHOLD_COUNT; i++)
		thresholds->value[i] = rows[i].preset;
}

const struct thresholds *thresholds_chosen(void)
{
	if (!is_chosen)
		thresholds_default(&chosen);
	is_chosen = true;
	return &chosen;
}

int thresholds_set(struct thresholds *thresholds, const char *assignment)
{
	size_t length = strcspn(assignment, "=");
	int64_t value;

	for (unsigned int i = 0; i < THRESHOLD_COUNT; i++) {
		if (strlen(rows[i].name) != length || strncmp(rows[i].name, assignment, length))
			continue;
		if (!assignment[length] ||
		    dndprof_config_read(rows[i].kind, assignment + length + 1, &value) < 0)
			return -EINVAL;
		thresholds->value[i] = value;
		return 0;
	}
	return -ENOENT;
}

int thresholds_choose(const char *assignment)
{
	int error;

	thresholds_chosen();
	error = thresholds_set(&chosen, assignment);
	if (error == -ENOENT)
		return error_text(EXIT_USAGE,
				  "there is no threshold %s; `dndprof help thresholds` lists them",
				  assignment);
	if (error)
		return error_text(EXIT_USAGE,
				  "--threshold wants NAME=VALUE, as 200ms, 30%% or 5, not %s; "
				  "`dndprof help thresholds` shows the defaults",
				  assignment);
	return EXIT_FINE;
}

void thresholds_print(void)
{
	puts("Findings of a report hold above these; --threshold NAME=VALUE of `dndprof run`\n"
	     "and `dndprof report` changes one. Defaults:\n");
	for (unsigned int i = 0; i < THRESHOLD_COUNT; i++) {
		char text[DURATION_TEXT];

		if (rows[i].kind == DNDPROF_CONFIG_DURATION)
			duration_text(rows[i].preset, text);
		else if (rows[i].kind == DNDPROF_CONFIG_PERCENT)
			snprintf(text, sizeof(text), "%g%%",
				 100.0 * (double)rows[i].preset / (double)SHARE_WHOLE);
		else
			snprintf(text, sizeof(text), "%" PRId64, rows[i].preset);
		printf("  %-18s %6s  %s\n", rows[i].name, text, rows[i].meaning);
	}
}
