/* SPDX-License-Identifier: MIT */
/*
 * The heap of a clock's timers: which is due first?
 *
 * Timers are mostly cancelled or moved before they are due; neither looks for
 * the timer's entry. To move a timer later only writes it down in the timer:
 * its entry is put right when it comes up. To move it earlier adds an entry.
 * What is left behind then, and by timers that leave, is stale. It is thrown
 * out when it comes up, or all at once: when there is no room for one more or
 * one has come up, and three of four entries are stale.
 *
 * So a timer that waits has exactly one entry that is not stale, and that is
 * not later than the timer.
 */
#ifndef EVERT_DEFERRED_TIMER_HEAP_INTERNAL_H
#define EVERT_DEFERRED_TIMER_HEAP_INTERNAL_H

#include <deferred/base.h>

/* One cache line; the heap uses the first four. A timer's memory must last as
   long as the heap, since stale entries point to it. */
struct evert_timer {
	uint64_t id; /* of the call, as they are made; 0: unused */
	int64_t when;
	int64_t queued_at; /* its entry's time, at most `when` */
	uint64_t entry;	   /* its entry's number; 0: it does not wait */
	void (*call)(void *arg);
	void *arg;
	struct evert_clock *clock;
	const char *place;
};

/* All that decides the order is here: to compare, no timer is looked at. */
struct evert_timer_entry {
	int64_t when;
	uint64_t id;
	uint64_t number; /* as they are added; no other than the timer's: stale */
	struct evert_timer *timer;
};

/* All zero is an empty one. */
struct evert_timer_heap {
	struct evert_timer_entry *entries;
	size_t count, capacity;
	size_t timers;	/* that wait: the entries that are not stale */
	uint64_t added; /* entries so far */
};

void evert_timer_heap_finish(struct evert_timer_heap *heap);

/* Makes room for one more timer: 0 or -ENOMEM. */
int evert_timer_heap_reserve(struct evert_timer_heap *heap);

/* Adds a timer, its `id` and `when` set. There must be room. */
void evert_timer_heap_add(struct evert_timer_heap *heap,
			  struct evert_timer *timer);

static inline void evert_timer_heap_remove(struct evert_timer_heap *heap,
					   struct evert_timer *timer)
{
	timer->entry = 0;
	if (!--heap->timers)
		heap->count = 0;
}

/* 0, or -ENOMEM: then nothing has changed. */
int evert_timer_heap_move_earlier(struct evert_timer_heap *heap,
				  struct evert_timer *timer, int64_t when);

/* The same, to any time. To move later takes no memory. */
static inline int evert_timer_heap_move(struct evert_timer_heap *heap,
					struct evert_timer *timer,
					int64_t when)
{
	if (when < timer->queued_at)
		return evert_timer_heap_move_earlier(heap, timer, when);
	timer->when = when;
	return 0;
}

/* The first by time, then by id; NULL when none waits. */
struct evert_timer *evert_timer_heap_first(struct evert_timer_heap *heap);

#endif
