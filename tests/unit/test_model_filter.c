/* Filters: what they take, what they leave, and that all figures are of what is left. */
#include "model/filter.h"
#include "model/internal.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <string.h>

struct seen {
	struct builder *builder;
	struct run *run;
	struct filter filter;
	struct model_choice choice;
	struct model *model;
};

static void look(struct seen *seen, struct builder *builder, const char *filter)
{
	memset(seen, 0, sizeof(*seen));
	seen->builder = builder;
	seen->run = builder_run(builder);
	if (filter) {
		assert_null(filter_add(&seen->filter, filter));
		seen->choice.filter = &seen->filter;
	}
	seen->model = model_build_of(&seen->run, 1, &seen->choice);
}

static void done(struct seen *seen)
{
	model_free(seen->model);
	run_close(seen->run);
	builder_free(seen->builder);
	filter_free(&seen->filter);
}

/* Whatever is left: the parts add up, and indices lead where they should. */
static void assert_sound(const struct model *model)
{
	int64_t rows = 0, stretches = 0, categories = 0;

	for (size_t i = 0; i < model->critical.rows.count; i++)
		rows += model->critical.rows.items[i].total_ns;
	for (size_t i = 0; i < model->critical.stretches.count; i++) {
		const struct stretch *stretch = &model->critical.stretches.items[i];

		stretches += stretch->end_ns - stretch->start_ns;
		if (stretch->kind == STRETCH_OPERATION)
			assert_true(stretch->index < model->operations.count);
		if (stretch->kind == STRETCH_LOCK)
			assert_true(stretch->index < model->locks.count);
	}
	for (size_t i = 0; i < model->category_rows.count; i++)
		categories += model->category_rows.items[i]->self_ns;
	assert_int_equal(rows, model->summary.wall_ns);
	assert_int_equal(stretches, model->summary.wall_ns);
	assert_int_equal(categories, model->summary.wall_ns);
}

static const struct {
	const char *filter;
	size_t operations, left_out, endpoints, locks, children;
} expected[] = {
	{NULL, 8, 0, 5, 1, 1},
	{"endpoint=/containers/*", 2, 6, 2, 0, 0},
	{"endpoint=GET /containers/*", 1, 7, 1, 0, 0},
	{"endpoint=/containers/*,endpoint=/_ping", 3, 5, 3, 0, 0},
	{"category=dns", 1, 7, 0, 0, 0},
	{"category=docker_api", 5, 3, 5, 0, 0},
	{"category=lock", 0, 8, 0, 1, 0},
	{"category=process", 0, 8, 0, 0, 1},
	{"process=client", 8, 0, 5, 1, 1},
	{"process=client compose*", 8, 0, 5, 1, 1},
	{"process=1000", 8, 0, 5, 1, 1},
	{"process=docker", 0, 8, 0, 0, 0},
	{"from=75ms,to=100ms", 1, 7, 1, 0, 0},
	{"to=12ms", 1, 7, 0, 0, 0},
	{"from=600ms", 0, 8, 0, 1, 0},
	{"category=docker_api,endpoint=registry*", 0, 8, 0, 0, 0},
	{"worker=999", 0, 8, 0, 0, 0},
};

static void test_what_is_left(void **state)
{
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct model *model;

		look(&seen, builder_everything(), expected[i].filter);
		model = seen.model;
		print_message("%s\n", expected[i].filter ? expected[i].filter : "no filter");
		assert_int_equal(model->summary.operations, expected[i].operations);
		assert_int_equal(model->left_out, expected[i].left_out);
		assert_int_equal(model->endpoints.count, expected[i].endpoints);
		assert_int_equal(model->locks.count, expected[i].locks);
		assert_int_equal(model->children.count, expected[i].children);
		assert_sound(model);
		done(&seen);
	}
}

static int64_t left_out(const struct model *model)
{
	return model->critical.cause_ns[CAUSE_LEFT_OUT];
}

/* The window cuts the critical path to the nanosecond; other keys choose its pieces. */
static void test_critical_path(void **state)
{
	struct seen seen;

	(void)state;
	look(&seen, builder_everything(), "from=100ms,to=300ms");
	assert_int_equal(left_out(seen.model), seen.model->summary.wall_ns - 200000000);
	assert_int_equal(seen.model->critical.cause_ns[CAUSE_STREAM], 200000000);
	done(&seen);
	look(&seen, builder_everything(), "category=dns");
	assert_int_equal(seen.model->critical.cause_ns[CAUSE_DNS], 12000000);
	assert_int_equal(left_out(seen.model), seen.model->summary.wall_ns - 12000000);
	done(&seen);
	look(&seen, builder_everything(), "process=*");
	assert_int_equal(left_out(seen.model), 0);
	done(&seen);
}

/* Locks are called what the critical path calls them. */
static void test_lock_names(void **state)
{
	struct builder *builder = builder_everything();
	struct dndprof_record other = {.start = 1700000000,
				       .duration = 90000000,
				       .fd = -1,
				       .arg = 0x7f0000001000,
				       .call = DNDPROF_CALL_pthread_mutex_lock};
	struct seen seen;

	(void)state;
	builder_record(builder, other, NULL, 0);
	look(&seen, builder, "category=lock,to=650ms");
	assert_int_equal(seen.model->locks.count, 1);
	assert_string_equal(seen.model->locks.items[0].what, "mutex 2");
	assert_sound(seen.model);
	done(&seen);
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = {"",
					    "x",
					    "endpoint",
					    "endpoint=",
					    "nothing=1",
					    "from=1",
					    "from=soon",
					    "to=-1s",
					    "endpoint=a,",
					    "=a",
					    "endpoint=a,from=",
					    "from=99999999999999h"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct filter filter = {0};

		print_message("%s\n", wrong[i]);
		assert_non_null(filter_add(&filter, wrong[i]));
		filter_free(&filter);
	}
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		bool any;
	} rows[] = {{"from=1s", true},
		    {"to=1s", true},
		    {"from=1s,to=2s", true},
		    {"from=2s,to=1s", false},
		    {"from=1s,to=1s", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct filter filter = {0};

		assert_null(filter_add(&filter, rows[i].text));
		assert_int_equal(filter_has_time(&filter), rows[i].any);
		filter_free(&filter);
	}
}

/* As many as there is room for, and not one more. */
static void test_many(void **state)
{
	struct filter filter = {0};

	(void)state;
	for (int i = 0; i < FILTER_TERMS; i++)
		assert_null(filter_add(&filter, "endpoint=a"));
	assert_non_null(filter_add(&filter, "endpoint=a"));
	filter_free(&filter);
	for (int i = 0; i < FILTER_TERMS / 2; i++)
		assert_null(filter_add(&filter, "endpoint=a,category=b"));
	assert_non_null(filter_add(&filter, "endpoint=a"));
	filter_free(&filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_left), cmocka_unit_test(test_critical_path),
		cmocka_unit_test(test_lock_names),   cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_time),	     cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
