/* HTTP transactions from heads and byte counts. */
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define AT (UINT64_C(1100) * MS)

struct scene {
	struct run *run;
	struct model *model;
	const struct operation *http[64];
	size_t count;
};

static struct scene scene_of(struct builder *builder)
{
	struct scene scene = {.run = builder_run(builder)};

	scene.model = model_build(&scene.run, 1);
	for (size_t i = 0; i < scene.model->operations.count; i++)
		if (scene.model->operations.items[i].kind == OPERATION_HTTP)
			scene.http[scene.count++] = &scene.model->operations.items[i];
	builder_free(builder);
	return scene;
}

static void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

static void data(struct builder *builder, uint64_t start, uint64_t duration, int64_t bytes,
		 int flag)
{
	builder_call(builder, flag == DNDPROF_RECORD_SENT ? DNDPROF_CALL_send : DNDPROF_CALL_recv,
		     5, start, duration, bytes, 0, flag);
}

static void test_phases(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "POST /v1.41/build HTTP/1.1");
	data(builder, AT + 2 * MS, 1 * MS, 500000, DNDPROF_RECORD_SENT);
	/* it began to wait before the request had left: another thread reads */
	builder_http(builder, 5, AT - 5 * MS, 15 * MS, DNDPROF_PAYLOAD_RESPONSE,
		     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 200 OK", 150, HEAD(1050, 100, 0));
	data(builder, AT + 11 * MS, 2 * MS, 1000, DNDPROF_RECORD_RECEIVED);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_int_equal(scene.http[0]->send_ns, 3 * MS);
	assert_int_equal(scene.http[0]->wait_ns, 7 * MS);
	assert_int_equal(scene.http[0]->receive_ns, 3 * MS);
	assert_int_equal(scene.http[0]->duration_ns, 13 * MS);
	assert_int_equal(scene.http[0]->status, 200);
	assert_false(scene.http[0]->error);
	assert_string_equal(scene.http[0]->endpoint, "/build");
	scene_free(&scene);
}

/* Few bytes leave at once: a call that lasts with them was put aside, and the engine runs already.
 */
static void test_sent_at_once(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_http(builder, 5, AT, 4 * MS, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "GET /v1.41/info HTTP/1.1", 100, HEAD(-1, 100, 0));
	builder_answer(builder, 5, AT + 5 * MS, 200, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_int_equal(scene.http[0]->send_ns, 0);
	assert_int_equal(scene.http[0]->wait_ns, 5 * MS);
	assert_int_equal(scene.http[0]->duration_ns, 5 * MS);
	scene_free(&scene);
}

static void test_keep_alive(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		builder_get(builder, 5, AT + i * 100 * MS, "GET /v1.41/info HTTP/1.1");
		builder_http(builder, 5, AT + i * 100 * MS + 9 * MS, MS, DNDPROF_PAYLOAD_RESPONSE,
			     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 200 OK", 500,
			     HEAD(-1, 100, DNDPROF_HTTP_CHUNKED));
		data(builder, AT + i * 100 * MS + 19 * MS, MS, 500, DNDPROF_RECORD_RECEIVED);
	}
	scene = scene_of(builder);
	assert_int_equal(scene.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(scene.http[i]->duration_ns, 20 * MS);
		assert_false(scene.http[i]->broken);
	}
	scene_free(&scene);
}

static void test_pipelining(void **state)
{
	struct dndprof_http head = HEAD(20, 100, 0);
	char payload[64];
	struct builder *builder = builder_new();
	struct scene scene;
	struct dndprof_record extra = {.kind = DNDPROF_KIND_EXTRA,
				       .start = AT + 9 * MS,
				       .duration = MS,
				       .result = 240,
				       .fd = 5,
				       .generation = 1,
				       .call = DNDPROF_CALL_recv,
				       .payload = DNDPROF_PAYLOAD_RESPONSE,
				       .flags = DNDPROF_RECORD_RECEIVED};

	(void)state;
	memcpy(payload, &head, sizeof(head));
	memcpy(payload + sizeof(head), "HTTP/1.1 404 Not", 16);
	builder_get(builder, 5, AT, "GET /v1.41/info HTTP/1.1");
	builder_get(builder, 5, AT + MS, "GET /v1.41/version HTTP/1.1");
	/* both answers in one buffer */
	builder_http(builder, 5, AT + 9 * MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     "HTTP/1.1 200 OK", 240, HEAD(20, 100, 0));
	builder_record(builder, extra, payload, sizeof(head) + 16);
	builder_get(builder, 5, AT + 20 * MS, "GET /v1.41/events HTTP/1.1");
	scene = scene_of(builder);
	assert_int_equal(scene.count, 3);
	assert_int_equal(scene.http[0]->status, 200);
	assert_int_equal(scene.http[0]->duration_ns, 10 * MS);
	assert_int_equal(scene.http[1]->status, 404);
	assert_int_equal(scene.http[1]->duration_ns, 9 * MS);
	assert_true(scene.http[1]->error && !scene.http[1]->broken);
	assert_true(scene.http[2]->stream);
	scene_free(&scene);
}

