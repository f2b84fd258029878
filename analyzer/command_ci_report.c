/*
 * command_ci_report.c - `dndprof ci report`: at the end of a job, what its programs did, in the
 * forms the CI system shows. Where no such system is known it says nothing.
 */
#include "base/duration.h"
#include "base/planted.h"
#include "base/progress.h"
#include "ci/annotations.h"
#include "ci/platform.h"
#include "command.h"
#include "findings/thresholds.h"
#include "past.h"
#include "render/report.h"
#include "rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_OUTPUT, OPTION_THRESHOLD, OPTION_HISTORY };
static const struct option_row options[] = {
	[OPTION_OUTPUT] = {"output", 'o', "DIR",
			   "where the files go; dndprof-report in the project is the default"},
	[OPTION_THRESHOLD] = {"threshold", 't', "NAME=VALUE",
			      "of a finding; `dndprof help thresholds` lists them"},
	[OPTION_HISTORY] = {"history", 0, "FILE",
			    "past jobs, for report.html; history.db beside the runs is the "
			    "default"},
};

#define SUMMARY_MOST  1048576 /* bytes of a step's summary */
#define SUMMARY_LEAST 8192    /* less has no room for a report */

/* What is left for artifacts. */
static const struct {
	const char *name, *format;
} files[] = {
	{"report.txt", "text"},	 {"report.html", "html"},	 {"report.md", "markdown"},
	{"report.json", "json"}, {"metrics.txt", "openmetrics"}, {"junit.xml", "junit"},
};

struct report {
	const struct command *command;
	const struct platform *platform;
	const char *output, *history;
	const struct model *model;
};

static bool given(void *data, size_t option, const char *value)
{
	struct report *report = data;

	if (option == OPTION_THRESHOLD)
		return thresholds_choose(value) == EXIT_FINE;
	if (option == OPTION_HISTORY) {
		report->history = value;
		return true;
	}
	report->output = value;
	return *value || (usage_error(report->command, "-o wants a directory"), false);
}

static int write_text(const char *path, int flags, const struct buffer *text)
{
	int fd = unplanted_open(path, flags, 0644), error = 0;

	if (fd < 0)
		return fd;
	for (size_t done = 0; done < text->length && !error;) {
		ssize_t wrote = write(fd, text->data + done, text->length - done);

		if (wrote > 0)
			done += (size_t)wrote;
		else if (wrote < 0 && errno != EINTR)
			error = -errno;
	}
	if (close(fd) < 0 && !error)
		error = -errno;
	return error;
}

static int cannot_write(const char *path, int error)
{
	return error_text(EXIT_INPUT, "%s cannot be written: %s", path, planted_problem(error));
}

static int write_files(const struct report *report, const char *directory,
		       const struct style *style)
{
	char path[PATH_MAX];

	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return cannot_write(directory, -errno);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buffer text = {0};
		int error;

		if (snprintf(path, sizeof(path), "%s/%s", directory, files[i].name) >= PATH_MAX)
			return cannot_write(directory, -ENAMETOOLONG);
		format_of(files[i].format)->render(&text, style, report->model, date_now());
		error = write_text(path, O_NOFOLLOW, &text);
		buffer_free(&text);
		if (error)
			return cannot_write(path, error);
	}
	return EXIT_FINE;
}

