/*
 * access.c - the questions one may ask of an open profile.
 */
#include "profile/internal.h"

#include <string.h>

const char *profile_path(const struct profile *profile)
{
	return profile->path;
}

const struct dndprof_header *profile_header(const struct profile *profile)
{
	return &profile->header;
}

uint64_t profile_cut_off(const struct profile *profile)
{
	return profile->cut_off;
}

bool profile_damaged(const struct profile *profile)
{
	return profile->damaged;
}

const char *profile_info(const struct profile *profile, const char *key)
{
	for (size_t i = 0; i < profile->lines.count; i++)
		if (strcmp(profile->lines.items[i].key, key) == 0)
			return profile->lines.items[i].value;
	return NULL;
}

size_t profile_info_count(const struct profile *profile)
{
	return profile->lines.count;
}

const char *profile_info_at(const struct profile *profile, size_t index, const char **value)
{
	*value = profile->lines.items[index].value;
	return profile->lines.items[index].key;
}

const struct profile_call *profile_call(const struct profile *profile, unsigned int call)
{
	return call < profile->calls.count ? &profile->calls.items[call] : &profile->unknown;
}

size_t profile_call_count(const struct profile *profile)
{
	return profile->calls.count;
}

const struct dndprof_sample *profile_samples(const struct profile *profile, size_t *count)
{
	*count = profile->samples.count;
	return profile->samples.items;
}

const struct profile_ring *profile_rings(const struct profile *profile, size_t *count)
{
	*count = profile->rings.count;
	return profile->rings.items;
}

const struct profile_record *profile_records(const struct profile *profile, size_t *count)
{
	*count = profile->records.count;
	return profile->records.items;
}

const struct profile_module *profile_modules(const struct profile *profile, size_t *count)
{
	*count = profile->modules.count;
	return profile->modules.items;
}

const struct profile_stats *profile_stats(const struct profile *profile, unsigned int call)
{
	return call < DNDPROF_RING_CALLS ? profile->stats[call] : NULL;
}

uint64_t profile_loss(const struct profile *profile, enum dndprof_loss loss)
{
	uint64_t count = profile->header.losses[loss];

	for (size_t i = 0; i < profile->rings.count && loss == DNDPROF_LOSS_SAMPLED; i++)
		if (__builtin_add_overflow(count, profile->rings.items[i].sampled, &count))
			return UINT64_MAX;
	return count;
}
