/*
 * command.h - subcommands and their options, as tables. A subcommand is one file command_NAME.c.
 */
#ifndef ANALYZER_COMMAND_H
#define ANALYZER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/model.h"
#include "profile/run.h"

struct command {
	const char *name, *arguments, *meaning; /* a name may have two words: "ci init" */
	const struct option_row *options;
	size_t option_count;
	/* argv[0]: the last word of its name */
	int (*main)(const struct command *command, int argc, char **argv);
	bool reports; /* has the options of view.h, after its own */
	/* For `help` and the man page; NULL: none. Paragraphs, an empty line between. */
	const char *details;
	/* Lines to type, without "$ "; one that begins with "# " says what the next is for. */
	const char *examples;
};

struct option_row {
	const char *name;		/* long */
	char letter;			/* 0: none */
	const char *argument, *meaning; /* argument NULL: a flag */
};

extern const struct command command_run, command_report, command_dump, command_doctor,
	command_validate, command_top, command_help, command_diff, command_check, command_ci_init,
	command_ci_report, command_ci_wrap, command_history_add, command_history_list,
	command_history_rm, command_baseline_save, command_baseline_list, command_baseline_rm,
	command_baseline_compare, command_trend;
/* Every command, in the order of help; commands.c. */
extern const struct command *const commands[];
extern const size_t command_count;

/* The command `words` begin with, and how many words its name has. NULL: there is none. */
const struct command *command_find(char *const *words, int count, int *used);
/* Is it the first word of commands of two words, as history of `history add`? */
bool command_is_group(const char *word);
/* Says that there is no command of these words, and what to type instead. Returns EXIT_USAGE. */
int command_unknown(char *const *words, int count);
/* Letters to be changed, added or left out to make one word of the other; WORDS_FAR, that or more:
 * nobody meant it. */
#define WORDS_FAR 3
unsigned int words_apart(const char *a, const char *b);
/* Its own options, then those of view.h; NULL after the last. */
const struct option_row *command_option(const struct command *command, size_t index);

/* Parses the options before the first other word; `given` is called for each with its row's index
 * (those of view.h count on from the command's own).
 * Returns the index of the first other word, or -1 after having said what is wrong. */
int options_parse(const struct command *command, int argc, char **argv, bool stop_at_word,
		  bool (*given)(void *data, size_t option, const char *value), void *data);
/* Takes an option's value as a whole number of `least` or more; false after having said that it is
 * none. */
bool options_number(const struct command *command, const char *option, const char *value,
		    size_t least, size_t *number);
/* Says what is wrong with the command line and how it should look. Returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void usage_print(const struct command *command);

/* Opens the runs at `paths`, the default parent's newest run when there are none. 0, or EXIT_INPUT
 * after having said why. */
int runs_open(char **paths, int count, struct run ***runs, size_t *run_count);
void runs_close(struct run **runs, size_t count);
/* Builds the model of the runs at `paths` (what `of` says of them; NULL: all), has `print` add to a
 * buffer what shall be said of it, and writes that to stdout. `what` names it in a sentence.
 * Returns the exit status. */
int runs_print(char **paths, int count, const char *what, const struct model_choice *of,
	       void (*print)(struct buffer *buffer, const struct model *model, const void *choice),
	       const void *choice);

/* Absolute path of libdndprof.so: beside this program, or where it is installed. False: not found;
 * `path` is then where it was looked for first. */
bool shim_find(char path[PATH_MAX]);
/* Why LD_PRELOAD cannot name it there; NULL: it can. */
const char *shim_name_problem(const char *path);

/* The same of dndprof-exec, which is installed beside it. */
bool helper_find(char path[PATH_MAX]);

/* docker's words out of a command line (words.h), "" when it is no docker. */
void subcommand_words(char **argv, char *text, size_t room);

#endif
