/* What recording leaves in intervals in which nothing happened, by class. */
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define AT	   UINT64_C(1100000000)
#define FD	   5
#define REGIONS	   100
#define NEAR(a, b) assert_true((a) > (b)-0.3 && (a) < (b) + 0.3)
#define NULL_NS	   40
#define BATCHES	   6

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

	builder_ring(builder, 2048, 1);
	for (int i = 0; i < 128; i++)
		builder_count(builder, DNDPROF_CALL_null, i ? NULL_NS : 1000);
	return builder;
}

/* What calls took past the gate and through it, and what they are recorded as, by batch. */
struct planted {
	enum empty_delay delay;
	enum dndprof_call call;
	int past, through, recorded;
};

static void plant(struct builder *builder, struct references *truth, const struct planted *planted,
		  uint64_t *at)
{
	for (int batch = 0; batch < BATCHES; batch++) {
		/* Weather that all of a batch share, and its records too. */
		int weather = batch * 10;

		*list_add(&truth->empty) = (struct reference){
			planted->delay, (int64_t)*at, (planted->past + weather) * EMPTY_BATCH};
		*list_add(&truth->empty) =
			(struct reference){planted->delay + EMPTY_THROUGH, (int64_t)*at,
					   (planted->through + weather) * EMPTY_BATCH};
		for (int i = 0; i < EMPTY_BATCH; i++, *at += 1000)
			builder_call(builder, planted->call, FD, *at,
				     (uint64_t)(planted->recorded + weather), 0, 0, 0);
		/* On other descriptors, and those that moved bytes, calls are not empty. */
		builder_call(builder, planted->call, FD, *at, 5000, 7, 0, DNDPROF_RECORD_RECEIVED);
		builder_call(builder, planted->call, FD + 1, *at + 6000, 9000, 0, 0, 0);
		*at += 20000;
	}
}

/* The gate takes 30 ns: of three classes it adds 30, 30 and, as the kernel takes another way there,
 * 42. Recorded they are 3 ns too long; and too much taken off shows as less than nothing. */
static void test_calls(void **state)
{
	static const struct planted planted[] = {
		{EMPTY_READ, DNDPROF_CALL_read, 200, 242, 215},
		{EMPTY_WRITE, DNDPROF_CALL_write, 300, 330, 303},
		{EMPTY_SEND, DNDPROF_CALL_send, 250, 280, 253},
	};
	static const int past[] = {15, 3, 3};

	(void)state;
	for (int null = -5; null <= 11; null += 8) {
		struct references truth = {.fd = FD};
		struct builder *builder = calibrated();
		struct outcome outcome;
		uint64_t at = AT;

		builder->header.call_null = null * DNDPROF_NULL_PARTS;
		for (int i = 0; i < 3; i++)
			plant(builder, &truth, &planted[i], &at);
		outcome = outcome_of(builder, TRIAL_RECEIVE, &truth);
		assert_int_equal(outcome.empty_count, 4);
		assert_string_equal(outcome.empty[0].name, "calibrated");
		assert_int_equal(outcome.empty[0].count, 128);
		NEAR(outcome.empty[0].min_ns, NULL_NS);
		NEAR(outcome.empty[0].max_ns, 1000);
		assert_false(outcome.empty[0].residual_known);
		NEAR(outcome.call_null_ns, null);
		for (int i = 0; i < 3; i++) {
			const struct empty_row *row = &outcome.empty[i + 1];

			assert_int_equal(row->count, BATCHES * EMPTY_BATCH);
			assert_true(row->residual_known && row->past_known);
			NEAR(row->residual_ns, 3 - null);
			NEAR(row->past_ns, past[i] - null);
		}
		assert_string_equal(outcome.empty[1].name, "read");
		list_free(&truth.empty);
	}
}

/* A batch more or less on one side is not the same work: no row. */
static void test_unequal(void **state)
{
	static const struct planted planted = {EMPTY_READ, DNDPROF_CALL_read, 200, 230, 215};

	(void)state;
	for (int delay = EMPTY_READ; delay >= EMPTY_READ + EMPTY_THROUGH; delay += EMPTY_THROUGH) {
		struct references truth = {.fd = FD};
		struct builder *builder = calibrated();
		uint64_t at = AT;

		plant(builder, &truth, &planted, &at);
		*list_add(&truth.empty) = (struct reference){delay, (int64_t)at, 64000};
		assert_int_equal(outcome_of(builder, TRIAL_RECEIVE, &truth).empty_count, 1);
		list_free(&truth.empty);
	}
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
