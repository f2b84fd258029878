/* What profiling cost, from constructed profiles; and its part of the rating. */
#include "model/internal.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <dndprof/cost.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct model *built(struct builder *builder, struct run **run)
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

static const struct overhead_row *row_of(const struct model *model, enum overhead_cause cause)
{
	for (size_t i = 0; i < model->overhead.rows.count; i++)
		if (model->overhead.rows.items[i].cause == cause)
			return &model->overhead.rows.items[i];
	return NULL;
}

/* 2 s of wall, a price of 40 ns, the constructor 0.3 ms. */
static struct builder *priced(void)
{
	struct builder *builder = builder_new();

	builder->header.price = 40;
	strcat(builder->info, "config.MAX_OVERHEAD=1%\n");
	builder_ring(builder, 4096, 1);
	return builder;
}

static void test_causes(void **state)
{
	struct builder *builder = priced();
	struct model *model;
	struct run *run;
	int64_t sum = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		builder_call(builder, DNDPROF_CALL_send, 5, 1100000000u + (uint64_t)i * 1000, 500,
			     1, 0, DNDPROF_RECORD_SENT);
	for (int i = 0; i < 10; i++) /* three slots each */
		builder_get(builder, 6, 1300000000u + (uint64_t)i * 1000, "GET /a HTTP/1.1");
	builder->rings[0]->stats[DNDPROF_CALL_pthread_mutex_lock] = (struct dndprof_stats){
		.call = DNDPROF_CALL_pthread_mutex_lock, .count = 50000, .min = UINT64_MAX};
	for (int i = 0; i < 128; i++)
		builder_count(builder, DNDPROF_CALL_null, 10);
	model = built(builder, &run);
	assert_int_equal(row_of(model, OVERHEAD_STARTUP)->total_ns, 300000 + DNDPROF_COST_LOAD_NS);
	assert_null(row_of(model, OVERHEAD_INJECTION));
	assert_null(row_of(model, OVERHEAD_GO));
	assert_int_equal(row_of(model, OVERHEAD_LIBC)->count, 1010);
	assert_int_equal(row_of(model, OVERHEAD_LIBC)->total_ns,
			 1010 * 50 + 20 * DNDPROF_COST_PAYLOAD_NS);
	assert_int_equal(row_of(model, OVERHEAD_COUNTED)->count, 50000);
	assert_int_equal(row_of(model, OVERHEAD_MEMORY)->count, 1030 * 64 / 4096 + 1);
	assert_int_equal(row_of(model, OVERHEAD_SAMPLES)->count, 1);
	for (size_t i = 0; i < model->overhead.rows.count; i++)
		sum += model->overhead.rows.items[i].total_ns;
	assert_int_equal(model->overhead.total_ns, sum);
	assert_int_equal(model->overhead.startup_ns + model->overhead.running_ns, sum);
	assert_true(fabs(model->overhead.share - (double)sum / 2e9) < 1e-12);
	assert_true(model->overhead.within);
	assert_true(fabs(model->overhead.limit - 0.01) < 1e-12);
	assert_int_equal(model->overhead.losses.count, 0);
	done(model, run);
}

static void test_go_and_looks(void **state)
{
	struct builder *builder = priced();
	struct model *model;
	struct run *run;

	(void)state;
	builder->header.gates = DNDPROF_GATE_GO;
	builder->rings[0]->kind = DNDPROF_RING_GO;
	for (int i = 0; i < 100; i++)
		builder_call(builder, DNDPROF_CALL_write, 5, 1100000000u + (uint64_t)i * 1000, 500,
			     1, 0, DNDPROF_RECORD_SENT);
	run = builder_run(builder);
	builder_free(builder);
	run->usage.looks = 20;
	run->usage.cost_ns = 2000000;
	model = model_build(&run, 1);
	assert_int_equal(row_of(model, OVERHEAD_STARTUP)->total_ns, 300000);
	assert_int_equal(row_of(model, OVERHEAD_INJECTION)->total_ns, DNDPROF_COST_INJECTION_NS);
	assert_int_equal(row_of(model, OVERHEAD_GO)->total_ns, 100 * 50 * 44 / 100);
	assert_null(row_of(model, OVERHEAD_LIBC));
	assert_int_equal(row_of(model, OVERHEAD_RUN)->count, 20);
	assert_int_equal(row_of(model, OVERHEAD_RUN)->total_ns, 2000000);
	done(model, run);
}

/* Go's own price has its slot in it; where one process has none, it is all an estimate. */
static void test_go_price(void **state)
{
	for (uint64_t price = 0; price <= 20; price += 20) {
		struct builder *builder = priced();
		struct model *model;
		struct run *run;

		(void)state;
		builder->header.gates = DNDPROF_GATE_GO;
		builder->header.go_price = price;
		builder->rings[0]->kind = DNDPROF_RING_GO;
		for (int i = 0; i < 100; i++)
			builder_call(builder, DNDPROF_CALL_write, 5,
				     1100000000u + (uint64_t)i * 1000, 500, 1, 0,
				     DNDPROF_RECORD_SENT);
		model = built(builder, &run);
		assert_int_equal(row_of(model, OVERHEAD_GO)->total_ns,
				 100 * (price ? 20 : 50 * 44 / 100));
		assert_string_equal(row_of(model, OVERHEAD_GO)->how,
				    price ? "calibrated" : "estimated");
		done(model, run);
	}
}

