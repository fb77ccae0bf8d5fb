/* SPDX-License-Identifier: MIT */
#include "producer_internal.h"

#include <errno.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../reactor.h"
#include "relay_internal.h"

enum { PIECES_PER_TURN = 8 };

/* A protocol that stands before the one which the transport has, hands on all
   that it is told, and tells the producer. It stays until the connection is
   lost, or gets another protocol. */
struct evert_usher {
	struct evert_protocol base;
	struct evert_protocol_ops ops; /* what the other has, no more */
	struct evert_protocol *protocol;
	struct evert_producer *producer; /* NULL: none */
	struct evert_delayed_call again;
	bool asks; /* a pull producer */
	bool runs; /* a push producer does: it was resumed last */
	unsigned holders; /* functions on the stack */
	bool gone; /* it stands there no more */
};

static struct evert_usher *usher_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct evert_usher, base);
}

/* ---- Its life ---- */

/* In memory a connection can end inside what the usher calls. */
static void hold(struct evert_usher *usher)
{
	usher->holders++;
}

static void free_if_unused(struct evert_usher *usher)
{
	if (usher->gone && !usher->holders)
		evert_free(usher);
}

static void let_go(struct evert_usher *usher)
{
	usher->holders--;
	free_if_unused(usher);
}

/* ---- Asking ---- */

static bool pulls(const struct evert_producer *producer)
{
	return !producer->ops->pause_producing;
}

static void ask_again(void *arg);

/* In the next turn; false: that can't be. */
static bool plan(struct evert_usher *usher)
{
	struct evert_reactor *reactor = evert_reactor_current();

	if (!reactor)
		return false;
	usher->again = evert_reactor_call_later(reactor, 0, ask_again, usher);
	return evert_delayed_call_active(usher->again);
}

static bool wants_more(const struct evert_usher *usher)
{
	const struct evert_transport *transport = usher->base.transport;

	return usher->producer && pulls(usher->producer) &&
	       !transport->full && !transport->closing;
}

/* Pieces, until there is no room, or it is the others' turn. */
static void ask(struct evert_usher *usher)
{
	int pieces = 0;

	hold(usher);
	usher->asks = true;
	while (wants_more(usher) &&
	       (pieces < PIECES_PER_TURN || !plan(usher))) {
		usher->producer->ops->resume_producing(usher->producer);
		pieces++;
	}
	usher->asks = false;
	let_go(usher);
}

static void ask_again(void *arg)
{
	ask(arg);
}

static void resume(struct evert_usher *usher)
{
	struct evert_producer *producer = usher->producer;

	if (!producer || usher->base.transport->full ||
	    usher->base.transport->closing)
		return;
	if (!pulls(producer)) {
		/* One that was registered just now has been. */
		if (!usher->runs) {
			usher->runs = true;
			producer->ops->resume_producing(producer);
		}
	} else if (!usher->asks && !evert_delayed_call_active(usher->again)) {
		ask(usher);
	}
}

/* ---- What it is told ---- */

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct evert_protocol *protocol = usher_from(base)->protocol;

	protocol->ops->data_received(protocol, data, length);
}

static void end_received(struct evert_protocol *base)
{
	struct evert_protocol *protocol = usher_from(base)->protocol;

	protocol->ops->end_received(protocol);
}

static void descriptors_received(struct evert_protocol *base, int *fds,
				 size_t count, bool lost)
{
	struct evert_protocol *protocol = usher_from(base)->protocol;

	protocol->ops->descriptors_received(protocol, fds, count, lost);
}

static void write_lost(struct evert_protocol *base, int error)
{
	struct evert_protocol *protocol = usher_from(base)->protocol;

	protocol->ops->write_lost(protocol, error);
}

static void stopping(struct evert_protocol *base)
{
	struct evert_protocol *protocol = usher_from(base)->protocol;

	protocol->ops->stopping(protocol);
}

static size_t count_unread(const struct evert_protocol *base)
{
	return evert_protocol_unread(
		evert_container_of(base, struct evert_usher, base)->protocol);
}

static struct evert_protocol *behind(struct evert_protocol *base)
{
	struct evert_usher *usher = usher_from(base);

	usher->protocol->transport = base->transport;
	if (usher->producer)
		usher->producer->transport = base->transport;
	return usher->protocol;
}

