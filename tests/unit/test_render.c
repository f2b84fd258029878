/* The report and the dump, to the letter. */
#include "render/dump.h"
#include "render/report.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#define DATE (INT64_C(1757238300) * 1000000000) /* 2025-09-07 09:45:00 */

typedef void dump_function(struct buffer *, const struct style *, const struct model *);

/* Text of the run `builder`, which is freed. */
static char *rendered(struct builder *builder, render_function *render, dump_function *dump,
		      bool ascii)
{
	struct style style = {.ascii = ascii};
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};

	if (render)
		render(&buffer, &style, model, DATE);
	else
		dump(&buffer, &style, model);
	model_free(model);
	run_close(run);
	builder_free(builder);
	return buffer.data;
}

static void golden(struct builder *builder, render_function *render, dump_function *dump,
		   bool ascii, const char *name)
{
	char *text = rendered(builder, render, dump, ascii);

	assert_golden(name, text, strlen(text));
	free(text);
}

static void assert_has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("not there: %s\nin:\n%s", line, text);
}

/* The example the project started from; its rating contradicted its numbers. */
static void test_seed_lines(void **state)
{
	static const char *const lines[] = {
		" PERFORMANCE PROFILING REPORT                    Generated: 2025-09-07 09:45:00 "
		"\n",
		"EXECUTIVE SUMMARY\n---------------------------------------------------------------"
		"----------------\nTotal Operations:     100\nTotal Duration:       1.234s\n",
		"\nAverage Duration:     12.34ms\n",
		" (target: 1ms)\nPerformance Rating:   "
		"\xe2\x98\x85\xe2\x98\x85\xe2\x98\x85\xe2\x98\x85\xe2\x98\x85 Excellent\n",
		"TIMING ANALYSIS\n",
		"-\nMinimum Duration:     1.2ms\nMaximum Duration:     156.7ms\n"
		"Average Duration:     12.34ms\n\nPercentiles:\n  P50 (Median):       10.5ms\n",
		"\n  P95:                45.2ms\n  P99:                98.7ms\n",
	};
	char *text = rendered(builder_seed(), render_text, NULL, false);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_has(text, lines[i]);
	free(text);
}

static void test_golden_seed(void **state)
{
	(void)state;
	golden(builder_seed(), render_text, NULL, false, "seed.txt");
	golden(builder_seed(), render_json, NULL, false, "seed.json");
	golden(builder_seed(), render_csv, NULL, false, "seed.csv");
	golden(builder_seed(), render_markdown, NULL, false, "seed.md");
}

static void test_golden_busy(void **state)
{
	(void)state;
	golden(builder_busy(), render_text, NULL, false, "busy.txt");
	golden(builder_busy(), render_json, NULL, false, "busy.json");
	golden(builder_busy(), render_csv, NULL, false, "busy.csv");
	golden(builder_busy(), render_markdown, NULL, false, "busy.md");
}

static void test_golden_everything(void **state)
{
	(void)state;
	golden(builder_everything(), render_text, NULL, false, "everything.txt");
	golden(builder_everything(), render_text, NULL, true, "everything-ascii.txt");
	golden(builder_everything(), render_json, NULL, false, "everything.json");
	golden(builder_everything(), render_csv, NULL, false, "everything.csv");
	golden(builder_everything(), render_markdown, NULL, false, "everything.md");
	golden(builder_everything(), render_openmetrics, NULL, false, "everything.metrics");
	golden(builder_everything(), render_junit, NULL, false, "everything.junit.xml");
	golden(builder_everything(), NULL, dump_text, false, "everything.dump");
	golden(builder_everything(), NULL, dump_jsonl, false, "everything.jsonl");
}

static void test_no_data(void **state)
{
	char *text = rendered(builder_new(), render_text, NULL, false);

	(void)state;
	assert_has(text, "Total Operations:     0\nTotal Duration:       no data\n");
	assert_has(text, "Performance Rating:   no data\n");
	assert_has(text, "No operation was observed");
	free(text);
	text = rendered(builder_new(), render_json, NULL, false);
	assert_has(text, "\"rating\": null");
	assert_has(text, "\"average_ns\": null");
	free(text);
}

static void test_json_keys(void **state)
{
	static const char *const keys[] = {
		"run",	    "coverage",	       "summary",    "timing",	    "endpoints",
		"checks",   "workers",	       "categories", "bottlenecks", "resources",
		"overhead", "recommendations", "call_sites"};
	char *text = rendered(builder_everything(), render_json, NULL, false);
	json_t *root = json_loads(text, 0, NULL);
	const char *key;
	json_t *value;
	size_t i = 0;

	(void)state;
	assert_non_null(root);
	json_object_foreach(root, key, value) assert_string_equal(key, keys[i++]);
	assert_int_equal(i, 13);
	assert_true(json_is_array(json_object_get(root, "checks")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "summary"),
							    "total_operations")),
			 8);
	json_decref(root);
	free(text);
}

/* Both formats give a P99 to a hundred operations, and to no fewer. */
static void test_p99(void **state)
{
	char *text = rendered(builder_everything(), render_json, NULL, false);

	(void)state;
	assert_has(text, "\"p99_ns\": null");
	assert_null(strstr(text, "\"p99_ns\": 9"));
	free(text);
	text = rendered(builder_seed(), render_json, NULL, false);
	assert_has(text, "\"p99_ns\": 98");
	free(text);
}

/* Whose end nobody saw. */
static void test_running(void **state)
{
	struct builder *builder = builder_new();
	char *text;

	(void)state;
	builder->header.end = DNDPROF_END_OPEN;
	builder->header.end_ticks = 0;
	text = rendered(builder, render_text, NULL, false);
	assert_has(text, "libc, end not seen"); /* of another machine */
	free(text);
}

/* No byte of a profile reaches a terminal as an order to it. */
static void test_hostile_text(void **state)
{
	char *texts[2];

	(void)state;
	texts[0] = rendered(builder_everything(), render_text, NULL, false);
	texts[1] = rendered(builder_everything(), NULL, dump_text, false);
	for (size_t i = 0; i < 2; i++) {
		for (const char *at = texts[i]; *at; at++)
			assert_true((unsigned char)*at >= 0x20 || *at == '\n');
		assert_null(strstr(texts[i], "\xe2\x80\xae"));
		free(texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seed_lines),   cmocka_unit_test(test_golden_seed),
		cmocka_unit_test(test_golden_busy),  cmocka_unit_test(test_golden_everything),
		cmocka_unit_test(test_no_data),	     cmocka_unit_test(test_json_keys),
		cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_p99),
		cmocka_unit_test(test_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
