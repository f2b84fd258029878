/*
 * slots.c - takes the whole records out of the rings of a profile: all, or those that ended late
 * enough. Old ones are passed over without being read: within a ring records stand by their ends,
 * nearly (threads may share a ring), so of every group of slots the ends tell.
 */
#include "profile/internal.h"

#include <string.h>

#define SLOT sizeof(struct dndprof_record)
#define GROUP                                                                                  \
	1021	/* slots; a prime, so that no pattern of records falls on the same ones always \
		 */
#define LOOKS 8 /* slots that may be looked at for one that has a time */

static uint64_t slot_offset(const struct dndprof_ring *ring, uint64_t q)
{
	uint64_t first = 0, segment = 0;

	if (q >= ring->base_slots) {
		segment = 64 - (uint64_t)__builtin_clzll(q / ring->base_slots);
		first = (uint64_t)ring->base_slots << (segment - 1);
	}
	return ring->segment[segment] + (q - first) * SLOT;
}

/* Slot q of the ring, or NULL where the file lacks it. */
static const void *slot_at(const struct profile *profile, const struct dndprof_ring *ring,
			   uint64_t q)
{
	return profile_at(profile, slot_offset(ring, q), 1, SLOT);
}

static uint64_t end_of(const struct dndprof_record *record)
{
	return record->duration > UINT64_MAX - record->start ? UINT64_MAX
							     : record->start + record->duration;
}

/* The record at a position, read alone; false: there is none. */
static bool peek(struct profile *profile, const struct dndprof_ring *ring, uint64_t capacity,
		 uint64_t position, struct dndprof_record *record)
{
	uint64_t at = slot_offset(ring, position % capacity);

	if (at > profile->size || profile->size - at < SLOT)
		return false;
	if (!profile->loaded)
		memcpy(record, profile->data + at, SLOT);
	else if (bytes_open(profile) < 0 || bytes_read(profile, record, SLOT, at) != SLOT)
		return false;
	return record->seq == position + 1;
}

/* When a record near a position ended. */
static bool peek_end(struct profile *profile, const struct dndprof_ring *ring, uint64_t capacity,
		     uint64_t position, uint64_t *end)
{
	struct dndprof_record record;

	for (int i = 0; i < LOOKS; i++, position++)
		if (position < ring->head && peek(profile, ring, capacity, position, &record) &&
		    (record.kind == DNDPROF_KIND_CALL || record.kind == DNDPROF_KIND_EXTRA)) {
			*end = end_of(&record);
			return true;
		}
	return false;
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
	record->payload = size ? (const uint8_t *)arena_copy(profile->arena, (char *)bytes, size)
			       : (const uint8_t *)"";
	return true;
}

struct take {
	uint64_t from; /* ticks; records that ended before are left out */
	uint64_t whole, left_out;
};

static void take_slot(struct profile *profile, const struct dndprof_ring *ring, uint32_t index,
		      uint64_t capacity, uint64_t position, struct take *take)
{
	const void *data = slot_at(profile, ring, position % capacity);
	struct profile_record record = {.ring = index};

	if (!data)
		return;
	memcpy(&record.raw, data, SLOT);
	if (record.raw.seq != position + 1)
		return;
	if (record.raw.kind == DNDPROF_KIND_MORE) {
		take->whole++;
		return;
	}
	if (record.raw.kind != DNDPROF_KIND_CALL && record.raw.kind != DNDPROF_KIND_EXTRA)
		return;
	if (end_of(&record.raw) < take->from) {
		take->left_out++;
		return;
	}
	if (!read_payload(profile, ring, capacity, position, &record))
		return;
	take->whole++;
	*list_add(&profile->records) = record;
}

/* Are all of a group older than what is wanted? */
static bool is_old(struct profile *profile, const struct dndprof_ring *ring, uint64_t capacity,
		   uint64_t position, uint64_t count, uint64_t from)
{
	uint64_t first, last;

	return from && count == GROUP && peek_end(profile, ring, capacity, position, &first) &&
	       peek_end(profile, ring, capacity, position + count - LOOKS, &last) && first < from &&
	       last < from;
}

static void load_ring(struct profile *profile, uint32_t index, uint64_t from)
{
	const struct dndprof_ring *ring = &profile->places.items[index].ring;
	struct profile_ring *facts = &profile->rings.items[index];
	uint64_t window = ring->head > facts->capacity ? ring->head - facts->capacity : 0;
	struct take take = {.from = from};
	size_t first = profile->records.count;

	for (uint64_t position = window, count; position < ring->head; position += count) {
		count = ring->head - position < GROUP ? ring->head - position : GROUP;
		if (is_old(profile, ring, facts->capacity, position, count, from)) {
			take.left_out += count;
			continue;
		}
		for (uint64_t i = 0; i < count; i++)
			take_slot(profile, ring, index, facts->capacity, position + i, &take);
	}
	facts->head = ring->head;
	facts->overwritten = window;
	facts->left_out = take.left_out;
	facts->missing = ring->head - window - take.left_out > take.whole
				 ? ring->head - window - take.left_out - take.whole
				 : 0;
	facts->records = profile->records.count - first;
}

/* A ring that is being written is read once more: its head, to go with the slots. */
static void renew(struct profile *profile, struct ring_place *place)
{
	const void *data = profile_at(profile, place->offset, 1, sizeof(place->ring));
	struct dndprof_ring ring;

	if (!data)
		return;
	memcpy(&ring, data, sizeof(ring));
	if (ring_plausible(profile, &ring) && ring.base_slots == place->ring.base_slots &&
	    ring.segment_count == place->ring.segment_count && ring.head >= place->ring.head)
		place->ring = ring;
}

void profile_load(struct profile *profile, uint64_t from_ticks)
{
	bool live = profile->loaded && profile->header.end != DNDPROF_END_EXIT;

	if (profile->complete)
		return;
	profile->complete = true;
	if (live) {
		bytes_forget(profile);
		for (size_t i = 0; i < profile->places.count; i++)
			renew(profile, &profile->places.items[i]);
		profile_drop_changed(profile);
	}
	for (uint32_t i = 0; i < profile->places.count; i++)
		load_ring(profile, i, from_ticks);
	list_free(&profile->places);
	bytes_free(profile);
}

bool profile_loaded(const struct profile *profile)
{
	return profile->complete;
}

uint64_t profile_slots(const struct profile *profile)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < profile->rings.count; i++) {
		const struct profile_ring *ring = &profile->rings.items[i];

		sum += ring->head < ring->capacity ? ring->head : ring->capacity;
	}
	return sum;
}

void profile_ends(struct profile *profile, profile_end_seen *see, void *data)
{
	struct dndprof_record record;

	for (size_t i = 0; i < profile->places.count; i++) {
		const struct dndprof_ring *ring = &profile->places.items[i].ring;
		uint64_t capacity = profile->rings.items[i].capacity;
		uint64_t position = ring->head > capacity ? ring->head - capacity : 0;

		for (; position < ring->head; position += GROUP) {
			if (peek(profile, ring, capacity, position, &record) &&
			    record.kind == DNDPROF_KIND_CALL)
				see(data, end_of(&record), GROUP);
			if (ring->head - position <= GROUP)
				break;
		}
	}
	bytes_close(profile);
}
