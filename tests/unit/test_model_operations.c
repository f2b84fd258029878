/* DNS, connects, locks, regions, categories: operations that are not HTTP. Children:
 * test_model_children.c. */
#include "support/operation_scene.h"

#include <sys/socket.h>

static void dns_message(struct builder *builder, uint64_t start, uint16_t id, uint16_t flags,
			const char *name, int record_flags)
{
	struct dndprof_dns dns = {.id = id, .flags = flags, .type = 1};
	struct dndprof_record record = {.start = start,
					.duration = 1000,
					.result = 40,
					.fd = 6,
					.generation = 2,
					.arg = 40,
					.call = record_flags & DNDPROF_RECORD_SENT
							? DNDPROF_CALL_sendto
							: DNDPROF_CALL_recvfrom,
					.payload = DNDPROF_PAYLOAD_DNS,
					.flags = (uint8_t)record_flags};
	char payload[64];

	memcpy(payload, &dns, sizeof(dns));
	memcpy(payload + sizeof(dns), name, strlen(name));
	builder_record(builder, record, payload, sizeof(dns) + strlen(name));
}

static void test_dns_flow(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	dns_message(builder, AT, 7, 0x0100, "a.example", DNDPROF_RECORD_SENT);
	dns_message(builder, AT + MS, 8, 0x0100, "b.example", DNDPROF_RECORD_SENT);
	dns_message(builder, AT + 5 * MS, 8, 0x8183, "b.example", DNDPROF_RECORD_RECEIVED);
	dns_message(builder, AT + 9 * MS, 7, 0x8180, "a.example", DNDPROF_RECORD_RECEIVED);
	scene = scene_of(builder);
	assert_int_equal(scene.model->summary.operations, 2);
	assert_string_equal(nth(&scene, OPERATION_DNS, 0)->endpoint, "a.example");
	assert_int_equal(nth(&scene, OPERATION_DNS, 0)->duration_ns, 9 * MS + 1000);
	assert_false(nth(&scene, OPERATION_DNS, 0)->error);
	assert_true(nth(&scene, OPERATION_DNS, 1)->error); /* NXDOMAIN */
	assert_int_equal(nth(&scene, OPERATION_DNS, 1)->status, 3);
	scene_free(&scene);
}

static void sockopt(struct builder *builder, int fd, uint64_t start, int error)
{
	struct dndprof_record record = {.start = start,
					.duration = 500,
					.fd = fd,
					.generation = 1,
					.arg = SO_ERROR,
					.call = DNDPROF_CALL_getsockopt,
					.error = (uint8_t)error};

	builder_record(builder, record, NULL, 0);
}

static void test_connects(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_connect(builder, 3, AT, 2 * MS, "/a", 0);
	builder_connect(builder, 4, AT + 10 * MS, 1000, "/b", EINPROGRESS);
	sockopt(builder, 4, AT + 14 * MS - 500, 0);
	builder_connect(builder, 5, AT + 20 * MS, 1000, "/c", EINPROGRESS);
	sockopt(builder, 5, AT + 21 * MS, ECONNREFUSED);
	builder_connect(builder, 6, AT + 30 * MS, 1000, "/d", EINPROGRESS);
	builder_call(builder, DNDPROF_CALL_send, 6, AT + 33 * MS, 1000, 10, 0, DNDPROF_RECORD_SENT);
	builder_connect(builder, 7, AT + 40 * MS, 1000, "/e", ECONNREFUSED);
	scene = scene_of(builder);
	assert_int_equal(scene.model->summary.operations, 5);
	assert_int_equal(nth(&scene, OPERATION_CONNECT, 0)->duration_ns, 2 * MS);
	assert_string_equal(nth(&scene, OPERATION_CONNECT, 0)->endpoint, "/a");
	assert_int_equal(nth(&scene, OPERATION_CONNECT, 1)->duration_ns, 4 * MS);
	assert_false(nth(&scene, OPERATION_CONNECT, 1)->error);
	assert_int_equal(nth(&scene, OPERATION_CONNECT, 2)->status, ECONNREFUSED);
	assert_int_equal(nth(&scene, OPERATION_CONNECT, 3)->duration_ns, 3 * MS + 1000);
	assert_false(nth(&scene, OPERATION_CONNECT, 3)->error);
	assert_true(nth(&scene, OPERATION_CONNECT, 4)->error);
	assert_int_equal(scene.model->summary.errors, 2);
	scene_free(&scene);
}

