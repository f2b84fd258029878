/*
 * command_top.c - `dndprof top`: what running programs do now.
 */
#include "top/top.h"

#include <dndprof/config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { OPTION_ONCE, OPTION_DELAY, OPTION_SORT, OPTION_ROWS, OPTION_ASCII };
static const struct option_row options[] = {
	[OPTION_ONCE] = {"once", '1', NULL, "print one look and end; rates are over one delay"},
	[OPTION_DELAY] = {"delay", 'd', "DURATION", "between two looks; 1s is the default"},
	[OPTION_SORT] = {"sort", 's', "p95|rate|count|errors", "order of endpoints"},
	[OPTION_ROWS] = {"rows", 'n', "N", "of a table, at most; 10 is the default, 0: all"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
};

#define DELAY_LEAST 50000000 /* ns */

struct choice {
	const struct command *command;
	struct choice_of_frame frame;
	int64_t delay_ns;
	bool once;
};

static bool take_delay(struct choice *choice, const char *value)
{
	if (dndprof_config_number(DNDPROF_CONFIG_DURATION, value, &choice->delay_ns) == 0 &&
	    (!choice->delay_ns || choice->delay_ns >= DELAY_LEAST) &&
	    choice->delay_ns <= INT64_C(3600000000000))
		return true;
	usage_error(choice->command,
		    "--delay wants 50ms to 1h (0s: rates since the beginning), not %s", value);
	return false;
}

static bool take_sort(struct choice *choice, const char *value)
{
#define NAME(id, name) name,
	static const char *const names[] = {ORDERS(NAME)};
#undef NAME

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], value) == 0) {
			choice->frame.order = i;
			return true;
		}
	usage_error(choice->command, "--sort is p95, rate, count or errors, not %s", value);
	return false;
}

static bool take_rows(struct choice *choice, const char *value)
{
	return options_number(choice->command, "rows", value, 0, &choice->frame.rows);
}

static bool given(void *data, size_t option, const char *value)
{
	struct choice *choice = data;

	switch (option) {
	case OPTION_ONCE:
		return choice->once = true;
	case OPTION_DELAY:
		return take_delay(choice, value);
	case OPTION_SORT:
		return take_sort(choice, value);
	case OPTION_ROWS:
		return take_rows(choice, value);
	default:
		return choice->frame.ascii = true;
	}
}

/* A number is a process, unless a file is called so. */
static int find(const char *word, struct place *place)
{
	struct stat status;
	int error = 0;

	if (!word) {
		run_parent(place->path);
		return 0;
	}
	snprintf(place->path, sizeof(place->path), "%s", word);
	if (word[strspn(word, "0123456789")] || strlen(word) > 9 || stat(word, &status) == 0)
		return 0;
	error = look_find(atoi(word), place->path);
	place->tree = !error;
	if (error == -ESRCH)
		return error_text(EXIT_INPUT,
				  "there is no process %s; `dndprof top` shows the newest run",
				  word);
	if (error == -ENOMSG)
		return error_text(EXIT_INPUT,
				  "process %s is not recorded: start it by `dndprof run`, or with "
				  "LD_PRELOAD=libdndprof.so",
				  word);
	return error ? error_text(EXIT_INPUT,
				  "process %s cannot be looked at: %s; run `dndprof top` as its "
				  "user, or name its run",
				  word, strerror(-error))
		     : 0;
}

static int print_once(const struct place *place, const struct choice *choice)
{
	struct timespec pause = {choice->delay_ns / 1000000000, choice->delay_ns % 1000000000};
	struct look before = {0}, now;
	struct frame frame = {0};
	int status = choice->delay_ns ? look_take(&before, place) : 0;

	if (!status && choice->delay_ns) {
		frame_make(&frame, &before, NULL, &choice->frame); /* counts */
		nanosleep(&pause, NULL);
	}
	if (!status)
		status = look_take(&now, place);
	if (!status) {
		frame_make(&frame, &now, before.model ? &before : NULL, &choice->frame);
		for (size_t i = 0; i < frame.lines.count; i++)
			puts(frame_line(&frame, i));
		look_free(&now);
	}
	look_free(&before);
	frame_free(&frame);
	if (!status && (fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
		status = error_text(EXIT_INPUT, "the look could not be written to stdout");
	return status;
}

static int top_main(const struct command *command, int argc, char **argv)
{
	struct choice choice = {.command = command, .delay_ns = 1000000000, .frame = {.rows = 10}};
	int first = options_parse(command, argc, argv, false, given, &choice), status;
	struct place place = {0};

	if (first < 0)
		return EXIT_USAGE;
	if (argc - first > 1)
		return usage_error(command, "one process or directory at a time");
	status = find(argv[first], &place);
	if (status)
		return status;
	if (choice.once)
		return print_once(&place, &choice);
	return screen_show(&place, choice.delay_ns >= DELAY_LEAST ? choice.delay_ns : DELAY_LEAST,
			   &choice.frame);
}

const struct command command_top = {
	.name = "top",
	.arguments = "[OPTION...] [PID|PATH]",
	.meaning = "shows what recorded programs are doing now: rates, requests in flight, slow "
		   "endpoints",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = top_main,
	.details =
		"Without a word, the newest run. PID is a running process that is recorded: it and "
		"its descendants in the same run, also ended ones, each found by its recorded "
		"parent. PATH is a run, a directory of runs (the newest) or one profile.\n\n"
		"The files of running programs are read again and again; the programs are not "
		"touched. Percentiles are of the newest 100,000 records; rates are over the last "
		"delay. CPU and state of threads are the kernel's (/proc).\n\n"
		"Go hands goroutines from thread to thread and records for all of them at once: "
		"of its threads there are the waits for something to run (Slots/s), CPU and "
		"state, not the calls.\n\n"
		"Keys: q quits, s sorts endpoints by something else, space holds.",
	.examples = "dndprof top\n"
		    "dndprof top $(pidof dockerd)\n"
		    "# for scripts\n"
		    "dndprof top --once --delay 5s",
};
