/* SPDX-License-Identifier: MIT */
/* Where a wheel's nodes come from: what is free, what was not used yet, what
   is stale, and more memory. */
#include <errno.h>

#include "../base/memory.h"
#include "timer_wheel_internal.h"

enum { FIRST_CAPACITY = 64 };

void evert_timer_wheel_finish(struct evert_timer_wheel *wheel)
{
	evert_free(wheel->nodes);
}

/* The first node is none. */
static int grow(struct evert_timer_wheel *wheel)
{
	size_t capacity = wheel->room ? ((size_t)wheel->room + 1) * 2 :
					FIRST_CAPACITY;
	struct evert_timer_node *nodes;

	if (capacity > UINT32_MAX)
		return -ENOMEM;
	nodes = evert_reallocate(wheel->nodes, capacity * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	nodes[0] = (struct evert_timer_node){ .next = 0 };
	wheel->nodes = nodes;
	wheel->room = (uint32_t)capacity - 1;
	return 0;
}

/* There is a free node, or one that was not used, where this is not -ENOMEM.
   `most`: more that wait are not worth looking for stale nodes. */
static int make_room(struct evert_timer_wheel *wheel, size_t most)
{
	if (wheel->timers <= most && wheel->used)
		evert_timer_wheel_rebuild(wheel);
	return wheel->free ? 0 : grow(wheel);
}

static uint32_t take_node(struct evert_timer_wheel *wheel)
{
	uint32_t node = wheel->free;

	if (!node)
		return ++wheel->used;
	wheel->free = wheel->nodes[node].next;
	return node;
}

EVERT_APART bool
evert_timer_wheel_add_without_room(struct evert_timer_wheel *wheel,
				   struct evert_timer *timer)
{
	if (make_room(wheel, wheel->used / 2))
		return false;
	wheel->timers++;
	evert_timer_wheel_enter(wheel, timer, take_node(wheel));
	return true;
}

/* Looking for stale nodes is worth it where a quarter are; without memory it
   is done for less, and finds at least that which the timer leaves. */
static EVERT_APART void make_room_to_move(struct evert_timer_wheel *wheel,
					  struct evert_timer *timer)
{
	timer->node = 0;
	if (make_room(wheel, wheel->used - wheel->used / 4))
		evert_timer_wheel_rebuild(wheel);
}

void evert_timer_wheel_move_earlier(struct evert_timer_wheel *wheel,
				    struct evert_timer *timer, int64_t when)
{
	timer->when = when;
	if (!wheel->free && wheel->used == wheel->room)
		make_room_to_move(wheel, timer);
	evert_timer_wheel_enter(wheel, timer, take_node(wheel));
}
