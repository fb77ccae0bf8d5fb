/* SPDX-License-Identifier: MIT */
/*
 * The wheel of a clock's timers: which is due first?
 *
 * A time is a number of eight digits to the base of 256, and so is the wheel's
 * position, `pos`, which follows the clock. A timer is filed on the level of
 * the highest digit in which its time differs from the position, in the slot of
 * its time's digit there. That takes a count of leading zeros and a list that
 * is pushed to: nothing is compared. When the position comes to a slot, what is
 * in it is filed again, on lower levels, as seen from the first time in it.
 * Where the clock has passed the whole slot, they need not come down: unless
 * they are very many, they are put in order at once, several such slots in one
 * step. Mostly that is after a step or two.
 *
 * Timers are mostly cancelled or moved before they are due, so little is done
 * until one may be:
 *
 * - One list has first those that are fresh, which were set and not filed yet,
 *   then those that are unused. To take one is to move the border.
 * - To cancel a timer is to write that down in it. It stays where it is, until
 *   it is come upon, or until enough have left to look for them: then it is
 *   unused.
 * - To move it later is to write that down, too; it is put right when it is
 *   come upon. A fresh one may be moved to any time.
 * - What is moved earlier is noted, to be taken out and be fresh again, many at
 *   a time. To note it takes no branch, of which the processor could only guess
 *   which way it goes; that costs more than all the rest.
 *
 * What is due stands in a list of its own, in order; what leaves it, leaves at
 * once. What comes to be due by a move is fresh until it is asked for.
 */
#ifndef EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H
#define EVERT_DEFERRED_TIMER_WHEEL_INTERNAL_H

#include "timer_internal.h"

#define EVERT_TIMER_NEVER INT64_MAX

enum {
	EVERT_TIMER_LEVELS = 8,
	EVERT_TIMER_SLOTS = 256, /* on each */
	EVERT_TIMER_WORDS = EVERT_TIMER_LEVELS * EVERT_TIMER_SLOTS / 64,
	EVERT_TIMERS_NOTED = 64,
	EVERT_TIMER_LINE = 64, /* of the cache: a timer fills one */
};

struct evert_timer_slot {
	struct evert_timer *first;
	int64_t start; /* none in it is due before; where there is one */
};

struct evert_timer_block;

struct evert_timer_wheel {
	int64_t earliest; /* but for those in `due`, none is due before it */
	int64_t pos; /* not after `earliest`; all in `due` are due by then */
	bool settled;	  /* there is no need to look for a better `earliest` */
	uint64_t set;	  /* the latest timer's id, without its lowest bits */
	uint64_t ended;	  /* as much for each that waits no more */
	uint64_t seen;	  /* `set` when it last looked at what is fresh */
	struct evert_timer *due;     /* in order */
	struct evert_timer *hidden;  /* the same; then `due` is empty */
	struct evert_timer *fresh;   /* then those that are unused, from the */
	struct evert_timer **border; /* one to which this points */
	struct evert_timer_block *blocks; /* of timers, the latest first */
	size_t room;			  /* timers in all blocks */
	struct evert_clock *clock;	  /* theirs */
	uint64_t words; /* which words of `filled` are not 0 */
	uint64_t filled[EVERT_TIMER_WORDS]; /* which slots may have timers */
	size_t noted; /* how many of those that were moved earlier: */
	struct evert_timer *moved[EVERT_TIMERS_NOTED];
	struct evert_timer_slot slots[EVERT_TIMER_LEVELS * EVERT_TIMER_SLOTS];
};

void evert_timer_wheel_init(struct evert_timer_wheel *wheel,
			    struct evert_clock *clock, int64_t now);
void evert_timer_wheel_finish(struct evert_timer_wheel *wheel);

/* ---- Where timers come from ---- */

struct evert_timer_block {
	struct evert_timer_block *next;
	size_t count; /* of its timers */
	void *memory; /* in which it lies, to be freed */
	/* Then the timers, from the next cache line on. */
};

static inline struct evert_timer *
evert_timers_of(struct evert_timer_block *block)
{
	uintptr_t end = (uintptr_t)(block + 1) + EVERT_TIMER_LINE - 1;

	return (struct evert_timer *)(end - end % EVERT_TIMER_LINE);
}

/* Sees to it that one is unused: 0, or -ENOMEM. */
int evert_timer_wheel_make_room(struct evert_timer_wheel *wheel);

/* Is there no need to? */
static inline bool
evert_timer_wheel_has_room(const struct evert_timer_wheel *wheel)
{
	return *wheel->border != NULL;
}

