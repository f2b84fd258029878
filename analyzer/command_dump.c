/*
 * command_dump.c - `dndprof dump`: every record, decoded.
 */
#include "command.h"
#include "render/dump.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_FORMAT, OPTION_ASCII };
static const struct option_row options[] = {
	[OPTION_FORMAT] = {"format", 'f', "text|jsonl", "how to print it; text is the default"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
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
};

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	if (option == OPTION_ASCII) {
		choice->style.ascii = true;
		return true;
	}
	for (choice->format = 0; choice->format < FORMATS; choice->format++)
		if (strcmp(formats[choice->format].name, value) == 0)
			return true;
	usage_error(choice->command, "there is no format %s", value);
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
	return runs_print(argv + first, argc - first, "dump", &every_record, print, &choice);
}

const struct command command_dump = {
	.name = "dump",
	.arguments = "[--format text|jsonl] [--ascii] [PATH...]",
	.meaning = "prints every record, decoded, in the order of time",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = dump_main,
	.details = "For scripts and for questions no report answers: one line a call, with its "
		   "time, thread, descriptor, result and duration.",
	.examples = "dndprof dump | less\n"
		    "dndprof dump --format jsonl | jq 'select(.call == \"connect\")'",
};
