/*
 * threads.c - constructed threads: their begin and end, their waits, and what wakes them.
 */
#include "support/builder.h"

#include <stdlib.h>
#include <string.h>

#define HANDLE(tid) (UINT64_C(0x7f0000000000) + (tid)) /* its pthread_t */

static void thread_record(struct builder *builder, struct dndprof_record record)
{
	const struct dndprof_thread *thread = &builder->ring->thread;
	uint8_t payload[32];

	memcpy(payload, thread->name, 16);
	memcpy(payload + 16, &thread->start_routine, 8);
	memcpy(payload + 24, &thread->handle, 8);
	record.start = thread->begun;
	record.fd = -1;
	record.call = DNDPROF_CALL_thread;
	record.payload = DNDPROF_PAYLOAD_THREAD;
	builder_record(builder, record, payload, sizeof(payload));
}

void builder_thread(struct builder *builder, uint32_t tid, const char *name, uint64_t routine,
		    uint64_t begun)
{
	struct dndprof_thread thread = {
		.start_routine = routine, .begun = begun, .handle = HANDLE(tid), .tid = tid};

	strncpy(thread.name, name, sizeof(thread.name) - 1);
	builder_ring(builder, 256, 1);
	builder->ring->thread = thread;
	builder->tid = tid;
	thread_record(builder, (struct dndprof_record){.flags = DNDPROF_RECORD_BEGIN});
}

void builder_switch(struct builder *builder, uint32_t tid)
{
	for (size_t i = 0; i < builder->ring_count; i++)
		if (builder->rings[i]->thread.tid == tid) {
			builder->ring = builder->rings[i];
			builder->tid = tid;
			return;
		}
	abort();
}

void builder_thread_end(struct builder *builder, uint64_t at, uint32_t taken, uint64_t cpu_ns)
{
	struct dndprof_thread *thread = &builder->ring->thread;

	thread->state = DNDPROF_THREAD_ENDED;
	thread->cpu_ns = cpu_ns;
	thread_record(builder, (struct dndprof_record){.duration = at - thread->begun,
						       .generation = taken,
						       .arg = cpu_ns});
}

void builder_wait(struct builder *builder, enum dndprof_call call, uint64_t object, uint64_t start,
		  uint64_t duration, uint32_t taken, int error)
{
	struct dndprof_record record = {.start = start,
					.duration = duration,
					.fd = -1,
					.generation = taken,
					.arg = object,
					.call = call,
					.result = error,
					.error = (uint8_t)error};

	builder_record(builder, record, NULL, 0);
}

void builder_wake(struct builder *builder, enum dndprof_call call, uint64_t object, uint64_t at,
		  uint32_t taken)
{
	struct dndprof_stats *stats = &builder->ring->stats[call];
	struct dndprof_stats before = *stats;

	builder_wait(builder, call, object, at, 0, taken, 0);
	before.call = call;
	before.count++;
	*stats = before; /* counted, and not timed */
}
