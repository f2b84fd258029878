/*
 * command_report.c - `dndprof report`: what runs that were recorded before mean.
 */
#include "base/duration.h"
#include "command.h"
#include "findings/thresholds.h"
#include "render/report.h"

#include <stdio.h>

enum { OPTION_FORMAT, OPTION_ASCII, OPTION_TRENDS, OPTION_THRESHOLD };
static const struct option_row options[] = {
	[OPTION_FORMAT] = {"format", 'f', "text|json", "how to print it; text is the default"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
	[OPTION_TRENDS] = {"trends", 0, NULL, "trends with their slopes and how sure they are"},
	[OPTION_THRESHOLD] = {"threshold", 't', "NAME=VALUE",
			      "of a finding; `dndprof help thresholds` lists them"},
};

struct choice {
	const struct command *command;
	const struct format *format;
	struct style style;
};

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	if (option == OPTION_ASCII) {
		choice->style.ascii = true;
		return true;
	}
	if (option == OPTION_TRENDS) {
		choice->style.trends = true;
		return true;
	}
	if (option == OPTION_THRESHOLD)
		return thresholds_choose(value) == EXIT_FINE;
	choice->format = format_of(value);
	if (!choice->format)
		usage_error(choice->command, "there is no format %s", value);
	return choice->format;
}

static void print(struct buffer *buffer, const struct model *model, const void *data)
{
	const struct choice *choice = data;

	choice->format->render(buffer, &choice->style, model, date_now());
}

static int report_main(const struct command *command, int argc, char **argv)
{
	struct choice choice = {.command = command, .format = format_of("text")};
	int first = options_parse(command, argc, argv, false, given, &choice);

	if (first < 0)
		return EXIT_USAGE;
	return runs_print(argv + first, argc - first, "report", print, &choice);
}

const struct command command_report = {
	"report",
	"[--format text|json] [--ascii] [--trends] [--threshold NAME=VALUE] [PATH...]",
	"reports on what was recorded: a profile file, a run, or the newest run of a directory",
	options,
	sizeof(options) / sizeof(options[0]),
	report_main,
};
