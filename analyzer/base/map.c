/*
 * map.c - see map.h. Open addressing, at most half full. Nothing depends on where an entry stands:
 * output is the same whatever the secret is.
 */
#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

void map_free(struct map *map)
{
	free(map->entries);
	memset(map, 0, sizeof(*map));
}

static uint64_t secret[4];

/* Before main: maps are used by threads, too. */
__attribute__((constructor)) static void make_secret(void)
{
	struct timespec now;

	if (getrandom(secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
			secret[i] = ((uint64_t)now.tv_nsec + (uintptr_t)&now + i) *
				    UINT64_C(0x9e3779b97f4a7c15);
	}
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		secret[i] |= 1;
}

/* Both halves of a product: all bits of the key reach all bits of the hash. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t map_key(uint64_t a, uint64_t b)
{
	return fold(fold(a ^ secret[2], secret[3]) ^ b, secret[1]);
}

static struct map_entry *find(const struct map *map, uint64_t key)
{
	size_t at = fold(key ^ secret[0], secret[1]) & (map->room - 1);

	while (map->entries[at].value != UINT32_MAX && map->entries[at].key != key)
		at = (at + 1) & (map->room - 1);
	return &map->entries[at];
}

uint32_t map_get(const struct map *map, uint64_t key)
{
	return map->room ? find(map, key)->value : UINT32_MAX;
}

static void grow(struct map *map)
{
	struct map old = *map;

	map->room = old.room ? old.room * 2 : 64;
	map->entries = memory_get(map->room * sizeof(*map->entries));
	memset(map->entries, 0xff, map->room * sizeof(*map->entries));
	for (size_t i = 0; i < old.room; i++)
		if (old.entries[i].value != UINT32_MAX)
			*find(map, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

void map_set(struct map *map, uint64_t key, uint32_t value)
{
	struct map_entry *entry;

	if (map->count * 2 >= map->room)
		grow(map);
	entry = find(map, key);
	map->count += entry->value == UINT32_MAX;
	*entry = (struct map_entry){key, value};
}
