/*
 * live.c - a file that is being written while we read it. The bytes were copied once; a slot whose
 * sequence word is another one now was being changed, perhaps while we copied it, and is dropped.
 *
 * The writer stores 0 in a slot's sequence word before it changes the rest, and its next position
 * + 1 last; sequence words of a slot only rise. So if the word is the same after the copy as in the
 * copy, the copy is whole. Only words that look like sequence words are compared, at every 64 bytes
 * of the arena: what is no slot there (statistics, histograms) may differ and must not be touched,
 * so the comparison is kept to the segments of rings.
 */
#include "profile/internal.h"

#include <string.h>

#define CHUNK 65536

static void compare_chunk(uint8_t *copy, const uint8_t *now, uint64_t size)
{
	for (uint64_t at = 0; at + 64 <= size; at += 64)
		if (memcmp(copy + at, now + at, 8) != 0)
			memset(copy + at, 0, 64);
}

static void compare_segment(struct profile *profile, uint64_t offset, uint64_t size)
{
	uint8_t now[CHUNK];

	if (offset > profile->size)
		return;
	if (size > profile->size - offset)
		size = profile->size - offset;
	if (!profile_at(profile, offset, size, 1))
		return;
	for (uint64_t done = 0; done < size;) {
		uint64_t want = size - done < CHUNK ? size - done : CHUNK;
		ssize_t got = bytes_read(profile, now, want, offset + done);

		if (got < 64) /* gone from under us: the copy is all there is */
			return;
		got -= got % 64;
		compare_chunk(profile->data + offset + done, now, (uint64_t)got);
		done += (uint64_t)got;
	}
}

void profile_drop_changed(struct profile *profile)
{
	uint64_t budget = profile->size;

	if (bytes_open(profile) < 0)
		return;
	for (size_t i = 0; i < profile->places.count && budget; i++) {
		const struct dndprof_ring *ring = &profile->places.items[i].ring;

		for (uint32_t j = 0; j < ring->segment_count && budget; j++) {
			uint64_t size = (uint64_t)ring->base_slots << (j ? j - 1 : 0);

			size = size > budget / 64 ? budget : size * 64;
			compare_segment(profile, ring->segment[j], size);
			budget -= size;
		}
	}
}
