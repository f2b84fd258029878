/* Regions within each other, their categories, and times of which a program had nothing recorded.
 */
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define AT (UINT64_C(1000) * MS)

/* A process from 0 to `end` ms. */
static struct builder *process(uint64_t end)
{
	struct builder *builder = builder_new();

	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder->header.end_ticks = AT + end * MS;
	builder->header.end = DNDPROF_END_EXIT;
	builder->sample_count = 0;
	builder_anchor(builder, AT, AT, UINT64_C(1700000001000000000));
	return builder;
}

static void mark(struct builder *builder, uint32_t tid, uint64_t start, uint64_t duration,
		 const char *category, const char *name)
{
	struct dndprof_record record = {.start = AT + start * MS,
					.duration = duration * MS,
					.fd = -1,
					.context = tid,
					.call = DNDPROF_CALL_region,
					.payload = DNDPROF_PAYLOAD_REGION};
	char text[128];
	size_t length = strlen(category);

	memcpy(text, category, length + 1);
	strcpy(text + length + 1, name);
	builder_record(builder, record, text, length + 1 + strlen(name));
}

static void stopped(struct builder *builder, uint64_t start, uint64_t duration)
{
	struct dndprof_record record = {.start = AT + start * MS,
					.fd = -1,
					.call = DNDPROF_CALL_stopped,
					.flags = DNDPROF_RECORD_BEGIN};

	builder_record(builder, record, NULL, 0);
	/* the shim counts those that are over */
	builder->rings[builder->ring_count - 1]->stats[DNDPROF_CALL_stopped].count--;
	record.flags = 0;
	record.duration = duration * MS;
	if (duration)
		builder_record(builder, record, NULL, 0);
}

static struct model *model_of(struct builder *builder, struct run **run)
{
	*run = builder_run(builder);
	builder_free(builder);
	return model_build(run, 1);
}

static void done(struct model *model, struct run *run)
{
	model_free(model);
	run_close(run);
}

static const struct operation *named(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->operations.count; i++)
		if (strcmp(model->operations.items[i].endpoint, name) == 0)
			return &model->operations.items[i];
	fail_msg("no %s", name);
	return NULL;
}

static const struct category_row *category(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->category_rows.count; i++)
		if (strcmp(model->category_rows.items[i]->name, name) == 0)
			return model->category_rows.items[i];
	fail_msg("no %s", name);
	return NULL;
}

static int64_t self_sum(const struct model *model)
{
	int64_t sum = 0;

	for (size_t i = 0; i < model->category_rows.count; i++)
		sum += model->category_rows.items[i]->self_ns;
	return sum;
}

static void test_nested(void **state)
{
	struct builder *builder = process(500);
	struct model *model;
	struct run *run;

	(void)state;
	mark(builder, builder->tid, 0, 400, "web", "outer");
	mark(builder, builder->tid, 100, 200, "db", "middle");
	mark(builder, builder->tid, 150, 50, "db", "inner");
	builder_call(builder, DNDPROF_CALL_getaddrinfo, -1, AT + 350 * MS, 20 * MS, 0, 0, 0);
	model = model_of(builder, &run);
	assert_int_equal(named(model, "outer")->self_ns, 180 * MS);
	assert_int_equal(named(model, "middle")->self_ns, 150 * MS);
	assert_int_equal(named(model, "inner")->self_ns, 50 * MS);
	assert_int_equal(model->summary.total_ns, 400 * MS);
	assert_int_equal(model->summary.average_ns, (400 + 200 + 50 + 20) * MS / 4);
	/* a category's total has what is within itself once, its average each for itself */
	assert_int_equal(category(model, "db")->count, 2);
	assert_int_equal(category(model, "db")->total_ns, 200 * MS);
	assert_int_equal(category(model, "db")->average_ns, 125 * MS);
	assert_int_equal(category(model, "db")->min_ns, 50 * MS);
	assert_int_equal(category(model, "db")->self_ns, 200 * MS);
	assert_int_equal(category(model, "web")->self_ns, 180 * MS);
	assert_int_equal(category(model, "dns")->self_ns, 20 * MS);
	assert_int_equal(self_sum(model), model->summary.wall_ns);
	done(model, run);
}

