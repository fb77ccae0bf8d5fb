/* SPDX-License-Identifier: MIT */
/*
 * Opening. A connection, the protocol that its factory builds without a
 * function of its own, and the peer's address are one block of memory.
 */
#include "connection_internal.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "../../deferred/base/spares_internal.h"
#include "connection_peer_internal.h"
#include "connection_write_internal.h"
#include "detach_internal.h"
#include "tell_connection_internal.h"

enum {
	ALIGNMENT = alignof(max_align_t),
	MOST_BEHIND = 3840, /* so that the size can be told in a byte */
};

/* Where a protocol stands behind it and the peer's address: as if it came from
   malloc. */
static inline size_t protocol_at(size_t peer_length)
{
	return (sizeof(struct evert_connection) + peer_length + ALIGNMENT - 1) /
	       ALIGNMENT * ALIGNMENT;
}

/* Of a protocol that is to stand behind; 0: apart. */
static size_t size_behind(const struct evert_factory *factory)
{
	return factory->build_protocol == evert_factory_build &&
			       factory->size <= MOST_BEHIND && factory->init ?
		       factory->size :
		       0;
}

EVERT_INLINE int watch(struct evert_connection *c,
		       struct evert_reactor *reactor, int fd,
		       const struct evert_connection_kind *kind)
{
	if (fd >= 0)
		return evert_watch_add(&c->watch, reactor, fd, &kind->watch);
	c->watch = (struct evert_watch){
		.ops = &kind->watch,
		.reactor = reactor,
		.fd = fd,
	};
	return 0;
}

/* A connection without a protocol: 0, or -errno. */
EVERT_INLINE int make(struct evert_connection **made,
		      struct evert_reactor *reactor, int fd, size_t behind,
		      const struct evert_address *peer,
		      const struct evert_connection_kind *kind)
{
	size_t kept = evert_connection_peer_length(peer);
	size_t size = behind ? protocol_at(kept) + behind :
			       sizeof(**made) + kept;
	size_t sixteens = (size + 7) / 16;
	struct evert_connection *c = evert_block_take(sixteens * 16 + 8);
	int error;

	if (!c)
		return -ENOMEM;
	evert_connection_init(c);
	if (kept && peer->as.any.sa_family == AF_UNIX)
		c->is_local = true;
	c->peer_length = (uint8_t)kept;
	c->sixteens = (uint8_t)sixteens;
	evert_connection_keep_peer(c, peer);
	error = watch(c, reactor, fd, kind);
	if (error)
		evert_block_give(c, evert_connection_size(c));
	*made = c;
	return error;
}

static inline void check(const struct evert_protocol *protocol)
{
	if (!EVERT_LIKELY(protocol->ops && protocol->ops->data_received))
		evert_protocol_check(protocol);
}

/* What is read is read as its protocol likes it. */
EVERT_INLINE void give_protocol(struct evert_connection *c,
				struct evert_protocol *protocol)
{
	c->base.protocol = protocol;
	protocol->transport = &c->base;
	if (evert_connection_takes_descriptors(c))
		c->watch.ops = &evert_connection_taking_socket.watch;
}

static struct evert_protocol *build_behind(struct evert_connection *c,
					   struct evert_factory *factory)
{
	struct evert_protocol *protocol =
		(struct evert_protocol *)((char *)c +
					  protocol_at(c->peer_length));

	*protocol = (struct evert_protocol){ 0 };
	if (factory->size > sizeof(*protocol)) /* many have no more */
		memset(protocol + 1, 0, factory->size - sizeof(*protocol));
	factory->init(protocol, factory->ops);
	return protocol;
}

/* Gives it a protocol; -ECONNABORTED: the factory refused, and it is gone. */
EVERT_INLINE int build(struct evert_connection *c,
		       struct evert_factory *factory, size_t behind,
		       const struct evert_address *peer)
{
	struct evert_protocol *protocol =
		behind ? build_behind(c, factory) :
			 factory->build_protocol(factory, peer);

	if (!protocol) {
		evert_watch_remove(&c->watch);
		evert_block_give(c, evert_connection_size(c));
		return -ECONNABORTED;
	}
	check(protocol);
	if (!behind && factory->size)
		c->frees_protocol = true;
	give_protocol(c, protocol);
	protocol->factory = factory;
	return 0;
}

EVERT_INLINE int make_whole(struct evert_connection **made,
			    struct evert_reactor *reactor, int fd,
			    struct evert_factory *factory,
			    const struct evert_address *peer,
			    const struct evert_connection_kind *kind)
{
	size_t behind = size_behind(factory);
	int error = make(made, reactor, fd, behind, peer, kind);

	return error ? error : build(*made, factory, behind, peer);
}

int evert_connection_make(struct evert_connection **made,
			  struct evert_reactor *reactor, int fd,
			  struct evert_factory *factory,
			  const struct evert_address *peer,
			  const struct evert_connection_kind *kind)
{
	return make_whole(made, reactor, fd, factory, peer, kind);
}

EVERT_INLINE void begin(struct evert_connection *c)
{
	if (evert_is_observed())
		evert_tell_connected(c);
	if (c->base.protocol->ops->connection_made)
		evert_connection_call(c,
				      c->base.protocol->ops->connection_made,
				      "connection_made");
	evert_watch_begin(&c->watch, evert_connection_wanted(c));
}

void evert_connection_begin(struct evert_connection *c)
{
	begin(c);
}

/* The steps in one piece: it is done for every connection. */
struct evert_protocol *
evert_connection_open(struct evert_reactor *reactor, int fd,
		      struct evert_factory *factory,
		      const struct evert_address *peer,
		      struct evert_detached *rest)
{
	struct evert_connection *c;
	int error = make_whole(&c, reactor, fd, factory, peer,
			       &evert_connection_socket);

	if (error) {
		if (!rest)
			reactor->system->ops->close(reactor->system, fd);
		errno = -error;
		return NULL;
	}
	if (rest)
		evert_detached_move_to(rest, c);
	begin(c);
	if (rest) /* there may be something to deliver, or to be sent */
		evert_connection_queue_changed(c);
	return c->base.protocol;
}

/* ---- Another protocol ---- */

int evert_connection_set_protocol(struct evert_transport *base,
				  struct evert_protocol *protocol,
				  struct evert_owned_protocol *former)
{
	struct evert_connection *c = evert_connection_from(base);

	if (base->closing || c->ended)
		return -EPIPE;
	*former = (struct evert_owned_protocol){
		.protocol = base->protocol,
		.destroys = true,
		.frees = c->frees_protocol,
	};
	c->frees_protocol = false; /* and what stands behind stays there */
	base->held = false;
	if (evert_connection_is_socket(c))
		c->watch.ops = &evert_connection_socket.watch;
	give_protocol(c, protocol);
	return 0;
}
