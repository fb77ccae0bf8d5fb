/* SPDX-License-Identifier: MIT */
/*
 * Few timers, put in order by time, then by id: cheaper than to bring each of
 * them down the wheel, or to compare them as a heap.
 */
#ifndef EVERT_DEFERRED_TIMER_SORT_INTERNAL_H
#define EVERT_DEFERRED_TIMER_SORT_INTERNAL_H

#include "timer_due_internal.h"

enum { EVERT_TIMERS_SORTED = 32 }; /* at most */

struct evert_timer_entry {
	int64_t when;
	uint64_t id;
	uint32_t node;
};

static inline bool evert_timer_entry_is_later(const struct evert_timer_entry *a,
					      const struct evert_timer_entry *b)
{
	return a->when != b->when ? a->when > b->when : a->id > b->id;
}

/* Adds one to `count` that are in order up to `end`. One that comes before all
   of them moves none: the last to be filed is the first of its slot, and mostly
   they were made in order. */
static inline void evert_timer_sort_add(struct evert_timer_entry *end,
					size_t count,
					const struct evert_timer *timer,
					uint32_t node)
{
	struct evert_timer_entry entry = { timer->when, timer->id, node };
	struct evert_timer_entry *at = end - count;

	for (; count && evert_timer_entry_is_later(&entry, at); count--, at++)
		at[-1] = at[0];
	at[-1] = entry;
}

/* Makes a heap of them, as evert_timer_due_add does; 0: there are none. */
uint32_t evert_timer_sort_heap(const struct evert_timer_entry *end,
			       size_t count, struct evert_timer_node *nodes);

#endif
