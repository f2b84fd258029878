/*
 * commands.c - the table of all commands, from which help, man pages and completion are made.
 */
#include "command.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

/* One a line: who adds one touches no other. */
/* clang-format off */
const struct command *const commands[] = {
	&command_run,
	&command_report,
	&command_dump,
	&command_top,
	&command_diff,
	&command_check,
	&command_history_add,
	&command_history_list,
	&command_history_rm,
	&command_baseline_save,
	&command_baseline_list,
	&command_baseline_rm,
	&command_baseline_compare,
	&command_trend,
	&command_doctor,
	&command_validate,
	&command_ci_init,
	&command_ci_report,
	&command_ci_wrap,
	&command_help,
};
/* clang-format on */
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

#define NAME_WORDS 2

/* How many words of `name` these are, all of them; 0: other ones. */
static int words_of(const char *name, char *const *words, int count)
{
	int used = 0;

	for (; used < count && used < NAME_WORDS; used++) {
		size_t length = strcspn(name, " ");

		if (strlen(words[used]) != length || strncmp(name, words[used], length) != 0)
			return 0;
		name += length;
		if (!*name)
			return used + 1;
		name++;
	}
	return 0;
}

const struct command *command_find(char *const *words, int count, int *used)
{
	for (size_t i = 0; i < command_count; i++) {
		*used = words_of(commands[i]->name, words, count);
		if (*used)
			return commands[i];
	}
	return NULL;
}

unsigned int words_apart(const char *a, const char *b)
{
	unsigned int row[32], above, left;
	size_t m = strlen(a), n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]) || m > n + WORDS_FAR || n > m + WORDS_FAR)
		return WORDS_FAR;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= m; i++) {
		above = row[0]++;
		for (size_t j = 1; j <= n; j++) {
			left = above + (a[i - 1] != b[j - 1]);
			above = row[j];
			if (row[j] + 1 < left)
				left = row[j] + 1;
			if (row[j - 1] + 1 < left)
				left = row[j - 1] + 1;
			row[j] = left;
		}
	}
	return row[n] < WORDS_FAR ? row[n] : WORDS_FAR;
}

bool command_is_group(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < command_count; i++)
		if (strncmp(commands[i]->name, word, length) == 0 &&
		    commands[i]->name[length] == ' ')
			return true;
	return false;
}

/* Commands of two words that begin with this one. */
static void add_second_words(struct buffer *names, const char *first)
{
	size_t length = strlen(first);

	for (size_t i = 0; i < command_count; i++)
		if (strncmp(commands[i]->name, first, length) == 0 &&
		    commands[i]->name[length] == ' ')
			buffer_print(names, "%s`dndprof %s`", names->length ? ", " : "",
				     commands[i]->name);
}

int command_unknown(char *const *words, int count)
{
	const char *nearest = NULL;
	unsigned int best = WORDS_FAR;
	struct buffer names = {0};
	struct program program;

	add_second_words(&names, words[0]);
	if (names.length) {
		if (count > 1)
			error_text(EXIT_USAGE, "%s %s is no command: it is one of %s", words[0],
				   words[1], buffer_text(&names));
		else
			error_text(EXIT_USAGE,
				   "%s what? It is one of %s; `dndprof help %s` says more",
				   words[0], buffer_text(&names), words[0]);
		buffer_free(&names);
		return EXIT_USAGE;
	}
	if (words[0][0] == '-')
		return error_text(EXIT_USAGE,
				  "there is no option %s before a command; `dndprof help` lists "
				  "the commands",
				  words[0]);
	program_inspect(words[0], &program);
	for (size_t i = 0; i < command_count && program.kind == PROGRAM_ABSENT; i++) {
		unsigned int far = words_apart(words[0], commands[i]->name);

		if (far < best) {
			best = far;
			nearest = commands[i]->name;
		}
	}
	if (nearest)
		return error_text(EXIT_USAGE,
				  "there is no command %s; did you mean `dndprof %s`? `dndprof "
				  "help` lists all",
				  words[0], nearest);
	return error_text(EXIT_USAGE,
			  "there is no command %s; `dndprof help` lists them, and a program is "
			  "profiled by `dndprof run -- %s`",
			  words[0], words[0]);
}
