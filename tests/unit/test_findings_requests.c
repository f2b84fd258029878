/* The rules on names, connections and requests, by profiles just below a threshold and just above.
 */
#include "support/cmocka.h"
#include "support/finding_scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- names and connections ---- */

static struct scene lookup(uint64_t ms)
{
	struct scene scene = scene_new();
	struct dndprof_record record = {.start = BEGIN + 10 * MS,
					.duration = ms * MS,
					.fd = -1,
					.call = DNDPROF_CALL_getaddrinfo,
					.payload = DNDPROF_PAYLOAD_NAME};

	builder_record(scene.builder, record, "registry.example", 16);
	return scene;
}

static void test_dns(void **state)
{
	(void)state;
	assert_false(scene_holds(lookup(99), "dns", -1));
	assert_true(scene_holds(lookup(101), "dns", 101));
}

static void test_connect_slow(void **state)
{
	struct scene under = scene_new(), over = scene_new();

	(void)state;
	builder_connect(under.builder, 5, BEGIN + 10 * MS, 99 * MS, SOCK, 0);
	assert_false(scene_holds(under, "connect", -1));
	builder_connect(over.builder, 5, BEGIN + 10 * MS, 101 * MS, SOCK, 0);
	assert_true(scene_holds(over, "connect", 101));
}

/* `failures` refused connects, 100 ms apart, then one that succeeds; the process sleeps between. */
static struct scene refused(int failures, int error)
{
	struct scene scene = scene_new();
	uint64_t at = BEGIN + 10 * MS;

	for (int i = 0; i < failures; i++, at += 100 * MS)
		builder_connect(scene.builder, 5 + i, at, 1000, SOCK, error);
	builder_connect(scene.builder, 5 + failures, at, 1000, SOCK, 0);
	scene_cpu(&scene, 1999, 0);
	return scene;
}

static void test_connect_retried(void **state)
{
	(void)state;
	assert_false(scene_holds(refused(1, ECONNREFUSED), "connect", -1));
	assert_true(scene_holds(refused(2, ECONNREFUSED), "connect", 200));
	assert_true(scene_holds(refused(5, ENOENT), "connect", 500));
}

/* `connections` of one request each; of the first `more` two. */
static struct scene churn(int connections, int more)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < connections; i++) {
		uint64_t ms = 100 + 10 * (uint64_t)i;

		builder_connect(scene.builder, 5 + i, BEGIN + ms * MS, 100000, SOCK, 0);
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		scene_ask(&scene, 5 + i, ms + 1, 900, line, 200);
		snprintf(line, sizeof(line), "GET /v1.41/images/%d/json HTTP/1.1", i);
		if (i < more)
			scene_ask(&scene, 5 + i, ms + 3, 900, line, 200);
	}
	return scene;
}

static void test_churn(void **state)
{
	(void)state;
	assert_false(scene_holds(churn(10, 0), "connection_churn", -1));
	assert_true(scene_holds(churn(11, 0), "connection_churn", 1));
	assert_true(scene_holds(churn(11, 10), "connection_churn", 1));
	assert_false(scene_holds(churn(11, 11), "connection_churn", -1));
}

/* ---- requests ---- */

static struct scene repeats(int times, uint64_t us, bool same)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < times; i++) {
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1",
			 same ? 1 : i);
		scene_ask(&scene, 5, 100 + 200 * (uint64_t)i, us, line, 200);
	}
	return scene;
}

static void test_repeats(void **state)
{
	(void)state;
	assert_false(scene_holds(repeats(3, 50000, true), "repeated_requests", -1));
	assert_true(scene_holds(repeats(4, 50000, true), "repeated_requests", 150));
	assert_false(scene_holds(repeats(4, 50000, false), "repeated_requests", -1));
	assert_false(
		scene_holds(repeats(4, 3200, true), "repeated_requests", -1)); /* saves 9.6 ms */
	assert_true(scene_holds(repeats(4, 3500, true), "repeated_requests", -1));
}

/* The hash tells queries apart that are not kept. */
static void test_repeats_hashed(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct scene scene = scene_new();

		for (unsigned int i = 0; i < 8; i++) {
			struct dndprof_http head = HEAD(-1, 100, DNDPROF_HTTP_QUERY);

			head.hash = same ? 9 : 9 + i;
			builder_http(scene.builder, 5, BEGIN + (100 + 200 * i) * MS, 1000,
				     DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
				     "GET /v1.41/containers/json", 100, head);
			builder_answer(scene.builder, 5, BEGIN + (150 + 200 * i) * MS, 200, 10);
		}
		assert_int_equal(scene_holds(scene, "repeated_requests", 350), same);
	}
}

static struct scene series(int count, uint64_t ms)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		scene_ask(&scene, 5, 100 + (ms + 1) * (uint64_t)i, ms * 1000, line, 200);
	}
	return scene;
}

