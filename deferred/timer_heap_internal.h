/* SPDX-License-Identifier: MIT */
/*
 * The heap of a clock's timers: which is due first?
 *
 * Timers are mostly cancelled or moved later before they are due, so both cost
 * next to nothing. To move a timer later only writes it down in the timer; its
 * entry is put right when it comes up. A timer that leaves, or moves earlier,
 * leaves a hole where its entry was: that keeps its place in the order, and is
 * thrown out when it comes up, or when three of four entries are holes.
 *
 * So a timer that waits has exactly one entry, which is not later than the
 * timer, and an entry without a timer is a hole.
 */
#ifndef EVERT_DEFERRED_TIMER_HEAP_INTERNAL_H
#define EVERT_DEFERRED_TIMER_HEAP_INTERNAL_H

#include <deferred/base.h>

/* One cache line; the heap uses the first four. */
struct evert_timer {
	uint64_t id; /* of the call, as they are made; 0: unused */
	int64_t when;
	int64_t queued_at; /* its entry's time, at most `when` */
	size_t at;	   /* its entry's index */
	void (*call)(void *arg);
	void *arg;
	struct evert_clock *clock;
	const char *place;
};

/* All that decides the order is here: to compare, no timer is looked at. */
struct evert_timer_entry {
	int64_t when;
	uint64_t id;
	struct evert_timer *timer; /* NULL: a hole */
};

/* All zero is an empty one. */
struct evert_timer_heap {
	struct evert_timer_entry *entries;
	size_t count, capacity;
	size_t timers; /* that wait: the entries without the holes */
};

void evert_timer_heap_finish(struct evert_timer_heap *heap);

/* Makes room for one more timer: 0 or -ENOMEM. */
int evert_timer_heap_reserve(struct evert_timer_heap *heap);

/* Adds a timer, its `id` and `when` set. There must be room. */
void evert_timer_heap_add(struct evert_timer_heap *heap,
			  struct evert_timer *timer);

/* Throws the holes out. */
void evert_timer_heap_rebuild(struct evert_timer_heap *heap);

static inline void evert_timer_heap_remove(struct evert_timer_heap *heap,
					   struct evert_timer *timer)
{
	heap->timers--;
	heap->entries[timer->at].timer = NULL;
	/* So many holes that each pays for a step or two. */
	if (heap->timers < heap->count / 4)
		evert_timer_heap_rebuild(heap);
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
