/*
 * builder.c - see builder.h.
 */
#include "support/builder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "stats/histogram.h"

struct builder *builder_new(void)
{
	struct builder *builder = memory_get(sizeof(*builder));

	memcpy(builder->header.magic, DNDPROF_MAGIC, 8);
	builder->header.endian = DNDPROF_ENDIAN;
	builder->header.header_size = sizeof(builder->header);
	builder->header.version_major = DNDPROF_VERSION_MAJOR;
	builder->header.version_minor = DNDPROF_VERSION_MINOR;
	builder->header.gates = DNDPROF_GATE_LIBC;
	builder->header.clock = DNDPROF_CLOCK_MONOTONIC;
	builder->header.pid = 1000;
	builder->header.ppid = 999;
	builder->header.end = DNDPROF_END_EXIT;
	builder->header.start_ticks = 1000000000;
	builder->header.ready_ticks = 1000300000;
	builder->header.end_ticks = 3000000000;
	builder->header.run_id = 7;
	builder->tid = 1000;
	strcpy(builder->info, "version=0.1.0\nprogram=client\nexe=/usr/bin/client\nhost=example\n"
			      "boot_id=none\nconfig.PRECISION=1ms\n");
	builder_anchor(builder, 1000000000, 1000000000, 1700000001000000000);
	return builder;
}

void builder_free(struct builder *builder)
{
	for (size_t i = 0; i < builder->ring_count; i++) {
		for (size_t call = 0; call < DNDPROF_RING_CALLS; call++)
			free(builder->rings[i]->octaves[call]);
		free(builder->rings[i]->slots);
		free(builder->rings[i]);
	}
	free(builder);
}

void builder_ring(struct builder *builder, uint32_t base_slots, uint32_t segments)
{
	struct builder_ring *ring = memory_get(sizeof(*ring));

	ring->base_slots = base_slots;
	ring->segments = segments;
	ring->slots = memory_get(((size_t)base_slots << (segments - 1)) * sizeof(*ring->slots));
	ring->owners = 1;
	builder->rings[builder->ring_count++] = builder->ring = ring;
}

void builder_anchor(struct builder *builder, uint64_t ticks, uint64_t monotonic, uint64_t realtime)
{
	builder->samples[builder->sample_count++] = (struct dndprof_sample){
		.ticks = ticks, .monotonic_ns = monotonic, .realtime_ns = realtime};
}

static struct builder_ring *newest(struct builder *builder)
{
	if (!builder->ring_count)
		builder_ring(builder, 1024, 1);
	return builder->ring;
}

void builder_count(struct builder *builder, enum dndprof_call call, uint64_t duration)
{
	struct builder_ring *ring = newest(builder);
	struct dndprof_stats *stats = &ring->stats[call];

	stats->call = call;
	stats->min = !stats->timed || duration < stats->min ? duration : stats->min;
	stats->max = duration > stats->max ? duration : stats->max;
	stats->count++;
	stats->timed++;
	stats->sum += duration;
	if (duration && !ring->octaves[call])
		ring->octaves[call] = memory_get(DNDPROF_OCTAVES * sizeof(*ring->octaves[call]));
	if (duration)
		ring->octaves[call][histogram_index(duration) / 32]
			     [histogram_index(duration) % 32]++;
	else
		stats->zero++;
}

void builder_record(struct builder *builder, struct dndprof_record record, const void *payload,
		    size_t size)
{
	struct builder_ring *ring = newest(builder);
	uint64_t capacity = (uint64_t)ring->base_slots << (ring->segments - 1), at = ring->head;
	size_t more = (size + DNDPROF_MORE_BYTES - 1) / DNDPROF_MORE_BYTES;

	record.seq = at + 1;
	record.kind = record.kind ? record.kind : DNDPROF_KIND_CALL;
	record.slots = (uint8_t)(1 + more);
	record.context = record.context ? record.context : builder->tid;
	ring->slots[at % capacity] = record;
	for (size_t i = 0; i < more; i++) {
		struct dndprof_more next = {.kind = DNDPROF_KIND_MORE, .owner = at + 1};
		size_t left = size - i * DNDPROF_MORE_BYTES;

		next.seq = at + 2 + i;
		next.length = (uint16_t)(left < DNDPROF_MORE_BYTES ? left : DNDPROF_MORE_BYTES);
		memcpy(next.data, (const char *)payload + i * DNDPROF_MORE_BYTES, next.length);
		memcpy(&ring->slots[(at + 1 + i) % capacity], &next, sizeof(next));
	}
	ring->head += 1 + more;
	if (record.kind == DNDPROF_KIND_CALL)
		builder_count(builder, (enum dndprof_call)record.call, record.duration);
}

