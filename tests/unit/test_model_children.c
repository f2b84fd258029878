/* A process's children: from fork to the wait that told their end, what they ran, and why nothing
 * was recorded of some. */
#include "support/operation_scene.h"

/* A vfork child tries PATH: the last exec stands; the parent waits for it. */
static void test_children(void **state)
{
	struct builder *builder = builder_new();
	uint64_t child = UINT64_C(2000) << 32 | 1000;
	struct dndprof_record exec = {.start = AT + MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_execve,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK,
				      .context = child};
	struct dndprof_record failed = {.start = AT + MS,
					.duration = 10,
					.result = -1,
					.fd = -1,
					.call = DNDPROF_CALL_execve,
					.error = ENOENT,
					.flags = DNDPROF_RECORD_VFORK,
					.context = child};
	struct dndprof_record wait = {.start = AT + 5 * MS,
				      .duration = 45 * MS,
				      .result = 2000,
				      .fd = -1,
				      .arg = 7 << 8,
				      .call = DNDPROF_CALL_wait4};
	struct scene scene;

	(void)state;
	builder_record(builder, exec, "/no/helper", 10);
	builder_record(builder, failed, NULL, 0);
	exec.start = AT + 2 * MS;
	builder_record(builder, exec, "/bin/helper", 11);
	builder_call(builder, DNDPROF_CALL_vfork, -1, AT, 3 * MS, 2000, 0, 0);
	builder_call(builder, DNDPROF_CALL_fork, -1, AT + 60 * MS, MS, 2001, 0, 0);
	builder_record(builder, wait, NULL, 0);
	scene = scene_of(builder);
	assert_int_equal(scene.model->processes.count, 3);
	assert_int_equal(scene.model->processes.items[1].pid, 2000);
	assert_int_equal(scene.model->processes.items[1].ppid, 1000);
	assert_string_equal(scene.model->processes.items[1].program, "helper");
	assert_string_equal(scene.model->processes.items[1].gate, "unobserved");
	assert_int_equal(scene.model->processes.items[1].wait_status, 7 << 8);
	assert_string_equal(scene.model->processes.items[2].gate, "libc"); /* forked, did nothing */
	assert_int_equal(nth(&scene, OPERATION_CHILD, 0)->duration_ns, 50 * MS);
	assert_true(nth(&scene, OPERATION_CHILD, 0)->error);
	assert_int_equal(scene.model->summary.operations, 0);
	assert_int_equal(scene.model->summary.score, -1);
	scene_free(&scene);
}

/* A parent may begin to wait for its child before that has come to its exec. */
static void test_early_wait(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_record exec = {.start = AT + 4 * MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_execve,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK,
				      .context = UINT64_C(2000) << 32 | 1000};
	struct dndprof_record wait = {.start = AT + 2 * MS,
				      .duration = 8 * MS,
				      .result = 2000,
				      .fd = -1,
				      .arg = 7 << 8,
				      .call = DNDPROF_CALL_waitpid};
	struct scene scene;

	(void)state;
	for (int i = 0; i < 2; i++) { /* the number is used again */
		builder_call(builder, DNDPROF_CALL_fork, -1, exec.start - 4 * MS, MS, 2000, 0, 0);
		builder_record(builder, exec, "/bin/helper\0\0label", 18);
		builder_record(builder, wait, NULL, 0);
		exec.start += 20 * MS;
		wait.start += 20 * MS;
	}
	scene = scene_of(builder);
	assert_int_equal(scene.model->processes.count, 3);
	for (size_t i = 1; i < 3; i++) {
		assert_string_equal(scene.model->processes.items[i].program, "helper");
		assert_string_equal(scene.model->processes.items[i].check, "label");
		assert_int_equal(scene.model->processes.items[i].wait_status, 7 << 8);
		assert_int_equal(nth(&scene, OPERATION_CHILD, i - 1)->duration_ns, 10 * MS);
	}
	scene_free(&scene);
}

/* An image that became another which left nothing. */
static void test_exec_unobserved(void **state)
{
	struct builder *builder = builder_new();
	struct dndprof_record exec = {.start = AT + MS,
				      .fd = -1,
				      .call = DNDPROF_CALL_execvp,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN};
	struct scene scene;

	(void)state;
	builder->header.end = DNDPROF_END_EXEC;
	builder_record(builder, exec, "/bin/docker\0ps", 14);
	scene = scene_of(builder);
	assert_int_equal(scene.model->processes.count, 2);
	assert_int_equal(scene.model->processes.items[1].pid, 1000);
	assert_string_equal(scene.model->processes.items[1].program, "docker");
	assert_string_equal(scene.model->processes.items[1].subcommand, "ps");
	assert_string_equal(scene.model->processes.items[1].gate, "unobserved");
	scene_free(&scene);
}

