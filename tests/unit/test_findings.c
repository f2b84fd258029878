/* Every rule of the findings, by profiles just below its threshold and just above; and that no
 * moment is saved twice. All runs last 2 s unless a test says otherwise. */
#include "findings/findings.h"
#include "model/model.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS    UINT64_C(1000000)
#define BEGIN UINT64_C(1000000000) /* of the builder's run */
#define SOCK  "/var/run/docker.sock"

struct scene {
	struct builder *builder;
	struct run *run;
	struct model *model;
};

static struct scene scene_new(void)
{
	return (struct scene){.builder = builder_new()};
}

/* CPU time used until `ms`, in ms. */
static void cpu(struct scene *scene, uint64_t ms, uint64_t cpu_ms)
{
	struct builder *builder = scene->builder;

	builder_anchor(builder, BEGIN + ms * MS, BEGIN + ms * MS, 1700000001000000000 + ms * MS);
	builder->samples[builder->sample_count - 1].user_us = cpu_ms * 1000;
}

static void ask(struct scene *scene, int fd, uint64_t ms, uint64_t wait_us, const char *line,
		int status)
{
	builder_get(scene->builder, fd, BEGIN + ms * MS, line);
	builder_answer(scene->builder, fd, BEGIN + ms * MS + wait_us * 1000, status, 10);
}

static void build(struct scene *scene)
{
	scene->run = builder_run(scene->builder);
	scene->model = model_build(&scene->run, 1);
	builder_free(scene->builder);
}

static void scene_free(struct scene *scene)
{
	model_free(scene->model);
	run_close(scene->run);
}

static const struct finding *find(const struct scene *scene, const char *rule)
{
	for (size_t i = 0; i < scene->model->findings.count; i++)
		if (strcmp(scene->model->findings.items[i].rule, rule) == 0)
			return &scene->model->findings.items[i];
	return NULL;
}

static void assert_sound(const struct scene *scene)
{
	int64_t sum = 0, before = INT64_MAX;

	for (size_t i = 0; i < scene->model->findings.count; i++) {
		const struct finding *finding = &scene->model->findings.items[i];

		assert_true(finding->impact_ns <= before);
		before = finding->impact_ns;
		sum += finding->impact_ns > 0 ? finding->impact_ns : 0;
		assert_true(*finding->description && *finding->impact && *finding->recommendation);
	}
	assert_true(sum <= scene->model->summary.wall_ns);
}

/* Builds it, frees it. Does the rule hold? `ms`: what it saves; below 0: is not looked at. */
static bool holds(struct scene scene, const char *rule, int64_t ms)
{
	const struct finding *finding;
	bool held;

	build(&scene);
	assert_sound(&scene);
	finding = find(&scene, rule);
	held = finding;
	if (held && ms >= 0 && llabs(finding->impact_ns - ms * (int64_t)MS) > (int64_t)MS)
		fail_msg("%s saves %lld", finding->description, (long long)finding->impact_ns);
	scene_free(&scene);
	return held;
}

/* ---- names and connections ---- */

static struct scene lookup(uint64_t ms)
{
	struct scene scene = scene_new();
	struct dndprof_record record = {.start = BEGIN + 10 * MS,
					.duration = ms * MS,
					.fd = -1,
					.call = DNDPROF_CALL_getaddrinfo,
					.payload = DNDPROF_PAYLOAD_NAME};

	builder_record(scene.builder, record, "registry.example", 16);
	return scene;
}

static void test_dns(void **state)
{
	(void)state;
	assert_false(holds(lookup(99), "dns", -1));
	assert_true(holds(lookup(101), "dns", 101));
}

static void test_connect_slow(void **state)
{
	struct scene under = scene_new(), over = scene_new();

	(void)state;
	builder_connect(under.builder, 5, BEGIN + 10 * MS, 99 * MS, SOCK, 0);
	assert_false(holds(under, "connect", -1));
	builder_connect(over.builder, 5, BEGIN + 10 * MS, 101 * MS, SOCK, 0);
	assert_true(holds(over, "connect", 101));
}

/* `failures` refused connects, 100 ms apart, then one that succeeds; the process sleeps between. */
static struct scene refused(int failures, int error)
{
	struct scene scene = scene_new();
	uint64_t at = BEGIN + 10 * MS;

