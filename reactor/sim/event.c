/* SPDX-License-Identifier: MIT */
#include "event_internal.h"

#include "memory_internal.h"

void evert_sim_events_finish(struct evert_sim_events *events)
{
	evert_sim_free(events->heap);
}

static bool is_before(const struct evert_sim_event *a,
		      const struct evert_sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct evert_sim_events *events, size_t place,
		struct evert_sim_event *event)
{
	events->heap[place] = event;
	event->place = place;
}

static void rise(struct evert_sim_events *events, size_t place)
{
	struct evert_sim_event *event = events->heap[place];

	while (place > 1 && is_before(event, events->heap[place / 2])) {
		put(events, place, events->heap[place / 2]);
		place /= 2;
	}
	put(events, place, event);
}

static void sink(struct evert_sim_events *events, size_t place)
{
	struct evert_sim_event *event = events->heap[place];
	size_t below;

	while ((below = place * 2) <= events->count) {
		if (below < events->count &&
		    is_before(events->heap[below + 1], events->heap[below]))
			below++;
		if (!is_before(events->heap[below], event))
			break;
		put(events, place, events->heap[below]);
		place = below;
	}
	put(events, place, event);
}

void evert_sim_event_cancel(struct evert_sim_events *events,
			    struct evert_sim_event *event)
{
	size_t place = event->place;
	struct evert_sim_event *last;

	if (!place)
		return;
	event->place = 0;
	last = events->heap[events->count--];
	if (last == event)
		return;
	put(events, place, last);
	rise(events, place);
	sink(events, last->place);
}

void evert_sim_event_plan(struct evert_sim_events *events,
			  struct evert_sim_event *event, int64_t at,
			  uint64_t order)
{
	evert_sim_event_cancel(events, event);
	event->at = at;
	event->order = order;
	if (events->count + 1 >= events->capacity) {
		events->capacity = events->capacity ? events->capacity * 2 : 64;
		events->heap = evert_sim_grow(
			events->heap, events->capacity * sizeof(*events->heap));
	}
	events->count++;
	put(events, events->count, event);
	rise(events, events->count);
}