/* Self times add up to the wall time; a moment belongs to one category. */
static void test_self_time(void **state)
{
	struct builder *builder = builder_new();
	const struct category_row *rows;
	int64_t sum = 0;
	struct scene scene;

	(void)state;
	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder->header.end_ticks = AT + 1000 * MS;
	builder_get(builder, 5, AT + 100 * MS, "GET /v1.41/info HTTP/1.1");
	builder_call(builder, DNDPROF_CALL_poll, -1, AT + 101 * MS, 90 * MS, 1, 0, 0);
	builder_answer(builder, 5, AT + 200 * MS, 200, 0);
	/* a second request beside the first, half of it alone */
	builder_get(builder, 6, AT + 150 * MS, "GET /v1.41/info HTTP/1.1");
	builder_answer(builder, 6, AT + 250 * MS, 200, 0);
	builder_call(builder, DNDPROF_CALL_pthread_mutex_lock, -1, AT + 300 * MS, 50 * MS, 0, 0, 0);
	builder_call(builder, DNDPROF_CALL_poll, -1, AT + 400 * MS, 20 * MS, 0, 0, 0);
	builder->tid = 1001; /* an idle worker is not what holds the program up */
	builder_call(builder, DNDPROF_CALL_pthread_cond_wait, -1, AT, 900 * MS, 0, 0, 0);
	scene = scene_of(builder);
	rows = scene.model->categories;
	assert_int_equal(rows[DNDPROF_CATEGORY_DOCKER_API].self_ns, 150 * MS);
	assert_int_equal(rows[DNDPROF_CATEGORY_DOCKER_API].total_ns, 200 * MS);
	assert_int_equal(rows[DNDPROF_CATEGORY_LOCK].self_ns, 50 * MS);
	assert_int_equal(rows[DNDPROF_CATEGORY_IO].self_ns, 20 * MS);
	assert_int_equal(rows[DNDPROF_CATEGORY_IO].count, 1); /* the other poll is the answer's */
	assert_int_equal(rows[DNDPROF_CATEGORY_THREAD].self_ns, 0);
	assert_int_equal(rows[DNDPROF_CATEGORY_THREAD].total_ns, 900 * MS);
	assert_int_equal(rows[CATEGORY_PROGRAM].self_ns, 780 * MS);
	for (unsigned int i = 0; i <= CATEGORY_PROGRAM; i++)
		sum += rows[i].self_ns;
	assert_int_equal(sum, scene.model->summary.wall_ns);
	scene_free(&scene);
}

/* Time whose records were overwritten is nobody's; what survived is complete from its window on. */
static void test_self_time_after_wrap(void **state)
{
	struct builder *builder = builder_new();
	const struct category_row *rows;
	int64_t sum = 0, window;
	struct scene scene;

	(void)state;
	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder->header.end_ticks = AT + 1000 * MS;
	builder_ring(builder, 16, 1);
	for (uint64_t i = 0; i < 100; i++) {
		builder_get(builder, 5, AT + i * 10 * MS, "GET /v1.41/info HTTP/1.1");
		builder_answer(builder, 5, AT + i * 10 * MS + 9 * MS, 200, 0);
	}
	scene = scene_of(builder);
	rows = scene.model->categories;
	window = scene.model->processes.items[0].window_ns;
	assert_true(window > (int64_t)(AT + 900 * MS) && window < (int64_t)(AT + 1000 * MS));
	assert_true(rows[CATEGORY_UNCOVERED].self_ns >= window - (int64_t)AT - (int64_t)(10 * MS));
	assert_true(rows[CATEGORY_PROGRAM].self_ns < rows[DNDPROF_CATEGORY_DOCKER_API].self_ns / 4);
	for (unsigned int i = 0; i < CATEGORY_ROWS; i++)
		sum += rows[i].self_ns;
	assert_int_equal(sum, scene.model->summary.wall_ns);
	scene_free(&scene);
}

