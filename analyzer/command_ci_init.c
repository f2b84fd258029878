/*
 * command_ci_init.c - `dndprof ci init`: one run for a whole job. What the job's programs need is
 * printed, for `eval` or for the file a CI system takes variables from; where anything fails,
 * nothing is printed, and the job runs as it always did.
 */
#include "ci/platform.h"
#include "ci/wrap.h"
#include "command.h"
#include "rundir.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_OUTPUT, OPTION_FORMAT, OPTION_NO_WRAP };
static const struct option_row options[] = {
	[OPTION_OUTPUT] = {"output", 'o', "DIR", "parent of the run's directory"},
	[OPTION_FORMAT] =
		{"format", 'f', "shell|env",
		 "shell: `export NAME='VALUE'`, the default; env: NAME=VALUE, where stdout "
		 "is $GITHUB_ENV"},
	[OPTION_NO_WRAP] = {"no-wrap", 0, NULL, "of shell: PATH stays as it is"},
};

enum form { FORM_SHELL, FORM_ENV };

struct job {
	const struct command *command;
	const char *parent;
	enum form form;
	bool no_wrap;
	char directory[PATH_MAX], wrap[PATH_MAX + 8];
	struct run_facts facts;
	struct buffer text; /* for stdout */
};

static bool given(void *data, size_t option, const char *value)
{
	struct job *job = data;

	switch (option) {
	case OPTION_OUTPUT:
		job->parent = value;
		return *value || (usage_error(job->command, "-o wants a directory"), false);
	case OPTION_FORMAT:
		job->form = strcmp(value, "env") == 0 ? FORM_ENV : FORM_SHELL;
		if (job->form == FORM_ENV || strcmp(value, "shell") == 0)
			return true;
		usage_error(job->command, "--format is shell or env, not %s", value);
		return false;
	default:
		return job->no_wrap = true;
	}
}

/* `dndprof ci init >> $GITHUB_ENV` */
static bool writes_to(const char *path)
{
	struct stat file, out;

	return *path && stat(path, &file) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
	       file.st_dev == out.st_dev && file.st_ino == out.st_ino;
}

static void put_variable(struct job *job, const char *name, const char *value)
{
	char *quoted;

	if (job->form == FORM_ENV) {
		buffer_print(&job->text, "%s=%s\n", name, value);
		return;
	}
	quoted = shell_quoted(value);
	buffer_print(&job->text, "export %s=%s\n", name, quoted);
	free(quoted);
}

/* `own` first, then what the variable has, with `separator` between; once. */
static void put_list(struct job *job, const char *name, const char *own, char separator)
{
	const char *old = platform_value(name);
	struct buffer list = {0};
	size_t length = strlen(own);

	buffer_print(&list, "%s", own);
	if (strncmp(old, own, length) == 0 && (!old[length] || old[length] == separator))
		old += length + (old[length] != 0);
	if (*old)
		buffer_print(&list, "%c%s", separator, old);
	put_variable(job, name, buffer_text(&list));
	buffer_free(&list);
}

/* The shell that takes this in was itself started without: a static docker would be missed. */
static void put_wrappers(struct job *job)
{
	struct program program;
	bool any = false;
	char *quoted;

	snprintf(job->wrap, sizeof(job->wrap), "%s/wrap", job->directory);
	for (size_t i = 0; wrap_programs[i]; i++)
		if (wrap_find(wrap_programs[i], job->wrap, &program) && wrap_is_needed(&program) &&
		    wrap_begin(job->wrap) == 0 &&
		    wrap_write(job->wrap, wrap_programs[i], &program) == 0)
			any = true;
	if (!any)
		return;
	quoted = shell_quoted(job->wrap);
	buffer_print(&job->text, "export PATH=%s:\"$PATH\"\n", quoted);
	free(quoted);
}

static int begin(struct job *job)
{
	const struct platform *platform = platform_here();
	struct run_facts *facts = &job->facts;
	char parent[PATH_MAX];
	int error;

	snprintf(facts->program, sizeof(facts->program), "%s job",
		 platform ? platform->name : "shell");
	snprintf(facts->subcommand, sizeof(facts->subcommand), "%s",
		 platform ? platform_value(platform->job) : "");
	run_begins(facts);
	if (!job->parent)
		job->parent = run_parent(parent);
	error = rundir_make(job->parent, facts->start_realtime_ns, job->directory);
	if (!error)
		error = run_facts_write(job->directory, facts);
	if (error)
		return error_text(EXIT_INPUT,
				  "%s cannot take the profiles: %s; name another with -o",
				  job->parent, strerror(-error));
	return EXIT_FINE;
}

static int put_all(struct job *job, const char *shim)
{
	char key[RUN_KEY_TEXT], *parent = memory_text(job->directory);

	*strrchr(parent, '/') = 0;
	put_variable(job, "DNDPROF_DIR", parent);
	free(parent);
	put_variable(job, "DNDPROF_RUN", job->directory);
	if (run_key(key) == 0) {
		put_variable(job, "DNDPROF_RUN_KEY", key);
		/* the log of a step begins with its variables; commands are taken from stderr, too
		 */
		if (*platform_value("GITHUB_ACTIONS"))
			fprintf(stderr, "::add-mask::%s\n", key);
	}
	put_list(job, "DNDPROF_SKIP", "dndprof",
		 ','); /* the report at the end is no part of the job */
	put_list(job, "LD_PRELOAD", shim, ':');
	if (job->form == FORM_SHELL && !job->no_wrap)
		put_wrappers(job);
	if (fwrite(job->text.data, 1, job->text.length, stdout) != job->text.length ||
	    fflush(stdout) != 0)
		return error_text(EXIT_INPUT, "the variables could not be written to stdout");
	return EXIT_FINE;
}

static int init_main(const struct command *command, int argc, char **argv)
{
	struct job job = {.command = command};
	char shim[PATH_MAX];
	int first, status;

	if (writes_to(platform_value("GITHUB_ENV")))
		job.form = FORM_ENV;
	first = options_parse(command, argc, argv, false, given, &job);
	if (first < 0)
		return EXIT_USAGE;
	if (first < argc)
		return usage_error(command, "what shall %s be?", argv[first]);
	if (!shim_find(shim))
		return error_text(EXIT_INPUT, "%s cannot be read; install libdndprof.so there",
				  shim);
	if (shim_name_problem(shim))
		return error_text(EXIT_INPUT, "%s %s", shim, shim_name_problem(shim));
	status = begin(&job);
	if (!status && strpbrk(job.directory, "\n:"))
		status =
			error_text(EXIT_INPUT,
				   "%s has a colon or a line end in its name; name another with -o",
				   job.directory);
	if (!status)
		status = put_all(&job, shim);
	buffer_free(&job.text);
	return status;
}

const struct command command_ci_init = {
	.name = "ci init",
	.arguments = "[-o DIR] [--format shell|env]",
	.meaning = "prints the variables that record a whole CI job as one run",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = init_main,
	.details =
		"Nothing is rebuilt and no step is changed: what is started from there on is "
		"recorded. `dndprof ci report` at the job's end says what came of it. Where a "
		"static docker is on PATH, a directory of wrappers goes before it, as of "
		"`dndprof ci wrap`.\n\n"
		"When something is wrong it is said on stderr, nothing is printed on stdout, and "
		"the job goes on unobserved.",
	.examples = "# GitLab, Jenkins, any shell\n"
		    "eval \"$(dndprof ci init)\"\n"
		    "# GitHub Actions, a step of its own; later steps are recorded\n"
		    "dndprof ci init >> \"$GITHUB_ENV\"",
};
