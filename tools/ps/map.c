/* SPDX-License-Identifier: MIT */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Where the key is, or would be. Half of the entries are unused. */
static struct map_entry *look(const struct map *map, uint64_t key)
{
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20);
	struct map_entry *entry;

	for (;; at++) {
		entry = &map->entries[at & (map->room - 1)];
		if (!entry->used || entry->key == key)
			return entry;
	}
}

size_t *map_find(const struct map *map, uint64_t key)
{
	struct map_entry *entry = map->room ? look(map, key) : NULL;

	return entry && entry->used ? &entry->value : NULL;
}

static void grow(struct map *map)
{
	struct map old = *map;
	size_t i;

	map->room = old.room ? old.room * 2 : 64;
	map->entries = resize(NULL, map->room, sizeof(*map->entries));
	memset(map->entries, 0, map->room * sizeof(*map->entries));
	for (i = 0; i < old.room; i++)
		if (old.entries[i].used)
			*look(map, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

bool map_add(struct map *map, uint64_t key, size_t value)
{
	struct map_entry *entry;

	if (map->count * 2 >= map->room)
		grow(map);
	entry = look(map, key);
	if (entry->used)
		return false;
	*entry = (struct map_entry){ key, value, true };
	map->count++;
	return true;
}

void map_clear(struct map *map)
{
	free(map->entries);
	*map = (struct map){ 0 };
}
