/* SPDX-License-Identifier: MIT */
/* What is due at the wheel's position, by id: a pairing heap of the nodes,
   which needs no memory but theirs. */
#include "timer_due_internal.h"

/* A timer that has left may be another call's by now. That its node counts as
   the first of all is no harm: none that waits comes to lie below another. */
static uint64_t rank(const struct evert_timer_node *nodes, uint32_t node)
{
	const struct evert_timer *timer = nodes[node].timer;

	return evert_timer_node_is_stale(nodes, node) ? 0 : timer->id;
}

static uint32_t meld(struct evert_timer_node *nodes, uint32_t a, uint32_t b)
{
	uint32_t first = rank(nodes, a) < rank(nodes, b) ? a : b;
	uint32_t other = a ^ b ^ first;

	nodes[other].next = nodes[first].child;
	nodes[first].child = other;
	return first;
}

/* Melds the nodes of a list, in pairs at first: that keeps the heap flat. */
static uint32_t meld_list(struct evert_timer_node *nodes, uint32_t list)
{
	uint32_t pairs = 0, node, other;

	while ((node = list)) {
		other = nodes[node].next;
		list = other ? nodes[other].next : 0;
		if (other)
			node = meld(nodes, node, other);
		nodes[node].next = pairs;
		pairs = node;
	}
	node = 0;
	while ((other = pairs)) {
		pairs = nodes[other].next;
		node = node ? meld(nodes, node, other) : other;
	}
	return node;
}

uint32_t evert_timer_due_add(struct evert_timer_node *nodes, uint32_t due,
			     uint32_t node)
{
	nodes[node].child = 0;
	return due ? meld(nodes, due, node) : node;
}

uint32_t evert_timer_due_pop(struct evert_timer_node *nodes, uint32_t due)
{
	return meld_list(nodes, nodes[due].child);
}
