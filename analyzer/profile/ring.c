/*
 * ring.c - finds the rings of a profile and takes the whole records out of them.
 *
 * Time is bounded by the file's size, whatever its chain says: a ring is visited once, and no more
 * slots are looked at than the file can hold.
 */
#include "profile/internal.h"

#include <stdlib.h>
#include <string.h>

#define SLOT sizeof(struct dndprof_record)

struct walk {
	uint8_t *seen;	 /* a bit for every 8 bytes of the file: a ring starts here */
	uint64_t slots;	 /* that may still be looked at */
	uint64_t tables; /* statistics and octaves, likewise */
};

static bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

static bool plausible(const struct profile *profile, const struct dndprof_ring *ring)
{
	if (ring->magic != DNDPROF_RING_MAGIC || !is_power_of_two(ring->base_slots) ||
	    ring->kind < DNDPROF_RING_THREAD || ring->kind > DNDPROF_RING_PARK ||
	    ring->segment_count < 1 || ring->segment_count > DNDPROF_RING_SEGMENTS ||
	    ring->next > profile->header.used)
		return false;
	if (((uint64_t)ring->base_slots << (ring->segment_count - 1)) > profile->header.used / SLOT)
		return false;
	for (uint32_t i = 0; i < ring->segment_count; i++)
		if (!ring->segment[i] || ring->segment[i] % 8 ||
		    ring->segment[i] >= profile->header.used)
			return false;
	return true;
}

/* Slot q of the ring, or NULL where the file lacks it. */
static const void *slot_at(const struct profile *profile, const struct dndprof_ring *ring,
			   uint64_t q)
{
	uint64_t first = 0, segment = 0;

	if (q >= ring->base_slots) {
		segment = 64 - (uint64_t)__builtin_clzll(q / ring->base_slots);
		first = (uint64_t)ring->base_slots << (segment - 1);
	}
	return profile_at(profile, ring->segment[segment] + (q - first) * SLOT, 1, SLOT);
}

/* Joins the continuations of `record` at `position`. False when one is not whole. */
static bool read_payload(struct profile *profile, const struct dndprof_ring *ring,
			 uint64_t capacity, uint64_t position, struct profile_record *record)
{
	unsigned int more = record->raw.slots > 1 ? record->raw.slots - 1u : 0;
	uint8_t bytes[255 * DNDPROF_MORE_BYTES];
	uint32_t size = 0;

	for (unsigned int i = 1; i <= more; i++) {
		const void *data = slot_at(profile, ring, (position + i) % capacity);
		struct dndprof_more next;

		if (!data)
			return false;
		memcpy(&next, data, sizeof(next));
		if (next.seq != position + i + 1 || next.kind != DNDPROF_KIND_MORE ||
		    next.owner != position + 1 || next.length > DNDPROF_MORE_BYTES)
			return false;
		memcpy(bytes + size, next.data, next.length);
		size += next.length;
	}
	record->payload_size = size;
	record->payload = (const uint8_t *)arena_copy(profile->arena, (char *)bytes, size);
	return true;
}

static int compare_records(const void *a, const void *b)
{
	const struct profile_record *x = a, *y = b;

	return (x->raw.seq > y->raw.seq) - (x->raw.seq < y->raw.seq);
}

static void read_slots(struct profile *profile, const struct dndprof_ring *ring,
		       struct profile_ring *facts)
{
	size_t first = profile->records.count;
	uint64_t window = ring->head > facts->capacity ? ring->head - facts->capacity : 0;
	uint64_t whole = 0;

	for (uint64_t q = 0; q < facts->capacity; q++) {
		struct profile_record record = {0};
		const void *data = slot_at(profile, ring, q);
		uint64_t position;

		if (!data)
			continue;
		memcpy(&record.raw, data, SLOT);
		position = record.raw.seq - 1;
		if (!record.raw.seq || position >= ring->head || position % facts->capacity != q ||
		    position < window)
			continue;
		if (record.raw.kind == DNDPROF_KIND_MORE) {
			whole++;
			continue;
		}
		if ((record.raw.kind != DNDPROF_KIND_CALL &&
		     record.raw.kind != DNDPROF_KIND_EXTRA) ||
		    !read_payload(profile, ring, facts->capacity, position, &record))
			continue;
		whole++;
		record.ring = (uint32_t)profile->rings.count - 1;
		*list_add(&profile->records) = record;
	}
	facts->overwritten = window;
	facts->missing = ring->head - window > whole ? ring->head - window - whole : 0;
	facts->records = profile->records.count - first;
	if (facts->records)
		qsort(profile->records.items + first, facts->records, sizeof(struct profile_record),
		      compare_records);
}

/* Reads the ring at `offset`; false when it is none, was read before, or goes beyond the walk. */
static bool read_ring(struct profile *profile, uint64_t offset, struct walk *walk, uint64_t *next)
{
	const void *data = profile_at(profile, offset, 1, sizeof(struct dndprof_ring));
	struct profile_ring *facts;
	struct dndprof_ring ring;
	uint64_t capacity;

	if (!data || offset % 8 || walk->seen[offset / 64] & 1 << (offset / 8 % 8))
		return false;
	memcpy(&ring, data, sizeof(ring));
	if (!plausible(profile, &ring))
		return false;
	capacity = (uint64_t)ring.base_slots << (ring.segment_count - 1);
	if (capacity > walk->slots)
		return false;
	walk->slots -= capacity;
	walk->seen[offset / 64] |= (uint8_t)(1 << (offset / 8 % 8));
	facts = list_add(&profile->rings);
	*facts = (struct profile_ring){
		.head = ring.head,
		.capacity = capacity,
		.in_call_since = ring.in_call_since,
		.kind = ring.kind,
		.owner = ring.owner,
		.owners = ring.owners,
		.index = ring.index,
		.in_call = ring.in_call,
		.sampled = ring.sampled & DNDPROF_RING_SAMPLED,
		.rate = (unsigned int)(ring.sampled >> DNDPROF_RING_RATE_SHIFT) & 63,
	};
	read_slots(profile, &ring, facts);
	profile_read_stats(profile, &ring, &walk->tables);
	*next = ring.next;
	return true;
}

/* The chain is broken: rings are looked for everywhere. */
static void scavenge(struct profile *profile, struct walk *walk)
{
	uint64_t next;

	for (uint64_t at = sizeof(struct dndprof_header); at + 8 <= profile->size; at += 8) {
		uint32_t magic;

		memcpy(&magic, profile->data + at, sizeof(magic));
		if (magic == DNDPROF_RING_MAGIC)
			read_ring(profile, at, walk, &next);
	}
}

void profile_read_rings(struct profile *profile)
{
	uint64_t offset = profile->header.rings;
	struct walk walk = {
		.seen = memory_get(profile->size / 64 + 1),
		.slots = profile->header.used / SLOT,
		.tables = profile->size / (DNDPROF_BUCKETS * sizeof(uint64_t)) + 1,
	};

	while (offset)
		if (!read_ring(profile, offset, &walk, &offset))
			break;
	if (offset) {
		profile->damaged |= !profile->cut_off;
		scavenge(profile, &walk);
	}
	free(walk.seen);
}