	for (int i = 0; i < failures; i++, at += 100 * MS)
		builder_connect(scene.builder, 5 + i, at, 1000, SOCK, error);
	builder_connect(scene.builder, 5 + failures, at, 1000, SOCK, 0);
	cpu(&scene, 1999, 0);
	return scene;
}

static void test_connect_retried(void **state)
{
	(void)state;
	assert_false(holds(refused(1, ECONNREFUSED), "connect", -1));
	assert_true(holds(refused(2, ECONNREFUSED), "connect", 200));
	assert_true(holds(refused(5, ENOENT), "connect", 500));
}

/* `connections` of one request each; of the first `more` two. */
static struct scene churn(int connections, int more)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < connections; i++) {
		uint64_t ms = 100 + 10 * (uint64_t)i;

		builder_connect(scene.builder, 5 + i, BEGIN + ms * MS, 100000, SOCK, 0);
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		ask(&scene, 5 + i, ms + 1, 900, line, 200);
		snprintf(line, sizeof(line), "GET /v1.41/images/%d/json HTTP/1.1", i);
		if (i < more)
			ask(&scene, 5 + i, ms + 3, 900, line, 200);
	}
	return scene;
}

static void test_churn(void **state)
{
	(void)state;
	assert_false(holds(churn(10, 0), "connection_churn", -1));
	assert_true(holds(churn(11, 0), "connection_churn", 1));
	assert_true(holds(churn(11, 10), "connection_churn", 1));
	assert_false(holds(churn(11, 11), "connection_churn", -1));
}

/* ---- requests ---- */

static struct scene repeats(int times, uint64_t us, bool same)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < times; i++) {
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1",
			 same ? 1 : i);
		ask(&scene, 5, 100 + 200 * (uint64_t)i, us, line, 200);
	}
	return scene;
}

static void test_repeats(void **state)
{
	(void)state;
	assert_false(holds(repeats(3, 50000, true), "repeated_requests", -1));
	assert_true(holds(repeats(4, 50000, true), "repeated_requests", 150));
	assert_false(holds(repeats(4, 50000, false), "repeated_requests", -1));
	assert_false(holds(repeats(4, 3200, true), "repeated_requests", -1)); /* saves 9.6 ms */
	assert_true(holds(repeats(4, 3500, true), "repeated_requests", -1));
}

/* The hash tells queries apart that are not kept. */
static void test_repeats_hashed(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct scene scene = scene_new();

		for (unsigned int i = 0; i < 8; i++) {
			struct dndprof_http head = HEAD(-1, 100, DNDPROF_HTTP_QUERY);

			head.hash = same ? 9 : 9 + i;
			builder_http(scene.builder, 5, BEGIN + (100 + 200 * i) * MS, 1000,
				     DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
				     "GET /v1.41/containers/json", 100, head);
			builder_answer(scene.builder, 5, BEGIN + (150 + 200 * i) * MS, 200, 10);
		}
		assert_int_equal(holds(scene, "repeated_requests", 350), same);
	}
}

static struct scene series(int count, uint64_t ms)
{
	struct scene scene = scene_new();
	char line[64];

	for (int i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		ask(&scene, 5, 100 + (ms + 1) * (uint64_t)i, ms * 1000, line, 200);
	}
	return scene;
}

static void test_serial(void **state)
{
	struct scene parallel = scene_new();
	char line[64];

	(void)state;
	assert_false(holds(series(5, 150), "serial_requests", -1));
	assert_true(holds(series(6, 150), "serial_requests", 600));
	assert_false(holds(series(8, 66), "serial_requests", -1)); /* 396 ms of 2 s */
	assert_true(holds(series(8, 67), "serial_requests", 402));
	for (int i = 0; i < 8; i++) { /* side by side already */
		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1", i);
		builder_get(parallel.builder, 5 + i, BEGIN + 100 * MS, line);
	}
	for (int i = 0; i < 8; i++)
		builder_answer(parallel.builder, 5 + i, BEGIN + (uint64_t)(200 + 150 * i) * MS, 200,
			       10);
	assert_false(holds(parallel, "serial_requests", -1));
}

/* Requests in two pieces over TCP (or a unix socket) that wait `us`. */
static struct scene pieces(int count, uint64_t us, int flags)
{
	struct scene scene = scene_new();

