/* SPDX-License-Identifier: MIT */
/*
 * Sending datagrams, in three parts, each of which uses only those below it:
 *
 *	datagram_send.c		from the protocol: composing, gathering
 *	datagram_flush.c	to the kernel, what was gathered and what waits
 *	datagram_queue.c	what waits
 */
#ifndef EVERT_REACTOR_DATAGRAM_SEND_INTERNAL_H
#define EVERT_REACTOR_DATAGRAM_SEND_INTERNAL_H

#include <errno.h>

#include "datagram_internal.h"

/* ---- A message ---- */

static inline struct evert_datagram_batch *
evert_datagram_port_batch(const struct evert_datagram_port *port)
{
	return port->watch.reactor->datagrams;
}

static inline size_t evert_datagram_length_of(const struct msghdr *message)
{
	return message->msg_iov->iov_len;
}

/* Of each of the datagrams that it is several of, or 0. */
uint16_t evert_datagram_segment_of(const struct msghdr *message);

static inline size_t evert_datagram_pieces(size_t length, size_t segment)
{
	return length / segment + (length % segment != 0);
}

/* How many datagrams it is. */
static inline size_t evert_datagram_count_of(const struct msghdr *message)
{
	size_t segment =
		message->msg_control ? evert_datagram_segment_of(message) : 0;

	return segment ? evert_datagram_pieces(
				 evert_datagram_length_of(message), segment)
		       : 1;
}

/* What they count for in the queue. */
static inline size_t evert_datagram_cost(size_t length, size_t count)
{
	return length + count * EVERT_DATAGRAM_COST;
}

/* ---- datagram_queue.c ---- */

struct evert_letter {
	struct evert_letter *next;
	size_t cost; /* what it counts for */
	struct evert_datagram_out out;
	struct msghdr message;
	struct iovec part;
	char data[];
};

/* -ENOMEM: it is not queued. */
int evert_datagram_queue(struct evert_datagram_port *port,
			 const struct msghdr *message);

void evert_datagram_take_first(struct evert_datagram_port *port);
/* The same, and counts it. */
void evert_datagram_drop_first(struct evert_datagram_port *port);

/* For `count` datagrams of `length` bytes in all. 0: there is room; 1: they
   were dropped; or -EAGAIN. */
int evert_datagram_make_room(struct evert_datagram_port *port, size_t length,
			     size_t count);

/* ---- datagram_flush.c ---- */

/* Something that passes: it is tried again later. */
static inline bool evert_datagram_may_pass(int error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
}

/* It is full, because of `error`. */
void evert_datagram_wait_to_send(struct evert_datagram_port *port, int error);

/* One by itself: 0 when it was sent; or -errno. */
int evert_datagram_send_one(struct evert_datagram_port *port,
			    const struct msghdr *message);

/* What was gathered before a fork is the parent's. */
static inline void
evert_datagram_forget_parents(struct evert_datagram_batch *batch)
{
	if (!batch->sender || batch->forks == evert_forks_now())
		return;
	batch->sender = NULL;
	batch->gathered = 0;
	batch->filled = 0;
}

#endif
