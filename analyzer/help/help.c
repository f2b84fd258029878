/*
 * help.c - pages for people at a terminal: how to begin, each command, some topics.
 */
#include "help/help.h"

#include <dndprof/config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS	    80
#define LEFT_WIDTH  30 /* of an option */
#define NAMES_WIDTH 18 /* of commands in a list */
#define NAME_INDENT 2

/* `text` over as many lines as it needs; the first begins at `column`, the others at `indent`. */
static void put_folded_text(struct buffer *buffer, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t length = strcspn(text, " \n");

		if (column > indent && column + 1 + length > COLUMNS) {
			buffer_print(buffer, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buffer_print(buffer, " ");
			column++;
		}
		buffer_add(buffer, text, length);
		column += length;
		text += length;
		text += strspn(text, " \n");
	}
	buffer_print(buffer, "\n");
}

void help_paragraphs(struct buffer *buffer, const char *text)
{
	while (text && *text) {
		const char *end = strstr(text, "\n\n");
		size_t length = end ? (size_t)(end - text) : strlen(text);
		char *one = memory_get(length + 1);

		memcpy(one, text, length);
		if (buffer->length)
			buffer_print(buffer, "\n");
		if (*one == ' ')
			buffer_print(buffer, "%s\n", one);
		else
			put_folded_text(buffer, one, 0, 0);
		free(one);
		text = end ? end + 2 : NULL;
	}
}

void help_row(struct buffer *buffer, const char *left, const char *meaning, size_t width)
{
	size_t column = NAME_INDENT + strlen(left);

	buffer_print(buffer, "%*s%s", NAME_INDENT, "", left);
	if (column >= width) {
		buffer_print(buffer, "\n");
		column = 0;
	}
	buffer_print(buffer, "%*s", (int)(width - column), "");
	put_folded_text(buffer, meaning, width, width);
}

static void put_options(struct buffer *buffer, const struct command *command)
{
	const struct option_row *row;

	for (size_t i = 0; (row = command_option(command, i)); i++) {
		char left[160], letter[8] = "";

		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
			 row->argument ? " " : "", row->argument ? row->argument : "");
		if (!i)
			buffer_print(buffer, "\nOptions:\n");
		help_row(buffer, left, row->meaning, LEFT_WIDTH);
	}
}

static void put_examples(struct buffer *buffer, const char *examples)
{
	buffer_print(buffer, "\nExamples:\n");
	while (*examples) {
		size_t length = strcspn(examples, "\n");

		buffer_print(buffer, "    %s%.*s\n", *examples == '#' ? "" : "$ ", (int)length,
			     examples);
		examples += length + (examples[length] == '\n');
	}
}

const char *help_sentence(const struct command *command)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s.", command->meaning);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

void help_command(struct buffer *text, const struct command *command)
{
	buffer_print(text, "Usage: dndprof %s%s%s\n\n", command->name,
		     *command->arguments ? " " : "", command->arguments);
	put_folded_text(text, help_sentence(command), 0, 0);
	help_paragraphs(text, command->details);
	put_options(text, command);
	if (command->examples)
		put_examples(text, command->examples);
}

void help_group(struct buffer *text, const char *word)
{
	const struct command *last = NULL;
	size_t length = strlen(word);

	for (size_t i = 0; i < command_count; i++)
		if (strncmp(commands[i]->name, word, length) == 0 &&
		    commands[i]->name[length] == ' ') {
			if (!last)
				buffer_print(text, "Usage: dndprof %s COMMAND ...\n\nCommands:\n",
					     word);
			last = commands[i];
			help_row(text, last->name, last->meaning, NAMES_WIDTH);
		}
	if (last)
		buffer_print(text,
			     "\nOptions and examples of each, as of the last:\n\n    $ dndprof "
			     "help %s\n",
			     last->name);
}

void help_overview(struct buffer *text)
{
	buffer_print(
		text,
		"dndprof - where did the time of a docker command go?\n\n"
		"Begin with a command of yours that is too slow. It runs as it always does; the\n"
		"report comes when it has ended:\n\n"
		"    $ dndprof run -- docker compose up -d\n\n"
		"What was recorded can be looked at again, in other ways:\n\n"
		"    $ dndprof report\n"
		"    $ dndprof report --filter category=docker_api --sort endpoints:-p95\n\n"
		"Does it say \"unobserved\", or nothing at all? Ask why:\n\n"
		"    $ dndprof doctor docker\n\n"
		"Commands:\n");
	for (size_t i = 0; i < command_count; i++)
		help_row(text, commands[i]->name, commands[i]->meaning, NAMES_WIDTH);
	buffer_print(text, "\nTopics (`dndprof help TOPIC`):\n");
	for (size_t i = 0; i < help_topic_count; i++)
		buffer_print(text, "    %-13s %s\n", help_topics[i].name, help_topics[i].meaning);
	buffer_print(text,
		     "\n`dndprof help COMMAND` has options and examples; `dndprof --version`.\n\n"
		     "Exit status: 0 fine, 1 a gate failed, 2 usage, 3 bad or missing input; of "
		     ""
		     "run:\nthe command's own.\n");
}
