/*
 * map.c - see map.h. Open addressing, at most half full.
 */
#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void map_free(struct map *map)
{
	free(map->entries);
	memset(map, 0, sizeof(*map));
}

static struct map_entry *find(const struct map *map, uint64_t key)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (hash ^ hash >> 29) & (map->room - 1);

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
