/* SPDX-License-Identifier: MIT */
/* Queues. */
#include <errno.h>

#include "modelled_line.h"

enum {
	ITEMS = 4 * WAITING_MOST
};

static struct queue {
	size_t size, backlog;
	struct outcome items[ITEMS];
	size_t count;
	struct modelled_line gets, puts;
} queues[WAITING_QUEUES];

static const struct outcome nothing = { MODEL_PASS, 0 };

void modelled_queues_begin(const struct waiting_sequence *sequence)
{
	int i;

	for (i = 0; i < WAITING_QUEUES; i++) {
		queues[i].size = sequence->queues[i].size;
		queues[i].backlog = sequence->queues[i].backlog;
		queues[i].count = 0;
		line_begin(&queues[i].gets);
		line_begin(&queues[i].puts);
	}
}

/* What waits for itself has no other reader. */
static void hand(struct line_entry *entry, struct outcome item)
{
	int deferred = entry->deferred;

	promised_fire(deferred, item);
	if (item.give == MODEL_WAIT && item.number == deferred)
		promised_release(deferred);
}

int modelled_put(int number, struct outcome item, bool starved)
{
	struct queue *queue = &queues[number];
	struct line_entry *get;
	int error = -ECANCELED;

	if (!queue->gets.closed && (get = line_serve(&queue->gets))) {
		hand(get, item);
		return 0;
	}
	if (!queue->gets.closed)
		error = queue->count == queue->size ? -ENOBUFS
			: starved		    ? -ENOMEM
						    : 0;
	if (error)
		modelled_drop_outcome(item);
	else
		queue->items[queue->count++] = item;
	return error;
}

int modelled_put_wait(int number, struct outcome item, bool starved)
{
	struct queue *queue = &queues[number];
	bool full = queue->count == queue->size && !queue->gets.count;
	int deferred;

	if (queue->puts.closed ||
	    (full && (size_t)queue->puts.count < queue->backlog))
		return line_join(&queue->puts, item);
	if (full) {
		modelled_drop_outcome(item);
		return modelled_failed(OVERFLOW);
	}
	deferred = promised_create(NULL, 0);
	if (modelled_put(number, item, starved) == -ENOMEM)
		promised_fail(deferred, NO_MEMORY);
	else
		promised_fire(deferred, nothing);
	return deferred;
}

int modelled_get(int number)
{
	struct queue *queue = &queues[number];
	struct outcome item;
	struct line_entry *put;
	size_t i;
	int deferred;

	if (queue->gets.closed)
		return line_join(&queue->gets, nothing);
	if (!queue->count && !queue->puts.count)
		return (size_t)queue->gets.count < queue->backlog
			       ? line_join(&queue->gets, nothing)
			       : modelled_failed(UNDERFLOW);
	put = line_serve(&queue->puts);
	if (put)
		queue->items[queue->count++] = put->offer;
	item = queue->items[0];
	queue->count--;
	for (i = 0; i < queue->count; i++)
		queue->items[i] = queue->items[i + 1];
	deferred = promised_create(NULL, 0);
	promised_fire(deferred, item);
	if (put)
		hand(put, nothing);
	return deferred;
}

void modelled_close_queue(int number)
{
	struct queue *queue = &queues[number];
	size_t i;

	queue->puts.closed = true;
	line_close(&queue->gets);
	line_close(&queue->puts);
	for (i = 0; i < queue->count; i++)
		modelled_drop_outcome(queue->items[i]);
}

size_t modelled_queue_count(int queue)
{
	return queues[queue].count;
}