static void test_continue(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "POST /v1.41/build HTTP/1.1");
	builder_http(builder, 5, AT + MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     "HTTP/1.1 100 Continue", 25, HEAD(-1, 25, 0));
	data(builder, AT + 3 * MS, MS, 5000, DNDPROF_RECORD_SENT);
	builder_answer(builder, 5, AT + 10 * MS, 200, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_int_equal(scene.http[0]->status, 200);
	assert_int_equal(scene.http[0]->send_ns, 3 * MS);
	assert_int_equal(scene.http[0]->duration_ns, 10 * MS);
	scene_free(&scene);
}

/* No body whatever the length says; 204 and 304 likewise. */
static void test_no_body(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "HEAD /_ping HTTP/1.1");
	builder_http(builder, 5, AT + MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     "HTTP/1.1 200 OK", 100, HEAD(5000, 100, 0));
	builder_get(builder, 5, AT + 10 * MS, "POST /v1.41/containers/web/start HTTP/1.1");
	builder_http(builder, 5, AT + 12 * MS, MS, DNDPROF_PAYLOAD_RESPONSE,
		     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 304 Not Modified", 100, HEAD(-1, 100, 0));
	builder_call(builder, DNDPROF_CALL_close, 5, AT + 50 * MS, 100, 0, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 2);
	assert_int_equal(scene.http[0]->duration_ns, 2 * MS);
	assert_int_equal(scene.http[1]->duration_ns, 3 * MS);
	assert_false(scene.http[0]->error || scene.http[1]->error);
	scene_free(&scene);
}

