/* The critical path of constructed runs, whose truth is known; and that it adds up, whatever is in
 * the profiles. Through threads: test_model_critical_threads.c. */
#include "support/critical_scene.h"

#include <errno.h>

/* One thread: its own work, a wait for the engine, a lock, a wait for nothing known. */
static void test_one_thread(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 1000);
	struct scene scene;

	(void)state;
	cpu(client, 100, 90);
	builder_connect(client, 5, AT + 100 * MS, 10 * MS, "/run/docker.sock", 0);
	builder_get(client, 5, AT + 110 * MS, "POST /v1.41/containers/create HTTP/1.1");
	call(client, DNDPROF_CALL_poll, -1, 111, 289, 1);
	builder_answer(client, 5, AT + 400 * MS, 201, 0);
	cpu(client, 400, 90);
	call(client, DNDPROF_CALL_pthread_mutex_lock, -1, 450, 50, 0);
	call(client, DNDPROF_CALL_poll, -1, 600, 30, 0);
	cpu(client, 1000, 90); /* asleep from 400 on */
	scene = scene_of(&client, 1, 1000);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CONNECT, "/run/docker.sock", NULL), 10);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, "/containers/create", NULL), 290);
	assert_int_equal(spent(&scene, CAUSE_LOCK, "mutex 1", NULL), 50);
	assert_int_equal(spent(&scene, CAUSE_IO, "poll", NULL), 30);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 90);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, NULL), 530);
	assert_int_equal(scene.model->critical.rows.items[0].cause, CAUSE_UNEXPLAINED);
	scene_free(&scene);
}

/* What the program computes while an answer waits to be read is its own; what it does not, is the
 * transaction's. */
static void test_own_work_in_a_transaction(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct scene scene;

	(void)state;
	builder_get(client, 5, AT, "GET /v1.41/info HTTP/1.1");
	builder_answer(client, 5, AT + 400 * MS, 200, 0);
	cpu(client, 200, 200);
	cpu(client, 400, 250);
	cpu(client, 500, 250);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 250);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, NULL, NULL), 150);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, NULL), 100);
	scene_free(&scene);
}

/* sh -c 'sleep 0.2; client': the shell only waits; the chain goes on inside what it started. */
static void test_children(void **state)
{
	struct builder *run[] = {process(10, 1, "sh", 5, 1000), process(11, 10, "sleep", 15, 205),
				 process(12, 10, "client", 220, 900)};
	struct scene scene;

	(void)state;
	child(run[0], 10, 11, 11, 195);
	child(run[0], 210, 12, 211, 700);
	builder_get(run[2], 5, AT + 300 * MS, "GET /v1.41/info HTTP/1.1");
	call(run[2], DNDPROF_CALL_poll, -1, 301, 499, 1);
	builder_answer(run[2], 5, AT + 800 * MS, 200, 0);
	cpu(run[1], 205, 3);
	scene = scene_of(run, 3, 1000);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "sleep", NULL), 196);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "client", NULL), 90 + 111);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, "/info", "client"), 500);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "sh"), 10 + 4 + 89);
	for (size_t i = 0; i < scene.model->critical.rows.count; i++)
		if (strcmp(scene.model->critical.rows.items[i].what, "sleep") == 0)
			assert_int_equal(scene.model->critical.rows.items[i].cpu_ns, 3 * MS);
	scene_free(&scene);
}

/* a & b; wait: the child that ended last made the time, from its very begin. */
static void test_children_at_once(void **state)
{
	struct builder *run[] = {process(10, 1, "sh", 0, 500), process(11, 10, "slow", 1, 400),
				 process(12, 10, "quick", 3, 100)};
	struct scene scene;

	(void)state;
	call(run[0], DNDPROF_CALL_fork, -1, 0, 0, 11);
	child(run[0], 2, 12, 4, 97);
	child(run[0], 500, 13, 110, 0); /* no such child is known */
	call(run[0], DNDPROF_CALL_wait4, -1, 120, 281, 11);
	scene = scene_of(run, 3, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "slow", NULL), 401);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "quick", NULL), 0);
	scene_free(&scene);
}

/* A child that ended long before its parent asked held nobody up. */
static void test_child_not_waited_for(void **state)
{
	struct builder *run[] = {process(10, 1, "client", 0, 1000),
				 process(11, 10, "helper", 11, 50)};
	struct scene scene;

	(void)state;
	cpu(run[0], 1000, 1000);
	child(run[0], 10, 11, 900, 0);
	scene = scene_of(run, 2, 1000);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, NULL, NULL), 0);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 1000);
	scene_free(&scene);
}

