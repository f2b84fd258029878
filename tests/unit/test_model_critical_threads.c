/* The critical path through a program's threads: joins, wakes, idle ones. */
#include "support/critical_scene.h"

static void thread_life(struct builder *builder, uint64_t start, uint64_t duration)
{
	call(builder, DNDPROF_CALL_thread, -1, start, 0, 0);
	call(builder, DNDPROF_CALL_thread, -1, start, duration, 0);
}

/* The thread that was joined last made the time; back where it was created. */
static void test_threads(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct scene scene;

	(void)state;
	call(client, DNDPROF_CALL_pthread_create, -1, 10, 2, 0);
	call(client, DNDPROF_CALL_pthread_create, -1, 20, 2, 0);
	call(client, DNDPROF_CALL_pthread_join, -1, 30, 71, 0);
	call(client, DNDPROF_CALL_pthread_join, -1, 102, 299, 0);
	client->tid = 11;
	thread_life(client, 11, 89);
	call(client, DNDPROF_CALL_poll, -1, 20, 70, 0);
	client->tid = 12;
	thread_life(client, 21, 379);
	call(client, DNDPROF_CALL_getaddrinfo, -1, 50, 150, 0);
	call(client, DNDPROF_CALL_pthread_mutex_lock, -1, 220, 100, 0);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_DNS, NULL, NULL), 150);
	assert_int_equal(spent(&scene, CAUSE_LOCK, NULL, NULL), 100);
	assert_int_equal(spent(&scene, CAUSE_IO, NULL, NULL), 0);
	assert_int_equal(spent(&scene, CAUSE_THREADS, NULL, NULL), 0);
	assert_int_equal(spent(&scene, CAUSE_UNEXPLAINED, NULL, NULL), 250);
	scene_free(&scene);
}

/* A worker that idles until it is told to end, and is joined: what its waker did made the time. */
static void test_idle_worker_joined(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct scene scene;

	(void)state;
	call(client, DNDPROF_CALL_pthread_create, -1, 10, 2, 0);
	call(client, DNDPROF_CALL_poll, -1, 100, 200, 0);
	call(client, DNDPROF_CALL_pthread_cond_broadcast, -1, 400, 1, 0);
	call(client, DNDPROF_CALL_pthread_join, -1, 402, 20, 0);
	client->tid = 11;
	thread_life(client, 12, 408);
	call(client, DNDPROF_CALL_pthread_cond_wait, -1, 13, 390, 0);
	cpu(client, 100, 100);
	cpu(client, 300, 100);
	cpu(client, 500, 300);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_IO, "poll", NULL), 200);
	assert_int_equal(spent(&scene, CAUSE_THREADS, NULL, NULL), 0);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 300);
	scene_free(&scene);
}

/* The same of an event loop, whose waker nobody sees: what waits for it in the end waits from then
 * on; what its own operations took, they took. */
static void test_idle_loop_joined(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct scene scene;

	(void)state;
	call(client, DNDPROF_CALL_pthread_create, -1, 10, 2, 0);
	call(client, DNDPROF_CALL_poll, -1, 100, 150, 0);
	call(client, DNDPROF_CALL_pthread_join, -1, 400, 40, 0);
	client->tid = 11;
	thread_life(client, 12, 427);
	call(client, DNDPROF_CALL_epoll_pwait, -1, 13, 367, 0);
	call(client, DNDPROF_CALL_getaddrinfo, -1, 380, 45, 0);
	call(client, DNDPROF_CALL_epoll_pwait, -1, 425, 10, 0);
	cpu(client, 100, 100);
	cpu(client, 250, 100);
	cpu(client, 500, 100);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_IO, "epoll_pwait", NULL), 10);
	assert_int_equal(spent(&scene, CAUSE_DNS, NULL, NULL), 45);
	assert_int_equal(spent(&scene, CAUSE_IO, "poll", NULL), 150);
	scene_free(&scene);
}

/* Waiting for what another thread asks, and for other threads' computing. */
static void test_workers(void **state)
{
	struct builder *client = process(10, 1, "client", 0, 500);
	struct scene scene;

	(void)state;
	call(client, DNDPROF_CALL_pthread_cond_wait, -1, 0, 200, 0);
	call(client, DNDPROF_CALL_sem_wait, -1, 300, 200, 0);
	client->tid = 11;
	builder_get(client, 5, AT + 10 * MS, "GET /v1.41/info HTTP/1.1");
	call(client, DNDPROF_CALL_poll, -1, 11, 178, 1);
	builder_answer(client, 5, AT + 190 * MS, 200, 0);
	cpu(client, 300, 0);
	cpu(client, 500, 150);
	scene = scene_of(&client, 1, 500);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_ENGINE_WAIT, NULL, NULL), 180);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 150);
	assert_int_equal(spent(&scene, CAUSE_THREADS, NULL, NULL), 20 + 50);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_idle_worker_joined),
		cmocka_unit_test(test_idle_loop_joined),
		cmocka_unit_test(test_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
