/*
 * options.c - options by table, and what several subcommands share.
 */
#include "base/progress.h"
#include "command.h"
#include <dndprof/config.h>

#include "help/help.h"
#include "view.h"

#include <dndprof/route.h>
#include <dndprof/words.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define OPTIONS_MOST 40
#define FIRST_CODE   256 /* getopt's value of option 0; letters are below */

static size_t options_of(const struct command *command)
{
	return command->option_count + (command->reports ? view_option_count : 0);
}

static const struct option_row *option_of(const struct command *command, size_t index)
{
	return index < command->option_count ? &command->options[index]
					     : &view_options[index - command->option_count];
}

const struct option_row *command_option(const struct command *command, size_t index)
{
	return index < options_of(command) ? option_of(command, index) : NULL;
}

void usage_print(const struct command *command)
{
	struct buffer text = {0};

	help_command(&text, command);
	fwrite(buffer_text(&text), 1, text.length, stdout);
	buffer_free(&text);
}

int usage_error(const struct command *command, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return error_text(EXIT_USAGE, "%s%s usage: dndprof %s %s; `dndprof help %s` says more",
			  text, *text && text[strlen(text) - 1] == '?' ? "" : ";", command->name,
			  command->arguments, command->name);
}

bool options_number(const struct command *command, const char *option, const char *value,
		    size_t least, size_t *number)
{
	int64_t parsed;

	if (dndprof_config_number(DNDPROF_CONFIG_COUNT, value, &parsed) < 0 ||
	    (uint64_t)parsed < least) {
		if (least)
			usage_error(command, "--%s wants a number of %zu or more, not %s", option,
				    least, value);
		else
			usage_error(command, "--%s wants a number, not %s", option, value);
		return false;
	}
	*number = (size_t)parsed;
	return true;
}

static void no_option(const struct command *command, const char *word)
{
	const char *nearest = NULL;
	unsigned int best = WORDS_FAR;

	for (size_t i = 0; strncmp(word, "--", 2) == 0 && i < options_of(command); i++) {
		const char *name = option_of(command, i)->name;
		unsigned int apart = words_apart(word + 2, name);

		if (apart < best) {
			best = apart;
			nearest = name;
		}
	}
	if (nearest)
		usage_error(command, "there is no option %s; did you mean --%s?", word, nearest);
	else
		usage_error(command, "there is no option %s", word);
}

static int index_of(const struct command *command, int code)
{
	if (code >= FIRST_CODE)
		return code - FIRST_CODE;
	for (size_t i = 0; i < options_of(command); i++)
		if (option_of(command, i)->letter == code)
			return (int)i;
	return -1;
}

int options_parse(const struct command *command, int argc, char **argv, bool stop_at_word,
		  bool (*given)(void *data, size_t option, const char *value), void *data)
{
	struct option longs[OPTIONS_MOST + 2] = {0};
	char shorts[2 * OPTIONS_MOST + 4] = "";
	size_t used = 0, count = options_of(command);
	int code;

	if (stop_at_word)
		shorts[used++] = '+';
	shorts[used++] = ':'; /* a missing value is told from an unknown option */
	for (size_t i = 0; i < count && i < OPTIONS_MOST; i++) {
		const struct option_row *row = option_of(command, i);

		longs[i] =
			(struct option){row->name, row->argument ? required_argument : no_argument,
					NULL, FIRST_CODE + (int)i};
		if (row->letter)
			shorts[used++] = row->letter;
		if (row->letter && row->argument)
			shorts[used++] = ':';
	}
	longs[count] = (struct option){"help", no_argument, NULL, 'h'};
	shorts[used++] = 'h';
	opterr = 0;
	optind = 0; /* GNU: forget an earlier command line */
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int option = index_of(command, code);

		if (code == 'h' && option < 0) {
			usage_print(command);
			exit(EXIT_FINE);
		}
		if (code == ':') {
			usage_error(command, "%s wants a value", argv[optind - 1]);
			return -1;
		}
		if (code == '?' || option < 0) {
			no_option(command, argv[optind - 1]);
			return -1;
		}
		if (!given(data, (size_t)option, optarg))
			return -1;
	}
	return optind;
}

