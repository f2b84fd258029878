/*
 * outcome.c - see outcome.h.
 */
#include "outcome.h"
#include "base/planted.h"
#include "render/comparison.h"

#include <dndprof/config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*print)(struct buffer *buffer, const struct style *style,
		      const struct comparison *comparison);
	bool all; /* every row, asked for or not */
} formats[] = {
	{"text", comparison_text, false},
	{"json", comparison_json, true},
	{"markdown", comparison_markdown, false},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static bool take_format(struct outcome *outcome, const char *value)
{
	for (outcome->format = 0; outcome->format < FORMATS; outcome->format++)
		if (strcmp(formats[outcome->format].name, value) == 0)
			return true;
	usage_error(outcome->command, "--format is text|json|markdown, not %s", value);
	return false;
}

static bool take_top(struct outcome *outcome, const char *value)
{
	outcome->style.top_asked = true;
	return options_number(outcome->command, "top", value, 0, &outcome->style.top);
}

bool outcome_share(const struct outcome *outcome, const char *name, const char *value,
		   double *share)
{
	int64_t ppm;

	if (dndprof_config_number(DNDPROF_CONFIG_PERCENT, value, &ppm) < 0) {
		usage_error(outcome->command, "--%s wants a percentage, as 5%%, not %s", name,
			    value);
		return false;
	}
	*share = (double)ppm / 1e6;
	return true;
}

bool outcome_given(struct outcome *outcome, size_t option, const char *value)
{
	const char *wrong;

	switch (option) {
	case OUTCOME_FORMAT:
		return take_format(outcome, value);
	case OUTCOME_ASCII:
		return outcome->style.ascii = true;
	case OUTCOME_TOP:
		return take_top(outcome, value);
	case OUTCOME_BUDGET:
		return gates_read(&outcome->gates, value) == 0;
	case OUTCOME_FAIL_ON:
		wrong = gate_add(&outcome->gates, value, false);
		if (wrong)
			usage_error(outcome->command, "%s", wrong);
		return !wrong;
	default:
		outcome->junit = value;
		return true;
	}
}

static int write_junit(const struct outcome *outcome, const struct comparison *comparison)
{
	int fd = unplanted_open(outcome->junit, 0, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct buffer xml = {0};
	bool written;

	if (!file)
		return error_text(EXIT_INPUT, "%s cannot be written: %s; name another place",
				  outcome->junit, planted_problem(fd < 0 ? fd : -errno));
	comparison_junit(&xml, comparison);
	written = fwrite(xml.data, 1, xml.length, file) == xml.length;
	written &= fclose(file) == 0;
	buffer_free(&xml);
	return written ? EXIT_FINE
		       : error_text(EXIT_INPUT, "%s cannot be written: %s", outcome->junit,
				    strerror(errno));
}

int outcome_print(struct outcome *outcome, struct comparison *comparison)
{
	size_t failed = gates_judge(comparison, &outcome->gates);
	struct buffer buffer = {0};
	int status = EXIT_FINE;

	if (outcome->junit)
		status = write_junit(outcome, comparison);
	outcome->style.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	comparison_choose(comparison, outcome->all || formats[outcome->format].all);
	formats[outcome->format].print(&buffer, &outcome->style, comparison);
	fwrite(buffer_text(&buffer), 1, buffer.length, stdout);
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
		status = error_text(EXIT_INPUT, "the result could not be written to stdout");
	buffer_free(&buffer);
	return status ? status : failed ? EXIT_GATE : EXIT_FINE;
}

void outcome_end(struct outcome *outcome)
{
	gates_free(&outcome->gates);
}
