/* SPDX-License-Identifier: MIT */
/* A ring that grows by doubling. What was cancelled needs no care here: to
   fire it later only releases the result. */
#include "firing_queue.h"

#include "base/memory.h"
#include "deferred_internal.h"

enum { FIRST_CAPACITY = 8 };

static bool grow(struct evert_firing_queue *queue)
{
	size_t capacity =
		queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
	struct evert_firing **ring = evert_allocate(capacity * sizeof(*ring));
	size_t i;

	if (!ring)
		return false;
	for (i = 0; i < queue->count; i++)
		ring[i] = queue->ring[(queue->head + i) % queue->capacity];
	evert_free(queue->ring);
	queue->ring = ring;
	queue->capacity = capacity;
	queue->head = 0;
	return true;
}

struct evert_deferred *
evert_firing_queue_add_at(struct evert_firing_queue *queue, const char *place)
{
	struct evert_deferred *deferred;
	size_t end;

	if (queue->closed)
		return evert_deferred_create_fired_at(
			place, evert_result_failure_copy(queue->closed));
	if (queue->count == queue->capacity && !grow(queue))
		return NULL;
	end = (queue->head + queue->count) % queue->capacity;
	deferred = evert_deferred_create_short_at(&queue->ring[end], place,
						  NULL, NULL);
	if (deferred)
		queue->count++;
	return deferred;
}

static struct evert_firing *pop(struct evert_firing_queue *queue)
{
	struct evert_firing *first = queue->ring[queue->head];

	queue->head = (queue->head + 1) % queue->capacity;
	queue->count--;
	return first;
}

/* Afterwards nothing of the queue is touched: it may be gone. */
bool evert_firing_queue_fire_first(struct evert_firing_queue *queue,
				   struct evert_result result)
{
	struct evert_firing *first = NULL;
	bool was_empty = !queue->count;

	if (!was_empty)
		first = pop(queue);
	evert_deferred_fire(&first, result);
	return !was_empty;
}

void evert_firing_queue_fail_last(struct evert_firing_queue *queue,
				  struct evert_failure *failure)
{
	struct evert_firing *last = NULL;

	if (queue->count)
		last = queue->ring[(queue->head + --queue->count) %
				   queue->capacity];
	evert_deferred_fire(&last, evert_result_failure(failure));
}

/* Gives back what the queue was, and leaves an empty one, which is closed if
   it was. */
static struct evert_firing_queue take_all(struct evert_firing_queue *queue)
{
	struct evert_firing_queue all = *queue;

	*queue = (struct evert_firing_queue){ .closed = all.closed };
	return all;
}

void evert_firing_queue_fail_all(struct evert_firing_queue *queue,
				 struct evert_failure *failure)
{
	struct evert_firing_queue all = take_all(queue);
	struct evert_firing *first;

	while (all.count) {
		first = pop(&all);
		evert_deferred_fire(&first,
				    evert_result_failure_copy(failure));
	}
	evert_failure_release(failure);
	evert_free(all.ring);
}

void evert_firing_queue_close(struct evert_firing_queue *queue,
			      struct evert_failure *failure)
{
	if (!queue->closed)
		queue->closed = evert_failure_copy(failure);
	evert_firing_queue_fail_all(queue, failure);
}

void evert_firing_queue_finish(struct evert_firing_queue *queue)
{
	struct evert_firing_queue all = take_all(queue);
	struct evert_firing *first;
	const char *place;

	queue->closed = NULL;
	evert_failure_release(all.closed);
	while (all.count) {
		first = pop(&all);
		place = evert_deferred_place(evert_firing_deferred(first));
		evert_deferred_abandon_at(&first, place);
	}
	evert_free(all.ring);
}
