/* SPDX-License-Identifier: MIT */
/* What is going to happen, by time; embedded in who waits for it. */
#ifndef EVERT_REACTOR_SIM_EVENT_INTERNAL_H
#define EVERT_REACTOR_SIM_EVENT_INTERNAL_H

#include "../../deferred/base/base.h"

struct evert_sim_event {
	int64_t at;	/* nanoseconds */
	uint64_t order; /* drawn: of those at the same time */
	size_t place;	/* in the heap, from 1; 0: it is not planned */
	void (*happen)(struct evert_sim_event *event);
};

/* A heap: the parent of i is i / 2, the first one is 1. */
struct evert_sim_events {
	struct evert_sim_event **heap;
	size_t count, capacity;
};

void evert_sim_events_finish(struct evert_sim_events *events);

/* Plans it, anew if it is planned already. */
void evert_sim_event_plan(struct evert_sim_events *events,
			  struct evert_sim_event *event, int64_t at,
			  uint64_t order);

/* Harmless on one that is not planned. */
void evert_sim_event_cancel(struct evert_sim_events *events,
			    struct evert_sim_event *event);

/* The next one, or NULL. */
static inline struct evert_sim_event *
evert_sim_events_first(const struct evert_sim_events *events)
{
	return events->count ? events->heap[1] : NULL;
}

#endif
