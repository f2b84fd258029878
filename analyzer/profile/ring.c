/*
 * ring.c - finds the rings of a profile.
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

bool ring_plausible(const struct profile *profile, const struct dndprof_ring *ring)
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

static void read_thread(struct profile *profile, const struct dndprof_ring *ring,
			struct profile_ring *facts)
{
	const void *data = profile_at(profile, ring->thread, 1, sizeof(facts->thread));

	if (data && ring->thread)
		memcpy(&facts->thread, data, sizeof(facts->thread));
	else if (ring->thread)
		profile->damaged |= !profile->cut_off;
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
	if (!ring_plausible(profile, &ring))
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
	*list_add(&profile->places) = (struct ring_place){offset, ring};
	read_thread(profile, &ring, facts);
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

		memcpy(&magic, profile_at(profile, at, 1, sizeof(magic)), sizeof(magic));
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
