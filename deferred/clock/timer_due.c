/* SPDX-License-Identifier: MIT */
/* What is due, by time, then by id: a pairing heap of the nodes, which needs
   no memory but theirs. */
#include "timer_due_internal.h"

/* A timer that has left may be another call's by now. That its node counts as
   the first of all is no harm: none that waits comes to lie below another. */
static bool is_before(const struct evert_timer_node *nodes, uint32_t a,
		      uint32_t b)
{
	const struct evert_timer *first = nodes[a].timer;
	const struct evert_timer *other = nodes[b].timer;

	if (first->node != a || other->node != b)
		return first->node != a;
	if (first->queued_at != other->queued_at)
		return first->queued_at < other->queued_at;
	return first->id < other->id;
}

static uint32_t meld(struct evert_timer_node *nodes, uint32_t a, uint32_t b)
{
	uint32_t first = is_before(nodes, a, b) ? a : b;
	uint32_t other = a ^ b ^ first;

	nodes[other].next = nodes[first].child;
	nodes[first].child = other;
	return first;
}

/* Melds the nodes of a list, in pairs at first: that keeps the heap flat. */
uint32_t evert_timer_due_meld(struct evert_timer_node *nodes, uint32_t list)
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
	nodes[node].next = nodes[node].child = 0;
	return due ? meld(nodes, due, node) : node;
}
