/* What processes used, from samples inside and looks from outside: nothing counted twice. */
#include "model/internal.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS 1000000ull
#define MB 1000000ull

static void add_sample(struct builder *builder, uint64_t at, uint64_t user_us, uint64_t rss,
		       uint64_t peak)
{
	builder->samples[builder->sample_count++] =
		(struct dndprof_sample){.ticks = at,
					.monotonic_ns = at,
					.realtime_ns = at,
					.user_us = user_us,
					.system_us = user_us / 10,
					.rss_bytes = rss,
					.peak_bytes = peak,
					.threads = 1,
					.voluntary_switches = user_us / 100,
					.involuntary_switches = 1,
					.minor_faults = user_us,
					.major_faults = 0};
}

/* An image from `start` to `end` of the process 1000. */
static struct builder *image(uint64_t start, uint64_t end, uint64_t number)
{
	struct builder *builder = builder_new();

	builder->sample_count = 0;
	builder->header.process_start_ns = 500 * MS;
	builder->header.start_ticks = start;
	builder->header.ready_ticks = start + 1000;
	builder->header.end_ticks = end;
	builder->header.image = number;
	return builder;
}

static struct model *built(struct run *run)
{
	return model_build(&run, 1);
}

static void done(struct model *model, struct run *run)
{
	model_free(model);
	run_close(run);
}

static void add_profile(struct run *run, struct builder *builder)
{
	*list_add(&run->profiles) = builder_profile(builder);
	builder_free(builder);
}

/* getrusage goes on through exec: the later image's figures include the earlier's. */
static void test_exec_counts_once(void **state)
{
	struct builder *first = image(1000 * MS, 2000 * MS, 1);
	struct builder *second = image(2000 * MS, 3000 * MS, 2);
	struct run *run;
	struct model *model;

	(void)state;
	first->header.end = DNDPROF_END_EXEC;
	add_sample(first, 1000 * MS, 1000, 4 * MB, 50 * MB);
	add_sample(first, 1900 * MS, 100000, 8 * MB, 50 * MB);
	add_sample(second, 2100 * MS, 110000, 2 * MB, 50 * MB);
	add_sample(second, 3000 * MS, 400000, 6 * MB, 50 * MB);
	run = builder_run(first);
	builder_free(first);
	add_profile(run, second);
	model = built(run);
	assert_int_equal(model->resources.processes, 1);
	assert_int_equal(model->resources.user_ns, 400 * MS);
	assert_int_equal(model->resources.system_ns, 40 * MS);
	assert_true(fabs(model->resources.cpu_share - 0.22) < 1e-9);
	assert_int_equal(model->resources.voluntary_switches, 4000);
	assert_int_equal(model->resources.minor_faults, 400000);
	/* the 50 MB are those of whoever started it */
	assert_int_equal(model->resources.rss_peak, 8 * MB);
	/* 0.9 s of 4, 0.2 of 8, 0.9 of 2 and the end */
	assert_int_equal(model->resources.rss_average, (900 * 4 + 200 * 8 + 900 * 2) * MB / 2000);
	assert_int_equal(model->resources.threads, 1);
	assert_int_equal(model->resources.goroutines, -1);
	done(model, run);
}

/* Two processes at once: RSS and threads add up, and one after another they do not. */
static void test_sums(void **state)
{
	struct run *run;
	struct model *model;

	(void)state;
	for (int together = 0; together < 2; together++) {
		struct builder *a = image(1000 * MS, together ? 3000 * MS : 1900 * MS, 1);
		struct builder *b = image(together ? 1000 * MS : 2000 * MS, 3000 * MS, 1);

		b->header.pid = 1001;
		b->header.ppid = 1000;
		add_sample(a, a->header.start_ticks, 0, 10 * MB, 12 * MB);
		add_sample(b, b->header.start_ticks, 0, 20 * MB, 22 * MB);
		run = builder_run(a);
		builder_free(a);
		add_profile(run, b);
		model = built(run);
		assert_int_equal(model->resources.rss_peak, (together ? 30 : 20) * MB);
		assert_int_equal(model->resources.threads, together ? 2 : 1);
		done(model, run);
	}
}

static void look(struct run *run, int64_t at, int pid, int64_t started, int64_t rss,
		 int64_t threads, int64_t cpu)
{
	*list_add(&run->usage.rows) = (struct usage_row){.at_ns = at,
							 .pid = pid,
							 .started_ns = started,
							 .user_ns = cpu,
							 .rss_bytes = rss,
							 .peak_bytes = rss,
							 .threads = threads,
							 .minor_faults = 10};
}

/* Of a Go program the profile has CPU, the outside RSS and threads; of what was not observed, all.
 */
