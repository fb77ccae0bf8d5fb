/* SPDX-License-Identifier: MIT */
#include "timer_sort_internal.h"

static bool is_later(const struct evert_timer_node *nodes, uint32_t a,
		     uint32_t b)
{
	const struct evert_timer *one = nodes[a].timer, *other = nodes[b].timer;

	return one->when != other->when ? one->when > other->when :
					  one->id > other->id;
}

/* Mostly behind all others, or before them: what is due at one instant comes in
   the order of making, or against it. */
void evert_timer_piles_insert(struct evert_timer_piles *piles, unsigned pile,
			      struct evert_timer_node *nodes, uint32_t node)
{
	uint32_t *link = &piles->first[pile];
	uint32_t *last = &piles->last[pile];

	if (is_later(nodes, node, *last)) {
		nodes[node].next = 0;
		nodes[*last].next = node;
		*last = node;
		return;
	}
	while (is_later(nodes, node, *link))
		link = &nodes[*link].next;
	nodes[node].next = *link;
	*link = node;
}

/* Each is the only one below that before it. */
uint32_t evert_timer_piles_heap(const struct evert_timer_piles *piles,
				struct evert_timer_node *nodes)
{
	uint64_t filled = piles->filled;
	uint32_t due, node, next, *link = &due;

	for (; filled; filled &= filled - 1) {
		node = piles->first[__builtin_ctzll(filled)];
		while ((next = nodes[node].next)) {
			*link = node;
			link = &nodes[node].child;
			nodes[node].next = 0;
			node = next;
		}
		*link = node;
		link = &nodes[node].child;
	}
	*link = 0;
	return due;
}
