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
 * Timers are mostly cancelled or moved before they are due; neither looks for
 * the timer's node. To move a timer later only writes it down in the timer:
 * its node is put right when it comes up. To move it earlier files another
 * node. What is left behind then, and by timers that leave, is stale. It is
 * dropped when it comes up, or all at once: when there is no node for one
 * more, and every other is stale.
 *
 * So a timer that waits has exactly one node that is not stale, and that is
 * not later than the timer.
 */
#ifndef EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H
#define EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H

#include "timer_due_internal.h"

#define EVERT_TIMER_NEVER INT64_MAX

enum {
	EVERT_TIMER_LEVELS = 11,
	EVERT_TIMER_SLOTS = 64, /* on each */
};

/* All zero is an empty one. */
struct evert_timer_wheel {
	int64_t pos;	  /* no timer is due before it */
	int64_t earliest; /* no timer is due before it, either */
	bool settled;	  /* there is no need to look for a better one */
	uint32_t due;	  /* at `pos`: a heap by id */
	uint32_t free;	  /* nodes that were used, and are not */
	uint32_t used;	  /* nodes 1 to here have been used */
	uint32_t room;	  /* and may be, up to here */
	size_t timers;	  /* that wait: the nodes that are not stale */
	struct evert_timer_node *nodes;
	uint64_t levels; /* which have nodes; and which slots of each */
	uint64_t filled[EVERT_TIMER_LEVELS];
	uint32_t slots[EVERT_TIMER_LEVELS][EVERT_TIMER_SLOTS];
	/* No timer in the slot is due before. */
	int64_t starts[EVERT_TIMER_LEVELS][EVERT_TIMER_SLOTS];
};

void evert_timer_wheel_finish(struct evert_timer_wheel *wheel);

/* Makes room for one more timer: 0 or -ENOMEM. */
int evert_timer_wheel_make_room(struct evert_timer_wheel *wheel);

static inline int evert_timer_wheel_reserve(struct evert_timer_wheel *wheel)
{
	if (wheel->free || wheel->used < wheel->room)
		return 0;
	return evert_timer_wheel_make_room(wheel);
}

/* Adds a timer, its `id` and `when` set, which is not before the time that
   the wheel was last told. There must be room. */
void evert_timer_wheel_add(struct evert_timer_wheel *wheel,
			   struct evert_timer *timer);

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

/* 0, or -ENOMEM: then nothing has changed. */
int evert_timer_wheel_move_earlier(struct evert_timer_wheel *wheel,
				   struct evert_timer *timer, int64_t when);

/* The same, to any time. To move later takes no memory. */
static inline int evert_timer_wheel_move(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer,
					 int64_t when)
{
	if (timer->when == wheel->earliest)
		wheel->settled = false;
	if (when < timer->queued_at)
		return evert_timer_wheel_move_earlier(wheel, timer, when);
	timer->when = when;
	return 0;
}

/*
 * The first by time, then by id, if it is due at `now`; else NULL. Time does
 * not go back: `now` is not before any that the wheel was told.
 */
struct evert_timer *evert_timer_wheel_due(struct evert_timer_wheel *wheel,
					  int64_t now);

/*
 * When to look again: no timer is due before, and mostly one is due then. Only
 * where there are many, it may be the time of one that has left or moved.
 * EVERT_TIMER_NEVER: none waits.
 */
int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now);

#endif
