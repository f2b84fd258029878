/*
 * command_help.c - `dndprof help`: pages for people, man pages, and what shells complete.
 */
#include "help/help.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_MAN, OPTION_COMPLETION, OPTION_PAGES };
static const struct option_row options[] = {
	[OPTION_MAN] = {"man", 'm', NULL, "as a man page, in roff"},
	[OPTION_COMPLETION] = {"completion", 0, COMPLETION_SHELLS,
			       "what that shell needs to complete command lines of dndprof"},
	[OPTION_PAGES] = {"pages", 0, "DIR",
			  "writes all man pages and completions below DIR, for packages"},
};

struct choice {
	const struct command *command;
	const char *shell, *pages;
	bool man;
};

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	if (option == OPTION_MAN)
		return choice->man = true;
	*(option == OPTION_PAGES ? &choice->pages : &choice->shell) = value;
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
	if (command)
		help_command(text, command);
	else if (count == 1 && command_is_group(words[0]))
		help_group(text, words[0]);
	else
		return no_page(words, count);
	return EXIT_FINE;
}

/* Directories below are made as they are needed. */
static int write_page(const char *directory, const char *name, struct buffer *text)
{
	char path[PATH_MAX];
	FILE *file;
	bool wrong;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATH_MAX)
		return error_text(EXIT_INPUT, "%s is too long", directory);
	for (char *at = path + strlen(directory); (at = strchr(at + 1, '/'));) {
		*at = 0;
		mkdir(path, 0755);
		*at = '/';
	}
	file = fopen(path, "we");
	wrong = !file || fwrite(buffer_text(text), 1, text->length, file) != text->length;
	if (file && fclose(file) != 0)
		wrong = true;
	buffer_free(text);
	return wrong ? error_text(EXIT_INPUT, "%s cannot be written", path) : EXIT_FINE;
}

static int write_pages(const char *directory)
{
	static const struct {
		const char *shell, *name;
	} shells[] = {
		{"bash", "bash/dndprof"}, {"zsh", "zsh/_dndprof"}, {"fish", "fish/dndprof.fish"}};
	struct buffer text = {0};
	int status;

	mkdir(directory, 0755);
	man_overview(&text);
	status = write_page(directory, "man1/dndprof.1", &text);
	man_format(&text);
	if (!status)
		status = write_page(directory, "man5/dndprof-format.5", &text);
	for (size_t i = 0; i < command_count && !status; i++) {
		char name[128];

		snprintf(name, sizeof(name), "man1/dndprof-%s.1", commands[i]->name);
		for (char *at = name; (at = strchr(at, ' '));)
			*at = '-';
		man_command(&text, commands[i]);
		status = write_page(directory, name, &text);
	}
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]) && !status; i++) {
		completion_print(&text, shells[i].shell);
		status = write_page(directory, shells[i].name, &text);
	}
	return status;
}

static int help_main(const struct command *command, int argc, char **argv)
{
	struct choice choice = {.command = command};
	int first = options_parse(command, argc, argv, false, given, &choice);
	struct buffer text = {0};
	int status = EXIT_FINE;

	if (first < 0)
		return EXIT_USAGE;
	if (choice.pages)
		return write_pages(choice.pages);
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
