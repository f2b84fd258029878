/*
 * scenes.c - constructed profiles that several tests share, and the comparison with golden files.
 */
#include "support/builder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"

/* Sorted: 1.2 | 48 x 6.29375 | 10.5 (50th) | 44 x 11 | 45.2 (95th) | 3 x 45.2 | 98.7 (99th) |
 * 156.7, which sum to 1.234 s. */
static uint64_t seed_duration(int rank)
{
	return rank == 1    ? 1200000
	       : rank <= 49 ? 6293750
	       : rank == 50 ? 10500000
	       : rank <= 94 ? 11000000
	       : rank <= 98 ? 45200000
	       : rank == 99 ? 98700000
			    : 156700000;
}

struct builder *builder_seed(void)
{
	struct builder *builder = builder_new();
	uint64_t at = 1100000000;

	for (int i = 0; i < 100; i++) {
		/* 37 has no factor with 100: every rank once, out of order */
		uint64_t duration = seed_duration(1 + i * 37 % 100);

		builder_get(builder, 5, at, "GET /v1.41/containers/json HTTP/1.1");
		builder_answer(builder, 5, at + duration, 200, 10);
		at += duration + 1000000;
	}
	return builder;
}

/* Every 100 ms: half of a CPU, a growing memory, switches, faults. */
static void add_samples(struct builder *builder)
{
	for (uint64_t i = 1; i < 15; i++) {
		uint64_t at = 1000000000 + i * 130000000;

		builder->samples[builder->sample_count++] =
			(struct dndprof_sample){.ticks = at,
						.monotonic_ns = at,
						.realtime_ns = 1700000000000000000 + at,
						.user_us = i * 50000,
						.system_us = i * 15000,
						.rss_bytes = (20 + i) * 1000000,
						.peak_bytes = (21 + i) * 1000000,
						.threads = 2 + i % 3,
						.kind = 1,
						.voluntary_switches = i * 12,
						.involuntary_switches = i,
						.minor_faults = i * 100,
						.major_faults = i / 5};
	}
}

/* Two threads in turn wait for a lock that the other holds. */
static void add_convoy(struct builder *builder)
{
	struct dndprof_record wait = {.duration = 10000000,
				      .fd = -1,
				      .arg = 0x7f0000001000,
				      .call = DNDPROF_CALL_pthread_mutex_lock};

	for (uint32_t i = 0; i < 12; i++) {
		builder->tid = 1001 + i % 2;
		wait.start = 2600000000 + i * 9000000;
		builder_record(builder, wait, NULL, 0);
	}
	builder->tid = 1000;
}

struct builder *builder_busy(void)
{
	struct builder *builder = builder_seed();

	for (int i = 0; i < 64; i++)
		builder_count(builder, DNDPROF_CALL_null, 40 + i % 7);
	add_samples(builder);
	add_convoy(builder);
	builder->header.losses[DNDPROF_LOSS_SAMPLED] = 40;
	builder->header.losses[DNDPROF_LOSS_NO_RING] = 3;
	return builder;
}

static void add_dns(struct builder *builder)
{
	static const char name[] = "registry.example";
	struct dndprof_record record = {.start = 1010000000,
					.duration = 12000000,
					.fd = -1,
					.call = DNDPROF_CALL_getaddrinfo,
					.payload = DNDPROF_PAYLOAD_NAME};

	builder_record(builder, record, name, sizeof(name) - 1);
}

static void add_processes(struct builder *builder)
{
	static const char program[] = "/usr/bin/docker\0compose ps";
	struct dndprof_record spawn = {.start = 1500000000,
				       .duration = 900000,
				       .fd = -1,
				       .arg = 1234,
				       .call = DNDPROF_CALL_posix_spawn,
				       .payload = DNDPROF_PAYLOAD_PROGRAM};
	struct dndprof_record wait = {.start = 1501000000,
				      .duration = 90000000,
				      .result = 1234,
				      .fd = -1,
				      .arg = 3 << 8,
				      .call = DNDPROF_CALL_waitpid};

	builder_record(builder, spawn, program, sizeof(program) - 1);
	builder_record(builder, wait, NULL, 0);
}