/* A child is waited for by its pipes, too, or by asking again and again. */
static void test_other_ways_to_wait(void **state)
{
	struct builder *run[] = {process(10, 1, "client", 0, 500), process(11, 10, "piped", 1, 100),
				 process(12, 10, "polled", 201, 300)};
	struct scene scene;

	(void)state;
	call(run[0], DNDPROF_CALL_poll, -1, 1, 100, 1);
	child(run[0], 0, 11, 150, 0);
	for (uint64_t ms = 202; ms < 300; ms += 20)
		builder_call(run[0], DNDPROF_CALL_wait4, -1, AT + ms * MS, MS / 200, 0, 0, 0);
	child(run[0], 200, 12, 305, 0);
	scene = scene_of(run, 3, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "piped", NULL), 101);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "polled", NULL), 105);
	assert_int_equal(spent(&scene, CAUSE_IO, NULL, NULL), 0);
	scene_free(&scene);
}

/* What was not observed is known by its name and how long it was waited for. */
static void test_unobserved_child(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 300);
	struct dndprof_record exec = {.start = AT + 11 * MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_execve,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK,
				      .context = UINT64_C(11) << 32 | 10};
	struct scene scene;

	(void)state;
	builder_record(client, exec, "/bin/credential-helper", 22);
	child(client, 10, 11, 12, 188);
	scene = scene_of(&client, 1, 300);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "credential-helper", NULL), 190);
	for (size_t i = 0; i < scene.model->critical.rows.count; i++)
		if (scene.model->critical.rows.items[i].cause == CAUSE_CHILD)
			assert_int_equal(scene.model->critical.rows.items[i].cpu_ns, -1);
	scene_free(&scene);
}

/* A Go program waits per flow; of what is under way at once, what ended first. Streams explain what
 * nothing else does. */
static void test_go(void **state)
{
	struct builder *client = process(10, 1, "docker", 0, 1000);
	struct scene scene;

	(void)state;
	client->header.gates = DNDPROF_GATE_GO;
	builder_get(client, 5, AT + 100 * MS, "POST /v1.41/containers/4f2a9b1c0d3e/wait HTTP/1.1");
	builder_http(client, 5, AT + 110 * MS, 1000, DNDPROF_PAYLOAD_RESPONSE,
		     DNDPROF_RECORD_RECEIVED, "HTTP/1.1 200 OK", 100,
		     HEAD(-1, 100, DNDPROF_HTTP_CHUNKED));
	builder_get(client, 6, AT + 200 * MS, "POST /v1.41/containers/4f2a9b1c0d3e/start HTTP/1.1");
	builder_answer(client, 6, AT + 500 * MS, 204, 0);
	builder_get(client, 7, AT + 300 * MS, "GET /v1.41/info HTTP/1.1");
	builder_answer(client, 7, AT + 400 * MS, 200, 0);
	builder_call(client, DNDPROF_CALL_read, 5, AT + 900 * MS, 1000, 40, 0,
		     DNDPROF_RECORD_RECEIVED);
	scene = scene_of(&client, 1, 1000);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, "/containers/{id}/start", NULL), 300);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, "/info", NULL), 0);
	assert_int_equal(spent(&scene, CAUSE_STREAM, NULL, NULL), 600);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, NULL), 100);
	scene_free(&scene);
}

/* Go waits for a child on whatever goroutine; the child is followed. */
static void test_go_child(void **state)
{
	struct builder *run[] = {process(10, 1, "docker", 0, 500),
				 process(11, 10, "docker-compose", 60, 440)};
	struct dndprof_record exec = {.start = AT + 50 * MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_execve,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK,
				      .context = UINT64_C(11) << 32 | 10};
	struct scene scene;

	(void)state;
	run[0]->header.gates = DNDPROF_GATE_GO;
	builder_record(run[0], exec, "/usr/bin/docker-compose", 23);
	call(run[0], DNDPROF_CALL_wait4, -1, 52, 398, 11);
	builder_get(run[1], 5, AT + 100 * MS, "GET /v1.41/info HTTP/1.1");
	call(run[1], DNDPROF_CALL_poll, -1, 101, 299, 1);
	builder_answer(run[1], 5, AT + 400 * MS, 200, 0);
	scene = scene_of(run, 2, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, "/info", "docker-compose"), 300);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "docker-compose", NULL), 100);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "docker"), 100);
	scene_free(&scene);
}

/* An image that became another is one process, and no child. */
static void test_exec(void **state)
{
	struct builder *run[] = {process(10, 1, "sh", 0, 100), process(10, 1, "client", 120, 300)};
	struct scene scene;

	(void)state;
	run[0]->header.end = DNDPROF_END_EXEC;
	scene = scene_of(run, 2, 300);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "client"), 200);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "sh"), 100);
	scene_free(&scene);
}

/* A preload alone: programs one after the other, nobody's child here, and nothing in between. */
static void test_preload(void **state)
{
	struct builder *run[] = {process(10, 1, "one", 0, 100), process(11, 1, "two", 150, 400)};
	struct scene scene;

	(void)state;
	scene = scene_of(run, 2, 0);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "two"), 250);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, "one"), 100);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, ""), 50);
	scene_free(&scene);
}

