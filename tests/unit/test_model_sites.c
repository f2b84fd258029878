/* Call sites out of stacks: the same stack is one site, its calls are rows by name and outcome. */
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <errno.h>
#include <string.h>

#define MS UINT64_C(1000000)

static const uint64_t here[] = {0x1100, 0x1200, 0x1300};
static const uint64_t there[] = {0x1104, 0x1200, 0x1300};

static struct dndprof_record call_at(enum dndprof_call call, uint64_t start, uint64_t duration,
				     int error)
{
	return (struct dndprof_record){.start = 1100 * MS + start,
				       .duration = duration,
				       .result = error ? -1 : 0,
				       .error = (uint8_t)error,
				       .fd = -1,
				       .arg = 0xabc0,
				       .call = (uint16_t)call};
}

static void add(struct builder *builder, enum dndprof_call call, uint64_t start, uint64_t duration,
		int error, const uint64_t *stack)
{
	builder_stack(builder, call_at(call, start, duration, error), stack, 3);
}

static struct model *built(struct builder *builder, struct run **run)
{
	builder_module(builder, 0x1000, 0x2000, 0, "/nonexistent/client");
	*run = builder_run(builder);
	return model_build(run, 1);
}

static void done(struct builder *builder, struct run *run, struct model *model)
{
	model_free(model);
	run_close(run);
	builder_free(builder);
}

static void test_sites(void **state)
{
	struct builder *builder = builder_new();
	const struct site_row *rows;
	struct model *model;
	struct run *run;

	(void)state;
	add(builder, DNDPROF_CALL_poll, 0, 2 * MS, 0, here);
	add(builder, DNDPROF_CALL_poll, 10 * MS, 5 * MS, 0, here);
	add(builder, DNDPROF_CALL_connect, 20 * MS, 1000, ENOENT, here);
	add(builder, DNDPROF_CALL_connect, 21 * MS, 2000, ECONNREFUSED, here);
	add(builder, DNDPROF_CALL_poll, 30 * MS, 50 * MS, 0, there);
	model = built(builder, &run);
	assert_int_equal(model->sites.list.count, 2);
	assert_int_equal(model->sites.rows.count, 4);
	assert_int_equal(model->sites.frames.count, 6);
	rows = model->sites.rows.items;
	assert_int_equal(rows[0].site, 0);
	assert_int_equal(rows[0].count, 1);
	assert_int_equal(rows[0].total_ns, 50 * MS);
	assert_string_equal(model->sites.list.items[0].title, "client+0x1104");
	assert_int_equal(rows[1].site, 1);
	assert_string_equal(rows[1].call, "poll");
	assert_null(rows[1].error);
	assert_int_equal(rows[1].count, 2);
	assert_int_equal(rows[1].total_ns, 7 * MS);
	assert_int_equal(rows[1].max_ns, 5 * MS);
	assert_string_equal(rows[2].error, "ECONNREFUSED");
	assert_string_equal(rows[3].error, "ENOENT");
	assert_int_equal(model->sites.list.items[1].first, 1);
	assert_int_equal(model->sites.list.items[1].total_ns, 7 * MS + 3000);
	done(builder, run, model);
}

/* A lock is named after where it was waited for longest, an operation after its own call. */
static void test_names(void **state)
{
	struct builder *builder = builder_new();
	struct model *model;
	struct run *run;
	size_t named = 0;

	(void)state;
	add(builder, DNDPROF_CALL_pthread_mutex_lock, 0, 4 * MS, 0, here);
	add(builder, DNDPROF_CALL_pthread_mutex_lock, 10 * MS, 3 * MS, 0, there);
	add(builder, DNDPROF_CALL_pthread_mutex_lock, 20 * MS, 3 * MS, 0, there);
	builder_record(builder, call_at(DNDPROF_CALL_pthread_mutex_lock, 30 * MS, 100 * MS, 0),
		       NULL, 0);
	model = built(builder, &run);
	assert_int_equal(model->locks.count, 1);
	assert_int_equal(model->locks.items[0].waits, 4); /* stacks are no waits of their own */
	assert_string_equal(model->locks.items[0].site, "client+0x1104");
	for (size_t i = 0; i < model->operations.count; i++)
		named += model->operations.items[i].site != NULL;
	assert_int_equal(named, 3);
	assert_string_equal(model->operations.items[0].site, "client+0x1100");
	assert_null(model->operations.items[3].site);
	done(builder, run, model);
}

/* Stacks without an address or with half of one, and more than are kept. */
static void test_odd(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_record call = call_at(DNDPROF_CALL_poll, 0, 2 * MS, 0);
	uint64_t many[100];
	struct model *model;
	struct run *run;

	(void)state;
	call.kind = DNDPROF_KIND_EXTRA;
	call.payload = DNDPROF_PAYLOAD_STACK;
	builder_record(builder, call, "", 0);
	builder_record(builder, call, "1234567", 7);
	builder_record(builder, call, "123456789", 9);
	for (size_t i = 0; i < 100; i++)
		many[i] = i * UINT64_C(0x123456789abcdef);
	builder_record(builder, call, many, sizeof(many));
	model = built(builder, &run);
	assert_int_equal(model->sites.list.count, 2);
	assert_int_equal(model->sites.frames.count, 1 + 64);
	done(builder, run, model);
}

static void test_symbol(void **state)
{
	struct builder *builder = builder_new();
	struct model *model;
	struct run *run;

	(void)state;
	builder_call(builder, DNDPROF_CALL_poll, -1, 1100 * MS, 10, 0, 0, 0);
	model = built(builder, &run);
	assert_string_equal(model_symbol(model, 0, 0x1500), "client+0x1500");
	assert_null(model_symbol(model, 0, 0x9000));
	done(builder, run, model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_symbol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
