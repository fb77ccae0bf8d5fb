/* SPDX-License-Identifier: MIT */
/* What is due at the wheel's position, by id: a pairing heap of the nodes,
   which needs no memory but theirs. */
#include <deferred/timer_wheel_internal.h>

/* A timer that has left may be another call's by now. That its node counts as
   the first of all is no harm: none that waits comes to lie below another. */
static uint64_t rank(const struct evert_timer_wheel *wheel, uint32_t node)
{
	const struct evert_timer *timer = wheel->nodes[node].timer;

	return evert_timer_node_is_stale(wheel, node) ? 0 : timer->id;
}

static uint32_t meld(struct evert_timer_wheel *wheel, uint32_t a, uint32_t b)
{
	struct evert_timer_node *nodes = wheel->nodes;
	uint32_t first = rank(wheel, a) < rank(wheel, b) ? a : b;
	uint32_t other = a ^ b ^ first;

	nodes[other].next = nodes[first].child;
	nodes[first].child = other;
	return first;
}

/* Melds the nodes of a list, in pairs at first: that keeps the heap flat. */
static uint32_t meld_list(struct evert_timer_wheel *wheel, uint32_t list)
{
	struct evert_timer_node *nodes = wheel->nodes;
	uint32_t pairs = 0, node, other;

	while ((node = list)) {
		other = nodes[node].next;
		list = other ? nodes[other].next : 0;
		if (other)
			node = meld(wheel, node, other);
		nodes[node].next = pairs;
		pairs = node;
	}
	node = 0;
	while ((other = pairs)) {
		pairs = nodes[other].next;
		node = node ? meld(wheel, node, other) : other;
	}
	return node;
}

void evert_timer_due_add(struct evert_timer_wheel *wheel, uint32_t node)
{
	wheel->nodes[node].child = 0;
	wheel->due = wheel->due ? meld(wheel, wheel->due, node) : node;
}

void evert_timer_due_pop(struct evert_timer_wheel *wheel)
{
	wheel->due = meld_list(wheel, wheel->nodes[wheel->due].child);
}