/* A connection that speaks what nobody here understands: its peer is waited for. */
static void test_exchange(void **state)
{
	for (int go = 0; go < 2; go++) {
		struct builder *client = process(10, 1, "client", 0, 500);
		struct scene scene;

		(void)state;
		client->header.gates = go ? DNDPROF_GATE_GO : DNDPROF_GATE_LIBC;
		builder_connect(client, 5, AT + 10 * MS, 10 * MS, "/run/grpc.sock", 0);
		builder_call(client, DNDPROF_CALL_write, 5, AT + 50 * MS, MS, 40, 0,
			     DNDPROF_RECORD_SENT);
		if (!go)
			call(client, DNDPROF_CALL_poll, -1, 51, 199, 1);
		builder_call(client, DNDPROF_CALL_read, 5, AT + 250 * MS, MS, 40, 0,
			     DNDPROF_RECORD_RECEIVED);
		/* unasked: no waiting */
		builder_call(client, DNDPROF_CALL_read, 5, AT + 400 * MS, MS, 40, 0,
			     DNDPROF_RECORD_RECEIVED);
		scene = scene_of(&client, 1, 500);
		assert_adds_up(scene.model);
		assert_int_equal(spent(&scene, CAUSE_SERVER_WAIT, "/run/grpc.sock", NULL), 201);
		scene_free(&scene);
	}
}

/* What is marked is the program's own time under a name. */
static void test_region(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct dndprof_record record = {.start = AT + 100 * MS,
					.duration = 300 * MS,
					.fd = -1,
					.call = DNDPROF_CALL_region,
					.payload = DNDPROF_PAYLOAD_REGION};
	struct scene scene;

	(void)state;
	cpu(client, 100, 0);
	builder_record(client, record, "network\0ping all", 16);
	call(client, DNDPROF_CALL_getaddrinfo, -1, 150, 50, 0);
	cpu(client, 400, 100);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_DNS, NULL, NULL), 50);
	assert_int_equal(spent(&scene, CAUSE_CPU, "ping all", NULL), 100);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, "ping all", NULL), 150);
	assert_int_equal(scene.model->categories[DNDPROF_CATEGORY_USER].self_ns, 250 * MS);
	scene_free(&scene);
}

/* Time whose records were overwritten is nobody's. */
static void test_overwritten(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 1000);
	struct scene scene;

	(void)state;
	builder_ring(client, 16, 1);
	for (uint64_t i = 0; i < 50; i++)
		call(client, DNDPROF_CALL_poll, -1, i * 20, 10, 0);
	cpu(client, 1000, 1000);
	scene = scene_of(&client, 1, 1000);
	assert_adds_up(scene.model);
	assert_in_range(spent(&scene, CAUSE_UNCOVERED, NULL, NULL), 600, 700);
	scene_free(&scene);
}

static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 8) * bound >> 24);
}

static void random_call(struct builder *builder)
{
	static const enum dndprof_call calls[] = {
		DNDPROF_CALL_poll,	     DNDPROF_CALL_connect,
		DNDPROF_CALL_fork,	     DNDPROF_CALL_wait4,
		DNDPROF_CALL_pthread_join,   DNDPROF_CALL_thread,
		DNDPROF_CALL_pthread_create, DNDPROF_CALL_getaddrinfo,
		DNDPROF_CALL_close,	     DNDPROF_CALL_pthread_mutex_lock,
		DNDPROF_CALL_sem_wait,	     DNDPROF_CALL_recv,
	};
	uint32_t start = random_below(1100);

	builder->tid = builder->header.pid + random_below(3);
	if (random_below(4) == 0)
		builder_get(builder, 5 + (int)random_below(3), AT + start * MS,
			    random_below(2) ? "GET /v1.41/info HTTP/1.1"
					    : "GET /v1.41/events HTTP/1.1");
	else if (random_below(4) == 0)
		builder_answer(builder, 5 + (int)random_below(3), AT + start * MS, 200,
			       random_below(100));
	else
		call(builder, calls[random_below(sizeof(calls) / sizeof(calls[0]))],
		     random_below(2) ? -1 : 5, start, random_below(5) ? random_below(100) : 0,
		     10 + (int)random_below(6));
}

/* Processes that wait for one another in rings, ends before begins, calls that overlap. */
static void test_random(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 2000; round++) {
		struct builder *run[5];
		size_t count = 1 + round % 5;
		struct scene scene;

		seed = round;
		for (unsigned int i = 0; i < count; i++) {
			run[i] = process(10 + random_below(6), 10 + random_below(6), "random",
					 random_below(900), random_below(1000));
			run[i]->header.gates =
				random_below(3) ? DNDPROF_GATE_LIBC : DNDPROF_GATE_GO;
			run[i]->header.end = random_below(5);
			for (uint32_t j = random_below(30); j > 0; j--)
				random_call(run[i]);
			cpu(run[i], random_below(1200), random_below(1000));
		}
		scene = scene_of(run, count, round % 2 ? 900 + random_below(300) : 0);
		assert_adds_up(scene.model);
		scene_free(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_own_work_in_a_transaction),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_children_at_once),
		cmocka_unit_test(test_child_not_waited_for),
		cmocka_unit_test(test_other_ways_to_wait),
		cmocka_unit_test(test_unobserved_child),
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_go_child),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_preload),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_overwritten),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