void builder_call(struct builder *builder, enum dndprof_call call, int fd, uint64_t start,
		  uint64_t duration, int64_t result, int error, int flags)
{
	struct dndprof_record record = {.start = start,
					.duration = duration,
					.result = result,
					.fd = fd,
					.generation = 1,
					.arg = 4096,
					.call = call,
					.error = (uint8_t)error,
					.flags = (uint8_t)flags};

	builder_record(builder, record, NULL, 0);
}

void builder_connect(struct builder *builder, int fd, uint64_t start, uint64_t duration,
		     const char *unix_path, int error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct dndprof_record record = {.start = start,
					.duration = duration,
					.result = error ? -1 : 0,
					.fd = fd,
					.generation = 1,
					.call = DNDPROF_CALL_connect,
					.error = (uint8_t)error,
					.payload = DNDPROF_PAYLOAD_ADDRESS,
					.flags = DNDPROF_RECORD_UNIX};

	strncpy(address.sun_path, unix_path, sizeof(address.sun_path) - 1);
	builder_record(builder, record, &address,
		       offsetof(struct sockaddr_un, sun_path) + strlen(unix_path));
}

void builder_http(struct builder *builder, int fd, uint64_t start, uint64_t duration,
		  enum dndprof_payload kind, int record_flags, const char *line, int64_t bytes,
		  struct dndprof_http head)
{
	bool sent = record_flags & DNDPROF_RECORD_SENT;
	struct dndprof_record record = {.start = start,
					.duration = duration,
					.result = bytes,
					.fd = fd,
					.generation = 1,
					.arg = (uint64_t)bytes,
					.call = sent ? DNDPROF_CALL_send : DNDPROF_CALL_recv,
					.payload = (uint8_t)kind,
					.flags = (uint8_t)record_flags};
	char payload[sizeof(head) + 512];

	memcpy(payload, &head, sizeof(head));
	memcpy(payload + sizeof(head), line, strlen(line));
	builder_record(builder, record, payload, sizeof(head) + strlen(line));
}

void builder_get(struct builder *builder, int fd, uint64_t start, const char *line)
{
	builder_http(builder, fd, start, 1000, DNDPROF_PAYLOAD_REQUEST, DNDPROF_RECORD_SENT, line,
		     100, HEAD(-1, 100, 0));
}

void builder_answer(struct builder *builder, int fd, uint64_t end, int status, int64_t body)
{
	char line[64];

	snprintf(line, sizeof(line), "HTTP/1.1 %d Status", status);
	builder_http(builder, fd, end - 500, 500, DNDPROF_PAYLOAD_RESPONSE, DNDPROF_RECORD_RECEIVED,
		     line, 100 + body, HEAD(body, 100, 0));
}

struct layout {
	uint8_t *bytes;
	size_t used, room;
};

static uint64_t put(struct layout *layout, const void *data, size_t size)
{
	uint64_t at = layout->used;

	if (layout->room < layout->used + size + 8) {
		layout->room = 2 * (layout->used + size + 8);
		layout->bytes = memory_grow(layout->bytes, layout->room);
	}
	memset(layout->bytes + at, 0, size + 8);
	if (data)
		memcpy(layout->bytes + at, data, size);
	layout->used += (size + 7) & ~(size_t)7;
	return at;
}

static uint64_t put_stats(struct layout *layout, const struct builder_ring *ring, unsigned int call)
{
	static const uint64_t empty[DNDPROF_BUCKETS];
	struct dndprof_stats stats = ring->stats[call];

	for (unsigned int i = 0; ring->octaves[call] && i < DNDPROF_OCTAVES; i++)
		if (memcmp(ring->octaves[call][i], empty, sizeof(empty)) != 0)
			stats.octave[i] = put(layout, ring->octaves[call][i], sizeof(empty));
	return put(layout, &stats, sizeof(stats));
}

static uint64_t put_ring(struct layout *layout, const struct builder_ring *from, uint64_t next,
			 uint32_t index, uint32_t owner)
{
	struct dndprof_ring ring = {.magic = DNDPROF_RING_MAGIC,
				    .kind = from->kind ? from->kind : DNDPROF_RING_THREAD,
				    .next = next,
				    .head = from->head,
				    .base_slots = from->base_slots,
				    .segment_count = from->segments,
				    .owner = from->thread.tid ? from->thread.tid : owner,
				    .owners = from->owners,
				    .in_call = from->in_call,
				    .in_call_since = from->in_call_since,
				    .index = index};
	uint64_t first = 0, at = put(layout, NULL, sizeof(ring));

	for (uint32_t i = 0; i < from->segments; i++) {
		uint64_t count = (uint64_t)from->base_slots << (i ? i - 1 : 0);

		ring.segment[i] = put(layout, from->slots + first, count * sizeof(*from->slots));
		first += count;
	}
	for (unsigned int call = 0; call < DNDPROF_CALL_COUNT; call++)
		if (from->stats[call].count)
			ring.stats[call] = put_stats(layout, from, call);
	if (from->thread.tid)
		ring.thread = put(layout, &from->thread, sizeof(from->thread));
	memcpy(layout->bytes + at, &ring, sizeof(ring));
	return at;
}

