/*
 * records.c - writes a run of profile files with so many records, as threads that talk to an engine
 * would leave them, to measure the analyzer with: records DIRECTORY RECORDS. The files are as full
 * as DNDPROF_MAX_MEMORY lets them be. Built with tests/unit/support/builder.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/builder.h"

#define THREADS	     4
#define RECORDS_MOST 1398080 /* of a file: rings of 2^19 slots, full */
#define A_REQUEST    8	     /* records: its head, the answer's head, four reads, two polls */
#define SLOTS	     12	     /* of these */

static uint64_t lot = 88172645463325252u;

/* xorshift (Marsaglia, 2003): the same run every time. */
static uint64_t next_lot(void)
{
	lot ^= lot << 13;
	lot ^= lot >> 7;
	return lot ^= lot << 17;
}

static const char *const targets[] = {
	"GET /v1.41/containers/json HTTP/1.1",
	"GET /v1.41/images/json HTTP/1.1",
	"POST /v1.41/containers/create HTTP/1.1",
	"GET /v1.41/networks/bridge HTTP/1.1",
	"GET /v1.41/containers/0123456789ab/json HTTP/1.1",
	"HEAD /_ping HTTP/1.1",
	"GET /v1.41/volumes HTTP/1.1",
	"GET /v1.41/info HTTP/1.1",
};

/* Returns when it was over. */
static uint64_t request(struct builder *builder, int fd, uint64_t at)
{
	uint64_t wait = 20000 + next_lot() % 30000 + (next_lot() % 1000 ? 0 : 5000000);
	int status = next_lot() % 100 ? 200 : 404;

	builder_get(builder, fd, at, targets[next_lot() % 8]);
	builder_call(builder, DNDPROF_CALL_poll, -1, at + 2000, wait - 3000, 1, 0, 0);
	builder_answer(builder, fd, at + wait, status, 400);
	for (int i = 0; i < 4; i++)
		builder_call(builder, DNDPROF_CALL_recv, fd, at + wait + 1000 + (uint64_t)i * 1000,
			     700, 100, 0, DNDPROF_RECORD_RECEIVED | DNDPROF_RECORD_UNIX);
	builder_call(builder, DNDPROF_CALL_poll, -1, at + wait + 6000, 500, 0, 0, 0);
	return at + wait + 8000;
}

static void fill(struct builder *builder, uint64_t records, uint32_t slots, uint64_t *at)
{
	uint64_t start = *at, end = start;

	for (int thread = 0; thread < THREADS; thread++) {
		uint64_t now = start + (uint64_t)thread * 1000;

		builder->tid = builder->header.pid + (uint32_t)thread;
		builder_ring(builder, slots, 1);
		for (uint64_t i = 0; i < records / A_REQUEST / THREADS; i++)
			now = request(builder, 5 + thread, now);
		end = now > end ? now : end;
	}
	*at = end;
}

static int write_file(const char *directory, int index, const struct builder *builder)
{
	char path[4096];
	size_t size, done = 0;
	uint8_t *bytes = builder_bytes(builder, &size);
	int fd;

	snprintf(path, sizeof(path), "%s/%06u-%d.dndprof", directory, builder->header.pid, index);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (fd >= 0 && done < size) {
		ssize_t wrote = write(fd, bytes + done, size - done);

		if (wrote <= 0)
			break;
		done += (size_t)wrote;
	}
	free(bytes);
	return fd < 0 || close(fd) < 0 || done < size ? -1 : 0;
}

int main(int argc, char **argv)
{
	uint64_t left = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, at = 1000000000;
	uint32_t slots = 64;

	if (!left) {
		fprintf(stderr, "usage: records DIRECTORY RECORDS\n");
		return 2;
	}
	if (mkdir(argv[1], 0700) < 0 && errno != EEXIST)
		return perror(argv[1]), 1;
	while (slots < (left < RECORDS_MOST ? left : RECORDS_MOST) / THREADS / A_REQUEST * SLOTS)
		slots *= 2;
	for (int i = 0; left; i++) {
		struct builder *builder = builder_new();
		uint64_t records = left < RECORDS_MOST ? left : RECORDS_MOST;

		builder->header.pid = builder->tid = 1000 + (uint32_t)i;
		builder->header.start_ticks = at;
		builder->header.ready_ticks = at + 300000;
		fill(builder, records, slots, &at);
		builder->header.end_ticks = at;
		builder_anchor(builder, at, at, 1700000000000000000 + at);
		if (write_file(argv[1], i, builder) < 0)
			return perror(argv[1]), 1;
		builder_free(builder);
		left -= records;
	}
	return 0;
}
