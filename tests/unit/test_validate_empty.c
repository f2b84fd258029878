/* What recording leaves in intervals in which nothing happened, by class. */
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define AT	    UINT64_C(1100000000)
#define FD	    5
#define REGIONS	    100
#define NEAR(a, b)  assert_true((a) > (b)-0.3 && (a) < (b) + 0.3)
#define NULL_NS	    40
#define DIRECT_NS   200
#define RECORDED_NS 230 /* 10 ns less than the call and the null interval */

static struct outcome outcome_of(struct builder *builder, enum trial_kind kind,
				 const struct references *truth)
{
	struct outcome outcome = {.trial.kind = kind};
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);

	outcome_empty(&outcome, model, truth);
	NEAR(model->processes.items[0].null_ns, outcome.empty[0].p50_ns);
	model_free(model);
	run_close(run);
	builder_free(builder);
	return outcome;
}

static struct builder *calibrated(void)
{
	struct builder *builder = builder_new();

	builder_ring(builder, 1024, 1);
	for (int i = 0; i < 128; i++)
		builder_count(builder, DNDPROF_CALL_null, i ? NULL_NS : 1000);
	return builder;
}

/* Too much taken off shows as less than nothing. Calls on other descriptors, and those that moved
 * bytes, are not empty. */
static void test_calls(void **state)
{
	struct references truth = {.fd = FD};
	struct builder *builder = calibrated();
	uint64_t at = AT;
	struct outcome outcome;

	(void)state;
	for (int batch = 0; batch < 3; batch++) {
		*list_add(&truth.empty) =
			(struct reference){EMPTY_READ, (int64_t)at, DIRECT_NS * EMPTY_BATCH};
		for (int i = 0; i < EMPTY_BATCH; i++, at += 1000)
			builder_call(builder, DNDPROF_CALL_read, FD, at, RECORDED_NS, 0, 0, 0);
		builder_call(builder, DNDPROF_CALL_read, FD, at, 5000, 7, 0,
			     DNDPROF_RECORD_RECEIVED);
		builder_call(builder, DNDPROF_CALL_read, FD + 1, at + 6000, 9000, 0, 0, 0);
		at += 20000;
	}
	outcome = outcome_of(builder, TRIAL_RECEIVE, &truth);
	assert_int_equal(outcome.empty_count, 2);
	assert_string_equal(outcome.empty[0].name, "calibrated");
	assert_int_equal(outcome.empty[0].count, 128);
	NEAR(outcome.empty[0].min_ns, NULL_NS);
	NEAR(outcome.empty[0].max_ns, 1000);
	assert_false(outcome.empty[0].residual_known);
	assert_string_equal(outcome.empty[1].name, "read");
	assert_int_equal(outcome.empty[1].count, 3 * EMPTY_BATCH);
	NEAR(outcome.empty[1].p99_ns, RECORDED_NS);
	assert_true(outcome.empty[1].residual_known);
	NEAR(outcome.empty[1].residual_ns, RECORDED_NS - DIRECT_NS - outcome.empty[0].p50_ns);
	assert_true(outcome.empty[1].residual_ns < -9);
	list_free(&truth.empty);
}

/* A batch more or less on one side is not the same work: no row. */
static void test_unequal(void **state)
{
	struct references truth = {.fd = FD};
	struct builder *builder = calibrated();

	(void)state;
	for (int i = 0; i < 2; i++)
		*list_add(&truth.empty) = (struct reference){EMPTY_READ, (int64_t)AT, 64000};
	for (unsigned int i = 0; i < EMPTY_BATCH; i++)
		builder_call(builder, DNDPROF_CALL_read, FD, AT + i * 1000, 230, 0, 0, 0);
	assert_int_equal(outcome_of(builder, TRIAL_RECEIVE, &truth).empty_count, 1);
	list_free(&truth.empty);
}

/* The mean of all but what the machine disturbed; regions with something in them are others. */
static void test_regions(void **state)
{
	struct references truth = {.fd = -1};
	struct builder *builder = calibrated();
	struct outcome outcome;

	(void)state;
	for (unsigned int i = 0; i < REGIONS + 50; i++) {
		bool empty = i < REGIONS;

		*list_add(&truth.list) = (struct reference){empty ? 0 : 100, 0, 0};
		builder_call(builder, DNDPROF_CALL_region, -1, AT + i * 10000,
			     !empty	 ? 150
			     : i == 30	 ? 9000
			     : i % 2 > 0 ? NULL_NS - 10
					 : NULL_NS + 4,
			     0, 0, 0);
	}
	outcome = outcome_of(builder, TRIAL_REGION, &truth);
	assert_int_equal(outcome.empty_count, 2);
	assert_string_equal(outcome.empty[1].name, "region");
	assert_int_equal(outcome.empty[1].count, REGIONS);
	NEAR(outcome.empty[1].max_ns, 9000);
	assert_true(outcome.empty[1].residual_ns > -4 && outcome.empty[1].residual_ns < -2);
	list_free(&truth.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_unequal),
		cmocka_unit_test(test_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