/* There is an unused one: it is fresh now. */
static inline struct evert_timer *
evert_timer_wheel_take(struct evert_timer_wheel *wheel)
{
	struct evert_timer *timer = *wheel->border;

	wheel->border = &timer->next;
	return timer;
}

/* It is unused; it is in no list. */
static inline void evert_timer_wheel_put_back(struct evert_timer_wheel *wheel,
					      struct evert_timer *timer)
{
	timer->link = NULL;
	timer->next = *wheel->border;
	*wheel->border = timer;
}

/* Takes the timers that have left out of the slots and of the fresh ones. */
void evert_timer_wheel_sweep(struct evert_timer_wheel *wheel);

/* For each block, the first and the end of its timers; the first block is that
   after NULL, the last one before NULL. */
struct evert_timer_block *
evert_timer_block_after(const struct evert_timer_wheel *wheel,
			const struct evert_timer_block *block,
			struct evert_timer **timer, struct evert_timer **end);

/* ---- Setting, cancelling, moving ---- */

/* One outside of `due` waits until `when`. */
static inline void evert_timer_wheel_expect(struct evert_timer_wheel *wheel,
					    int64_t when)
{
	if (when > wheel->earliest)
		return;
	wheel->earliest = when > wheel->pos ? when : wheel->pos;
	wheel->settled = true;
}

/* How many wait. */
static inline size_t
evert_timer_wheel_count(const struct evert_timer_wheel *wheel)
{
	return (wheel->set - wheel->ended) / EVERT_TIMER_IDS;
}

/* One that was taken waits until `when`, which is not before the time that the
   wheel was last told. */
static inline void evert_timer_wheel_set(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer,
					 int64_t when)
{
	timer->id = wheel->set += EVERT_TIMER_IDS;
	timer->when = when;
	evert_timer_wheel_expect(wheel, when);
}

void evert_timer_wheel_cancelled(struct evert_timer_wheel *wheel,
				 struct evert_timer *timer);

/* It waits no more. */
static inline void evert_timer_wheel_cancel(struct evert_timer_wheel *wheel,
					    struct evert_timer *timer)
{
	timer->id = 0;
	wheel->ended += EVERT_TIMER_IDS;
	/* As what is due. */
	if (timer->when <= wheel->earliest)
		evert_timer_wheel_cancelled(wheel, timer);
}

void evert_timer_wheel_moved(struct evert_timer_wheel *wheel,
			     struct evert_timer *timer, int64_t before);

/* It waits until `when` instead, which is not before the time that the wheel
   was last told, or it was due before and is moved later. */
static inline void evert_timer_wheel_move(struct evert_timer_wheel *wheel,
					  struct evert_timer *timer,
					  int64_t when)
{
	int64_t before = timer->when;

	timer->when = when;
	wheel->moved[wheel->noted] = timer;
	wheel->noted += (uint64_t)when < (uint64_t)before;
	if (before <= wheel->earliest || when <= wheel->earliest ||
	    wheel->noted == EVERT_TIMERS_NOTED)
		evert_timer_wheel_moved(wheel, timer, before);
}

/* ---- What is due ---- */

struct evert_timer *evert_timer_wheel_find(struct evert_timer_wheel *wheel,
					   int64_t now);
/*
 * The first by time, then by id, if it is due at `now`; else NULL. Time does
 * not go back: `now` is not before any that the wheel was told. Of those due
 * at one time that has come, one that was set since comes last by its id; so
 * it need not be looked for.
 */
static inline struct evert_timer *
evert_timer_wheel_due(struct evert_timer_wheel *wheel, int64_t now)
{
	struct evert_timer *timer = wheel->due;

	if (timer ? wheel->earliest >= timer->when : wheel->earliest > now)
		return timer;
	return evert_timer_wheel_find(wheel, now);
}

/* The one that evert_timer_wheel_due has just given waits no more, and is
   unused. */
static inline void evert_timer_wheel_end(struct evert_timer_wheel *wheel,
					 struct evert_timer *timer)
{
	struct evert_timer *next = timer->next;

	timer->id = 0;
	wheel->ended += EVERT_TIMER_IDS;
	wheel->due = next;
	if (next)
		next->link = &wheel->due;
	evert_timer_wheel_put_back(wheel, timer);
}

/*
 * When to look again: no timer is due before, and mostly one is due then. Only
 * where there are many, it may be the time of one that has left or moved.
 * EVERT_TIMER_NEVER: none waits.
 */
int64_t evert_timer_wheel_next(struct evert_timer_wheel *wheel, int64_t now);

#endif
