/*
 * command_dump.c - `dndprof dump`: every record, decoded.
 */
#include "command.h"
#include "base/error.h"
#include "render/anonymize.h"
#include "render/dump.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_FORMAT, OPTION_ASCII, OPTION_ANONYMIZE };
static const struct option_row options[] = {
	[OPTION_FORMAT] = {"format", 'f', "text|jsonl", "how to print it; text is the default"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
	[OPTION_ANONYMIZE] = {"anonymize", 0, NULL,
			      "labels in place of names, paths, addresses, hosts and ids"},
};

static const struct {
	const char *name;
	void (*dump)(struct buffer *, const struct style *, const struct model *);
} formats[] = {{"text", dump_text}, {"jsonl", dump_jsonl}};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct choice {
	const struct command *command;
	size_t format;
	struct style style;
	struct labels labels;
};

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	if (option == OPTION_ASCII) {
		choice->style.ascii = true;
		return true;
	}
	if (option == OPTION_ANONYMIZE) {
		choice->style.labels = &choice->labels;
		return true;
	}
	for (choice->format = 0; choice->format < FORMATS; choice->format++)
		if (strcmp(formats[choice->format].name, value) == 0)
			return true;
	usage_error(choice->command, "--format is text or jsonl, not %s", value);
	return false;
}

static void write_out(struct buffer *buffer)
{
	fwrite(buffer_text(buffer), 1, buffer->length, stdout);
	buffer->length = 0;
}

static void print(struct buffer *buffer, const struct model *model, const void *data)
{
	const struct choice *choice = data;

	dump_on_flush(write_out);
	formats[choice->format].dump(buffer, &choice->style, model);
}

static int dump_main(const struct command *command, int argc, char **argv)
{
	static const struct model_choice every_record = {.records = UINT64_MAX};
	struct choice choice = {.command = command};
	int first = options_parse(command, argc, argv, false, given, &choice);

	if (first < 0)
		return EXIT_USAGE;
	if (choice.style.labels && labels_make(&choice.labels) < 0)
		return error_text(EXIT_INPUT, "no random numbers to make labels of; try again");
	return runs_print(argv + first, argc - first, "dump", &every_record, print, &choice);
}

const struct command command_dump = {
	.name = "dump",
	.arguments = "[--format text|jsonl] [--ascii] [--anonymize] [PATH...]",
	.meaning = "prints every record, decoded, in the order of time",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = dump_main,
	.details = "For scripts and for questions no report answers: one line a call, with its "
		   "time, thread, descriptor, result and duration. With --anonymize it may be "
		   "given away, as with a report of a bug: names, paths, addresses, hosts and "
		   "ids are labels, the same for the same text within one output and made with a "
		   "secret nobody keeps. Numbers stay: times, sizes, ports, process ids.",
	.examples = "dndprof dump | less\n"
		    "dndprof dump --anonymize > bug.txt\n"
		    "dndprof dump --format jsonl | jq 'select(.call == \"connect\")'",
};
