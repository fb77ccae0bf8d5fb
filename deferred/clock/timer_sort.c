/* SPDX-License-Identifier: MIT */
#include "timer_sort_internal.h"

/* Each is the only one below that before it. */
uint32_t evert_timer_sort_heap(const struct evert_timer_entry *end,
			       size_t count, struct evert_timer_node *nodes)
{
	const struct evert_timer_entry *first = end - count;
	uint32_t below = 0;

	while (end != first) {
		end--;
		nodes[end->node].child = below;
		below = end->node;
		nodes[below].next = 0;
	}
	return below;
}
