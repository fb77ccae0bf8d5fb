/* SPDX-License-Identifier: MIT */
/* From numbers (addresses) to numbers. */
#ifndef EVERT_PS_MAP_H
#define EVERT_PS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. */
struct map {
	struct map_entry *entries;
	size_t room, count;
};

struct map_entry {
	uint64_t key;
	size_t value;
	bool used;
};

/* NULL: it is not there. */
size_t *map_find(const struct map *map, uint64_t key);

/* True: it was not there before, and is. Else nothing is changed. */
bool map_add(struct map *map, uint64_t key, size_t value);

void map_clear(struct map *map);

#endif
