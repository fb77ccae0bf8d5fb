/* SPDX-License-Identifier: MIT */
/*
 * For protocols whose answers come in the order of the questions (pipelining:
 * Redis, SMTP, HTTP/1.1): the firing ends of what was asked, the oldest first.
 *
 *	struct evert_deferred *ask(struct client *self, const char *question)
 *	{
 *		send(self, question);
 *		return evert_firing_queue_add(&self->asked);
 *	}
 *	... answer received:
 *		evert_firing_queue_fire_first(&self->asked, answer);
 *	... connection lost:
 *		evert_firing_queue_fail_all(&self->asked, reason);
 *
 * Thread rule: a queue belongs to one thread. Every function may be called
 * from inside callbacks; a callback may also free the queue's owner.
 */
#ifndef EVERT_DEFERRED_FIRING_QUEUE_H
#define EVERT_DEFERRED_FIRING_QUEUE_H

#include "deferred.h"

EVERT_BEGIN

/* To embed. All zero is an empty one, which holds no memory. */
struct evert_firing_queue {
	struct evert_firing **ring;
	size_t capacity, head, count;
};

/*
 * Appends the firing end of a new Deferred and returns the reading end, which
 * the caller owns. Cancelled, it fails at once but keeps its place: the
 * answer that comes for it is released. Without memory NULL, errno ENOMEM, and
 * nothing is appended.
 */
#define evert_firing_queue_add(...) \
	evert_firing_queue_add_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_firing_queue_add_at(struct evert_firing_queue *queue, const char *place);

/*
 * Takes the oldest out and fires it. Takes over `result`. False when the queue
 * is empty: then `result` is released.
 */
bool evert_firing_queue_fire_first(struct evert_firing_queue *queue,
				   struct evert_result result);

/*
 * Takes all out, gives the queue's memory back, and fails them in order, each
 * with a copy of `failure`, which is taken over. What is added meanwhile
 * stays: who can't be asked any more must refuse to add first.
 */
void evert_firing_queue_fail_all(struct evert_firing_queue *queue,
				 struct evert_failure *failure);

/* The same, with EVERT_ABANDONED: when the queue's owner goes. */
void evert_firing_queue_finish(struct evert_firing_queue *queue);

/* How many answers are to come, also for those that were cancelled. */
static inline size_t
evert_firing_queue_count(const struct evert_firing_queue *queue)
{
	return queue->count;
}

EVERT_END

#endif
