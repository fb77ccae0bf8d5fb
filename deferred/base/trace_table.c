/* SPDX-License-Identifier: MIT */
/*
 * A table by hash, with open addressing: who finds its place taken, has the
 * next one. Where one leaves, those behind it that had to make way move up.
 */
#include "trace_table_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256 }; /* a power of two, as all are */

static struct {
	struct evert_trace_entry *entries; /* without address: free */
	size_t size, used;
	uint64_t ids[EVERT_TRACE_KINDS]; /* the latest of each kind */
} table;

static size_t place_of(enum evert_trace_kind kind, const void *address,
		       uint64_t number)
{
	uint64_t hash = (uint64_t)(uintptr_t)address + number * 31 +
			(uint64_t)kind;

	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) & (table.size - 1);
}

static size_t place_of_entry(const struct evert_trace_entry *entry)
{
	return place_of(entry->kind, entry->address, entry->number);
}

/* Its entry, or the free one that it may have. There is a free one. */
static struct evert_trace_entry *look_up(enum evert_trace_kind kind,
					 const void *address, uint64_t number)
{
	size_t place = place_of(kind, address, number);
	struct evert_trace_entry *entry = &table.entries[place];

	while (entry->address &&
	       (entry->address != address || entry->kind != kind ||
		entry->number != number)) {
		place = (place + 1) & (table.size - 1);
		entry = &table.entries[place];
	}
	return entry;
}

struct evert_trace_entry *evert_trace_find(enum evert_trace_kind kind,
					   const void *address,
					   uint64_t number)
{
	struct evert_trace_entry *entry;

	if (!table.size)
		return NULL;
	entry = look_up(kind, address, number);
	return entry->address ? entry : NULL;
}

static void fill_from(const struct evert_trace_entry *entries, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (entries[i].address)
			*look_up(entries[i].kind, entries[i].address,
				 entries[i].number) = entries[i];
}

/* At most half of it is used, so that few have to make way. */
static bool make_room(void)
{
	struct evert_trace_entry *before = table.entries, *entries;
	size_t size = table.size;

	if (table.used < size / 2)
		return true;
	entries = calloc(size ? 2 * size : FIRST_SIZE, sizeof(*entries));
	if (!entries)
		return table.used + 1 < size;
	table.entries = entries;
	table.size = size ? 2 * size : FIRST_SIZE;
	fill_from(before, size);
	free(before);
	return true;
}

uint64_t evert_trace_next(enum evert_trace_kind kind)
{
	return ++table.ids[kind];
}

struct evert_trace_entry *evert_trace_add(enum evert_trace_kind kind,
					  const void *address, uint64_t number)
{
	static struct evert_trace_entry forgotten;
	struct evert_trace_entry *entry = &forgotten;

	if (make_room()) {
		entry = look_up(kind, address, number);
		table.used += !entry->address;
	}
	*entry = (struct evert_trace_entry){
		.address = address,
		.number = number,
		.kind = kind,
		.id = evert_trace_next(kind),
	};
	return entry;
}

/* May the entry at `place` move up to `free`: does it not stand before where
   it belongs then? */
static bool may_move(size_t place, size_t free)
{
	size_t own = place_of_entry(&table.entries[place]);

	return ((place - own) & (table.size - 1)) >=
	       ((place - free) & (table.size - 1));
}

void evert_trace_remove(struct evert_trace_entry *entry)
{
	size_t free, place;

	if (!table.size || entry < table.entries ||
	    entry >= table.entries + table.size)
		return; /* forgotten before */
	free = place = (size_t)(entry - table.entries);
	for (;;) {
		place = (place + 1) & (table.size - 1);
		if (!table.entries[place].address)
			break;
		if (!may_move(place, free))
			continue;
		table.entries[free] = table.entries[place];
		free = place;
	}
	table.entries[free].address = NULL;
	table.used--;
}

void evert_trace_remove_all(void)
{
	free(table.entries);
	memset(&table, 0, sizeof(table));
}