/* What recording the calls of its thread within it cost is taken off a region, and nothing else. */
static void test_cost(void **state)
{
	for (uint64_t price = 0; price <= 40; price += 40) {
		struct builder *builder = process(500);
		int64_t marked = (int64_t)price * 5 / 4; /* with its slot */
		int64_t each = price ? marked - 8 : 0;	 /* of calls, which wait for the kernel */
		struct model *model;
		struct run *run;

		(void)state;
		builder->header.price = price;
		builder->header.call_null = -8 * DNDPROF_NULL_PARTS;
		mark(builder, builder->tid, 0, 400, "web", "outer");
		mark(builder, builder->tid, 100, 200, "db", "inner");
		mark(builder, builder->tid, 450, 0, "db", "empty");
		mark(builder, builder->tid + 1, 0, 400, "db", "elsewhere");
		for (uint64_t i = 0; i < 10; i++)
			builder_call(builder, DNDPROF_CALL_poll, -1, AT + (150 + i) * MS, 100, 0, 0,
				     0);
		builder_call(builder, DNDPROF_CALL_poll, -1, AT + 50 * MS, 100, 0, 0, 0);
		builder_call(builder, DNDPROF_CALL_poll, -1, AT + 440 * MS, 100, 0, 0, 0);
		model = model_of(builder, &run);
		assert_int_equal(named(model, "outer")->duration_ns, 400 * MS - 11 * each - marked);
		assert_int_equal(named(model, "inner")->duration_ns, 200 * MS - 10 * each);
		assert_int_equal(named(model, "elsewhere")->duration_ns, 400 * MS);
		assert_int_equal(named(model, "empty")->duration_ns, 0);
		assert_int_equal(self_sum(model), model->summary.wall_ns);
		done(model, run);
	}
}

/* Not within each other: begun and ended crosswise, at once on two threads, one after another. */
static void test_not_nested(void **state)
{
	struct builder *builder = process(500);
	struct model *model;
	struct run *run;

	(void)state;
	mark(builder, builder->tid, 0, 100, "a", "first");
	mark(builder, builder->tid, 60, 100, "a", "crosswise");
	mark(builder, builder->tid + 1, 0, 100, "a", "elsewhere");
	mark(builder, builder->tid, 160, 10, "a", "after");
	model = model_of(builder, &run);
	assert_int_equal(named(model, "first")->self_ns, 60 * MS);
	assert_int_equal(named(model, "crosswise")->self_ns, 100 * MS);
	assert_int_equal(named(model, "elsewhere")->self_ns, 100 * MS);
	assert_int_equal(category(model, "a")->total_ns, 270 * MS);
	assert_int_equal(category(model, "a")->self_ns, 170 * MS); /* of the main thread */
	assert_int_equal(self_sum(model), model->summary.wall_ns);
	done(model, run);
}

static bool noted(const struct model *model, const char *text)
{
	for (size_t i = 0; i < model->processes.items[0].notes.count; i++)
		if (strcmp(model->processes.items[0].notes.items[i], text) == 0)
			return true;
	return false;
}

static void test_stops(void **state)
{
	struct builder *builder = process(500);
	struct model *model;
	struct run *run;

	(void)state;
	mark(builder, builder->tid, 10, 20, "a", "before");
	stopped(builder, 100, 50);
	mark(builder, builder->tid, 200, 10, "a", "between");
	mark(builder, builder->tid, 220, 10, "a", "between");
	stopped(builder, 400, 0);
	model = model_of(builder, &run);
	assert_true(noted(model, "profiling was stopped by the program from 100ms to 150ms"));
	assert_true(noted(model, "profiling was stopped by the program from 400ms on"));
	assert_true(noted(model, "recording 1, from 0s to 100ms: 1 operation"));
	assert_true(noted(model, "recording 2, from 150ms to 400ms: 2 operations"));
	assert_int_equal(model->processes.items[0].notes.count, 4);
	assert_false(model->processes.items[0].running);
	assert_int_equal(model->critical.cause_ns[CAUSE_STOPPED], 150 * MS);
	assert_int_equal(category(model, "not covered")->self_ns, 150 * MS);
	assert_string_equal(category(model, "not covered")->remark,
			    "profiling stopped by the program");
	assert_int_equal(self_sum(model), model->summary.wall_ns);
	assert_int_equal(model->summary.total_calls, 0);
	done(model, run);
}

/* Stops over each other, backwards and for ever, as only a bent file has them; and regions of all
 * lengths and categories. Everything must still add up. */
static void test_hostile(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 200; seed++) {
		struct builder *builder = process(500);
		struct model *model;
		struct run *run;

		srand(seed);
		for (int i = 0; i < 60; i++) {
			char name[2] = {(char)('a' + rand() % 5), 0};
			uint64_t start = (uint64_t)(rand() % 600),
				 duration = (uint64_t)(rand() % 200);

			if (rand() % 20 == 0)
				duration = UINT64_MAX / MS / (1 + (uint64_t)(rand() % 3));
			if (rand() % 3)
				mark(builder, builder->tid + (uint32_t)(rand() % 2), start,
				     duration, name, name);
			else
				stopped(builder, start, duration);
		}
		model = model_of(builder, &run);
		assert_int_equal(self_sum(model), model->summary.wall_ns);
		assert_true(model->processes.items[0].notes.count < 30);
		done(model, run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),	   cmocka_unit_test(test_cost),
		cmocka_unit_test(test_not_nested), cmocka_unit_test(test_stops),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
