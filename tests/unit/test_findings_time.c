/* The rules on whose time it is: the engine's, a container's, the client's, its start's, its
 * children's; by profiles just below a threshold and just above. */
#include "support/cmocka.h"
#include "support/finding_scene.h"

#include <string.h>

/* A stream of so long. */
static struct scene stream(const char *line, uint64_t ms)
{
	struct scene scene = scene_new();

	scene_ask(&scene, 5, 10, ms * 1000, line, 200);
	return scene;
}

/* What runs in a container is neither the engine's time nor the client's. */
static void test_container_bound(void **state)
{
	static const char wait[] = "POST /v1.41/containers/4f2a9b1c0d3e/wait HTTP/1.1";
	struct scene scene;

	(void)state;
	assert_false(scene_holds(stream(wait, 599), "container_bound", -1));
	assert_true(scene_holds(stream(wait, 601), "container_bound", 601));
	assert_false(scene_holds(stream(wait, 601), "daemon_bound", -1));
	assert_true(scene_holds(stream("POST /v4.3.1/libpod/containers/web/wait HTTP/1.1", 700),
				"container_bound", 700));
	assert_false(scene_holds(stream("GET /v1.41/events HTTP/1.1", 700), "container_bound", -1));
	assert_false(scene_holds(scene_engine(700), "container_bound", -1));
	scene = stream(wait, 700);
	scene_build(&scene);
	assert_string_equal(scene_find(&scene, "container_bound")->cited.what,
			    "POST /containers/{id}/wait");
	scene_free(&scene);
}

static void test_daemon_bound(void **state)
{
	struct scene scene = scene_engine(700);

	(void)state;
	assert_false(scene_holds(scene_engine(599), "daemon_bound", -1));
	assert_true(scene_holds(scene_engine(601), "daemon_bound", 601));
	scene_ask(&scene, 5, 800, 100000, "GET /v1.41/info HTTP/1.1", 200);
	scene_build(&scene);
	assert_non_null(strstr(scene_find(&scene, "daemon_bound")->description,
			       "800ms (40.0% of the wall time); GET /version alone took 700ms"));
	assert_string_equal(scene_find(&scene, "daemon_bound")->cited.what, "GET /version");
	assert_int_equal(scene_find(&scene, "daemon_bound")->cited.offset_ns, 10 * MS);
	assert_int_equal(scene_find(&scene, "daemon_bound")->cited.count, 2);
	scene_free(&scene);
}

/* Not in 99 ms, whatever their share. */
static void test_bound_least(void **state)
{
	(void)state;
	for (uint64_t ms = 99; ms < 103; ms += 3) {
		struct scene scene = scene_engine(ms);

		scene.builder->header.end_ticks = BEGIN + 150 * MS;
		assert_int_equal(scene_holds(scene, "daemon_bound", (int64_t)ms), ms > 100);
	}
}

static void test_client_bound_and_idle(void **state)
{
	(void)state;
	assert_false(scene_holds(scene_computing(990), "client_bound", -1));
	assert_true(scene_holds(scene_computing(1010), "client_bound", 1010));
	assert_true(scene_holds(scene_computing(990), "idle", 1010));
	assert_false(scene_holds(scene_computing(1010), "idle", -1));
}

/* Context switches tell sleep from waiting for a CPU. */
static void test_inaction(void **state)
{
	static const struct {
		uint64_t given, taken;
		const char *rule, *word;
	} rows[] = {{10, 90, "client_bound", "computes for 100ms and waits 1.9s for a CPU"},
		    {90, 10, "idle", " sleeps for"},
		    {50, 50, "idle", " sleeps, or gets no CPU, for"},
		    {1, 9, "idle", " sleeps, or gets no CPU, for"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene = scene_computing(100);
		struct dndprof_sample *last =
			&scene.builder->samples[scene.builder->sample_count - 1];

		last->voluntary_switches = rows[i].given;
		last->involuntary_switches = rows[i].taken;
		scene_build(&scene);
		assert_non_null(
			strstr(scene_find(&scene, rows[i].rule)->description, rows[i].word));
		assert_null(scene_find(&scene, rows[!i].rule));
		scene_free(&scene);
	}
}

static struct scene first_request(uint64_t ms)
{
	struct scene scene = scene_new();

	scene_ask(&scene, 5, ms, 1000, "GET /v1.41/version HTTP/1.1", 200);
	return scene;
}

static void test_startup(void **state)
{
	(void)state;
	assert_false(scene_holds(first_request(595), "startup", -1));
	assert_true(scene_holds(first_request(605), "startup", 605));
}

/* A child that left no profile. */
static struct scene child_named(uint64_t ms, const char *program)
{
	struct scene scene = scene_new();
	struct dndprof_record spawn = {.start = BEGIN + 100 * MS,
				       .duration = 1000,
				       .fd = -1,
				       .arg = 1234,
				       .call = DNDPROF_CALL_posix_spawn,
				       .payload = DNDPROF_PAYLOAD_PROGRAM};
	struct dndprof_record wait = {.start = BEGIN + 101 * MS,
				      .duration = (ms - 1) * MS,
				      .result = 1234,
				      .fd = -1,
				      .call = DNDPROF_CALL_waitpid};

	builder_record(scene.builder, spawn, program, strlen(program));
	builder_record(scene.builder, wait, NULL, 0);
	return scene;
}

static struct scene child(uint64_t ms)
{
	return child_named(ms, "/usr/bin/docker-credential-x");
}

static void test_children(void **state)
{
	struct scene scene = child(700);

	(void)state;
	assert_false(scene_holds(child(595), "child_processes", -1));
	assert_true(scene_holds(child(605), "child_processes", 605));
	scene_build(&scene);
	assert_non_null(
		strstr(scene_find(&scene, "child_processes")->description, "a credential helper"));
	assert_non_null(
		strstr(scene_find(&scene, "child_processes")->recommendation, "credsStore"));
	assert_non_null(strstr(scene_find(&scene, "lost_data")->description, "1 of 2 processes"));
	assert_int_equal(scene_find(&scene, "lost_data")->impact_ns, -1);
	scene_free(&scene);
	scene = child_named(700, "/usr/bin/dndprof");
	scene_build(&scene);
	/* it does not record itself, and nothing is missing of it */
	assert_null(strstr(scene_find(&scene, "lost_data")->description, "processes"));
	assert_int_equal(scene.model->processes.count, 2);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container_bound),
		cmocka_unit_test(test_daemon_bound),
		cmocka_unit_test(test_bound_least),
		cmocka_unit_test(test_client_bound_and_idle),
		cmocka_unit_test(test_inaction),
		cmocka_unit_test(test_startup),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