static void test_outside(void **state)
{
	struct builder *go = image(1000 * MS, 3000 * MS, 1);
	struct run *run;
	struct model *model;

	(void)state;
	go->header.gates = DNDPROF_GATE_GO;
	builder_ring(go, 1024, 1);
	go->rings[0]->kind = DNDPROF_RING_GO;
	for (uint64_t i = 0; i < 30; i++) {
		struct dndprof_record record = {.start = 1100 * MS + i * MS,
						.duration = 1000,
						.fd = -1,
						.call = DNDPROF_CALL_epoll_wait,
						.context = 0xc000000000 + i % 3 * 0x200};

		builder_record(go, record, NULL, 0);
	}
	add_sample(go, 1000 * MS, 0, 0, 9 * MB);
	add_sample(go, 3000 * MS, 123000, 0, 9 * MB);
	go->samples[0].threads = go->samples[1].threads = 0;
	run = builder_run(go);
	builder_free(go);
	look(run, 1500 * MS, 1000, 500 * MS, 10 * MB, 7, 120 * MS);
	look(run, 1500 * MS, 2000, 1400 * MS, 30 * MB, 1, 0);
	look(run, 2000 * MS, 1000, 510 * MS, 20 * MB, 9, 130 * MS); /* the same start, rounded */
	look(run, 2000 * MS, 2000, 1400 * MS, 30 * MB, 1, 250 * MS);
	look(run, 2500 * MS, 2000, 2400 * MS, 1 * MB, 1, 0); /* another process of that number */
	model = built(run);
	assert_int_equal(model->resources.processes, 3);
	assert_int_equal(model->resources.goroutines, 3);
	assert_int_equal(model->resources.threads, 10);
	assert_int_equal(model->resources.rss_peak, 50 * MB);
	assert_int_equal(model->resources.user_ns, (123 + 250) * MS);
	/* only its parent knows, and the kernel told it: that includes what nobody saw */
	done(model, run);
}

static void test_told_at_the_end(void **state)
{
	struct builder *builder = image(1000 * MS, 3000 * MS, 1);
	struct run *run;
	struct model *model;

	(void)state;
	add_sample(builder, 1000 * MS, 5000, 4 * MB, 50 * MB);
	add_sample(builder, 1010 * MS, 6000, 4 * MB, 50 * MB);
	run = builder_run(builder);
	builder_free(builder);
	run->facts.present = run->facts.finished = true;
	run->facts.start_ns = 1000 * MS;
	run->facts.end_ns = 3000 * MS;
	run->facts.user_ns = 700 * MS;
	run->facts.system_ns = 100 * MS;
	run->facts.minor_faults = 77;
	model = built(run);
	assert_int_equal(model->resources.user_ns, 700 * MS);
	assert_int_equal(model->resources.minor_faults, 77);
	assert_true(fabs(model->resources.cpu_share - 0.4) < 1e-9);
	/* most of it after the last sample */
	assert_true(fabs(model->resources.rows.items[RESOURCE_CPU].average - 0.4) < 1e-9);
	assert_true(fabs(model->resources.rows.items[RESOURCE_CPU].minute - 0.4) < 1e-9);
	assert_true(fabs(model->resources.rows.items[RESOURCE_FAULTS].average - 38.5) < 1e-9);
	done(model, run);
}

static void test_no_data(void **state)
{
	struct builder *builder = builder_new();
	struct run *run = builder_run(builder);
	struct model *model = built(run);

	(void)state;
	builder_free(builder);
	assert_int_equal(model->resources.user_ns, -1);
	assert_int_equal(model->resources.rss_peak, -1);
	assert_int_equal(model->resources.rss_average, -1);
	assert_int_equal(model->resources.threads, -1);
	assert_true(model->resources.cpu_share < 0 && model->resources.error_rate < 0);
	assert_int_equal(model->resources.without_data, 1);
	for (size_t i = 0; i < model->resources.rows.count; i++)
		assert_false(model->resources.rows.items[i].known);
	done(model, run);
}

/* A leak that grows, CPU that falls, latency that jumps in the middle, all else steady. */
static void test_trends(void **state)
{
	struct builder *builder = image(1000 * MS, 131000 * MS, 1);
	const struct resource_row *rows;
	struct run *run;
	struct model *model;

	(void)state;
	for (uint64_t i = 0; i < 120; i++) {
		uint64_t at = (2000 + i * 1000) * MS, latency = (i < 60 ? 10 : 30) * MS;

		builder_get(builder, 5, at, "GET /v1.41/containers/json HTTP/1.1");
		builder_answer(builder, 5, at + latency + i % 2 * MS, i % 4 ? 200 : 500, 10);
	}
	run = builder_run(builder);
	builder_free(builder);
	for (int64_t i = 0; i < 130; i++)
		look(run, (1000 + i * 1000) * (int64_t)MS, 1000, 500 * MS,
		     (int64_t)(20 * MB + (uint64_t)i * MB / 4), 3 + i % 2,
		     (int64_t)(sqrt((double)i) * 1e9));
	model = built(run);
	rows = model->resources.rows.items;
	assert_int_equal(rows[RESOURCE_RSS].trend.word, TREND_RISING);
	assert_true(fabs(rows[RESOURCE_RSS].trend.slope - 0.25e6) < 0.02e6);
	assert_int_equal(rows[RESOURCE_CPU].trend.word, TREND_FALLING);
	assert_int_equal(rows[RESOURCE_LATENCY].trend.word, TREND_RISING);
	assert_int_equal(rows[RESOURCE_ERRORS].trend.word, TREND_STABLE);
	assert_int_equal(rows[RESOURCE_OPERATIONS].trend.word, TREND_STABLE);
	assert_int_equal(rows[RESOURCE_THREADS].trend.word, TREND_STABLE);
	assert_false(rows[RESOURCE_SWITCHES].known);
	assert_int_equal(model->resources.minute_ns, 60000 * MS);
	assert_true(fabs(rows[RESOURCE_OPERATIONS].minute - 1) < 0.2);
	assert_true(rows[RESOURCE_LATENCY].minute > 25e6 && rows[RESOURCE_LATENCY].average < 25e6);
	assert_true(rows[RESOURCE_RSS].minute > rows[RESOURCE_RSS].average);
	assert_true(fabs(model->resources.error_rate - 0.25) < 1e-9);
	done(model, run);
}

