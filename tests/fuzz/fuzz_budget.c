/*
 * fuzz_budget.c - any bytes as a file of budgets: refused in one sentence, or conditions that are
 * judged, and printed by the rules of every format.
 */
#include "compare/gate.h"
#include "render/comparison.h"
#include "obey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct style style;

static void check(const struct comparison *comparison)
{
	struct buffer buffer = {0};

	comparison_text(&buffer, &style, comparison);
	obey("text", problem_terminal, &buffer);
	comparison_json(&buffer, &style, comparison);
	obey("json", problem_json, &buffer);
	comparison_markdown(&buffer, &style, comparison);
	obey("markdown", problem_markdown, &buffer);
	comparison_junit(&buffer, comparison);
	obey("junit", problem_xml, &buffer);
	buffer_free(&buffer);
}

static struct figures *of_a_run(double factor)
{
	struct figures *figures = figures_new();

	figures->program = "docker";
	figures->subcommand = "ps";
	figures->host = "example";
	figures->path = "run-1";
	for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
		figures_add(figures, SUBJECT_RUN, "", metric, 1e6 * factor);
		figures_add(figures, SUBJECT_ENDPOINT, "GET /containers/json", metric, factor);
		figures_add(figures, SUBJECT_CHECK, "dns_resolution", metric, 0);
	}
	figures_sort(figures);
	return figures;
}

static void judge(const struct gates *gates)
{
	struct figures *runs[2] = {of_a_run(1), of_a_run(1.5)};
	struct side base = {.runs = &runs[0], .count = 1}, fresh = {.runs = &runs[1], .count = 1};
	struct comparison *comparison = compare_sides(&base, &fresh, 0);

	comparison->base_name = "run-1";
	comparison->fresh_name = "run-2";
	comparison_choose(comparison, true);
	if (gates_judge(comparison, gates) > comparison->gates.count)
		abort();
	check(comparison);
	comparison_free(comparison);
	figures_free(runs[0]);
	figures_free(runs[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("budget", MFD_CLOEXEC);
	struct gates gates = {0};
	char path[32];
	FILE *kept;
	bool good;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kept = silence();
	good = gates_read(&gates, path) == 0;
	speak(kept);
	if (good)
		judge(&gates);
	gates_free(&gates);
	close(fd);
	return 0;
}
