/* Workers of constructed profiles: lives, homes, jobs, locks that are no queues, delays, marks. */
#include "support/worker_scene.h"

static void test_pool(void **state)
{
	struct builder *builder = with_main();
	const struct worker_row *row;
	const struct worker_pool *pool;
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1003; tid++) {
		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_thread_end(builder, work(builder, AT, 5, 2 * (tid - 1000), 2), 1, 7 * MS);
	}
	scene = scene_of(builder);
	assert_int_equal(scene.workers->count, 3);
	assert_int_equal(scene.workers->pools.count, 1);
	row = row_of(&scene, 1002);
	assert_int_equal(row->jobs, 5);
	assert_int_equal(row->busy_ns, 20 * MS);
	assert_int_equal(row->idle_ns, 60 * MS);
	assert_int_equal(row->cpu_ns, 7 * MS);
	assert_int_equal(row->job.p50_ns, 4 * MS);
	assert_int_equal((int64_t)(row->utilization * 1000), 250);
	assert_string_equal(scene.workers->items[0].name, row_of(&scene, 1003)->name);
	pool = &scene.workers->pools.items[0];
	assert_string_equal(pool->sum.name, "pump");
	assert_int_equal(pool->sum.jobs, 15);
	assert_int_equal(pool->sum.busy_ns, 60 * MS);
	assert_int_equal(pool->sum.job.p95_ns, 6 * MS);
	assert_true(pool->lowest < pool->highest && !pool->merged);
	assert_int_equal(scene.workers->total.jobs, 15);
	scene_free(&scene);
}

/* A job takes its queue's lock once, or twice; found at once several in a row are told apart. */
static void test_takes(void **state)
{
	static const uint32_t takes[2][4] = {{1, 1, 3, 1}, {2, 2, 6, 2}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct builder *builder = with_main();
		struct scene scene;
		uint64_t at = AT;

		builder_thread(builder, 1001, "pump", ROUTINE, AT);
		builder_wait(builder, WAIT, QUEUE, at, 10 * MS, 2, 0);
		for (int j = 0; j < 4; j++) {
			at += 10 * MS + (j == 2 ? 15 : 5) * MS;
			builder_wait(builder, WAIT, QUEUE, at, 10 * MS, takes[i][j] + 1, 0);
		}
		builder_thread_end(builder, at + 10 * MS, 1, 0);
		scene = scene_of(builder);
		assert_int_equal(row_of(&scene, 1001)->jobs, 6);
		assert_int_equal(row_of(&scene, 1001)->job.max_ns, 5 * MS);
		scene_free(&scene);
	}
}

/* Woken for nothing, timed out, jobs before the first wait and after the last. */
static void test_edges(void **state)
{
	struct builder *builder = with_main();
	const struct worker_row *row;
	struct scene scene;
	uint64_t at;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	at = work(builder, AT + 8 * MS, 3, 4, 2);		     /* after 8 ms, see below */
	builder_wait(builder, WAIT, QUEUE, at + 1000, 5 * MS, 1, 0); /* never came by the queue */
	at += 1000 + 5 * MS;
	builder_wait(builder, TIMED, QUEUE, at + MS, 5 * MS, 2, ETIMEDOUT);
	at += 6 * MS;
	builder_wait(builder, TIMED, QUEUE, at + MS, 5 * MS, 2, 0);
	builder_thread_end(builder, at + 10 * MS, 2, 0); /* one more, then the end */
	scene = scene_of(builder);
	row = row_of(&scene, 1001);
	/* 3 of 4 ms, one of 1 ms before the timeout, none after it, one of 4 ms at the end */
	assert_int_equal(row->jobs, 5);
	assert_int_equal(row->busy_ns, 8 * MS + 12 * MS + MS + MS + 4 * MS);
	assert_int_equal(row->job.max_ns, 4 * MS);
	scene_free(&scene);
}

