/* SPDX-License-Identifier: MIT */
#include "reserve_internal.h"

#include <stdatomic.h>

enum { SHORT = 32, SHORTS = 64, LONG = 512, LONGS = 4 };

/* Untouched, they cost address space only. */
static struct evert_link shorts[SHORTS][SHORT];
static struct evert_link longs[LONGS][LONG];
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

struct evert_link *evert_reserve_take(size_t count)
{
	size_t i;

	i = count <= SHORT ? take(short_taken, SHORTS) : SHORTS;
	if (i < SHORTS)
		return shorts[i];
	i = count <= LONG ? take(long_taken, LONGS) : LONGS;
	return i < LONGS ? longs[i] : NULL;
}

static bool is_within(const void *pointer, const void *array, size_t size)
{
	return (uintptr_t)pointer - (uintptr_t)array < size;
}

size_t evert_reserve_size(const struct evert_link *links)
{
	if (is_within(links, shorts, sizeof(shorts)))
		return SHORT;
	return is_within(links, longs, sizeof(longs)) ? LONG : 0;
}

bool evert_reserve_give(struct evert_link *links)
{
	switch (evert_reserve_size(links)) {
	case SHORT:
		atomic_store(&short_taken[(links - shorts[0]) / SHORT], false);
		return true;
	case LONG:
		atomic_store(&long_taken[(links - longs[0]) / LONG], false);
		return true;
	default:
		return false;
	}
}