static void add_refused(struct builder *builder)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5000)};
	struct dndprof_record record = {.start = 1030000000,
					.duration = 40000,
					.result = -1,
					.fd = 8,
					.generation = 1,
					.call = DNDPROF_CALL_connect,
					.error = ECONNREFUSED,
					.payload = DNDPROF_PAYLOAD_ADDRESS,
					.flags = DNDPROF_RECORD_INET};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	builder_record(builder, record, &address, sizeof(address));
}

/* Two workers, of 3 jobs of 10 ms and 2 of 15 ms. */
static void add_pool(struct builder *builder)
{
	enum { QUEUE = 0x5000, ROUTINE = 0x4242 };
	struct builder_ring *main_ring = builder->ring;
	uint64_t at;

	for (uint32_t tid = 1001; tid <= 1002; tid++) {
		at = 1750000000;
		builder_thread(builder, tid, "pump", ROUTINE, at);
		builder_wait(builder, DNDPROF_CALL_pthread_cond_wait, QUEUE, at, 50000000, 2, 0);
		at += 50000000;
		for (int job = 0; job < (tid == 1001 ? 3 : 2); job++) {
			at += tid == 1001 ? 10000000 : 15000000;
			builder_wait(builder, DNDPROF_CALL_pthread_cond_wait, QUEUE, at, 30000000,
				     2, 0);
			at += 30000000;
		}
		builder_thread_end(builder, at, 1, 25000000);
	}
	builder->ring = main_ring;
	builder->tid = 1000;
	for (int i = 0; i < 4; i++)
		builder_wake(builder, DNDPROF_CALL_pthread_cond_signal, QUEUE,
			     1750000000 + (uint64_t)i * 40000000 + 49990000, 0);
}

struct builder *builder_everything(void)
{
	struct builder *builder = builder_new();

	strcat(builder->info, "subcommand=compose up\n");
	for (int i = 0; i < 64; i++)
		builder_count(builder, DNDPROF_CALL_null, 40);
	add_dns(builder);
	add_refused(builder);
	builder_connect(builder, 5, 1040000000, 150000, "/var/run/docker.sock", 0);
	builder_http(builder, 5, 1041000000, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT,
		     "HEAD /_ping HTTP/1.1", 80, HEAD(-1, 100, 0));
	builder_answer(builder, 5, 1043000000, 200, 0);
	builder_get(builder, 5, 1050000000, "GET /v1.41/containers/json");
	builder_answer(builder, 5, 1060000000, 200, 5000);
	builder_get(builder, 5, 1070000000,
		    "GET /v1.41/images/example.org:5000/a/b:1/json HTTP/1.1");
	builder_answer(builder, 5, 1071000000, 404, 40);
	builder_get(builder, 5, 1080000000, "POST /v1.41/containers/4f2a9b1c0d3e/wait HTTP/1.1");
	builder_answer(builder, 5, 1480000000, 200, 30);
	builder_get(builder, 5, 1490000000, "GET /v1.41/\x1b[31m\xff/evil\xe2\x80\xae HTTP/1.1");
	builder_answer(builder, 5, 1491000000, 200, 0);
	add_processes(builder);
	builder_call(builder, DNDPROF_CALL_pthread_mutex_lock, -1, 1600000000, 25000000, 0, 0, 0);
	builder_call(builder, DNDPROF_CALL_close, 5, 1700000000, 3000, 0, 0, DNDPROF_RECORD_UNIX);
	add_pool(builder);
	builder->header.losses[DNDPROF_LOSS_SAMPLED] = 12;
	builder->header.notes = DNDPROF_NOTE_IO_URING;
	return builder;
}

void assert_golden(const char *name, const void *data, size_t size)
{
	char path[256];
	uint8_t *held = malloc(size + 1);
	FILE *file;
	size_t got;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("DNDPROF_GOLDEN_UPDATE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(data, 1, size, file), size);
		fclose(file);
	}
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s is missing; run from the top of the tree", path);
	got = fread(held, 1, size + 1, file);
	fclose(file);
	if (got != size || memcmp(held, data, size) != 0)
		print_error("%s differs; DNDPROF_GOLDEN_UPDATE=1 writes it anew. Now:\n%.*s\n",
			    path, memchr(data, 0, size) ? 0 : (int)size, (const char *)data);
	assert_int_equal(got, size);
	assert_memory_equal(held, data, size);
	free(held);
}