static void test_first_jobs(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	builder_wait(builder, WAIT, QUEUE, AT + 12 * MS, 5 * MS, 3 + 2, 0); /* 3 were there */
	builder_wait(builder, WAIT, QUEUE, AT + 21 * MS, 5 * MS, 2, 0);
	builder_thread_end(builder, AT + 26 * MS, 1, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 4);
	assert_int_equal(row_of(&scene, 1001)->job.p50_ns, 4 * MS);
	scene_free(&scene);
}

/* Blocked: calls within a job, and waits elsewhere than where the pool waits for work. */
static void test_blocked(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1002; tid++) {
		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_wait(builder, WAIT, QUEUE, AT, 10 * MS, 2, 0);
		builder_call(builder, DNDPROF_CALL_recv, 7, AT + 11 * MS, 4 * MS, 1, 0,
			     DNDPROF_RECORD_RECEIVED);
		builder_wait(builder, WAIT, 0x100 * tid, AT + 16 * MS, 3 * MS, 2, 0);
		builder_wait(builder, WAIT, QUEUE, AT + 20 * MS, 10 * MS, 2, 0);
		builder_thread_end(builder, AT + 30 * MS, 1, 2 * MS);
	}
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 1);
	assert_int_equal(row_of(&scene, 1001)->busy_ns, 10 * MS);
	assert_int_equal(row_of(&scene, 1001)->blocked_ns, 7 * MS);
	assert_int_equal(scene.workers->total.idle_ns, 40 * MS);
	scene_free(&scene);
}

/* Python's interpreter lock: who got it gives it on; a time is always given. */
static void test_interpreter_lock(void **state)
{
	enum { GIL = 0x9000 };
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1002; tid++) {
		uint64_t at = AT + (tid - 1001) * 10 * MS;

		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, at, 5 * MS, 1 | HELD, 0);
		for (int i = 0; i < 2; i++, at += 40 * MS) {
			builder_wait(builder, TIMED, GIL, at + 5 * MS, 2 * MS, 2, 0);
			builder_wake(builder, SIGNAL, GIL, at + 8 * MS, 2);
			builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, at + 20 * MS, 25 * MS,
				     1 | HELD | TRIED(3), 0);
		}
		builder_thread_end(builder, at + 5 * MS, 1, 0);
	}
	builder_switch(builder, 1000);
	builder_count(builder, DNDPROF_CALL_sem_trywait, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 2);
	assert_int_equal(row_of(&scene, 1001)->busy_ns, 30 * MS);
	assert_int_equal(row_of(&scene, 1001)->blocked_ns, 4 * MS);
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 55 * MS);
	scene_free(&scene);
}

/* A semaphore as a lock: blocked; the same semaphore held by who waits: a queue. */
static void test_semaphores(void **state)
{
	enum { LOCK = 0x9000 };
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, AT, 5 * MS, 1, 0);
	builder_wait(builder, DNDPROF_CALL_sem_wait, LOCK, AT + 6 * MS, 2 * MS, 1, 0);
	builder_wake(builder, DNDPROF_CALL_sem_post, LOCK, AT + 9 * MS, 1 | HELD);
	builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, AT + 10 * MS, 5 * MS, 1 | HELD, 0);
	builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, AT + 25 * MS, 5 * MS, 2 | HELD, 0);
	builder_thread_end(builder, AT + 30 * MS, 1, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 3); /* the second time two */
	assert_int_equal(row_of(&scene, 1001)->job.max_ns, 5 * MS);
	assert_int_equal(row_of(&scene, 1001)->blocked_ns, 2 * MS);
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 15 * MS);
	scene_free(&scene);
}

