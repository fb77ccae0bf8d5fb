/* SPDX-License-Identifier: MIT */
/*
 * Producers: sources that write to a transport for as long as it takes what
 * they write (twisted.internet.interfaces.IPushProducer, IPullProducer). Who
 * has much to send, and must not queue it all:
 *
 *	struct numbers {
 *		struct evert_producer base;
 *		bool running;
 *	};
 *
 *	static void numbers_resume(struct evert_producer *base)
 *	{
 *		struct numbers *self = numbers_from(base);
 *
 *		self->running = true;
 *		while (self->running)
 *			write_next(self, base->transport);
 *	}
 *
 *	static void numbers_pause(struct evert_producer *base)
 *	{
 *		numbers_from(base)->running = false;
 *	}
 *
 *	evert_transport_register_producer(transport, &numbers->base);
 *
 * Ownership: a producer is the caller's. The transport has it from registering
 * until it was unregistered, or stop_producing was called.
 *
 * Thread rule: the reactor's thread; from every callback, the producer's own
 * included. stop_producing comes from the loop, or inside evert_relay or
 * evert_transport_set_protocol.
 */
#ifndef EVERT_REACTOR_FLOW_PRODUCER_H
#define EVERT_REACTOR_FLOW_PRODUCER_H

#include "../transport/transport.h"

EVERT_BEGIN

struct evert_producer;
struct evert_usher;

/* What a class of producers does. */
struct evert_producer_ops {
	/*
	 * Mandatory. With pause_producing (a push producer): writes from now
	 * on, whenever it has something, until it is paused. Without (a pull
	 * producer): writes one piece now, or unregisters; it is asked again
	 * for as long as the transport has room, a few times a turn. One that
	 * has to wait for its bytes is a push producer. That is resumed and
	 * paused in turn.
	 */
	void (*resume_producing)(struct evert_producer *producer);

	/* Optional. Enough: the transport's queue is over its high-water mark.
	   After less than its low-water mark it is resumed. Often from inside
	   the write that went over it. */
	void (*pause_producing)(struct evert_producer *producer);

	/* Optional. Once, last: the connection is lost, becomes a relay's
	   (relay.h), or gets another protocol. Before connection_lost, and the
	   producer is no longer the transport's. */
	void (*stop_producing)(struct evert_producer *producer);
};

/* The base of a producer, its first member. */
struct evert_producer {
	const struct evert_producer_ops *ops; /* set by who makes it */
	/* Set while it is registered, else NULL. */
	struct evert_transport *transport;
	struct evert_usher *usher; /* the transport's side */
};

/*
 * Registers a producer: it is resumed before this returns, or when there is
 * room. The protocol hears pause_writing and resume_writing besides, before it.
 * 0, or -EBUSY: the transport has a producer, or is a relay's; -EPIPE: it is
 * closing; -ENOMEM. To register one twice, or without resume_producing, is a
 * bug.
 */
EVERT_MUST_USE
int evert_transport_register_producer(struct evert_transport *transport,
				      struct evert_producer *producer);

/* Ends it: a producer has nothing more to write. What it wrote is sent; it is
   told nothing more. One that is registered nowhere does nothing. */
void evert_producer_unregister(struct evert_producer *producer);

EVERT_END

#endif