/* Times and sizes as no machine has them: nothing overflows, nothing takes long. */
static void test_hostile(void **state)
{
	struct builder *builder = image(1000 * MS, 3000 * MS, 1);
	struct run *run;
	struct model *model;

	(void)state;
	for (uint64_t i = 0; i < 14; i++)
		add_sample(builder, i % 2 ? UINT64_MAX - i : 1 + i, UINT64_MAX - i, UINT64_MAX,
			   UINT64_MAX - 5 * i);
	run = builder_run(builder);
	builder_free(builder);
	for (int64_t i = 0; i < 1000; i++)
		look(run, INT64_MAX / 1024 - 1, (int)(i % 7) + 1, INT64_MAX / 1024 - 1 - i,
		     INT64_MAX / 1024 - 1, INT64_MAX / 1024 - 1, INT64_MAX / 1024 - 1);
	model = built(run);
	assert_true(model->resources.rss_peak >= 0);
	done(model, run);
}

/* ---- resources.json ---- */

static void read_file(const char *text, struct usage *usage)
{
	char directory[] = "/tmp/dndprof-usage-XXXXXX", path[64];
	FILE *file;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/" USAGE_FILE, directory);
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	memset(usage, 0, sizeof(*usage));
	usage_read(directory, usage);
	unlink(path);
	rmdir(directory);
}

static void test_file(void **state)
{
	char directory[] = "/tmp/dndprof-usage-XXXXXX", path[64];
	struct usage usage = {.interval_ns = 100, .looks = 3, .cost_ns = 12345}, back = {0};

	(void)state;
	for (int64_t i = 0; i < 3; i++)
		*list_add(&usage.rows) = (struct usage_row){1 + i, 2, 3, 4, 5, 6, 7, 8, 9, 10 + i};
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/" USAGE_FILE, directory);
	assert_int_equal(usage_write(directory, &usage), 0);
	assert_int_equal(usage_write(directory, &usage), -EEXIST);
	usage_read(directory, &back);
	assert_int_equal(back.looks, 3);
	assert_int_equal(back.cost_ns, 12345);
	assert_int_equal(back.rows.count, 3);
	assert_memory_equal(back.rows.items, usage.rows.items, 3 * sizeof(struct usage_row));
	usage_free(&usage);
	usage_free(&back);
	unlink(path);
	rmdir(directory);
}

static void test_bad_files(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"version\": 2, \"rows\": [[1,2,3,4,5,6,7,8,9,10]]}",
		"{\"version\": 1, \"rows\": [[1,2,3]]}",
		"{\"version\": 1, \"rows\": [[1,2,3,4,5,6,7,8,9,-1]]}",
		"{\"version\": 1, \"rows\": [[1,2,3,4,5,6,7,8,9,9223372036854775807]]}",
		"{\"version\": 1, \"rows\": [[1,2,3,4,5,6,7,8,9,\"x\"]]}",
		"{\"version\": 1, \"rows\": {\"a\": 1}}",
		"{\"version\": 1}",
	};
	struct usage usage;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_file(texts[i], &usage);
		assert_int_equal(usage.rows.count, 0);
		usage_free(&usage);
	}
	read_file("{\"version\": 1, \"cost_ns\": -5, \"rows\": [[9,2,3,4,5,6,7,8,9,1],"
		  "[8,2,3,4,5,6,7,8,9,1], [9,2,3,4,5,6,7,8,9,1]]}",
		  &usage); /* one goes back in time */
	assert_int_equal(usage.rows.count, 2);
	assert_int_equal(usage.cost_ns, 0);
	usage_free(&usage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec_counts_once), cmocka_unit_test(test_sums),
		cmocka_unit_test(test_outside),		 cmocka_unit_test(test_told_at_the_end),
		cmocka_unit_test(test_no_data),		 cmocka_unit_test(test_trends),
		cmocka_unit_test(test_hostile),		 cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