/* Each worker that is told to end tells the next: the one semaphore is no lock for that. */
static void test_farewell(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1003; tid++) {
		int64_t told = AT + 600 * MS + (tid - 1000) * MS;

		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_wait(builder, DNDPROF_CALL_sem_wait, QUEUE, AT + 100 * MS,
			     told - AT - 100 * MS, 1, 0);
		builder_wake(builder, DNDPROF_CALL_sem_post, QUEUE, told + MS / 2, 1);
		builder_thread_end(builder, told + MS, 1, 0);
	}
	scene = scene_of(builder);
	for (uint32_t tid = 1001; tid <= 1003; tid++)
		assert_int_equal(row_of(&scene, tid)->idle_ns, (500 + tid - 1000) * MS);
	scene_free(&scene);
}

/* The oldest wake is for whoever comes back first; what was taken in passing is gone. */
static void test_delays(void **state)
{
	enum { ITEMS = 0x6000 };
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1002; tid++) {
		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_wait(builder, DNDPROF_CALL_sem_wait, ITEMS, AT, (tid - 1000) * 10 * MS, 1,
			     0);
		builder_wait(builder, DNDPROF_CALL_sem_wait, ITEMS, AT + 40 * MS, 20 * MS, 1, 0);
		builder_thread_end(builder, AT + 60 * MS, 1, 0);
	}
	builder_switch(builder, 1000);
	builder_wake(builder, DNDPROF_CALL_sem_post, ITEMS, AT + 7 * MS, 0);
	builder_wake(builder, DNDPROF_CALL_sem_post, ITEMS, AT + 12 * MS, 0);
	builder_wake(builder, DNDPROF_CALL_sem_trywait, ITEMS, AT + 13 * MS, 0);
	builder_wake(builder, DNDPROF_CALL_sem_post, ITEMS, AT + 18 * MS, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->delay.count, 1);
	assert_int_equal(row_of(&scene, 1001)->delay.max_ns, 3 * MS);
	assert_int_equal(row_of(&scene, 1002)->delay.max_ns, 2 * MS);
	assert_int_equal(scene.workers->total.delay.count, 2);
	scene_free(&scene);
}

static void test_broadcast(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1003; tid++) {
		builder_thread(builder, tid, "pump", ROUTINE, AT);
		builder_wait(builder, WAIT, QUEUE, AT, (10 + tid - 1000) * MS, 2, 0);
		builder_wait(builder, WAIT, QUEUE, AT + 20 * MS, 10 * MS, 2, 0);
		builder_thread_end(builder, AT + 30 * MS, 1, 0);
	}
	builder_switch(builder, 1000);
	builder_wake(builder, DNDPROF_CALL_pthread_cond_broadcast, QUEUE, AT + 10 * MS, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.workers->total.delay.count, 3);
	assert_int_equal(scene.workers->total.delay.max_ns, 3 * MS);
	assert_int_equal(scene.workers->total.delay.p50_ns, 2 * MS);
	scene_free(&scene);
}

/* Alive at the end, in a wait or at work; joined without a word, as cancelled ones are; gone. */
static void test_ends(void **state)
{
	struct builder *builder = with_main();
	uint64_t end = builder->header.end_ticks;
	struct dndprof_record join = {.start = AT + 50 * MS,
				      .duration = 10 * MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_pthread_join};
	struct scene scene;

	(void)state;
	for (uint32_t tid = 1001; tid <= 1004; tid++) {
		builder_thread(builder, tid, "pump", ROUTINE, AT);
		work(builder, AT, 1, 5, 2);
		builder->ring->in_call = WAIT;
		builder->ring->in_call_since = AT + 30 * MS;
	}
	builder_switch(builder, 1002); /* at work */
	builder->ring->in_call_since = 0;
	builder_switch(builder, 1004);
	builder->ring->thread.state = DNDPROF_THREAD_GONE;
	builder_switch(builder, 1003);
	join.arg = builder->ring->thread.handle;
	builder_switch(builder, 1000);
	builder_record(builder, join, NULL, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 2); /* 5 ms, and the 5 before its last wait */
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 20 * MS + end - AT - 30 * MS);
	assert_int_equal(row_of(&scene, 1001)->active, 0);
	assert_int_equal(row_of(&scene, 1002)->jobs, 1);
	assert_int_equal(row_of(&scene, 1002)->active, 1);
	assert_int_equal(row_of(&scene, 1002)->busy_ns, 5 * MS + end - AT - 25 * MS);
	assert_int_equal(row_of(&scene, 1003)->idle_ns, 50 * MS);
	assert_int_equal(row_of(&scene, 1004)->idle_ns, 20 * MS);
	assert_int_equal(row_of(&scene, 1004)->active, 0);
	scene_free(&scene);
}

