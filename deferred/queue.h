/* SPDX-License-Identifier: MIT */
/*
 * A queue between those who put items in and those who wait for them
 * (twisted.internet.defer.DeferredQueue), with room for a given number of
 * each.
 *
 * An item is any result: a failure fails the `get` that takes it; a Deferred
 * to wait for makes it wait.
 *
 * Thread rule: a queue belongs to one thread. Every function may be called
 * from inside callbacks.
 */
#ifndef EVERT_DEFERRED_QUEUE_H
#define EVERT_DEFERRED_QUEUE_H

#include "deferred.h"

EVERT_BEGIN

struct evert_queue;

/* For `size` and `backlog`: as much as memory holds. */
#define EVERT_QUEUE_UNLIMITED SIZE_MAX

/*
 * Makes a queue that holds up to `size` items and lets up to `backlog` wait
 * for one, and as many for room. With size 0 an item passes only from hand to
 * hand, with backlog 0 nobody waits. The caller owns it. Without memory NULL,
 * errno ENOMEM.
 */
struct evert_queue *evert_queue_create(size_t size, size_t backlog);

/*
 * Destroys a queue: releases the items, and fails with EVERT_ABANDONED those
 * who wait; NULL does nothing. From their callbacks the queue may still be
 * used: what is put is refused with -ECANCELED, who gets fails with
 * EVERT_ABANDONED.
 */
void evert_queue_destroy(struct evert_queue *queue);

/*
 * Puts an item in: gives it to the longest waiting `get`, before this returns,
 * or keeps it. Where hand-overs of many queues and locks are nested in one
 * another, an outer one does it instead, so that the stack does not grow; until
 * then cancelling that `get` comes too late. Takes over the item: on an error
 * it is released. 0, or -ENOBUFS when the queue is full, or -ENOMEM.
 */
EVERT_MUST_USE
int evert_queue_put(struct evert_queue *queue, struct evert_result item);

/*
 * The same, but waits for room: fires with nothing when the item is in. When
 * `backlog` wait already it fails with EVERT_QUEUE_OVERFLOW. The caller owns
 * the reading end; cancelling it takes the item back and releases it, as any
 * failure does. Without memory NULL, or it has failed with EVERT_NO_MEMORY, and
 * the item is released.
 */
#define evert_queue_put_wait(...) \
	evert_queue_put_wait_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_queue_put_wait_at(struct evert_queue *queue,
					       struct evert_result item,
					       const char *place);

/*
 * Fires with the next item; who asked first gets it first. When `backlog`
 * wait already it fails with EVERT_QUEUE_UNDERFLOW. The caller owns the
 * reading end; cancelling it while it waits loses no item. Without memory
 * NULL, and the items stay.
 */
#define evert_queue_get(...) evert_queue_get_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_queue_get_at(struct evert_queue *queue,
					  const char *place);

/* How many items a queue holds. */
size_t evert_queue_count(const struct evert_queue *queue);

EVERT_END

#endif