static void pause_writing(struct evert_protocol *base)
{
	struct evert_usher *usher = usher_from(base);
	struct evert_protocol *protocol = usher->protocol;
	struct evert_producer *producer;

	hold(usher);
	if (protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
	producer = usher->producer;
	if (producer && usher->runs && !usher->base.transport->closing) {
		usher->runs = false;
		producer->ops->pause_producing(producer);
	}
	let_go(usher);
}

static void resume_writing(struct evert_protocol *base)
{
	struct evert_usher *usher = usher_from(base);
	struct evert_protocol *protocol = usher->protocol;

	hold(usher);
	if (protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
	resume(usher);
	let_go(usher);
}

static void stop(struct evert_producer *producer)
{
	if (!producer)
		return;
	evert_producer_unregister(producer);
	if (producer->ops->stop_producing)
		producer->ops->stop_producing(producer);
}

/* From now on it is not to be used. */
static void go(struct evert_usher *usher)
{
	evert_delayed_call_cancel(usher->again);
	stop(usher->producer);
	usher->gone = true;
	free_if_unused(usher);
}

static void step_aside(struct evert_protocol *base,
		       struct evert_owned_protocol *former)
{
	struct evert_usher *usher = usher_from(base);

	former->protocol = usher->protocol;
	go(usher);
}

static void connection_lost(struct evert_protocol *base,
			    const struct evert_failure *reason)
{
	struct evert_usher *usher = usher_from(base);
	struct evert_protocol *protocol = usher->protocol;

	base->transport->protocol = protocol;
	go(usher);
	if (protocol->ops->connection_lost)
		protocol->ops->connection_lost(protocol, reason);
}

/* ---- Registering ---- */

/* What is missing has a meaning, and stays missing. */
static void stand_before(struct evert_usher *usher,
			 struct evert_protocol *protocol)
{
	usher->ops = (struct evert_protocol_ops){
		.data_received = data_received,
		.connection_lost = connection_lost,
		.pause_writing = pause_writing,
		.resume_writing = resume_writing,
		.unread = count_unread,
		.behind = behind,
		.step_aside = step_aside,
	};
	if (protocol->ops->stopping)
		usher->ops.stopping = stopping;
	if (protocol->ops->end_received)
		usher->ops.end_received = end_received;
	if (protocol->ops->write_lost)
		usher->ops.write_lost = write_lost;
	if (protocol->ops->descriptors_received)
		usher->ops.descriptors_received = descriptors_received;
	usher->base.ops = &usher->ops;
	usher->base.factory = protocol->factory;
	usher->base.transport = protocol->transport;
	usher->protocol = protocol;
	protocol->transport->protocol = &usher->base;
}

static struct evert_usher *usher_of(struct evert_transport *transport)
{
	struct evert_protocol *protocol = transport->protocol;

	if (protocol->ops->data_received == data_received)
		return usher_from(protocol);
	return NULL;
}

/* The one that there is, or a new one. */
static struct evert_usher *take_usher(struct evert_transport *transport)
{
	struct evert_usher *usher = usher_of(transport);

	if (usher)
		return usher;
	usher = evert_allocate(sizeof(*usher));
	if (!usher)
		return NULL;
	*usher = (struct evert_usher){ .producer = NULL };
	stand_before(usher, transport->protocol);
	return usher;
}

static void check(const struct evert_producer *producer)
{
	if (!producer->ops || !producer->ops->resume_producing)
		evert_bug("a producer has no resume_producing");
	if (producer->transport)
		evert_bug("a producer is registered a second time");
}

int evert_transport_register_producer(struct evert_transport *transport,
				      struct evert_producer *producer)
{
	struct evert_usher *usher;

	check(producer);
	if (transport->closing)
		return -EPIPE;
	if (evert_relay_has(transport))
		return -EBUSY;
	usher = take_usher(transport);
	if (!usher)
		return -ENOMEM;
	if (usher->producer)
		return -EBUSY;
	usher->producer = producer;
	producer->usher = usher;
	producer->transport = transport;
	resume(usher);
	return 0;
}

void evert_producer_stop_of(struct evert_transport *transport)
{
	struct evert_usher *usher = usher_of(transport);

	if (usher)
		stop(usher->producer);
}

void evert_producer_unregister(struct evert_producer *producer)
{
	if (!producer->transport)
		return;
	producer->usher->producer = NULL;
	producer->usher->runs = false;
	producer->usher = NULL;
	producer->transport = NULL;
}
