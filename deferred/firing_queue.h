/* SPDX-License-Identifier: MIT */
/*
 * For protocols whose answers come in the order of the questions (pipelining:
 * Redis, SMTP, HTTP/1.1): the firing ends of what was asked, the oldest first.
 *
 *	struct evert_deferred *ask(struct client *self, const char *question)
 *	{
 *		struct evert_deferred *d = evert_firing_queue_add(&self->asked);
 *
 *		if (d)
 *			send(self, question);
 *		return d;
 *	}
 *	... answer received:
 *		evert_firing_queue_fire_first(&self->asked, answer);
 *	... connection lost:
 *		evert_firing_queue_close(&self->asked, reason);
 *
 * Added first, asked then: without memory for the one nothing is asked, so
 * that answers never go to the wrong one. The framings have
 * it built in (evert_line_receiver_ask).
 *
 * Thread rule: a queue belongs to one thread. Every function may be called
 * from inside callbacks; a callback may also free the queue's owner.
 */
#ifndef EVERT_DEFERRED_FIRING_QUEUE_H
#define EVERT_DEFERRED_FIRING_QUEUE_H

#include "deferred.h"

EVERT_BEGIN

/* Who waits for answers, the oldest first: to embed. All zero is an empty one,
   which holds no memory. */
struct evert_firing_queue {
	struct evert_firing **ring;
	size_t capacity, head, count;
	struct evert_failure *closed; /* why no answer comes; NULL: it may */
};

/*
 * Appends the firing end of a new Deferred and returns the reading end, which
 * the caller owns. Cancelled, it fails at once but keeps its place: the
 * answer that comes for it is released. After evert_firing_queue_close it has
 * failed. Without memory NULL, errno ENOMEM, and nothing is appended.
 */
#define evert_firing_queue_add(...) \
	evert_firing_queue_add_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_firing_queue_add_at(struct evert_firing_queue *queue, const char *place);

/*
 * Takes the oldest out of the queue and fires it. Takes over `result`. False
 * when the queue is empty: then `result` is released.
 */
bool evert_firing_queue_fire_first(struct evert_firing_queue *queue,
				   struct evert_result result);

/* Takes out the one that was added last and fails it: its question could not
   be sent. Takes over `failure`. On an empty queue it only releases that. */
void evert_firing_queue_fail_last(struct evert_firing_queue *queue,
				  struct evert_failure *failure);

/*
 * Fails all: takes them out, gives the queue's memory back, and fails them in
 * order, each with a copy of `failure`, which is taken over. What is added
 * meanwhile stays: for who will ask again, by another connection.
 */
void evert_firing_queue_fail_all(struct evert_firing_queue *queue,
				 struct evert_failure *failure);

/* The same, and from now on what is added fails at once, so: no answer comes
   any more. Closed again, it does nothing. */
void evert_firing_queue_close(struct evert_firing_queue *queue,
			      struct evert_failure *failure);

/* Fails all with EVERT_ABANDONED, when the queue's owner goes; what is left is
   an empty one, all zero. */
void evert_firing_queue_finish(struct evert_firing_queue *queue);

/* How many answers are to come, also for those that were cancelled. */
static inline size_t
evert_firing_queue_count(const struct evert_firing_queue *queue)
{
	return queue->count;
}

EVERT_END

#endif