/* What was calibrated is taken off, and what falls below 0 stays there: of calls, which enter the
 * kernel, what they have too much; of all else, and of calls where that is not known, the null
 * interval. Where the Go gate has its own, it is those. */
static void test_compensation(void **state)
{
	static const struct {
		int null, null_go, call_null, go_call_null, taken_off;
	} cases[] = {
		{1024, 0, 0, 0, 1024}, {10, 1024, 0, 0, 1024},	    {1024, 0, 3, 500, 3},
		{1024, 0, -9, 0, -9},  {10, 1024, 500, -700, -700}, {10, 1024, 500, 0, 1024},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct builder *builder = builder_new();
		int null = cases[n].null_go ? cases[n].null_go : cases[n].null;
		struct scene scene;

		for (int i = 0; i < 64; i++)
			builder_count(builder, DNDPROF_CALL_null, (uint64_t)cases[n].null);
		for (int i = 0; i < 64 && cases[n].null_go; i++)
			builder_count(builder, DNDPROF_CALL_null_go, (uint64_t)cases[n].null_go);
		builder->header.call_null = cases[n].call_null * DNDPROF_NULL_PARTS;
		builder->header.go_call_null = cases[n].go_call_null * DNDPROF_NULL_PARTS;
		builder_call(builder, DNDPROF_CALL_getaddrinfo, -1, AT, 24, 0, 0, 0);
		builder_call(builder, DNDPROF_CALL_region, -1, AT + MS, 24, 0, 0, 0);
		builder_call(builder, DNDPROF_CALL_getaddrinfo, -1, AT + MS, MS, 0, 0, 0);
		scene = scene_of(builder);
		assert_true(labs(nth(&scene, OPERATION_DNS, 0)->duration_ns -
				 (24 - cases[n].taken_off)) < 20);
		assert_true(labs(nth(&scene, OPERATION_DNS, 1)->duration_ns -
				 ((long)MS - cases[n].taken_off)) < 20);
		assert_true(labs(nth(&scene, OPERATION_REGION, 0)->duration_ns - (24 - null)) < 20);
		assert_true(scene.model->summary.accuracy_ns >= 0);
		scene_free(&scene);
	}
}

static void lock(struct builder *builder, uint32_t tid, uint64_t address, uint64_t start,
		 uint64_t duration, int error)
{
	struct dndprof_record record = {.start = AT + start * MS,
					.duration = duration * MS,
					.result = error,
					.error = (uint8_t)error,
					.fd = -1,
					.arg = address,
					.call = DNDPROF_CALL_pthread_mutex_lock};

	builder->tid = tid;
	builder_record(builder, record, NULL, 0);
}

