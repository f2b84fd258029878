/* Which threads of one routine are a pool, by their names. */
#include "support/worker_scene.h"

/* Threads of one routine, from 1001 on. */
static struct scene named(uint64_t routine, const char *const *names, size_t count)
{
	struct builder *builder = with_main();

	for (size_t i = 0; i < count; i++) {
		builder_thread(builder, 1001 + (uint32_t)i, names[i], routine, AT);
		builder_thread_end(builder, work(builder, AT, 2, 4, 2), 1, 0);
	}
	return scene_of(builder);
}

static void test_kinds(void **state)
{
	static const char *const names[] = {"GC Thread#0", "VM Thread", "client", "GC Thread#11",
					    "7"};
	struct scene scene = named(ROUTINE, names, 5);
	const struct worker_pool *pools = scene.workers->pools.items;

	(void)state;
	assert_int_equal(scene.workers->pools.count, 4);
	for (uint32_t i = 0; i < 5; i++)
		if (i != 2)
			assert_string_equal(row_of(&scene, 1001 + i)->name, names[i]);
	assert_int_equal(row_of(&scene, 1001)->pool, row_of(&scene, 1004)->pool);
	assert_string_equal(pools[row_of(&scene, 1001)->pool].sum.name, "GC Thread");
	assert_string_equal(pools[row_of(&scene, 1002)->pool].sum.name, "VM Thread");
	assert_string_equal(pools[row_of(&scene, 1003)->pool].sum.name, "client");
	assert_string_equal(pools[row_of(&scene, 1005)->pool].sum.name, "7");
	scene_free(&scene);
}

/* Numbers make no kinds, and who has no name yet is of the only one there is. */
static void test_one_kind(void **state)
{
	static const char *const names[] = {"pump-1", "pump-2", "client", "pump #3"};
	struct scene scene = named(ROUTINE, names, 4);

	(void)state;
	assert_int_equal(scene.workers->pools.count, 1);
	scene_free(&scene);
}

/* Of no routine is known that it is the same: names alone say who belongs together. */
static void test_unknown_routine(void **state)
{
	static const char *const names[] = {"io-1", "io-2", "gc-1", "client", ""};
	static const char *const pools[] = {"io", "io", "gc", "client", "client"};
	static const char *const numbered[] = {"pump-1", "pump-2", "client"};
	struct scene scene = named(0, names, 5);

	(void)state;
	assert_int_equal(scene.workers->pools.count, 3);
	for (uint32_t i = 0; i < 5; i++)
		assert_string_equal(
			scene.workers->pools.items[row_of(&scene, 1001 + i)->pool].sum.name,
			pools[i]);
	assert_int_equal(row_of(&scene, 1001)->pool, row_of(&scene, 1002)->pool);
	assert_int_equal(row_of(&scene, 1004)->pool, row_of(&scene, 1005)->pool);
	assert_string_equal(row_of(&scene, 1002)->name, "io-2");
	scene_free(&scene);
	scene = named(0, numbered, 3);
	assert_int_equal(scene.workers->pools.count, 2);
	assert_int_equal(row_of(&scene, 1001)->pool, row_of(&scene, 1002)->pool);
	scene_free(&scene);
}

/* The first wait was for the creator: the last one, which never ends, is where the thread idles. */
static void test_begun_and_idle(void **state)
{
	for (int second = 0; second < 2; second++) {
		struct builder *builder = with_main();
		const struct worker_row *row;
		struct scene scene;

		(void)state;
		builder_thread(builder, 1001, "client", ROUTINE, AT);
		builder_wait(builder, WAIT, QUEUE, AT + MS, MS, 2, 0);
		if (second) /* then the other place is not home */
			builder_wait(builder, WAIT, QUEUE, AT + 5 * MS, MS, 2, 0);
		builder->ring->in_call = DNDPROF_CALL_sem_wait;
		builder->ring->in_call_since = AT + 10 * MS;
		scene = scene_of(builder);
		row = row_of(&scene, 1001);
		if (second)
			assert_true(row->idle_ns < row->busy_ns);
		else
			assert_true(row->idle_ns > row->busy_ns);
		scene_free(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_one_kind),
		cmocka_unit_test(test_unknown_routine),
		cmocka_unit_test(test_begun_and_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
