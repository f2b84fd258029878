/*
 * builder.h - writes constructed profiles, as the shim would: what a test says happened, and
 * nothing else. Its clock is CLOCK_MONOTONIC, so ticks are ns.
 */
#ifndef TESTS_BUILDER_H
#define TESTS_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include <dndprof/calls.h>
#include <dndprof/profile.h>

#include "profile/run.h"

struct builder {
	struct dndprof_header header; /* what the test changes stands in the file */
	char info[4096];
	struct dndprof_sample samples[16];
	size_t sample_count;
	struct builder_ring {
		uint32_t base_slots, segments;
		uint64_t head;
		uint32_t kind;		      /* enum dndprof_ring_kind; 0: of one thread */
		struct dndprof_record *slots; /* all capacity */
		struct dndprof_stats stats[DNDPROF_RING_CALLS];
		uint64_t (*octaves[DNDPROF_RING_CALLS])[DNDPROF_BUCKETS]; /* NULL: all 0 */
		struct dndprof_thread thread; /* tid 0: of builder.tid, of whom it says nothing */
		uint32_t owners, in_call;
		uint64_t in_call_since;
	} * rings[8], *ring; /* the one that is written to */
	size_t ring_count;
	uint32_t tid;
	struct builder_module {
		struct dndprof_module facts;
		const char *path;
	} modules[8];
	size_t module_count;
};

struct builder *builder_new(void);
void builder_free(struct builder *builder);
/* A ring of base_slots << (segments - 1) slots; later records go there. */
void builder_ring(struct builder *builder, uint32_t base_slots, uint32_t segments);
void builder_anchor(struct builder *builder, uint64_t ticks, uint64_t monotonic, uint64_t realtime);
/* Writes a record with its payload, and counts the call. Zero fields get what is usual. */
void builder_record(struct builder *builder, struct dndprof_record record, const void *payload,
		    size_t size);
/* Counts a call without a record. */
void builder_count(struct builder *builder, enum dndprof_call call, uint64_t duration);

/* Calls in a line each. Times in ns. */
void builder_call(struct builder *builder, enum dndprof_call call, int fd, uint64_t start,
		  uint64_t duration, int64_t result, int error, int flags);
void builder_connect(struct builder *builder, int fd, uint64_t start, uint64_t duration,
		     const char *unix_path, int error);
/* A message's head sent (or received, of a server's flow): `bytes` in all, `head` of them head. */
void builder_http(struct builder *builder, int fd, uint64_t start, uint64_t duration,
		  enum dndprof_payload kind, int record_flags, const char *line, int64_t bytes,
		  struct dndprof_http head);
#define HEAD(length, bytes, facts) \
	((struct dndprof_http){.content_length = (length), .head_bytes = (bytes), .flags = (facts)})
/* Client's side: a request of 100 bytes; an answer of 100 bytes of head and `body` of body. */
void builder_get(struct builder *builder, int fd, uint64_t start, const char *line);
void builder_answer(struct builder *builder, int fd, uint64_t end, int status, int64_t body);

/* A thread with a ring of its own, and the record of its begin; later records are its. */
void builder_thread(struct builder *builder, uint32_t tid, const char *name, uint64_t routine,
		    uint64_t begun);
/* Later records are of this thread, which has a ring. */
void builder_switch(struct builder *builder, uint32_t tid);
/* The thread that is written for ends. `taken`: as record.generation. */
void builder_thread_end(struct builder *builder, uint64_t at, uint32_t taken, uint64_t cpu_ns);
/* It waits at `object`; or wakes others there, for no time. */
void builder_wait(struct builder *builder, enum dndprof_call call, uint64_t object, uint64_t start,
		  uint64_t duration, uint32_t taken, int error);
void builder_wake(struct builder *builder, enum dndprof_call call, uint64_t object, uint64_t at,
		  uint32_t taken);
/* A file that was mapped at [start, end), with addresses `bias` above its own. */
void builder_module(struct builder *builder, uint64_t start, uint64_t end, uint64_t bias,
		    const char *path);
/* The stack of a call that began at `start`, as a record behind it: `count` return addresses. */
void builder_stack(struct builder *builder, struct dndprof_record call, const uint64_t *addresses,
		   size_t count);

/* The file's bytes, for the caller to free. */
uint8_t *builder_bytes(const struct builder *builder, size_t *size);
/* The same as an open profile, or as a run of that one file. */
struct profile *builder_profile(const struct builder *builder);
struct run *builder_run(const struct builder *builder);

/* report.md's example: 100 operations. */
struct builder *builder_seed(void);
/* The same with samples of resources, a lock convoy and losses. */
struct builder *builder_busy(void);
/* One of everything: HTTP of many kinds, DNS, connects, children, locks, hostile text. */
struct builder *builder_everything(void);

/* Compares with a file of tests/golden; with DNDPROF_GOLDEN_UPDATE set, writes it instead. */
void assert_golden(const char *name, const void *data, size_t size);

#endif