/* One ring, one thread id, two lives. */
static void test_used_again(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	builder_thread_end(builder, work(builder, AT, 2, 5, 2), 1, 0);
	builder_thread(builder, 1001, "pump", ROUTINE, AT + 100 * MS);
	builder_thread_end(builder, work(builder, AT + 100 * MS, 3, 5, 2), 1, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.workers->count, 2);
	assert_int_equal(scene.workers->total.jobs, 5);
	assert_int_equal(scene.workers->total.idle_ns, 70 * MS);
	scene_free(&scene);
}

/* Its begin is overwritten, its ring still knows whose it is. */
static void test_wrapped(void **state)
{
	struct builder *builder = with_main();
	const struct worker_row *row;
	struct scene scene;
	uint64_t end;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	end = work(builder, AT, 399, 1, 2);
	builder->header.end_ticks = end + 100 * MS;
	builder->ring->in_call = WAIT;
	builder->ring->in_call_since = end + MS;
	scene = scene_of(builder);
	row = row_of(&scene, 1001);
	assert_true(row->partial);
	assert_string_equal(row->name, "pump-1");
	assert_int_equal(row->jobs, 256); /* between the ring's 256 waits, and before the last */
	assert_int_equal(row->busy_ns, 256 * MS);
	scene_free(&scene);
}

static void mark(struct builder *builder, uint64_t start, uint64_t ms, const char *worker)
{
	struct dndprof_record record = {.start = start,
					.duration = ms * MS,
					.fd = -1,
					.call = DNDPROF_CALL_job,
					.payload = DNDPROF_PAYLOAD_REGION};
	char payload[64];
	int size = snprintf(payload, sizeof(payload), "worker%cjob%c%s", 0, 0, worker);

	builder_record(builder, record, payload, (size_t)size);
}

/* Marks win over what would be inferred; two workers may share a thread. */
static void test_marked(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	work(builder, AT, 3, 5, 2);
	mark(builder, AT + 10 * MS, 4, "one");
	mark(builder, AT + 11 * MS, 2, "one"); /* within */
	mark(builder, AT + 25 * MS, 6, "one");
	builder_thread_end(builder, AT + 100 * MS, 1, 3 * MS);
	builder_switch(builder, 1000);
	mark(builder, AT, 10, "two");
	mark(builder, AT + 20 * MS, 10, "three");
	mark(builder, AT + 40 * MS, 10, "two");
	scene = scene_of(builder);
	assert_int_equal(scene.workers->count, 3);
	assert_int_equal(row_of(&scene, 1001)->jobs, 3);
	assert_string_equal(row_of(&scene, 1001)->name, "one");
	assert_int_equal(row_of(&scene, 1001)->busy_ns, 10 * MS);
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 90 * MS);
	assert_int_equal(row_of(&scene, 1001)->cpu_ns, 3 * MS);
	for (size_t i = 0; i < scene.workers->count; i++) {
		const struct worker_row *row = &scene.workers->items[i];

		assert_int_equal(row->kind, WORKER_MARKED);
		if (strcmp(row->name, "two") == 0) {
			assert_int_equal(row->busy_ns, 20 * MS);
			assert_int_equal(row->idle_ns, 30 * MS);
			assert_int_equal(row->cpu_ns, -1);
		}
	}
	scene_free(&scene);
}