/* Other parts of the step may have written there before. */
static int write_summary(const struct report *report, const char *path)
{
	struct style style = {.ascii = false};
	struct buffer text = {0};
	struct stat status;
	size_t used = stat(path, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
	int error;

	if (used > SUMMARY_MOST - SUMMARY_LEAST)
		return error_text(EXIT_FINE, "the job summary is full; the report is not in it");
	style.room = SUMMARY_MOST - used - 1;
	if (used)
		buffer_print(&text, "\n");
	render_markdown(&text, &style, report->model, date_now());
	error = write_text(path, O_APPEND, &text);
	buffer_free(&text);
	return error ? cannot_write(path, error) : EXIT_FINE;
}

/* What people see in the log, where nothing else shows it. */
static void say(const struct report *report, const char *directory)
{
	const struct findings *findings = &report->model->findings;
	struct style style = {.ascii = true};
	struct buffer text = {0};
	char wall[DURATION_TEXT];

	buffer_print(&text, "dndprof: %zu operations in ", report->model->summary.operations);
	put_plain(&text, &style, duration_text(report->model->summary.wall_ns, wall));
	buffer_print(&text, "; the report is %s/report.txt\n", directory);
	if (findings->count)
		put_diagnosis(&text, &style, report->model);
	fwrite(text.data, 1, text.length, stdout);
	buffer_free(&text);
}

static int tell(const struct report *report)
{
	const struct platform *platform = report->platform;
	const char *summary = platform_value("GITHUB_STEP_SUMMARY"), *place;
	char directory[PATH_MAX];
	struct buffer text = {0};
	int status = EXIT_FINE;

	if (platform && platform->annotates) {
		annotations_put(&text, report->model);
		fwrite(buffer_text(&text), 1, text.length, stdout);
		buffer_free(&text);
		if (*summary)
			status = write_summary(report, summary);
	}
	place = platform ? platform_value(platform->place) : "";
	if (report->output)
		snprintf(directory, sizeof(directory), "%s", report->output);
	else
		snprintf(directory, sizeof(directory), "%s%sdndprof-report", place,
			 *place ? "/" : "");
	if (!status && (report->output || (platform && platform->collects))) {
		struct past *past = past_of(report->model, report->history);
		struct style style = {.past = past ? &past->page : NULL};

		status = write_files(report, directory, &style);
		past_free(past);
	}
	if (!status && platform && platform->collects)
		say(report, directory);
	return status;
}

/* The run of `ci init` ends now. One of `dndprof run` knows its program's file. */
static void finish(struct run *run)
{
	struct run_facts *facts = &run->facts;

	if (!facts->present || facts->finished || facts->child > 0 || facts->exe[0])
		return;
	run_ends(facts);
	run_facts_write(run->path, facts);
}

/* The job's own run where the variables of `ci init` are still there: a step after the job has a
 * shell of its own. */
static int open_runs(char **paths, int count, struct run ***runs, size_t *run_count)
{
	char own[PATH_MAX], *fallback = own;
	int status;

	snprintf(own, sizeof(own), "%s", platform_value("DNDPROF_RUN"));
	if (!count && *own)
		status = runs_open(&fallback, 1, runs, run_count);
	else
		status = runs_open(paths, count, runs, run_count);
	for (size_t i = 0; !status && i < *run_count; i++)
		finish((*runs)[i]);
	return status;
}

static int report_main(const struct command *command, int argc, char **argv)
{
	struct report report = {.command = command, .platform = platform_here()};
	int first = options_parse(command, argc, argv, false, given, &report), status;
	struct model *model;
	struct run **runs;
	size_t count;

	if (first < 0)
		return EXIT_USAGE;
	if (!platform_listens(report.platform) && !report.output)
		return EXIT_FINE;
	status = open_runs(argv + first, argc - first, &runs, &count);
	if (status)
		return status;
	progress_begin("reading what was recorded");
	report.model = model = model_build(runs, count);
	progress_end();
	status = tell(&report);
	model_free(model);
	runs_close(runs, count);
	if ((fflush(stdout) != 0 || ferror(stdout)) && !status)
		status = error_text(EXIT_INPUT, "the report could not be written to stdout");
	return status;
}

const struct command command_ci_report = {
	.name = "ci report",
	.arguments = "[-o DIR] [PATH...]",
	.meaning = "ends the run of `ci init`: job summary, annotations, metrics and JUnit files",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = report_main,
	.details =
		"On GitHub Actions the report goes into the job summary and the chief findings "
		"become "
		"annotations. On GitLab CI and Jenkins it leaves report.html, report.txt, "
		"report.md, "
		"report.json, "
		"metrics.txt (OpenMetrics) and junit.xml in DIR, for artifacts, and says the chief "
		"finding in the log. Elsewhere it does nothing, unless -o names a DIR.\n\n"
		"Its status is 0 whatever it found: gates are made by other commands.",
	.examples = "dndprof ci report\n"
		    "dndprof ci report -o reports ~/.local/state/dndprof",
};
