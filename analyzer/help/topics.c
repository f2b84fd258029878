/*
 * topics.c - what `dndprof help TOPIC` explains beside commands.
 */
#include "help/help.h"

#include "findings/thresholds.h"

#include <dndprof/config.h>

#include <string.h>

static void print_preload(struct buffer *text)
{
	help_paragraphs(
		text,
		"Without `dndprof run`, one variable does the same and prints nothing:\n\n"
		"    $ LD_PRELOAD=libdndprof.so sh -c 'docker build . && docker-compose up -d'\n"
		"    $ dndprof report\n\n"
		"Everything started below is observed, whatever it is: the shell, make, node, "
		"python, docker, its plugins and credential helpers. One thing is not: a static "
		"docker (that of docker.com's archives) started by a shell that was itself started "
		"without the variable. It loads no libraries. Any of these reaches it:\n\n"
		"    $ dndprof run -- docker ps\n"
		"    $ LD_PRELOAD=libdndprof.so sh -c 'docker ps'\n"
		"    $ dndprof ci wrap ~/wrap && PATH=~/wrap:$PATH\n\n"
		"The bare name libdndprof.so works where the library lies in a directory of ld.so, "
		"as `make install` and the Debian package put it; else give its path.");
}

static void print_reading(struct buffer *text)
{
	help_paragraphs(
		text,
		"How to read a report, from top to bottom:\n\n"
		"WHERE THE TIME WENT is the one chain of work and waiting that made the wall time; "
		"its shares add up to 100 %. The largest is where to begin.\n\n"
		"COVERAGE has a line for every process. \"unobserved\" is no data, not \"fast\": "
		"`dndprof doctor PROGRAM` says what would help.\n\n"
		"TIMING ANALYSIS has each endpoint: how often, how long, how many failed. "
		"\"n<100\" "
		"stands where so few operations cannot tell a P99.\n\n"
		"BOTTLENECK ANALYSIS ranks what was found by the time it would save; "
		"RECOMMENDATIONS says what to try, with the command.\n\n"
		"PROFILING OVERHEAD says what the measuring itself cost.\n\n"
		"Then look closer:\n\n"
		"    $ dndprof report --filter endpoint='/containers/*'\n"
		"    $ dndprof report --format json | jq .endpoints\n"
		"    $ dndprof dump | less");
}

static void print_settings(struct buffer *text)
{
#define ROW(name, kind, preset, min, max, meaning) {DNDPROF_CONFIG_PREFIX #name, meaning},
	static const struct {
		const char *name, *meaning;
	} rows[] = {DNDPROF_CONFIGS(ROW)};
#undef ROW

	help_paragraphs(text,
			"Environment variables, or `dndprof run --set NAME=VALUE` with the name "
			"after DNDPROF_:");
	buffer_print(text, "\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		help_row(text, rows[i].name, rows[i].meaning, 27);
}

static void print_files(struct buffer *text)
{
	help_paragraphs(
		text,
		"Each run has a directory run-UTC-PID, with one file a program and nothing secret "
		"in "
		"it: no headers, bodies, query values, nor command lines. Its parent is the first "
		"of "
		"these that is there:\n\n"
		"    dndprof run -o DIR\n"
		"    $DNDPROF_DIR\n"
		"    $XDG_STATE_HOME/dndprof\n"
		"    ~/.local/state/dndprof\n"
		"    $TMPDIR/dndprof-UID\n\n"
		"Commands that take a PATH take a profile file, a run, or a parent (its newest "
		"run); "
		"without one, the newest run of the default parent. `man dndprof-format` describes "
		"the files.");
}

/* Thresholds print themselves. */
static void print_thresholds(struct buffer *text)
{
	(void)text;
	thresholds_print();
}

const struct topic help_topics[] = {
	{"reading", "how to read a report", print_reading},
	{"preload", "LD_PRELOAD instead of `dndprof run`, and static docker", print_preload},
	{"settings", "what recording can be told", print_settings},
	{"files", "where profiles are kept, and what is in them", print_files},
	{"thresholds", "above what a finding is one", print_thresholds},
};
const size_t help_topic_count = sizeof(help_topics) / sizeof(help_topics[0]);

const struct topic *help_topic(const char *name)
{
	for (size_t i = 0; i < help_topic_count; i++)
		if (strcmp(help_topics[i].name, name) == 0)
			return &help_topics[i];
	return NULL;
}