	for (int i = 0; i < count; i++) {
		uint64_t at = BEGIN + (uint64_t)(100 + 100 * i) * MS;
		char line[64];

		snprintf(line, sizeof(line), "POST /v1.41/containers/%d/kill HTTP/1.1", i);
		builder_http(scene.builder, 5, at, 1000, DNDPROF_PAYLOAD_REQUEST,
			     DNDPROF_RECORD_SENT | flags, line, 100, HEAD(20, 100, 0));
		builder_call(scene.builder, DNDPROF_CALL_send, 5, at + 2000, 1000, 20, 0,
			     DNDPROF_RECORD_SENT | flags);
		builder_answer(scene.builder, 5, at + us * 1000, 200, 10);
	}
	return scene;
}

static void test_delayed_ack(void **state)
{
	(void)state;
	assert_false(holds(pieces(2, 41000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_true(holds(pieces(3, 41000, DNDPROF_RECORD_INET), "delayed_ack", 120));
	assert_false(holds(pieces(3, 37000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_false(holds(pieces(3, 49000, DNDPROF_RECORD_INET), "delayed_ack", -1));
	assert_false(holds(pieces(3, 41000, DNDPROF_RECORD_UNIX), "delayed_ack", -1));
}

/* `count` of 20 requests are answered `status`; the same is asked again 100 ms after each. */
static struct scene answered(int count, int status)
{
	struct scene scene = scene_new();

	for (int i = 0; i < 20; i++) {
		char line[64];

		snprintf(line, sizeof(line), "GET /v1.41/containers/%d/json HTTP/1.1",
			 i <= count ? 0 : i);
		ask(&scene, 5, 10 + 90 * (uint64_t)i, 10000, line, i < count ? status : 200);
	}
	cpu(&scene, 1999, 0);
	return scene;
}

static void test_failures(void **state)
{
	(void)state;
	assert_false(holds(answered(0, 429), "failures", -1));
	assert_true(holds(answered(1, 429), "failures", 90));
	assert_true(holds(answered(1, 500), "failures", 90));
	assert_true(holds(answered(2, 503), "failures", 180));
	assert_false(holds(answered(2, 404), "failures", -1)); /* 10 % */
	assert_true(holds(answered(3, 404), "failures", 270));
}

static void test_failure_meaning(void **state)
{
	static const struct {
		int status;
		const char *word;
	} rows[] = {{429, "too many requests"}, {500, "server's side"}, {409, "as wrong"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene = answered(4, rows[i].status);

		build(&scene);
		assert_non_null(strstr(find(&scene, "failures")->description, rows[i].word));
		assert_int_equal(find(&scene, "failures")->cited.count, 4);
		scene_free(&scene);
	}
}

/* One refused connect is a finding when the run failed. */
static void test_failed_run(void **state)
{
	(void)state;
	for (int status = 0; status < 2; status++) {
		struct scene scene = scene_new();

		builder_connect(scene.builder, 5, BEGIN + 10 * MS, 1000, SOCK, ECONNREFUSED);
		scene.run = builder_run(scene.builder);
		scene.run->facts.exit_status = status;
		scene.model = model_build(&scene.run, 1);
		builder_free(scene.builder);
		assert_int_equal(find(&scene, "failures") != NULL, status);
		scene_free(&scene);
	}
}

/* Ten operations that the program marks, so many of them failed. */
static struct scene marked(unsigned int failed)
{
	struct scene scene = scene_new();

	for (unsigned int i = 0; i < 10; i++) {
		struct dndprof_record record = {.start = BEGIN + (10 + i) * MS,
						.duration = MS / 2,
						.fd = -1,
						.result = i < failed ? -1 : 0,
						.call = DNDPROF_CALL_region,
						.payload = DNDPROF_PAYLOAD_REGION};

		builder_record(scene.builder, record, "database\0query",
			       sizeof("database\0query") - 1);
	}
	return scene;
}

static void test_marked_failures(void **state)
{
	struct scene scene = marked(2);

	(void)state;
	assert_false(holds(marked(0), "failures", -1));
	assert_false(holds(marked(1), "failures", -1));
	build(&scene);
	assert_non_null(strstr(find(&scene, "failures")->description,
			       "2 of 10 operations that the program marks failed"));
	assert_int_equal(find(&scene, "failures")->cited.count, 2);
	scene_free(&scene);
}

/* ---- whose time it is ---- */

static struct scene engine(uint64_t ms)
{
	struct scene scene = scene_new();

	ask(&scene, 5, 10, ms * 1000, "GET /v1.41/version HTTP/1.1", 200);
	return scene;
}

/* A stream of so long. */
static struct scene stream(const char *line, uint64_t ms)
{
	struct scene scene = scene_new();

	ask(&scene, 5, 10, ms * 1000, line, 200);
	return scene;
}

/* What runs in a container is neither the engine's time nor the client's. */
static void test_container_bound(void **state)
{
	static const char wait[] = "POST /v1.41/containers/4f2a9b1c0d3e/wait HTTP/1.1";
	struct scene scene;

	(void)state;
	assert_false(holds(stream(wait, 599), "container_bound", -1));
	assert_true(holds(stream(wait, 601), "container_bound", 601));
	assert_false(holds(stream(wait, 601), "daemon_bound", -1));
	assert_true(holds(stream("POST /v4.3.1/libpod/containers/web/wait HTTP/1.1", 700),
			  "container_bound", 700));
	assert_false(holds(stream("GET /v1.41/events HTTP/1.1", 700), "container_bound", -1));
	assert_false(holds(engine(700), "container_bound", -1));
	scene = stream(wait, 700);
	build(&scene);
	assert_string_equal(find(&scene, "container_bound")->cited.what,
			    "POST /containers/{id}/wait");
	scene_free(&scene);
}

static void test_daemon_bound(void **state)
{
	struct scene scene = engine(700);

	(void)state;
	assert_false(holds(engine(599), "daemon_bound", -1));
	assert_true(holds(engine(601), "daemon_bound", 601));
	ask(&scene, 5, 800, 100000, "GET /v1.41/info HTTP/1.1", 200);
	build(&scene);
	assert_non_null(strstr(find(&scene, "daemon_bound")->description,
			       "800ms (40.0% of the wall time); GET /version alone took 700ms"));
	assert_string_equal(find(&scene, "daemon_bound")->cited.what, "GET /version");
	assert_int_equal(find(&scene, "daemon_bound")->cited.offset_ns, 10 * MS);
	assert_int_equal(find(&scene, "daemon_bound")->cited.count, 2);
	scene_free(&scene);
}

/* Not in 99 ms, whatever their share. */
static void test_bound_least(void **state)
{
	(void)state;
	for (uint64_t ms = 99; ms < 103; ms += 3) {
		struct scene scene = engine(ms);

		scene.builder->header.end_ticks = BEGIN + 150 * MS;
		assert_int_equal(holds(scene, "daemon_bound", (int64_t)ms), ms > 100);
	}
}

static struct scene computing(uint64_t cpu_ms)
{
	struct scene scene = scene_new();

	cpu(&scene, 2000, cpu_ms);
	return scene;
}

static void test_client_bound_and_idle(void **state)
{
	(void)state;
	assert_false(holds(computing(990), "client_bound", -1));
	assert_true(holds(computing(1010), "client_bound", 1010));
	assert_true(holds(computing(990), "idle", 1010));
	assert_false(holds(computing(1010), "idle", -1));
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
		struct scene scene = computing(100);
		struct dndprof_sample *last =
			&scene.builder->samples[scene.builder->sample_count - 1];

		last->voluntary_switches = rows[i].given;
		last->involuntary_switches = rows[i].taken;
		build(&scene);
		assert_non_null(strstr(find(&scene, rows[i].rule)->description, rows[i].word));
		assert_null(find(&scene, rows[!i].rule));
		scene_free(&scene);
	}
}

static struct scene first_request(uint64_t ms)
{
	struct scene scene = scene_new();

	ask(&scene, 5, ms, 1000, "GET /v1.41/version HTTP/1.1", 200);
	return scene;
}

static void test_startup(void **state)
{
	(void)state;
	assert_false(holds(first_request(595), "startup", -1));
	assert_true(holds(first_request(605), "startup", 605));
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
	assert_false(holds(child(595), "child_processes", -1));
	assert_true(holds(child(605), "child_processes", 605));
	build(&scene);
	assert_non_null(
		strstr(find(&scene, "child_processes")->description, "a credential helper"));
	assert_non_null(strstr(find(&scene, "child_processes")->recommendation, "credsStore"));
	assert_non_null(strstr(find(&scene, "lost_data")->description, "1 of 2 processes"));
	assert_int_equal(find(&scene, "lost_data")->impact_ns, -1);
	scene_free(&scene);
	scene = child_named(700, "/usr/bin/dndprof");
	build(&scene);
	/* it does not record itself, and nothing is missing of it */
	assert_null(strstr(find(&scene, "lost_data")->description, "processes"));
	assert_int_equal(scene.model->processes.count, 2);
	scene_free(&scene);
}

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
	assert_false(holds(locked(99), "lock_contention", -1));
	assert_true(holds(locked(101), "lock_contention", 101));
}

/* Two workers of a pool in a run that computes for 1.5 s; the first is busy for 1 s of 2, the other
 * for `ms`. */
static struct scene pool(int64_t ms)
{
	struct worker_row rows[] = {{.name = "worker 1", .tid = 1001, .jobs = 9},
				    {.name = "worker 2", .tid = 1002, .jobs = 1}};
	struct scene scene = computing(1500);

	build(&scene);
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
	assert_null(find(&under, "worker_imbalance"));
	assert_int_equal(find(&over, "worker_imbalance")->impact_ns, 305 * MS);
	assert_non_null(
		strstr(find(&over, "worker_imbalance")->description, "worker 1 was busy for 50%"));
	assert_int_equal(find(&over, "client_bound")->impact_ns / (int64_t)MS,
			 1500 * (2000 - 305) / 2000);
	assert_sound(&over);
	over.model->workers.items[1].pool = 1; /* pools of one each */
	findings_find(over.model, thresholds_chosen());
	assert_null(find(&over, "worker_imbalance"));
	scene_free(&under);
	scene_free(&over);
}

/* The engine's answers to a ping take `ms` on average: the check of its being there does. */
static struct scene pings(uint64_t ms)
{
	struct scene scene = scene_new();

	builder_connect(scene.builder, 5, BEGIN + 99 * MS, 1000, SOCK, 0);
	ask(&scene, 5, 100, (ms - 10) * 1000, "GET /_ping HTTP/1.1", 200);
	builder_connect(scene.builder, 6, BEGIN + 999 * MS, 1000, SOCK, 0);
	ask(&scene, 6, 1000, (ms + 10) * 1000, "GET /_ping HTTP/1.1", 200);
	return scene;
}

static void test_checks(void **state)
{
	static const struct thresholds lowest;
	struct scene scene = pings(210);

	(void)state;
	assert_false(holds(pings(195), "slow_check", -1));
	assert_true(holds(pings(205), "slow_check", 410));
	build(&scene);
	assert_non_null(
		strstr(find(&scene, "slow_check")->description, "daemon_connectivity takes 211ms"));
	assert_int_equal(find(&scene, "slow_check")->cited.count, 4);
	findings_find(scene.model, &lowest); /* the time is the engine's: it is not told twice */
	assert_int_equal(find(&scene, "slow_check")->impact_ns, 0);
	assert_sound(&scene);
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
		ask(&scene, 5, at, ms * 1000, line, 200);
		at += ms + 1;
	}
	return scene;
}

static void test_tail(void **state)
{
	(void)state;
	assert_false(holds(tail(999), "tail", -1));
	assert_true(holds(tail(1001), "tail", 2002));
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
		build(&scene);
		assert_true(find(&scene, "lost_data"));
		assert_int_equal(strstr(find(&scene, "lost_data")->description, "lost") != NULL,
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
	build(&scene);
	assert_sound(&scene);
	findings_find(scene.model, &lowest);
	assert_sound(&scene);
	assert_true(find(&scene, "dns") && find(&scene, "startup") && find(&scene, "connect") &&
		    find(&scene, "child_processes") && find(&scene, "lock_contention") &&
		    find(&scene, "daemon_bound"));
	scene_free(&scene);
}

static void test_thresholds(void **state)
{
	struct thresholds thresholds;
	struct scene scene = engine(300);

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
	build(&scene);
	assert_null(find(&scene, "daemon_bound"));
	assert_int_equal(thresholds_set(&thresholds, "wait-share=10%"), 0);
	findings_find(scene.model, &thresholds);
	assert_non_null(find(&scene, "daemon_bound"));
	assert_sound(&scene);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_connect_slow),
		cmocka_unit_test(test_connect_retried),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_repeats_hashed),
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_delayed_ack),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failure_meaning),
		cmocka_unit_test(test_failed_run),
		cmocka_unit_test(test_marked_failures),
		cmocka_unit_test(test_daemon_bound),
		cmocka_unit_test(test_container_bound),
		cmocka_unit_test(test_bound_least),
		cmocka_unit_test(test_client_bound_and_idle),
		cmocka_unit_test(test_inaction),
		cmocka_unit_test(test_startup),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_thresholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
