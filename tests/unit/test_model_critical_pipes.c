/* The critical path along a shell's pipes: who slept for another's output waited for it. */
#include "support/critical_scene.h"

static void streams(struct builder *builder, const char *text)
{
	size_t used = strlen(builder->info);

	snprintf(builder->info + used, sizeof(builder->info) - used, "%s", text);
}

/* sh -c 'writer | reader': a run of 300 ms, in which the writer ends at `written`. */
static void make_pipeline(struct builder **all, uint64_t written, const char *output)
{
	all[0] = process(10, 1, "sh", 0, 300);
	all[1] = process(11, 10, "writer", 12, written);
	all[2] = process(12, 10, "reader", 14, 280);
	child(all[0], 10, 11, 284, 0);
	child(all[0], 13, 12, 20, 262);
	streams(all[1], output);
	streams(all[2], "stdin_pipe=13:7000\n");
}

/* The reader computes for `cpu_ms`. */
static struct scene pipeline(uint64_t cpu_ms, uint64_t written, const char *output)
{
	struct builder *all[3];

	make_pipeline(all, written, output);
	cpu(all[2], 14, 0);
	cpu(all[2], 280, cpu_ms);
	return scene_of(all, 3, 300);
}

static void assert_path(struct scene scene, int64_t writer, const char *other, int64_t ns)
{
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CHILD, "writer", NULL), writer);
	assert_int_equal(spent(&scene, CAUSE_CHILD, other, NULL), ns);
	scene_free(&scene);
}

static void assert_spent(struct scene scene, int64_t writer, int64_t reader)
{
	assert_path(scene, writer, "reader", reader);
}

static void assert_inner(struct scene scene, int64_t writer, int64_t inner)
{
	assert_path(scene, writer, "inner", inner);
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

/* sh -c 'writer | { inner; ... }': a run of 300 ms. The shell between is a copy of the first one,
 * of which nobody knows what it reads; its child has the pipe from it, and ends at `ended`. The
 * writer is the child of one more copy, and ends at `written`. */
static struct scene inherited(uint64_t written, uint64_t ended, uint32_t writer_end,
			      uint32_t reader_end)
{
	struct builder *all[] = {process(10, 1, "sh", 0, 300), process(11, 10, "sh", 12, written),
				 process(13, 11, "writer", 16, written),
				 process(12, 10, "sh", 14, 295),
				 process(14, 12, "inner", 18, ended)};

	all[1]->header.forked = all[3]->header.forked = 1;
	child(all[0], 10, 11, 21, written - 20);
	child(all[1], 14, 13, 20, written - 20);
	child(all[0], 13, 12, written + 2, 294 - written);
	child(all[3], 16, 14, 20, ended - 20 + 1);
	all[2]->header.end = writer_end;
	all[4]->header.end = reader_end;
	cpu(all[2], written, 1);
	streams(all[2], "stdout_pipe=13:7000\n");
	streams(all[4], "stdin_pipe=13:7000\n");
	cpu(all[4], 18, 0);
	cpu(all[4], ended, 1);
	return scene_of(all, 5, 300);
}

/* "writer | { sleep 3; cat; }": what a child has only because its maker had it says nothing... */
static void test_inherited(void **state)
{
	(void)state;
	assert_inner(inherited(100, 290, DNDPROF_END_EXIT, DNDPROF_END_EXIT), 0, 275);
	assert_inner(inherited(100, 109, DNDPROF_END_EXIT, DNDPROF_END_EXIT), 0,
		     94); /* waited 82 ms, idled 9 */
	assert_inner(inherited(200, 211, DNDPROF_END_EXIT, DNDPROF_END_EXIT), 0,
		     196); /* not at once */
}

/* ... but for one that began with the writer and ended as soon as it had read the last. */
static void test_inherited_and_read(void **state)
{
	(void)state;
	assert_inner(inherited(100, 104, DNDPROF_END_EXIT, DNDPROF_END_EXIT), 86, 5);
}

/* A Go program does not say its end: its last record is as good. Whose end as a reader is not known
 * did not end as one. */
static void test_end_not_said(void **state)
{
	struct builder *all[3];

	(void)state;
	make_pipeline(all, 270, "stdout_pipe=13:7000\n");
	all[1]->header.end = DNDPROF_END_OPEN;
	cpu(all[2], 14, 0);
	cpu(all[2], 280, 1);
	cpu(all[1], 270, 1);
	assert_spent(scene_of(all, 3, 300), 260, 12);
	assert_inner(inherited(100, 104, DNDPROF_END_OPEN, DNDPROF_END_EXIT), 86, 5);
	assert_inner(inherited(100, 104, DNDPROF_END_EXIT, DNDPROF_END_OPEN), 0, 89);
}

/* "(writer; ...) | reader": what writes is a child of what stands before the pipe. */
static void test_writer_in_a_shell(void **state)
{
	struct builder *all[] = {process(10, 1, "sh", 0, 300), process(11, 10, "sh", 12, 271),
				 process(13, 11, "writer", 16, 270),
				 process(12, 10, "reader", 14, 290)};

	(void)state;
	all[1]->header.forked = 1;
	child(all[0], 10, 11, 291, 0);
	child(all[1], 14, 13, 20, 251);
	child(all[0], 13, 12, 20, 271);
	streams(all[2], "stdout_pipe=13:7000\n");
	streams(all[3], "stdin_pipe=13:7000\n");
	cpu(all[3], 14, 0);
	cpu(all[3], 290, 1);
	assert_spent(scene_of(all, 4, 300), 256, 21);
}

/* Samples of a damaged file: four of them would add up to nothing again. */
static void test_damaged_samples(void **state)
{
	struct builder *all[3];

	(void)state;
	make_pipeline(all, 270, "stdout_pipe=13:7000\n");
	for (uint64_t i = 0; i < 8; i++) {
		struct dndprof_sample *sample;

		cpu(all[2], 20 + i, 0);
		sample = &all[2]->samples[all[2]->sample_count - 1];
		sample->user_us = sample->system_us = i % 2 ? UINT64_MAX : 0;
	}
	cpu(all[2], 40, 0);
	cpu(all[2], 41, 1);
	assert_spent(scene_of(all, 3, 300), 0, 269);
}

/* The same of the kernel's word on the run's process, of which that of three others is taken off.
 */
static void test_damaged_children(void **state)
{
	struct builder *all[] = {process(10, 1, "sh", 0, 300), process(11, 10, "a", 20, 50),
				 process(12, 10, "b", 20, 50), process(13, 10, "c", 20, 50)};
	struct scene scene;

	(void)state;
	for (int i = 1; i < 4; i++) {
		cpu(all[i], 30, 0);
		all[i]->samples[1].user_us = all[i]->samples[1].system_us = UINT64_MAX;
	}
	scene = scene_of(all, 4, 300);
	model_free(scene.model);
	scene.run->facts.cpu_ns = MS;
	scene.model = model_build(&scene.run, 1);
	assert_adds_up(scene.model);
	assert_int_equal(spent(&scene, CAUSE_CPU, NULL, NULL), 0);
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
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_inherited_and_read),
		cmocka_unit_test(test_end_not_said),
		cmocka_unit_test(test_writer_in_a_shell),
		cmocka_unit_test(test_damaged_samples),
		cmocka_unit_test(test_damaged_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
