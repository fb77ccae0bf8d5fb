/* SPDX-License-Identifier: MIT */
/*
 * Items are in a ring that grows by doubling. While a `get` waits there is no
 * item and no waiting `put`; while a `put` waits the ring holds `size` items.
 * This is so again before any callback is called.
 */
#include "queue.h"

#include <errno.h>

#include "backlog_internal.h"
#include "deferred_internal.h"
#include "handle_internal.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 8 };

struct evert_queue {
	size_t size;	/* how many items it may hold */
	size_t backlog; /* how many may wait, on either side */
	struct evert_result *ring;
	size_t capacity, head, count;
	struct evert_backlog gets;
	struct evert_backlog puts;
};

struct evert_queue *evert_queue_create(size_t size, size_t backlog)
{
	struct evert_queue *queue = evert_allocate(sizeof(*queue));

	if (queue)
		*queue = (struct evert_queue){
			.size = size,
			.backlog = backlog,
			.gets = { .what = "an item of a queue" },
			.puts = { .what = "room in a queue" },
		};
	return queue;
}

/* ---- The ring ---- */

static struct evert_result pop(struct evert_queue *queue)
{
	struct evert_result item = queue->ring[queue->head];

	queue->head = (queue->head + 1) % queue->capacity;
	queue->count--;
	return item;
}

static bool grow(struct evert_queue *queue)
{
	size_t capacity =
		queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
	struct evert_result *ring = evert_allocate(capacity * sizeof(*ring));
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

static int push(struct evert_queue *queue, struct evert_result item)
{
	if (queue->count == queue->size)
		return -ENOBUFS;
	if (queue->count == queue->capacity && !grow(queue))
		return -ENOMEM;
	queue->ring[(queue->head + queue->count) % queue->capacity] = item;
	queue->count++;
	return 0;
}

/* ---- In and out ---- */

void evert_queue_destroy(struct evert_queue *queue)
{
	if (!queue || queue->gets.closed)
		return; /* it is being destroyed */
	queue->puts.closed = true; /* both, before anybody is told */
	evert_backlog_abandon(&queue->gets);
	evert_backlog_abandon(&queue->puts);
	while (queue->count)
		evert_result_drop(pop(queue));
	evert_free(queue->ring);
	evert_free(queue);
}

int evert_queue_put(struct evert_queue *queue, struct evert_result item)
{
	struct evert_backlog_entry *get = NULL;
	int err = -ECANCELED;

	if (!queue->gets.closed)
		get = evert_backlog_take(&queue->gets, NULL);
	if (get) {
		evert_backlog_hand(get, item);
		return 0;
	}
	if (!queue->gets.closed)
		err = push(queue, item);
	if (err)
		evert_result_drop(item);
	return err;
}

/* A Deferred that failed because too many wait. */
static struct evert_deferred *refuse(const struct evert_error *kind,
				     size_t backlog, const char *what,
				     const char *place)
{
	return evert_deferred_create_fired_at(
		place, evert_result_failure(evert_failure_create_at(
			       place, kind, 0, "%s, and %zu wait for it", what,
			       backlog)));
}

struct evert_deferred *evert_queue_put_wait_at(struct evert_queue *queue,
					       struct evert_result item,
					       const char *place)
{
	bool full = queue->count == queue->size && !queue->gets.count;
	struct evert_deferred *deferred;
	struct evert_firing *slot;
	struct evert_result outcome = evert_result_none();

	if (queue->gets.closed || (full && queue->puts.count < queue->backlog))
		return evert_backlog_join(&queue->puts, item, place);
	if (full) {
		evert_result_drop(item);
		return refuse(EVERT_QUEUE_OVERFLOW, queue->backlog,
			      "the queue has no room", place);
	}
	deferred = evert_deferred_create_short_at(&slot, place, NULL, NULL);
	if (!deferred)
		evert_result_drop(item);
	else if (evert_queue_put(queue, item) == -ENOMEM)
		outcome = evert_result_failure(
			evert_failure_bare(EVERT_NO_MEMORY));
	evert_deferred_fire(&slot, outcome);
	return deferred;
}

/* Moves the next item out, and the item of the first waiting `put`, which is
   returned, in. There is an item or a waiting `put`. */
static struct evert_backlog_entry *take_next(struct evert_queue *queue,
					     struct evert_result *item)
{
	struct evert_result offer;
	struct evert_backlog_entry *put =
		evert_backlog_take(&queue->puts, &offer);

	if (!queue->count) {
		*item = offer;
		return put;
	}
	*item = pop(queue);
	if (put)
		push(queue, offer); /* into the place that became free */
	return put;
}

struct evert_deferred *evert_queue_get_at(struct evert_queue *queue,
					  const char *place)
{
	bool empty = !queue->count && !queue->puts.count;
	struct evert_deferred *deferred;
	struct evert_backlog_entry *put;
	struct evert_firing *slot;
	struct evert_result item;

	if (queue->gets.closed || (empty && queue->gets.count < queue->backlog))
		return evert_backlog_join(&queue->gets, evert_result_none(),
					  place);
	if (empty)
		return refuse(EVERT_QUEUE_UNDERFLOW, queue->backlog,
			      "the queue has no item", place);
	deferred = evert_deferred_create_short_at(&slot, place, NULL, NULL);
	if (!deferred)
		return NULL;
	put = take_next(queue, &item);
	evert_deferred_fire(&slot, item);
	evert_backlog_hand(put, evert_result_none());
	return deferred;
}

size_t evert_queue_count(const struct evert_queue *queue)
{
	return queue->count;
}