int runs_open(char **paths, int count, struct run ***runs, size_t *run_count)
{
	char parent[PATH_MAX], *fallback = parent;
	int error;

	if (!count) {
		run_parent(parent);
		paths = &fallback;
		count = 1;
	}
	*runs = memory_get((size_t)count * sizeof(**runs));
	for (*run_count = 0; *run_count < (size_t)count; ++*run_count) {
		error = run_open(paths[*run_count], &(*runs)[*run_count]);
		if (error) {
			error_say(error, paths[*run_count]);
			runs_close(*runs, *run_count);
			return EXIT_INPUT;
		}
	}
	return 0;
}

void runs_close(struct run **runs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_close(runs[i]);
	free(runs);
}

int runs_print(char **paths, int count, const char *what, const struct model_choice *of,
	       void (*print)(struct buffer *buffer, const struct model *model, const void *choice),
	       const void *choice)
{
	struct buffer buffer = {0};
	struct model *model;
	struct run **runs;
	size_t opened;
	int status = runs_open(paths, count, &runs, &opened);

	if (status)
		return status;
	progress_begin("reading what was recorded");
	model = of ? model_build_of(runs, opened, of) : model_build(runs, opened);
	progress_end();
	print(&buffer, model, choice);
	fwrite(buffer_text(&buffer), 1, buffer.length, stdout);
	/* whoever stops reading has read enough: a pager that was left, `| head` */
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
		status = error_text(EXIT_INPUT, "the %s could not be written to stdout", what);
	buffer_free(&buffer);
	model_free(model);
	runs_close(runs, opened);
	return status;
}

bool shim_find(char path[PATH_MAX])
{
	static const char *const places[] = {
		"%s/libdndprof.so",
		"%s/../lib/libdndprof.so",
#if defined(__x86_64__)
		"%s/../lib/x86_64-linux-gnu/libdndprof.so",
#elif defined(__aarch64__)
		"%s/../lib/aarch64-linux-gnu/libdndprof.so",
#endif
	};
	char own[PATH_MAX], place[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[length < 0 ? 0 : length] = 0;
	if (length < 0 && !realpath((const char *)getauxval(AT_EXECFN), own)) /* no /proc */
		*own = 0;
	if (strrchr(own, '/'))
		*strrchr(own, '/') = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(place, sizeof(place), places[i],
			 own); // NOLINT: formats of the table above
		if (access(place, R_OK) == 0 && realpath(place, path))
			return true;
	}
#ifdef DNDPROF_LIBDIR
	if (access(DNDPROF_LIBDIR "/libdndprof.so", R_OK) == 0 &&
	    realpath(DNDPROF_LIBDIR "/libdndprof.so", path))
		return true;
#endif
	snprintf(path, PATH_MAX, "%.*s/libdndprof.so", PATH_MAX - 32, own);
	return false;
}

const char *shim_name_problem(const char *path)
{
	return strpbrk(path, DNDPROF_PRELOAD_SPECIAL)
		       ? "has a space, a colon or a $ in its name, which LD_PRELOAD cannot have; "
			 "install dndprof elsewhere"
		       : NULL;
}

bool helper_find(char path[PATH_MAX])
{
	shim_find(path);
	strcpy(strrchr(path, '/'), "/dndprof-exec"); /* shorter than what was there */
	return access(path, X_OK) == 0;
}

#define WORD(word) word,
static const char *const docker_programs[] = {DNDPROF_DOCKER_PROGRAMS(WORD) NULL};
static const char *const docker_groups[] = {DNDPROF_DOCKER_GROUPS(WORD) NULL};
static const char *const docker_commands[] = {DNDPROF_DOCKER_COMMANDS(WORD) NULL};
#undef WORD

static bool is_in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

void subcommand_words(char **argv, char *text, size_t room)
{
	const char *slash = strrchr(argv[0], '/'), *group = NULL;

	text[0] = 0;
	if (!is_in(docker_programs, slash ? slash + 1 : argv[0]))
		return;
	for (argv++; *argv; argv++) {
		bool leads = is_in(docker_groups, *argv);

		if (!leads && !is_in(docker_commands, *argv))
			continue;
		snprintf(text, room, "%s%s%s", group ? group : "", group ? " " : "", *argv);
		if (group || !leads)
			return;
		group = *argv;
	}
}