/* Of a wrapped ring all that was written counts, memory only once; losses say why. */
static void test_wrapped(void **state)
{
	struct builder *builder = builder_new();
	struct model *model;
	struct run *run;

	(void)state;
	builder->header.price = 40;
	builder_ring(builder, 64, 1);
	for (int i = 0; i < 1000; i++)
		builder_call(builder, DNDPROF_CALL_send, 5, 1100000000u + (uint64_t)i * 1000, 500,
			     1, 0, DNDPROF_RECORD_SENT);
	builder->header.losses[DNDPROF_LOSS_NO_RING] = 7;
	builder->header.losses[DNDPROF_LOSS_SHARED_RING] = 9; /* not lost */
	model = built(builder, &run);
	assert_int_equal(row_of(model, OVERHEAD_LIBC)->count, 1000);
	assert_int_equal(row_of(model, OVERHEAD_MEMORY)->count, 2);
	assert_int_equal(model->overhead.losses.count, 2);
	assert_string_equal(model->overhead.losses.items[0].key, "OVERWRITTEN");
	assert_int_equal(model->overhead.losses.items[0].count, 936);
	assert_string_equal(model->overhead.losses.items[1].key, "NO_RING");
	assert_int_equal(model->overhead.losses.items[1].count, 7);
	done(model, run);
}

/* A call left out costs half a record. */
static void test_left_out(void **state)
{
	struct dndprof_cost cost = {
		.price = 40, .left_out = 600, .left_out_share = DNDPROF_COST_LEFT_OUT};

	(void)state;
	dndprof_cost_slots(&cost, 400, 1000);
	assert_int_equal(cost.records, 400);
	assert_int_equal(cost.payload, 0);
	assert_true(fabs(dndprof_cost_calls(&cost) - (400 * 50 + 600 * 25)) < 1e-6);
	cost = (struct dndprof_cost){.price = 40, .left_out = 5};
	dndprof_cost_slots(&cost, 0,
			   3); /* weights are by lot: estimates may be less than is left */
	assert_int_equal(cost.records, 0);
	dndprof_cost_slots(&cost, 0, 105); /* statistics only */
	assert_int_equal(cost.records, 100);
	assert_int_equal(cost.payload, 0);
}

static const char *reasons(double running_ms)
{
	static char text[256];
	struct builder *builder = builder_seed();
	struct run *run = builder_run(builder);
	struct model *model;

	builder_free(builder);
	run->usage.looks = 1;
	run->usage.cost_ns = (int64_t)(running_ms * 1e6);
	model = model_build(&run, 1);
	assert_true(model->overhead.limit > 0.0499 && model->overhead.limit < 0.0501);
	strcpy(text, model->summary.rating_reasons);
	done(model, run);
	return text;
}

/* Wall 2 s, limit 5 %: 100 ms. */
static void test_rating(void **state)
{
	(void)state;
	assert_string_equal(reasons(99), "");
	assert_non_null(strstr(reasons(101), "overhead over its limit -10"));
	assert_non_null(strstr(reasons(199), "overhead over its limit -10"));
	assert_non_null(strstr(reasons(201), "overhead over twice its limit -20"));
}

static void test_hostile(void **state)
{
	struct builder *builder = builder_new();
	struct model *model;
	struct run *run;

	(void)state;
	builder->header.price = UINT64_MAX;
	strcat(builder->info, "config.MAX_OVERHEAD=xyz\nconfig.SAMPLING_RATE=100ms\nfs=zz\n");
	for (int kind = 0; kind < 3; kind++) {
		builder_ring(builder, 64, 1);
		builder->rings[kind]->head = UINT64_MAX - 3;
		builder->rings[kind]->stats[DNDPROF_CALL_send] =
			(struct dndprof_stats){.call = DNDPROF_CALL_send,
					       .count = UINT64_MAX,
					       .timed = UINT64_MAX,
					       .sum = UINT64_MAX,
					       .max = UINT64_MAX};
	}
	for (size_t i = 0; i < DNDPROF_LOSS_COUNT; i++)
		builder->header.losses[i] = UINT64_MAX;
	for (uint64_t i = 1; i < 6; i++)
		builder_anchor(builder, UINT64_MAX / 2 * (i % 2) + i, i, i);
	model = built(builder, &run);
	assert_true(model->overhead.total_ns >= 0);
	assert_true(model->overhead.limit > 0);
	done(model, run);
}

static void test_no_data(void **state)
{
	struct run run = {.path = (char *)"nothing", .facts = {.present = true, .child = -1}};
	struct run *list = &run;
	struct model *model = model_build(&list, 1);

	(void)state;
	assert_int_equal(model->overhead.total_ns, -1);
	assert_true(model->overhead.share < 0);
	assert_int_equal(model->overhead.rows.count, 0);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),	 cmocka_unit_test(test_go_and_looks),
		cmocka_unit_test(test_go_price), cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_left_out), cmocka_unit_test(test_rating),
		cmocka_unit_test(test_hostile),	 cmocka_unit_test(test_no_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
