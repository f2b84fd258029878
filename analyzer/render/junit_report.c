/*
 * junit_report.c - the report as JUnit XML, which CI systems show beside tests: checks, endpoints
 * and the run itself, failed where any of it failed; findings are told with it and fail nothing.
 */
#include "render/report.h"
#include "render/xml.h"

#include <string.h>

#define CASES_MOST 1000 /* of a suite */

struct suite {
	struct buffer cases;
	size_t count, failed;
	int64_t total_ns;
};

/* "POST /build", and how long all of them took. */
static void begin_case(struct suite *suite, const char *kind, const char *first, const char *name,
		       int64_t total_ns)
{
	buffer_print(&suite->cases, "    <testcase classname=\"dndprof.%s\" name=\"", kind);
	if (*first) {
		xml_put(&suite->cases, first);
		buffer_print(&suite->cases, " ");
	}
	xml_put(&suite->cases, *name ? name : "-");
	buffer_print(&suite->cases, "\" time=\"%.6f\"", total_ns > 0 ? (double)total_ns / 1e9 : 0);
	suite->count++;
	suite->total_ns += total_ns > 0 ? total_ns : 0;
}

static void end_case(struct suite *suite, const char *failure)
{
	if (failure) {
		buffer_print(&suite->cases, "><failure message=\"");
		xml_put(&suite->cases, failure);
		buffer_print(&suite->cases, "\"/></testcase>\n");
		suite->failed++;
	} else {
		buffer_print(&suite->cases, "/>\n");
	}
}

static void put_suite(struct buffer *buffer, const char *kind, struct suite *suite)
{
	buffer_print(buffer,
		     "  <testsuite name=\"dndprof.%s\" tests=\"%zu\" failures=\"%zu\" "
		     "time=\"%.6f\">\n%s  </testsuite>\n",
		     kind, suite->count, suite->failed, (double)suite->total_ns / 1e9,
		     buffer_text(&suite->cases));
	buffer_free(&suite->cases);
}

static void add_runs(struct suite *suite, const struct model *model)
{
	for (size_t i = 0; i < model->runs.count && i < CASES_MOST; i++) {
		const struct model_run *run = &model->runs.items[i];
		const struct run_facts *facts = &run->run->facts;
		char failure[64] = "";

		if (facts->exit_status > 0)
			snprintf(failure, sizeof(failure), "exit status %d", facts->exit_status);
		if (facts->signal > 0)
			snprintf(failure, sizeof(failure), "ended by signal %d", facts->signal);
		begin_case(suite, "run", *run->subcommand ? run->program : "",
			   *run->subcommand ? run->subcommand : run->program,
			   run->end_ns - run->start_ns);
		end_case(suite, *failure ? failure : NULL);
	}
}

static void add_checks(struct suite *suite, const struct model *model)
{
	for (size_t i = 0; i < model->checks.count && i < CASES_MOST; i++) {
		const struct check_row *row = &model->checks.items[i];
		char failure[64];

		snprintf(failure, sizeof(failure), "%llu of %llu failed",
			 (unsigned long long)row->failed, (unsigned long long)row->count);
		begin_case(suite, "checks", "", row->name, row->total_ns);
		end_case(suite, row->failed ? failure : NULL);
	}
}

static void add_endpoints(struct suite *suite, const struct model *model)
{
	for (size_t i = 0; i < model->endpoints.count && i < CASES_MOST; i++) {
		const struct endpoint_row *row = &model->endpoints.items[i];
		char failure[128];

		snprintf(failure, sizeof(failure), "%zu of %zu failed, %zu had no answer",
			 row->errors, row->count, row->unanswered);
		begin_case(suite, "endpoints", row->method, row->endpoint,
			   row->latencies && !row->stream ? row->total_ns : 0);
		end_case(suite, row->errors || row->unanswered ? failure : NULL);
	}
}

static void add_findings(struct suite *suite, const struct model *model)
{
	for (size_t i = 0; i < model->findings.count && i < CASES_MOST; i++) {
		const struct finding *finding = &model->findings.items[i];

		begin_case(suite, "findings", finding->rule,
			   finding->cited.count && finding->cited.what ? finding->cited.what : "",
			   finding->impact_ns);
		buffer_print(&suite->cases, "><system-out>");
		xml_put(&suite->cases, finding->description);
		buffer_print(&suite->cases, " ");
		xml_put(&suite->cases, finding->recommendation);
		buffer_print(&suite->cases, "</system-out></testcase>\n");
	}
}

void render_junit(struct buffer *buffer, const struct style *style, const struct model *model,
		  int64_t now_ns)
{
	static const struct {
		const char *kind;
		void (*add)(struct suite *suite, const struct model *model);
	} kinds[] = {{"run", add_runs},
		     {"checks", add_checks},
		     {"endpoints", add_endpoints},
		     {"findings", add_findings}};

	(void)style;
	(void)now_ns;
	buffer_print(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "
			     "name=\"dndprof\">\n");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct suite suite = {{0}, 0, 0, 0};

		kinds[i].add(&suite, model);
		put_suite(buffer, kinds[i].kind, &suite);
	}
	buffer_print(buffer, "</testsuites>\n");
}
