/* SPDX-License-Identifier: MIT */
#include "reserve_internal.h"

#include <stdatomic.h>

/* Of places, and of chunks. */
enum { SHORT = 32, SHORTS = 64, LONG = 512, LONGS = 4 };

#define CHUNK_SIZE(count) \
	(sizeof(struct evert_chunk) + (count) * sizeof(union evert_place))

/* Untouched, they cost address space only. */
static _Alignas(union evert_place) char shorts[SHORTS][CHUNK_SIZE(SHORT)];
static _Alignas(union evert_place) char longs[LONGS][CHUNK_SIZE(LONG)];
static atomic_bool short_taken[SHORTS];
static atomic_bool long_taken[LONGS];

/* The first that is free, or `count`. */
static size_t take(atomic_bool *taken, size_t count)
{
	size_t i = 0;

	while (i < count && atomic_exchange(&taken[i], true))
		i++;
	return i;
}

static struct evert_chunk *prepare(char *memory, size_t count)
{
	struct evert_chunk *chunk = (struct evert_chunk *)(void *)memory;

	chunk->count = count;
	return chunk;
}

static struct evert_chunk *take_short(void)
{
	size_t i = take(short_taken, SHORTS);

	return i < SHORTS ? prepare(shorts[i], SHORT) : NULL;
}

static struct evert_chunk *take_long(void)
{
	size_t i = take(long_taken, LONGS);

	return i < LONGS ? prepare(longs[i], LONG) : NULL;
}

static bool is_within(const void *pointer, const void *array, size_t size)
{
	return (uintptr_t)pointer - (uintptr_t)array < size;
}

static bool is_from_here(const struct evert_chunk *chunk)
{
	return is_within(chunk, shorts, sizeof(shorts)) ||
	       is_within(chunk, longs, sizeof(longs));
}

struct evert_chunk *evert_reserve_take(const struct evert_chunk *before)
{
	struct evert_chunk *chunk =
		is_from_here(before) ? take_long() : take_short();

	if (!chunk)
		chunk = is_from_here(before) ? take_short() : take_long();
	return chunk;
}

bool evert_reserve_give(struct evert_chunk *chunk)
{
	size_t offset = (uintptr_t)chunk - (uintptr_t)shorts;

	if (offset < sizeof(shorts)) {
		atomic_store(&short_taken[offset / sizeof(shorts[0])], false);
		return true;
	}
	offset = (uintptr_t)chunk - (uintptr_t)longs;
	if (offset < sizeof(longs)) {
		atomic_store(&long_taken[offset / sizeof(longs[0])], false);
		return true;
	}
	return false;
}