/* One row a lock; who got it while another waited held it for that long. */
static void test_locks(void **state)
{
	struct dndprof_record born = {.start = AT,
				      .fd = -1,
				      .call = DNDPROF_CALL_thread,
				      .payload = DNDPROF_PAYLOAD_THREAD,
				      .flags = DNDPROF_RECORD_BEGIN,
				      .context = 3};
	struct builder *builder = builder_new();
	const struct lock_row *rows;
	struct scene scene;

	(void)state;
	builder_record(builder, born, "writer\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	lock(builder, 2, 0x1000, 0, 10, 0);   /* who held it till then, nobody knows */
	lock(builder, 3, 0x1000, 5, 15, 0);   /* 2 held it for 10 */
	lock(builder, 4, 0x1000, 5, 95, 0);   /* 3 held it for 80 */
	lock(builder, 2, 0x1000, 200, 40, 0); /* 4 may have let it go since */
	lock(builder, 2, 0x2000, 300, 5, ETIMEDOUT);
	lock(builder, 3, 0x2000, 301, 9, 0); /* 2 never had it */
	scene = scene_of(builder);
	assert_int_equal(scene.model->locks.count, 2);
	rows = scene.model->locks.items;
	assert_int_equal(rows[0].waits, 4);
	assert_int_equal(rows[0].threads, 3);
	assert_int_equal(rows[0].total_ns, 160 * MS);
	assert_int_equal(rows[0].max_ns, 95 * MS);
	assert_int_equal(rows[0].holder, 3);
	assert_int_equal(rows[0].holder_ns, 80 * MS);
	assert_string_equal(rows[0].holder_name, "writer");
	assert_int_equal(rows[1].waits, 2);
	assert_int_equal(rows[1].holder, 0);
	scene_free(&scene);
}

/* A damaged record that stands for many waits, each as long as time: the sum has an end. */
static void test_endless_wait(void **state)
{
	struct dndprof_record record = {.start = AT,
					.duration = UINT64_MAX / 8,
					.result = 1,
					.fd = -1,
					.weight_log2 = 15,
					.call = DNDPROF_CALL_poll};
	struct builder *builder = builder_new();
	const struct category_row *row;
	struct scene scene;

	(void)state;
	builder_record(builder, record, NULL, 0);
	scene = scene_of(builder);
	row = &scene.model->categories[DNDPROF_CATEGORY_IO];
	assert_int_equal(row->count, 1 << 15);
	assert_true(row->total_ns >= row->max_ns);
	scene_free(&scene);
}

static void test_region(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_record record = {.start = AT,
					.duration = 5 * MS,
					.fd = -1,
					.call = DNDPROF_CALL_region,
					.payload = DNDPROF_PAYLOAD_REGION};
	struct scene scene;

	(void)state;
	builder_record(builder, record, "network\0ping all", 16);
	scene = scene_of(builder);
	assert_int_equal(scene.model->summary.operations, 1);
	assert_string_equal(nth(&scene, OPERATION_REGION, 0)->endpoint, "ping all");
	assert_int_equal(scene.model->categories[DNDPROF_CATEGORY_USER].self_ns, 5 * MS);
	scene_free(&scene);
}

static void mark(struct builder *builder, int ms, enum dndprof_call call, int64_t result,
		 const char *text, size_t size)
{
	struct dndprof_record record = {.start = AT + (uint64_t)ms * MS,
					.duration = 5 * MS,
					.result = result,
					.error = (uint8_t)result,
					.fd = -1,
					.call = (uint16_t)call,
					.payload = DNDPROF_PAYLOAD_REGION};

	builder_record(builder, record, text, size);
}

/* Checks and jobs are regions of a known category; what a payload lacks is empty. */
static void test_region_kinds(void **state)
{
	struct builder *builder = builder_new();
	const struct operation *operation;
	struct scene scene;

	(void)state;
	mark(builder, 0, DNDPROF_CALL_region, 0, "bare", 4);
	mark(builder, 1, DNDPROF_CALL_check, 7, "check\0dns", 9);
	mark(builder, 2, DNDPROF_CALL_job, -3, "worker\0fetch\0pool-1", 19);
	mark(builder, 3, DNDPROF_CALL_job, INT64_MIN, "worker\0fetch", 12);
	scene = scene_of(builder);
	assert_int_equal(scene.model->summary.operations, 4);
	assert_int_equal(scene.model->summary.errors, 3);
	operation = nth(&scene, OPERATION_REGION, 0);
	assert_int_equal(operation->region, REGION_OPERATION);
	assert_string_equal(operation->method, "bare");
	assert_string_equal(operation->endpoint, "?");
	operation = nth(&scene, OPERATION_REGION, 1);
	assert_int_equal(operation->region, REGION_CHECK);
	assert_string_equal(operation->endpoint, "dns");
	assert_int_equal(operation->status, 7);
	operation = nth(&scene, OPERATION_REGION, 2);
	assert_int_equal(operation->region, REGION_JOB);
	assert_string_equal(operation->method, "worker");
	assert_string_equal(operation->worker, "pool-1");
	assert_true(operation->error);
	operation = nth(&scene, OPERATION_REGION, 3);
	assert_string_equal(operation->worker, "");
	assert_int_equal(operation->status, INT_MIN);
	assert_int_equal(scene.model->summary.total_calls, 0);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns_flow),     cmocka_unit_test(test_connects),
		cmocka_unit_test(test_self_time),    cmocka_unit_test(test_compensation),
		cmocka_unit_test(test_region),	     cmocka_unit_test(test_self_time_after_wrap),
		cmocka_unit_test(test_locks),	     cmocka_unit_test(test_region_kinds),
		cmocka_unit_test(test_endless_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