static void test_serial(void **state)
{
	struct scene parallel = scene_new();
	char line[64];

	(void)state;
	assert_false(scene_holds(series(5, 150), "serial_requests", -1));
	assert_true(scene_holds(series(6, 150), "serial_requests", 600));
	assert_false(scene_holds(series(8, 66), "serial_requests", -1)); /* 396 ms of 2 s */
	assert_true(scene_holds(series(8, 67), "serial_requests", 402));
	for (int i = 0; i < 8; i++) { /* side by side already */
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		builder_get(parallel.builder, 5 + i, BEGIN + 100 * MS, line);
	}
	for (int i = 0; i < 8; i++)
		builder_answer(parallel.builder, 5 + i, BEGIN + (uint64_t)(200 + 150 * i) * MS, 200,
			       10);
	assert_false(scene_holds(parallel, "serial_requests", -1));
}

/* Requests in two pieces over TCP (or a unix socket) that wait `us`. */
static struct scene pieces(int count, uint64_t us, int flags)
{
	struct scene scene = scene_new();

	for (int i = 0; i < count; i++) {
		uint64_t at = BEGIN + (uint64_t)(100 + 100 * i) * MS;
		char line[64];

		snprintf(line, sizeof(line), "POST /v1.41/containers/%d/kill HTTP/1.1", i);
		builder_http(scene.builder, 5, at, 1000, DNDPROF_PAYLOAD_REQUEST,
			     DNDPROF_RECORD_SENT | flags, line, 100, HEAD(20, 100, 0));
		builder_call(scene.builder, DNDPROF_CALL_send, 5, at + 2000, 1000, 20, 0,
			     DNDPROF_RECORD_SENT | flags);
		builder_answer(scene.builder, 5, at + us * 1000, 200, 10);
	}
	return scene;
}

static void test_delayed_ack(void **state)
{
	(void)state;
	assert_false(scene_holds(pieces(2, 41000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_true(scene_holds(pieces(3, 41000, DNDPROF_RECORD_INET), "delayed_ack", 120));
	assert_false(scene_holds(pieces(3, 37000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_false(scene_holds(pieces(3, 49000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_false(scene_holds(pieces(3, 41000, DNDPROF_RECORD_UNIX), "delayed_ack", -1));
}

/* `count` of 20 requests are answered `status`; the same is asked again 100 ms after each. */
static struct scene answered(int count, int status)
{
	struct scene scene = scene_new();

	for (int i = 0; i < 20; i++) {
		char line[64];

		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1",
			 i <= count ? 0 : i);
		scene_ask(&scene, 5, 10 + 90 * (uint64_t)i, 10000, line, i < count ? status : 200);
	}
	scene_cpu(&scene, 1999, 0);
	return scene;
}

static void test_failures(void **state)
{
	(void)state;
	assert_false(scene_holds(answered(0, 429), "failures", -1));
	assert_true(scene_holds(answered(1, 429), "failures", 90));
	assert_true(scene_holds(answered(1, 500), "failures", 90));
	assert_true(scene_holds(answered(2, 503), "failures", 180));
	assert_false(scene_holds(answered(2, 404), "failures", -1)); /* 10 % */
	assert_true(scene_holds(answered(3, 404), "failures", 270));
}

static void test_failure_meaning(void **state)
{
	static const struct {
		int status;
		const char *word;
	} rows[] = {{429, "too many requests"}, {500, "server's side"}, {409, "as wrong"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene = answered(4, rows[i].status);

		scene_build(&scene);
		assert_non_null(strstr(scene_find(&scene, "failures")->description, rows[i].word));
		assert_int_equal(scene_find(&scene, "failures")->cited.count, 4);
		scene_free(&scene);
	}
}

/* One refused connect is a finding when the run failed. */
static void test_failed_run(void **state)
{
	(void)state;
	for (int status = 0; status < 2; status++) {
		struct scene scene = scene_new();

		builder_connect(scene.builder, 5, BEGIN + 10 * MS, 1000, SOCK, ECONNREFUSED);
		scene.run = builder_run(scene.builder);
		scene.run->facts.exit_status = status;
		scene.model = model_build(&scene.run, 1);
		builder_free(scene.builder);
		assert_int_equal(scene_find(&scene, "failures") != NULL, status);
		scene_free(&scene);
	}
}

/* Ten operations that the program marks, so many of them failed. */
static struct scene marked(unsigned int failed)
{
	struct scene scene = scene_new();

	for (unsigned int i = 0; i < 10; i++) {
		struct dndprof_record record = {.start = BEGIN + (10 + i) * MS,
						.duration = MS / 2,
						.fd = -1,
						.result = i < failed ? -1 : 0,
						.call = DNDPROF_CALL_region,
						.payload = DNDPROF_PAYLOAD_REGION};

		builder_record(scene.builder, record, "database\0query",
			       sizeof("database\0query") - 1);
	}
	return scene;
}

static void test_marked_failures(void **state)
{
	struct scene scene = marked(2);

	(void)state;
	assert_false(scene_holds(marked(0), "failures", -1));
	assert_false(scene_holds(marked(1), "failures", -1));
	scene_build(&scene);
	assert_non_null(strstr(scene_find(&scene, "failures")->description,
			       "2 of 10 operations that the program marks failed"));
	assert_int_equal(scene_find(&scene, "failures")->cited.count, 2);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_connect_slow),
		cmocka_unit_test(test_connect_retried),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_repeats_hashed),
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_delayed_ack),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failure_meaning),
		cmocka_unit_test(test_failed_run),
		cmocka_unit_test(test_marked_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