/* A loop of events, and a thread that waits for one answer with poll. */
static void test_events(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "loop", ROUTINE, AT);
	for (uint64_t i = 0; i < 4; i++)
		builder_call(builder, DNDPROF_CALL_epoll_wait, 5, AT + i * 10 * MS, 8 * MS, i != 2,
			     0, 0);
	builder_thread_end(builder, AT + 40 * MS, 0, 0);
	builder_thread(builder, 1002, "ask", ROUTINE + 1, AT);
	for (uint64_t i = 0; i < 2; i++) {
		struct dndprof_record poll = {.start = AT + i * 10 * MS,
					      .duration = 8 * MS,
					      .result = 1,
					      .fd = -1,
					      .arg = 1,
					      .call = DNDPROF_CALL_poll};

		builder_record(builder, poll, NULL, 0);
	}
	builder_thread_end(builder, AT + 20 * MS, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 2); /* one was a timeout, the last ended it */
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 32 * MS);
	assert_int_equal(row_of(&scene, 1002)->jobs, 1); /* its life */
	assert_int_equal(row_of(&scene, 1002)->idle_ns, 0);
	assert_int_equal(row_of(&scene, 1002)->blocked_ns, 16 * MS);
	scene_free(&scene);
}

/* While recording is stopped nobody is busy or idle, and a job it cuts is none. */
static void test_stopped(void **state)
{
	struct builder *builder = with_main();
	struct scene scene;

	(void)state;
	builder_thread(builder, 1001, "pump", ROUTINE, AT);
	builder_thread_end(builder, work(builder, AT, 3, 5, 2), 1, 0);
	builder_switch(builder, 1000);
	builder_call(builder, DNDPROF_CALL_stopped, -1, AT + 26 * MS, 0, 0, 0,
		     DNDPROF_RECORD_BEGIN);
	builder_call(builder, DNDPROF_CALL_stopped, -1, AT + 26 * MS, 2 * MS, 0, 0, 0);
	scene = scene_of(builder);
	assert_int_equal(row_of(&scene, 1001)->jobs, 2);
	assert_int_equal(row_of(&scene, 1001)->busy_ns, 13 * MS);
	scene_free(&scene);
}

static void test_go(void **state)
{
	struct builder *builder = with_main();
	struct dndprof_record park = {.fd = -1, .call = DNDPROF_CALL_futex};
	struct scene scene;

	(void)state;
	builder->header.gates = DNDPROF_GATE_GO;
	builder_ring(builder, 64, 1);
	builder->ring->kind = DNDPROF_RING_PARK;
	for (uint64_t i = 0; i < 6; i++) {
		park.context = 1000 + i % 2;
		park.start = AT + i / 2 * 10 * MS;
		park.duration = (i % 2 ? 8 : 2) * MS;
		builder_record(builder, park, NULL, 0);
	}
	scene = scene_of(builder);
	assert_int_equal(scene.workers->count, 2);
	assert_int_equal(row_of(&scene, 1000)->kind, WORKER_GO);
	assert_int_equal(row_of(&scene, 1000)->jobs, 0);
	assert_int_equal(row_of(&scene, 1000)->busy_ns, 16 * MS);
	assert_int_equal(row_of(&scene, 1001)->idle_ns, 24 * MS);
	scene_free(&scene);
}

static void test_none(void **state)
{
	struct scene scene = scene_of(builder_seed());

	(void)state;
	assert_int_equal(scene.workers->count, 0);
	assert_non_null(strstr(scene.workers->none, "no worker threads"));
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool),	 cmocka_unit_test(test_takes),
		cmocka_unit_test(test_edges),	 cmocka_unit_test(test_first_jobs),
		cmocka_unit_test(test_blocked),	 cmocka_unit_test(test_interpreter_lock),
		cmocka_unit_test(test_farewell), cmocka_unit_test(test_semaphores),
		cmocka_unit_test(test_delays),	 cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_ends),	 cmocka_unit_test(test_used_again),
		cmocka_unit_test(test_wrapped),	 cmocka_unit_test(test_marked),
		cmocka_unit_test(test_events),	 cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_go),	 cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