static void test_hijack(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_http(builder, 5, AT, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "POST /v1.41/exec/0123456789ab/start HTTP/1.1", 100,
		     HEAD(-1, 100, DNDPROF_HTTP_UPGRADE));
	builder_answer(builder, 5, AT + 2 * MS, 101, 0);
	data(builder, AT + 5 * MS, MS, 20, DNDPROF_RECORD_SENT);
	/* what looks like HTTP in a stream is none */
	builder_get(builder, 5, AT + 6 * MS, "GET /evil HTTP/1.1");
	data(builder, AT + 500 * MS, MS, 20, DNDPROF_RECORD_RECEIVED);
	builder_call(builder, DNDPROF_CALL_close, 5, AT + 600 * MS, 100, 0, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_true(scene.http[0]->stream);
	assert_false(scene.http[0]->error);
	assert_int_equal(scene.http[0]->duration_ns, 600 * MS);
	assert_int_equal(scene.model->summary.latencies, 0);
	assert_int_equal(scene.model->summary.streams, 1);
	assert_int_equal(scene.model->summary.score, -1);
	scene_free(&scene);
}

/* HTTP/2, begun without an upgrade: one stream, as long as its connection. */
static void test_http2(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "PRI * HTTP/2.0");
	data(builder, AT + 20 * MS, MS, 300, DNDPROF_RECORD_RECEIVED);
	data(builder, AT + 30 * MS, MS, 300, DNDPROF_RECORD_SENT);
	builder_call(builder, DNDPROF_CALL_close, 5, AT + 50 * MS, 1000, 0, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_true(scene.http[0]->stream);
	assert_false(scene.http[0]->error);
	assert_string_equal(scene.http[0]->endpoint, "HTTP/2");
	assert_int_equal(scene.http[0]->duration_ns, 50 * MS);
	assert_int_equal(scene.model->summary.latencies, 0);
	assert_int_equal(scene.model->summary.unanswered, 0);
	scene_free(&scene);
}

static void test_broken(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "GET /v1.41/info HTTP/1.1"); /* no answer */
	data(builder, AT + MS, MS, 0, DNDPROF_RECORD_RECEIVED);
	builder_call(builder, DNDPROF_CALL_close, 5, AT + 3 * MS, 100, 0, 0, 0);
	builder_get(builder, 6, AT + 10 * MS, "GET /v1.41/info HTTP/1.1"); /* half an answer */
	builder_http(builder, 6, AT + 11 * MS, MS, DNDPROF_PAYLOAD_RESPONSE,
		     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 200 OK", 150, HEAD(1000, 100, 0));
	builder_call(builder, DNDPROF_CALL_recv, 6, AT + 13 * MS, 10, -1, ECONNRESET, 0);
	builder_get(builder, 7, AT + 20 * MS, "GET /v1.41/info HTTP/1.1"); /* whole */
	builder_answer(builder, 7, AT + 21 * MS, 200, 7);
	builder_call(builder, DNDPROF_CALL_recv, 7, AT + 22 * MS, 10, -1, EAGAIN, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 3);
	assert_true(scene.http[0]->broken && scene.http[0]->error);
	assert_true(scene.http[1]->broken && scene.http[1]->error);
	assert_false(scene.http[2]->broken);
	assert_int_equal(scene.model->summary.errors, 2);
	scene_free(&scene);
}

/* In flight when its process ended, was cut, or gave up: no error, no latency, but time waited. */
static void test_unanswered(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder->header.end_ticks = AT + 1000 * MS;
	builder_get(builder, 4, AT, "GET /v1.41/info HTTP/1.1");
	builder_answer(builder, 4, AT + 3 * MS, 200, 0);
	builder_get(builder, 5, AT + 100 * MS, "GET /v1.41/info HTTP/1.1"); /* to the end */
	builder_get(builder, 6, AT + 10 * MS, "GET /v1.41/info HTTP/1.1");  /* given up */
	builder_call(builder, DNDPROF_CALL_close, 6, AT + 50 * MS, 100, 0, 0, 0);
	builder_get(builder, 7, AT + 200 * MS, "GET /v1.41/version HTTP/1.1"); /* half an answer */
	builder_http(builder, 7, AT + 210 * MS, MS, DNDPROF_PAYLOAD_RESPONSE,
		     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 200 OK", 150, HEAD(1000, 100, 0));
	scene = scene_of(builder);
	assert_int_equal(scene.count, 4);
	assert_int_equal(scene.model->summary.operations, 4);
	assert_int_equal(scene.model->summary.unanswered, 2);
	assert_int_equal(scene.model->summary.errors, 0);
	assert_int_equal(scene.model->summary.latencies, 1);
	assert_int_equal(scene.http[1]->duration_ns, 40 * MS);
	assert_int_equal(scene.http[2]->duration_ns, 900 * MS);
	assert_true(scene.http[1]->unfinished && scene.http[2]->unfinished);
	assert_true(scene.http[3]->unfinished && !scene.http[3]->error);
	assert_int_equal(scene.model->endpoints.count, 2);
	assert_string_equal(scene.model->endpoints.items[0].endpoint, "/info");
	assert_int_equal(scene.model->endpoints.items[0].count, 3);
	assert_int_equal(scene.model->endpoints.items[0].unanswered, 2);
	assert_int_equal(scene.model->endpoints.items[0].latencies, 1);
	assert_int_equal(scene.model->endpoints.items[0].p95_ns, 3 * MS);
	assert_int_equal(scene.model->endpoints.items[1].latencies, 0);
	assert_int_equal(scene.model->categories[DNDPROF_CATEGORY_DOCKER_API].self_ns,
			 (3 + 40 + 900) * MS);
	scene_free(&scene);
}

/* A process nobody saw end: until the run's end, or until it was waited for. */
static void test_unanswered_when_killed(void **state)
{
	struct builder *builder = builder_new();
	struct run *run;
	struct model *model;

	(void)state;
	builder->header.end = DNDPROF_END_OPEN;
	builder->header.end_ticks = 0;
	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder_get(builder, 5, AT + 100 * MS, "GET /v1.41/info HTTP/1.1");
	run = builder_run(builder);
	run->facts.present = run->facts.finished = true;
	run->facts.child = 1000;
	run->facts.signal = 9;
	run->facts.start_ns = AT;
	run->facts.end_ns = AT + 2000 * MS;
	model = model_build(&run, 1);
	assert_int_equal(model->summary.unanswered, 1);
	assert_int_equal(model->summary.errors, 0);
	assert_int_equal(model->summary.score, -1);
	assert_int_equal(model->operations.items[0].duration_ns, 1900 * MS);
	assert_false(model->processes.items[0].running);
	model_free(model);
	run_close(run);
	builder_free(builder);
}

/* An answer whose request is not there is data lost, and said so. */
static void test_orphans(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;
	bool said = false;

	(void)state;
	builder_answer(builder, 5, AT + 2 * MS, 200, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.model->summary.orphans, 1);
	for (size_t i = 0; i < scene.model->warnings.count; i++)
		said |= strstr(scene.model->warnings.items[i],
			       "1 response came whose request was not recorded") != NULL;
	assert_true(said);
	scene_free(&scene);
}

static void test_server(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_http(builder, 5, AT, MS, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_RECEIVED,
		     "GET /v1.41/info HTTP/1.1", 100, HEAD(-1, 100, 0));
	builder_http(builder, 5, AT + 6 * MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_SENT,
		     "HTTP/1.1 200 OK", 100, HEAD(0, 100, 0));
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_true(scene.http[0]->server);
	assert_int_equal(scene.http[0]->wait_ns, 5 * MS);
	assert_int_equal(scene.model->summary.operations, 0);
	assert_int_equal(scene.model->summary.server_operations, 1);
	scene_free(&scene);
}

/* The head came in two reads; its facts come with the second. */
static void test_head_apart(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "GET /v1.41/info HTTP/1.1");
	builder_http(builder, 5, AT + MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     "HTTP/1.1 200 OK", 50, HEAD(-1, 50, DNDPROF_HTTP_INCOMPLETE));
	builder_http(builder, 5, AT + 3 * MS, MS, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     "", 70, HEAD(140, 30, DNDPROF_HTTP_CONTINUED));
	data(builder, AT + 8 * MS, MS, 100, DNDPROF_RECORD_RECEIVED);
	builder_call(builder, DNDPROF_CALL_close, 5, AT + 50 * MS, 100, 0, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_false(scene.http[0]->broken);
	assert_int_equal(scene.http[0]->wait_ns, 2 * MS);
	assert_int_equal(scene.http[0]->duration_ns, 9 * MS);
	scene_free(&scene);
}

/* A peeked byte comes again, and is counted once. */
static void test_peek_and_duplicate(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_record dup = {.start = AT + 100,
				     .result = 9,
				     .fd = 9,
				     .generation = 1,
				     .arg = 5,
				     .call = DNDPROF_CALL_dup};
	struct scene scene;

	(void)state;
	builder_get(builder, 5, AT, "GET /v1.41/info HTTP/1.1");
	builder_record(builder, dup, NULL, 0);
	data(builder, AT + MS, MS, 50, DNDPROF_RECORD_RECEIVED | DNDPROF_RECORD_PEEK);
	builder_answer(builder, 9, AT + 4 * MS, 200, 0); /* read by its other name */
	scene = scene_of(builder);
	assert_int_equal(scene.count, 1);
	assert_int_equal(scene.http[0]->status, 200);
	assert_int_equal(scene.http[0]->duration_ns, 4 * MS);
	scene_free(&scene);
}

static void test_engine_told_apart(void **state)
{
	struct builder *builder = builder_new();
	struct scene scene;

	(void)state;
	builder_connect(builder, 5, AT, 1000, "/tmp/engine.sock", 0);
	builder_get(builder, 5, AT + MS, "GET /unheard/of HTTP/1.1");
	builder_answer(builder, 5, AT + 2 * MS, 200, 0);
	builder_get(builder, 6, AT + 3 * MS, "GET /v2/library/busybox/manifests/latest HTTP/1.1");
	builder_answer(builder, 6, AT + 4 * MS, 200, 0);
	builder_get(builder, 7, AT + 5 * MS, "GET /index.html HTTP/1.1");
	builder_answer(builder, 7, AT + 6 * MS, 200, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.count, 3);
	assert_int_equal(scene.http[0]->category, DNDPROF_CATEGORY_DOCKER_API);
	assert_int_equal(scene.http[1]->category, DNDPROF_CATEGORY_REGISTRY);
	assert_int_equal(scene.http[2]->category, DNDPROF_CATEGORY_HTTP);
	assert_int_equal(scene.model->summary.operations, 4); /* and the connect */
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_sent_at_once),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_pipelining),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_no_body),
		cmocka_unit_test(test_hijack),
		cmocka_unit_test(test_http2),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_unanswered_when_killed),
		cmocka_unit_test(test_orphans),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_head_apart),
		cmocka_unit_test(test_peek_and_duplicate),
		cmocka_unit_test(test_engine_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
