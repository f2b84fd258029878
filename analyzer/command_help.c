/*
 * command_help.c - `dndprof help`: pages for people, man pages, and what shells complete.
 */
#include "help/help.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_MAN, OPTION_COMPLETION };
static const struct option_row options[] = {
	[OPTION_MAN] = {"man", 'm', NULL, "as a man page, in roff"},
	[OPTION_COMPLETION] = {"completion", 0, COMPLETION_SHELLS,
			       "what that shell needs to complete command lines of dndprof"},
};

struct choice {
	const struct command *command;
	const char *shell;
	bool man;
};

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	if (option == OPTION_MAN)
		return choice->man = true;
	choice->shell = value;
	return true;
}

static int no_page(char **words, int count)
{
	return error_text(EXIT_USAGE,
			  "there is no help on %s%s%s; `dndprof help` lists what there is",
			  words[0], count > 1 ? " " : "", count > 1 ? words[1] : "");
}

/* Man pages are of commands, of the file format, and of the whole. */
static int print_man(struct buffer *text, char **words, int count)
{
	const struct command *command;
	int used;

	if (!count) {
		man_overview(text);
	} else if (count == 1 && strcmp(words[0], "format") == 0) {
		man_format(text);
	} else {
		command = command_find(words, count, &used);
		if (!command || used != count)
			return no_page(words, count);
		man_command(text, command);
	}
	return EXIT_FINE;
}

static int print_page(struct buffer *text, char **words, int count)
{
	const struct command *command;
	const struct topic *topic;
	int used;

	if (!count) {
		help_overview(text);
		return EXIT_FINE;
	}
	topic = count == 1 ? help_topic(words[0]) : NULL;
	if (topic) {
		topic->print(text);
		return EXIT_FINE;
	}
	command = command_find(words, count, &used);
	if (!command)
		return no_page(words, count);
	help_command(text, command);
	return EXIT_FINE;
}

static int help_main(const struct command *command, int argc, char **argv)
{
	struct choice choice = {.command = command};
	int first = options_parse(command, argc, argv, false, given, &choice);
	struct buffer text = {0};
	int status = EXIT_FINE;

	if (first < 0)
		return EXIT_USAGE;
	if (choice.shell && !completion_print(&text, choice.shell))
		status = usage_error(command, "there is no completion for %s", choice.shell);
	else if (!choice.shell && choice.man)
		status = print_man(&text, argv + first, argc - first);
	else if (!choice.shell)
		status = print_page(&text, argv + first, argc - first);
	fwrite(buffer_text(&text), 1, text.length, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		status = error_text(EXIT_INPUT, "the help could not be written to stdout");
	buffer_free(&text);
	return status;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[--man] [--completion SHELL] [COMMAND|TOPIC]",
	.meaning = "explains dndprof, a command, or a topic",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = help_main,
};