static uint64_t put_calls(struct layout *layout)
{
#define CATEGORY(id, name, meaning) name,
	static const char *const categories[] = {DNDPROF_CATEGORIES(CATEGORY)};
#undef CATEGORY
#define ROW(id, category, subject, result) \
	{#id, DNDPROF_CATEGORY_##category, DNDPROF_SUBJECT_##subject, DNDPROF_RESULT_##result},
	static const struct {
		const char *name;
		int category, subject, result;
	} rows[] = {DNDPROF_CALLS(ROW)};
#undef ROW
	struct dndprof_call_entry entries[DNDPROF_CALL_COUNT] = {0};

	for (size_t i = 0; i < DNDPROF_CALL_COUNT; i++) {
		memcpy(entries[i].name, rows[i].name, strlen(rows[i].name));
		strcpy(entries[i].category, categories[rows[i].category]);
		entries[i].subject = (uint8_t)rows[i].subject;
		entries[i].result = (uint8_t)rows[i].result;
	}
	return put(layout, entries, sizeof(entries));
}

void builder_module(struct builder *builder, uint64_t start, uint64_t end, uint64_t bias,
		    const char *path)
{
	builder->modules[builder->module_count++] =
		(struct builder_module){{.magic = DNDPROF_MODULE_MAGIC,
					 .path_bytes = (uint16_t)strlen(path),
					 .start = start,
					 .end = end,
					 .bias = bias},
					path};
}

void builder_stack(struct builder *builder, struct dndprof_record call, const uint64_t *addresses,
		   size_t count)
{
	builder_record(builder, call, NULL, 0);
	call.kind = DNDPROF_KIND_EXTRA;
	call.payload = DNDPROF_PAYLOAD_STACK;
	builder_record(builder, call, addresses, count * sizeof(*addresses));
}

static uint64_t put_module(struct layout *layout, const struct builder_module *module,
			   uint64_t next)
{
	struct dndprof_module facts = module->facts;
	uint64_t offset;

	facts.next = next;
	offset = put(layout, &facts, sizeof(facts));
	put(layout, module->path, strlen(module->path));
	return offset;
}

uint8_t *builder_bytes(const struct builder *builder, size_t *size)
{
	struct dndprof_section sections[4] = {
		{DNDPROF_SECTION_INFO, 1, 0, strlen(builder->info)},
		{DNDPROF_SECTION_CALLS, sizeof(struct dndprof_call_entry), 0, DNDPROF_CALL_COUNT},
		{DNDPROF_SECTION_SAMPLES, sizeof(struct dndprof_sample), 0, builder->sample_count},
		{DNDPROF_SECTION_ARENA, 1, 0, 0},
	};
	struct dndprof_header header = builder->header;
	struct layout layout = {0};

	put(&layout, &header, sizeof(header));
	header.section_offset = put(&layout, sections, sizeof(sections));
	header.section_count = 4;
	sections[0].offset = put(&layout, builder->info, strlen(builder->info));
	sections[1].offset = put_calls(&layout);
	sections[2].offset = put(&layout, builder->samples, sizeof(builder->samples));
	sections[3].offset = put(&layout, NULL, 64);
	for (size_t i = 0; i < builder->ring_count; i++)
		header.rings = put_ring(&layout, builder->rings[i], header.rings, (uint32_t)i,
					builder->tid);
	for (size_t i = 0; i < builder->module_count; i++)
		header.modules = put_module(&layout, &builder->modules[i], header.modules);
	header.used = header.capacity = layout.used;
	memcpy(layout.bytes, &header, sizeof(header));
	memcpy(layout.bytes + header.section_offset, sections, sizeof(sections));
	*size = layout.used;
	return layout.bytes;
}

struct profile *builder_profile(const struct builder *builder)
{
	struct profile *profile = NULL;
	size_t size;
	uint8_t *bytes = builder_bytes(builder, &size);

	if (profile_open_memory(bytes, size, "built.dndprof", &profile) < 0)
		profile = NULL;
	free(bytes);
	return profile;
}

struct run *builder_run(const struct builder *builder)
{
	struct run *run = memory_get(sizeof(*run));

	run->path = memory_text("built.dndprof");
	run->facts.child = run->facts.exit_status = run->facts.signal = -1;
	*list_add(&run->profiles) = builder_profile(builder);
	return run;
}
