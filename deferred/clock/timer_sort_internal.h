/* SPDX-License-Identifier: MIT */
/*
 * A few timers that are due, put in order by time, then by id: cheaper than to
 * bring each of them down the wheel, or to compare them as a heap. They are
 * laid out by the next digit of their times, which parts most of them.
 */
#ifndef EVERT_DEFERRED_TIMER_SORT_INTERNAL_H
#define EVERT_DEFERRED_TIMER_SORT_INTERNAL_H

#include "timer_due_internal.h"

enum { EVERT_TIMER_PILES = 64 };

/* With `filled` 0, empty. */
struct evert_timer_piles {
	uint64_t filled; /* which piles have nodes */
	uint32_t first[EVERT_TIMER_PILES]; /* each in order */
	uint32_t last[EVERT_TIMER_PILES];
};

/* Neither the first nor the last of those on the pile. */
void evert_timer_piles_insert(struct evert_timer_piles *piles, unsigned pile,
			      struct evert_timer_node *nodes, uint32_t node);

static inline void evert_timer_piles_add(struct evert_timer_piles *piles,
					 unsigned pile,
					 struct evert_timer_node *nodes,
					 uint32_t node)
{
	uint64_t bit = (uint64_t)1 << pile;

	if (piles->filled & bit) {
		evert_timer_piles_insert(piles, pile, nodes, node);
		return;
	}
	piles->filled |= bit;
	nodes[node].next = 0;
	piles->first[pile] = piles->last[pile] = node;
}

/* Makes a heap of them, as evert_timer_due_add does; 0: there are none. */
uint32_t evert_timer_piles_heap(const struct evert_timer_piles *piles,
				struct evert_timer_node *nodes);

#endif
