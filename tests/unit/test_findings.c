/* The rules on threads, checks, the tail and what is not known, by profiles just below a threshold
 * and just above; and of all rules, that no moment is saved twice. */
#include "support/cmocka.h"
#include "support/finding_scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- threads ---- */

static struct scene locked(uint64_t ms)
{
	struct scene scene = scene_new();

	builder_call(scene.builder, DNDPROF_CALL_pthread_mutex_lock, -1, BEGIN + 100 * MS, ms * MS,
		     0, 0, 0);
	return scene;
}

static void test_locks(void **state)
{
	(void)state;
	assert_false(scene_holds(locked(99), "lock_contention", -1));
	assert_true(scene_holds(locked(101), "lock_contention", 101));
}

/* Two workers of a pool in a run that computes for 1.5 s; the first is busy for 1 s of 2, the other
 * for `ms`. */
static struct scene pool(int64_t ms)
{
	struct worker_row rows[] = {{.name = "worker 1", .tid = 1001, .jobs = 9},
				    {.name = "worker 2", .tid = 1002, .jobs = 1}};
	struct scene scene = scene_computing(1500);

	scene_build(&scene);
	for (int i = 0; i < 2; i++) {
		rows[i].busy_ns = (i ? ms : 1000) * (int64_t)MS;
		rows[i].idle_ns = 2000 * (int64_t)MS - rows[i].busy_ns;
		*list_add(&scene.model->workers) = rows[i];
	}
	findings_find(scene.model, thresholds_chosen());
	return scene;
}

static void test_workers(void **state)
{
	struct scene under = pool(410), over = pool(390);

	(void)state;
	assert_null(scene_find(&under, "worker_imbalance"));
	assert_int_equal(scene_find(&over, "worker_imbalance")->impact_ns, 305 * MS);
	assert_non_null(strstr(scene_find(&over, "worker_imbalance")->description,
			       "worker 1 was busy for 50%"));
	assert_int_equal(scene_find(&over, "client_bound")->impact_ns / (int64_t)MS,
			 1500 * (2000 - 305) / 2000);
	scene_sound(&over);
	over.model->workers.items[1].pool = 1; /* pools of one each */
	findings_find(over.model, thresholds_chosen());
	assert_null(scene_find(&over, "worker_imbalance"));
	scene_free(&under);
	scene_free(&over);
}

/* The engine's answers to a ping take `ms` on average: the check of its being there does. */
static struct scene pings(uint64_t ms)
{
	struct scene scene = scene_new();

	builder_connect(scene.builder, 5, BEGIN + 99 * MS, 1000, SOCK, 0);
	scene_ask(&scene, 5, 100, (ms - 10) * 1000, "GET /_ping HTTP/1.1", 200);
	builder_connect(scene.builder, 6, BEGIN + 999 * MS, 1000, SOCK, 0);
	scene_ask(&scene, 6, 1000, (ms + 10) * 1000, "GET /_ping HTTP/1.1", 200);
	return scene;
}

static void test_checks(void **state)
{
	static const struct thresholds lowest;
	struct scene scene = pings(210);

	(void)state;
	assert_false(scene_holds(pings(195), "slow_check", -1));
	assert_true(scene_holds(pings(205), "slow_check", 410));
	scene_build(&scene);
	assert_non_null(strstr(scene_find(&scene, "slow_check")->description,
			       "daemon_connectivity takes 211ms"));
	assert_int_equal(scene_find(&scene, "slow_check")->cited.count, 4);
	findings_find(scene.model, &lowest); /* the time is the engine's: it is not told twice */
	assert_int_equal(scene_find(&scene, "slow_check")->impact_ns, 0);
	scene_sound(&scene);
	scene_free(&scene);
}

/* ---- the tail; what is not known ---- */

static struct scene tail(uint64_t slowest_ms)
{
	struct scene scene = scene_new();
	uint64_t at = 10;
	char line[64];

	scene.builder->header.end_ticks = BEGIN + 20000 * MS;
	for (int i = 0; i < 100; i++) {
		uint64_t ms = i < 2 ? slowest_ms : 1;

		snprintf(line, sizeof(line), "POST /v1.41/containers/%d/kill HTTP/1.1", i);
		scene_ask(&scene, 5, at, ms * 1000, line, 200);
		at += ms + 1;
	}
	return scene;
}

static void test_tail(void **state)
{
	(void)state;
	assert_false(scene_holds(tail(999), "tail", -1));
	assert_true(scene_holds(tail(1001), "tail", 2002));
}

static void test_lost(void **state)
{
	(void)state;
	for (int records = 16; records < 18; records++) {
		struct scene scene = scene_new();

		builder_ring(scene.builder, 16, 1);
		for (int i = 0; i < records; i++)
			builder_call(scene.builder, DNDPROF_CALL_poll, -1,
				     BEGIN + (uint64_t)(100 + i) * MS, 1000, 1, 0, 0);
		scene_build(&scene);
		assert_true(scene_find(&scene, "lost_data"));
		assert_int_equal(strstr(scene_find(&scene, "lost_data")->description, "lost") !=
					 NULL,
				 records > 16); /* else: no operation was observed */
		scene_free(&scene);
	}
}

/* ---- all of them ---- */

static void test_everything(void **state)
{
	static const struct thresholds lowest;
	struct scene scene = {.builder = builder_everything()};

	(void)state;
	scene_build(&scene);
	scene_sound(&scene);
	findings_find(scene.model, &lowest);
	scene_sound(&scene);
	assert_true(scene_find(&scene, "dns") && scene_find(&scene, "startup") &&
		    scene_find(&scene, "connect") && scene_find(&scene, "child_processes") &&
		    scene_find(&scene, "lock_contention") && scene_find(&scene, "daemon_bound"));
	scene_free(&scene);
}

static void test_thresholds(void **state)
{
	struct thresholds thresholds;
	struct scene scene = scene_engine(300);

	(void)state;
	thresholds_default(&thresholds);
	assert_int_equal(thresholds.value[THRESHOLD_DNS_SHARE], 50000);
	assert_int_equal(thresholds_set(&thresholds, "dns-share=7%"), 0);
	assert_int_equal(thresholds.value[THRESHOLD_DNS_SHARE], 70000);
	assert_int_equal(thresholds_set(&thresholds, "dns-time=1.5s"), 0);
	assert_int_equal(thresholds.value[THRESHOLD_DNS_TIME], 1500 * MS);
	assert_int_equal(thresholds_set(&thresholds, "repeats=9"), 0);
	assert_int_equal(thresholds_set(&thresholds, "repeats"), -EINVAL);
	assert_int_equal(thresholds_set(&thresholds, "repeats="), -EINVAL);
	assert_int_equal(thresholds_set(&thresholds, "dns-time=5"), -EINVAL);
	assert_int_equal(thresholds_set(&thresholds, "repeat=9"), -ENOENT);
	assert_int_equal(thresholds_set(&thresholds, "=9"), -ENOENT);
	assert_int_equal(thresholds.value[THRESHOLD_REPEATS], 9);
	scene_build(&scene);
	assert_null(scene_find(&scene, "daemon_bound"));
	assert_int_equal(thresholds_set(&thresholds, "wait-share=10%"), 0);
	findings_find(scene.model, &thresholds);
	assert_non_null(scene_find(&scene, "daemon_bound"));
	scene_sound(&scene);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locks),	   cmocka_unit_test(test_workers),
		cmocka_unit_test(test_checks),	   cmocka_unit_test(test_tail),
		cmocka_unit_test(test_lost),	   cmocka_unit_test(test_everything),
		cmocka_unit_test(test_thresholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
