/* SPDX-License-Identifier: MIT */
/*
 * The wheel of a clock's timers: which is due first?
 *
 * A time is a number of eleven digits to the base of 64, and so is the
 * wheel's position, `pos`, which follows the clock. A timer waits on the level
 * of the highest digit in which its time differs from the position, in the
 * slot of its time's digit there. To file it takes a count of leading zeros
 * and a list that is pushed to: nothing is compared. When the position comes
 * to a slot, what is in it is filed again, on lower levels; on the lowest, all
 * in a slot are due at one nanosecond. Each timer moves down at most ten
 * times, and mostly two or three times: a slot whose timers are all due at
 * once is jumped to.
 *
 * Where the clock has passed a whole slot at once, the few that are in it are
 * put in order instead, and need not come down.
 *
 * Timers are mostly cancelled or moved before they are due. So a timer that is
 * added is not filed yet: it waits among the `fresh` ones until one that waits
 * outside of `due` may be due; then all that are still wanted are filed. To
 * move a timer later only writes it down in the timer: its node is put right
 * when it comes up. To move it earlier gives it another node, which is fresh.
 * The node of a timer that leaves stays behind, stale, and so does the one it
 * had before: neither is looked for. Stale nodes are dropped when they come
 * up, or all at once: when there is no node for one more, and enough of the
 * others are stale.
 *
 * So a timer that waits has exactly one node that names it and that it names,
 * and that is not later than the timer.
 */
#ifndef EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H
#define EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H

#include "timer_due_internal.h"

#define EVERT_TIMER_NEVER INT64_MAX

enum {
	EVERT_TIMER_LEVELS = 11,
	EVERT_TIMER_SLOTS = 64, /* on each */
};

struct evert_timer_slot {
	int64_t start;	/* no timer in it is due before; where there is one */
	uint32_t first; /* of its nodes, 0: empty */
};

/* All zero is an empty one. */
struct evert_timer_wheel {
	int64_t pos;	  /* only what is in `due` is due before it */
	int64_t earliest; /* but for those in `due`, none is due before it */
	bool settled;	  /* there is no need to look for a better one */
	uint32_t due;	  /* not after `pos`: a heap by time, then by id */
	uint32_t fresh;	  /* nodes that are not filed yet */
	uint32_t free;	  /* nodes that were used, and are not */
	uint32_t used;	  /* nodes 1 to here have been used */
	uint32_t room;	  /* and may be, up to here */
	size_t timers;	  /* that wait: the nodes that are not stale */
	struct evert_timer_node *nodes;
	uint64_t levels; /* which may have nodes; and which slots of each */
	uint64_t filled[EVERT_TIMER_LEVELS];
	struct evert_timer_slot slots[EVERT_TIMER_LEVELS * EVERT_TIMER_SLOTS];
};

void evert_timer_wheel_finish(struct evert_timer_wheel *wheel);

/* ---- Adding, removing, moving ---- */

/* The timer's node is fresh. */
static inline void evert_timer_wheel_enter(struct evert_timer_wheel *wheel,
					   struct evert_timer *timer,
					   uint32_t node)
{
	struct evert_timer_node *entry = &wheel->nodes[node];
	int64_t when = timer->when;

	entry->timer = timer;
	entry->next = wheel->fresh;
	wheel->fresh = node;
	timer->node = node;
	timer->queued_at = when;
	if (when <= wheel->earliest) {
		wheel->earliest = when;
		wheel->settled = true;
	}
}

bool evert_timer_wheel_add_without_room(struct evert_timer_wheel *wheel,
					struct evert_timer *timer);

/* Adds a timer, its `id` and `when` set, which is not before the time that
   the wheel was last told. False: there is no memory. */
static inline bool evert_timer_wheel_add(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer)
{
	uint32_t node = wheel->free;

	if (node)
		wheel->free = wheel->nodes[node].next;
	else if (wheel->used < wheel->room)
		node = ++wheel->used;
	else
		return evert_timer_wheel_add_without_room(wheel, timer);
	wheel->timers++;
	evert_timer_wheel_enter(wheel, timer, node);
	return true;
}

/* Drops the stale nodes; none is free. The others are fresh again. */
void evert_timer_wheel_rebuild(struct evert_timer_wheel *wheel);

/* Drops all nodes. No timer may wait. */
void evert_timer_wheel_clear(struct evert_timer_wheel *wheel);

static inline void evert_timer_wheel_remove(struct evert_timer_wheel *wheel,
					    struct evert_timer *timer)
{
	timer->node = 0;
	if (timer->when == wheel->earliest)
		wheel->settled = false;
	if (!--wheel->timers)
		evert_timer_wheel_clear(wheel);
}

void evert_timer_wheel_move_earlier(struct evert_timer_wheel *wheel,
				    struct evert_timer *timer, int64_t when);

/* The same, to any time that is not before that which the wheel was last
   told. */
static inline void evert_timer_wheel_move(struct evert_timer_wheel *wheel,
					  struct evert_timer *timer,
					  int64_t when)
{
	if (timer->when == wheel->earliest)
		wheel->settled = false;
	if (when < timer->queued_at)
		evert_timer_wheel_move_earlier(wheel, timer, when);
	else
		timer->when = when;
}

/* ---- What is due ---- */

struct evert_timer *evert_timer_wheel_find(struct evert_timer_wheel *wheel,
					   int64_t now);
struct evert_timer *evert_timer_wheel_put_due_right(
	struct evert_timer_wheel *wheel);

/* The first of `due`, if there is one. */
static inline struct evert_timer *
evert_timer_wheel_first_due(struct evert_timer_wheel *wheel)
{
	uint32_t node = wheel->due;
	struct evert_timer *timer;

	if (!node)
		return NULL;
	timer = wheel->nodes[node].timer;
	if (timer->node == node && timer->when == timer->queued_at)
		return timer;
	return evert_timer_wheel_put_due_right(wheel);
}

/*
 * The first by time, then by id, if it is due at `now`; else NULL. Time does
 * not go back: `now` is not before any that the wheel was told.
 */
static inline struct evert_timer *
evert_timer_wheel_due(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *timer = evert_timer_wheel_first_due(wheel);

	if (wheel->earliest > (timer ? timer->when : now))
		return timer;
	return evert_timer_wheel_find(wheel, now);
}

/* Removes the one that evert_timer_wheel_due has just given. */
static inline void evert_timer_wheel_take(struct evert_timer_wheel *wheel,
					  const struct evert_timer *timer)
{
	struct evert_timer_node *nodes = wheel->nodes;
	uint32_t node = timer->node;

	wheel->due = evert_timer_due_pop(nodes, node);
	nodes[node].next = wheel->free;
	wheel->free = node;
	if (!--wheel->timers)
		evert_timer_wheel_clear(wheel);
}

/*
 * When to look again: no timer is due before, and mostly one is due then. Only
 * where there are many, it may be the time of one that has left or moved.
 * EVERT_TIMER_NEVER: none waits.
 */
int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now);

#endif
