/* The critical path along a shell's pipes: who slept for another's output waited for it. */
#include "support/critical_scene.h"

static void streams(struct builder *builder, const char *text)
{
	size_t used = strlen(builder->info);

	snprintf(builder->info + used, sizeof(builder->info) - used, "%s", text);
}

/* sh -c 'writer | reader': a run of 300 ms, in which the reader computes for `cpu_ms`, and the
 * writer ends at `written`. */
static struct scene pipeline(uint64_t cpu_ms, uint64_t written, const char *output)
{
	struct builder *all[] = {process(10, 1, "sh", 0, 300),
				 process(11, 10, "writer", 12, written),
				 process(12, 10, "reader", 14, 280)};

	child(all[0], 10, 11, 284, 0);
	child(all[0], 13, 12, 20, 262);
	streams(all[1], output);
	streams(all[2], "stdin_pipe=13:7000\n");
	cpu(all[2], 14, 0);
	cpu(all[2], 280, cpu_ms);
	return scene_of(all, 3, 300);
}

static void assert_spent(struct scene scene, int64_t writer, int64_t reader)
{
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "writer", NULL), writer);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "reader", NULL), reader);
	scene_free(&scene);
}

static void test_reader_that_sleeps(void **state)
{
	(void)state;
	assert_spent(pipeline(10, 270, "stdout_pipe=13:7000\n"), 260, 12);
}

static void test_reader_that_computes(void **state)
{
	(void)state;
	assert_spent(pipeline(200, 270, "stdout_pipe=13:7000\n"), 0, 269);
}

/* "| head": its end is not the writer's. */
static void test_reader_that_ends_first(void **state)
{
	(void)state;
	assert_spent(pipeline(10, 281, "stdout_pipe=13:7000\n"), 0, 269);
}

static void test_other_pipes(void **state)
{
	static const char *const outputs[] = {"",
					      "stdout_pipe=13:7001\n",
					      "stdout_pipe=12:7000\n",
					      "stdout_pipe=7000\n",
					      "stdout_pipe=:\n",
					      "stdin_pipe=13:7000\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		assert_spent(pipeline(10, 270, outputs[i]), 0, 269);
}

/* Two that read what the other writes. */
static void test_ring(void **state)
{
	struct builder *all[] = {process(10, 1, "sh", 0, 300), process(11, 10, "a", 12, 270),
				 process(12, 10, "b", 14, 280)};
	struct scene scene;

	(void)state;
	child(all[0], 10, 11, 272, 20);
	child(all[0], 13, 12, 20, 262);
	streams(all[1], "stdin_pipe=13:1\nstdout_pipe=13:2\n");
	streams(all[2], "stdin_pipe=13:2\nstdout_pipe=13:1\n");
	for (int i = 1; i < 3; i++) {
		cpu(all[i], 14, 0);
		cpu(all[i], 260, 1);
	}
	scene = scene_of(all, 3, 300);
	assert_adds_up(scene.model);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader_that_sleeps),
		cmocka_unit_test(test_reader_that_computes),
		cmocka_unit_test(test_reader_that_ends_first),
		cmocka_unit_test(test_other_pipes),
		cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
