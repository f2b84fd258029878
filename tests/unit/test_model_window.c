/* A run with more records than asked for: the newest are read, counts stay exact. */
#include "model/internal.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES  3
#define A_FILE 6000 /* requests */
#define US     1000ull
#define SECOND 1000000000ull

static char directory[] = "/tmp/dndprof-window-XXXXXX";

/* Requests from `start` on, one every 100 us, on a ring of its own or one that wrapped. */
static void add_requests(struct builder *builder, uint64_t start, uint32_t slots)
{
	builder_ring(builder, slots, 1);
	for (uint64_t i = 0; i < A_FILE; i++) {
		builder_get(builder, 5, start + i * 100 * US, "GET /v1.41/info HTTP/1.1");
		builder_answer(builder, 5, start + i * 100 * US + 50 * US, 200, 10);
	}
}

static void write_file(int index, struct builder *builder)
{
	char path[64];
	size_t size;
	uint8_t *bytes;
	FILE *file;

	builder->header.pid = 1000 + (uint32_t)index;
	builder->header.start_ticks = (1 + (uint64_t)index) * SECOND;
	builder->header.end_ticks = (2 + (uint64_t)index) * SECOND - 1;
	bytes = builder_bytes(builder, &size);
	snprintf(path, sizeof(path), "%s/%d.dndprof", directory, index);
	file = fopen(path, "w");
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
	free(bytes);
	builder_free(builder);
}

/* Three processes, one after another, each with 6,000 requests: 12,000 records, 36,000 slots. */
static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (int i = 0; i < FILES; i++) {
		struct builder *builder = builder_new();

		add_requests(builder, (1 + (uint64_t)i) * SECOND + 1000000, i == 1 ? 8192 : 65536);
		write_file(i, builder);
	}
	return 0;
}

static int tear_down(void **state)
{
	char path[64];

	(void)state;
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%d.dndprof", directory, i);
		unlink(path);
	}
	return rmdir(directory);
}

static struct model *model_of(struct run **run, uint64_t records)
{
	struct model_choice choice = {.records = records};
	struct model *model;

	assert_int_equal(run_open(directory, run), 0);
	model = model_build_of(run, 1, &choice);
	model->choice = NULL;
	return model;
}

static size_t records_of(const struct run *run, size_t index)
{
	size_t count;

	profile_records(run->profiles.items[index], &count);
	return count;
}

static bool warned(const struct model *model, const char *words)
{
	for (size_t i = 0; i < model->warnings.count; i++)
		if (strstr(model->warnings.items[i], words))
			return true;
	return false;
}

static void test_all(void **state)
{
	struct model *model;
	struct run *run;

	(void)state;
	model = model_of(&run, UINT64_MAX);
	assert_int_equal(records_of(run, 0), 2 * A_FILE);
	assert_int_equal(records_of(run, 2), 2 * A_FILE);
	assert_true(records_of(run, 1) > 2600 && records_of(run, 1) < 2800); /* it wrapped */
	assert_int_equal(model->summary.total_calls, FILES * 2 * A_FILE);
	assert_false(warned(model, "left out"));
	model_free(model);
	run_close(run);
}

/* About as many as asked for, the newest; the counts of calls are of all. */
static void test_newest(void **state)
{
	struct model *model;
	struct run *run;
	size_t sum;

	(void)state;
	model = model_of(&run, 13000);
	sum = records_of(run, 0) + records_of(run, 1) + records_of(run, 2);
	assert_true(sum > 13000 * 0.75 && sum < 13000 * 1.25);
	assert_int_equal(records_of(run, 2), 2 * A_FILE);
	assert_int_equal(records_of(run, 0), 0);
	assert_true(records_of(run, 1) > 0);
	assert_int_equal(model->summary.total_calls, FILES * 2 * A_FILE);
	assert_true(warned(model, "Operations cover the newest"));
	assert_true(model->summary.operations > 6000 && model->summary.operations < 8100);
	/* what was left out is covered by nothing; the third process is whole */
	assert_true(model->processes.items[0].window_ns >=
		    model->processes.items[0].end_ns - (int64_t)US);
	assert_int_equal(model->processes.items[2].window_ns, model->processes.items[2].start_ns);
	assert_true(model->critical.cause_ns[CAUSE_UNCOVERED] > (int64_t)SECOND);
	assert_int_equal(model->processes.items[0].lost, 0); /* not lost: not looked at */
	model_free(model);
	run_close(run);
}

/* Each record that is read ended at or after the window's begin, and none that did is missing. */
static void test_sharp(void **state)
{
	struct model *model;
	struct run *run;
	size_t expected = 0, count;
	const struct profile_record *records;
	int64_t from;

	(void)state;
	model = model_of(&run, 5000);
	from = model->runs.items[0].window_ns;
	records = profile_records(run->profiles.items[2], &count);
	for (size_t i = 0; i < count; i++)
		assert_true((int64_t)(records[i].raw.start + records[i].raw.duration) >= from);
	for (uint64_t i = 0; i < A_FILE; i++) {
		int64_t start = (int64_t)(3 * SECOND + 1000000 + i * 100 * US);

		expected += start + 1000 >= from; /* the request took 1 us */
		expected += start + 50 * (int64_t)US >= from;
	}
	assert_int_equal(count, expected);
	model_free(model);
	run_close(run);
}

/* A file that was opened and is another one, shorter or gone when its records are read. */
static void test_changed_files(void **state)
{
	char path[64], other[64];
	struct model *model;
	struct run *run;

	(void)state;
	for (int way = 0; way < 3; way++) {
		struct model_choice choice = {.records = 0};

		snprintf(path, sizeof(path), "%s/2.dndprof", directory);
		snprintf(other, sizeof(other), "%s/other", directory);
		assert_int_equal(run_open(directory, &run), 0);
		if (way == 0) {
			assert_int_equal(rename(path, other), 0);
		} else if (way == 1) {
			assert_int_equal(rename(path, other), 0);
			assert_int_equal(symlink("0.dndprof", path), 0);
		} else {
			assert_int_equal(truncate(path, 100000), 0);
		}
		model = model_build_of(&run, 1, &choice);
		assert_int_equal(records_of(run, 0), 2 * A_FILE);
		assert_true(records_of(run, 2) < 2 * A_FILE);
		model_free(model);
		run_close(run);
		if (way == 1)
			unlink(path);
		if (way < 2)
			assert_int_equal(rename(other, path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_newest),
		cmocka_unit_test(test_sharp),
		cmocka_unit_test(test_changed_files), /* last: it leaves a file cut off */
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