static const char *reason_of_child(const char *parent, int64_t exec_ns)
{
	static char kept[128];
	struct builder *builder = builder_new();
	struct dndprof_record exec = {.start = (uint64_t)exec_ns,
				      .fd = -1,
				      .call = DNDPROF_CALL_execve,
				      .payload = DNDPROF_PAYLOAD_PROGRAM,
				      .flags = DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK,
				      .context = UINT64_C(2000) << 32 | 1000};
	struct scene scene;

	snprintf(builder->info, sizeof(builder->info), "program=%s\n", parent);
	builder->header.start_ticks = builder->header.ready_ticks = AT;
	builder->header.end_ticks = AT + 10000 * MS;
	builder_call(builder, DNDPROF_CALL_vfork, -1, AT, MS, 2000, 0, 0);
	builder_record(builder, exec, "/bin/helper", 11);
	scene = scene_of(builder);
	assert_int_equal(scene.model->processes.count, 2);
	snprintf(kept, sizeof(kept), "%s", scene.model->processes.items[1].reason);
	scene_free(&scene);
	return kept;
}

/* What left no profile, and why; certain only where it is. */
static void test_reasons(void **state)
{
	(void)state;
	assert_non_null(strstr(reason_of_child("sh", AT + MS), "left no profile"));
	assert_string_equal(reason_of_child("sh", AT + 9900 * MS),
			    "still starting when the run ended");
	assert_non_null(strstr(reason_of_child("dndprof", AT + MS), "recorded in another run"));
}

/* Whom the parent's file counts as unable to open a profile did not do nothing. */
static void test_failed_forks(void **state)
{
	static const char *const reasons[] = {
		"forked, did nothing that is recorded",
		"forked, did nothing, or could not open a profile",
		"forked, could not open a profile (no right, no room, or no descriptor)",
	};
	struct scene scene;

	(void)state;
	for (unsigned int failed = 0; failed < 3; failed++) {
		struct builder *builder = builder_new();

		builder->header.losses[DNDPROF_LOSS_FORKED_CHILD] = failed;
		builder_call(builder, DNDPROF_CALL_fork, -1, AT, MS, 2000, 0, 0);
		builder_call(builder, DNDPROF_CALL_fork, -1, AT + 2 * MS, MS, 2001, 0, 0);
		scene = scene_of(builder);
		assert_int_equal(scene.model->processes.count, 3);
		for (size_t i = 1; i < 3; i++) {
			const struct process *child = &scene.model->processes.items[i];

			assert_string_equal(child->gate, failed ? "unobserved" : "libc");
			assert_string_equal(child->reason, reasons[failed]);
		}
		scene_free(&scene);
	}
}

/* On the shared ring: a forked child's records are no loss, those of a thread are. */
static void test_shared_ring(void **state)
{
	struct scene scene;

	(void)state;
	for (unsigned int own = 0; own < 3; own++) {
		struct builder *builder = builder_new();
		struct dndprof_record record = {.start = AT,
						.fd = -1,
						.call = DNDPROF_CALL_execve,
						.flags = DNDPROF_RECORD_BEGIN |
							 DNDPROF_RECORD_VFORK};
		const char *note;

		builder_ring(builder, 64, 1);
		builder->rings[0]->kind = DNDPROF_RING_SHARED;
		builder->header.losses[DNDPROF_LOSS_SHARED_RING] = 1 + own;
		builder_record(builder, record, NULL, 0);
		for (unsigned int i = 0; i < own; i++)
			builder_call(builder, DNDPROF_CALL_poll, -1, AT + MS, MS, 0, 0, 0);
		scene = scene_of(builder);
		note = scene.model->processes.items[0].notes.count
			       ? scene.model->processes.items[0].notes.items[0]
			       : "";
		assert_string_equal(note, own == 0   ? ""
					  : own == 1 ? "1 record kept in the shared ring: its "
						       "thread had no ring of its own"
						     : "2 records kept in the shared ring: their "
						       "threads had no rings of their own");
		scene_free(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children),	cmocka_unit_test(test_early_wait),
		cmocka_unit_test(test_exec_unobserved), cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_failed_forks),	cmocka_unit_test(test_shared_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
