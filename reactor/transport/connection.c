/* SPDX-License-Identifier: MIT */
#include "connection_internal.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/base/spares_internal.h"
#include "../../deferred/base/trace_internal.h"
#include "../fork_internal.h"
#include "connection_read_internal.h"
#include "connection_write_internal.h"
#include "linger_internal.h"

/* ---- The end ---- */

/* So that close(2) resets the connection (socket(7), SO_LINGER). */
static void reset_on_close(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	system->ops->setsockopt(system, c->watch.fd, SOL_SOCKET, SO_LINGER,
				&none, sizeof(none));
}

/* Would close(2) cut off what the peer has not acknowledged, since it may still
   be sending? Only who sent much, or read what nobody wanted, is asked. The
   peer of a UNIX socket reads what was sent, whatever it sends. */
static bool lingers(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);
	struct evert_reactor *reactor = c->watch.reactor;

	if (evert_reading_is_over(
		    evert_reading_drop_rest(&c->reading, &c->watch)))
		return false;
	if ((!c->writing.sent_much && !c->reading.dropped) ||
	    evert_connection_is_local(c) ||
	    system->ops->unacknowledged(system, c->watch.fd) <= 0)
		return false;
	evert_watch_remove(&c->watch);
	return evert_linger(reactor, c->watch.fd);
}

static void close_descriptor(struct evert_connection *c)
{
	/* The parent's connection stays as it is. */
	if (!evert_reactor_is_forked(c->watch.reactor)) {
		if (c->resets)
			reset_on_close(c);
		else if (!c->reading.ended && lingers(c))
			return;
	}
	evert_watch_close(&c->watch);
}

static void tell(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;

	c->base.closing = true;
	evert_watch_mute(&c->watch);
	c->reason = evert_transport_reason(&c->base, c->reason);
	if (protocol->ops->connection_lost) {
		evert_trace_begin("protocol", "connection_lost");
		protocol->ops->connection_lost(protocol, c->reason);
		evert_trace_end("protocol", "connection_lost");
	}
	close_descriptor(c);
	c->told = true;
	if (c->rare)
		evert_bell_ring(&c->rare->closed);
	evert_task_cancel(&c->task);
	evert_task_plan_last(c->watch.reactor, &c->task);
}

static void release_rare(struct evert_connection *c)
{
	/* Whoever asked while the bell rang. */
	evert_bell_ring(&c->rare->closed);
	evert_closing_destroy(c->rare->closing);
	evert_free(c->rare);
}

static void release(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;

	if (c->rare)
		release_rare(c);
	evert_failure_release(c->reason);
	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	if (c->frees_protocol)
		evert_free(protocol);
	evert_block_give(c, c->size);
}

/* Does what had to wait for the end of the turn. */
static void go_on(struct evert_connection *c)
{
	if (c->writing.error)
		evert_connection_read_rest(c);
	else if (c->writing.output.queued && !c->writing.full)
		evert_connection_flush(c);
	else /* by new marks, or closing */
		evert_connection_after_sending(c);
	if (!c->reason && (c->base.closing || c->reading.ended))
		evert_connection_update(c);
}

static void run_task(struct evert_task *task)
{
	struct evert_connection *c =
		evert_container_of(task, struct evert_connection, task);

	if (c->told) {
		release(c);
		return;
	}
	if (!c->reason)
		go_on(c);
	if (c->reason && !evert_connection_is_held(c))
		tell(c);
}

static void abort_connection(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!c->reason)
		c->resets = true;
	evert_connection_end_here(
		c, evert_failure_bare(EVERT_CONNECTION_ABORTED));
}

/* ---- The watch ---- */

static void unwatchable(struct evert_watch *watch, int error)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	c->base.closing = true;
	evert_connection_end_broken(c, error);
}

static void stopped(struct evert_connection *c)
{
	evert_connection_end(c, evert_failure_bare(EVERT_REACTOR_STOPPED));
}

static void give_up(struct evert_connection *c)
{
	struct evert_reactor *reactor = c->watch.reactor;
	size_t left = c->writing.output.queued;

	if (!left || c->reason) {
		stopped(c);
		return;
	}
	reactor->lost_bytes += left;
	reactor->lost_connections++;
	c->resets = true; /* what was sent is not all */
	evert_connection_end(c, evert_failure_create(
					EVERT_REACTOR_STOPPED, ETIMEDOUT,
					"%zu bytes were given up when the "
					"reactor stopped", left));
}

/* The reactor waits, but not for ever. */
static void send_before_the_end(struct evert_connection *c)
{
	evert_connection_send_last(c);
	if (!c->writing.output.queued || c->reason) {
		stopped(c);
		return;
	}
	if (!c->unsent)
		c->watch.reactor->unsent++;
	c->unsent = true;
	evert_connection_update(c);
}

static void shut_down(struct evert_watch *watch)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	c->base.closing = true;
	evert_connection_end_writing(c);
	if (evert_reactor_is_forked(watch->reactor))
		stopped(c);
	else if (watch->reactor->closing_is_over)
		give_up(c);
	else
		send_before_the_end(c);
}

static const struct evert_watch_ops watch_ops = {
	.ready = evert_connection_ready,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
};

static const struct evert_watch_ops taking_watch_ops = {
	.ready = evert_connection_ready_to_take,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
};

/* ---- The peer's address ---- */

/* Kept since it was accepted: the kernel forgets it with a reset. */
static char *peer_of(const struct evert_connection *c)
{
	return (char *)c + c->size - c->peer_length;
}

/* How many bytes of it say something. */
static size_t length_to_keep(const struct evert_address *peer)
{
	return peer->as.any.sa_family == AF_INET && peer->length ?
		       offsetof(struct sockaddr_in, sin_zero) :
		       peer->length;
}

static void keep_peer(struct evert_connection *c,
		      const struct evert_address *peer)
{
	if (EVERT_LIKELY(c->peer_length == /* of a fixed size: no call */
			 offsetof(struct sockaddr_in, sin_zero)))
		memcpy(peer_of(c), &peer->as,
		       offsetof(struct sockaddr_in, sin_zero));
	else
		memcpy(peer_of(c), &peer->as, c->peer_length);
}

static bool kept_peer(const struct evert_connection *c,
		      struct evert_address *address)
{
	if (!c->peer_length)
		return false;
	memset(&address->as, 0, sizeof(address->as));
	memcpy(&address->as, peer_of(c), c->peer_length);
	address->length = address->as.any.sa_family == AF_INET ?
				  sizeof(address->as.ip4) :
				  c->peer_length;
	return true;
}

/* ---- The transport ---- */

static struct evert_deferred *wait_closed(struct evert_transport *base,
					  const char *place)
{
	struct evert_connection_rare *rare =
		evert_connection_rare(evert_connection_from(base));

	return rare ? evert_bell_wait(&rare->closed, place) : NULL;
}

static int get_address(const struct evert_transport *base, bool peer,
		       struct evert_address *address)
{
	const struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);

	if (peer && kept_peer(c, address))
		return 0;
	address->length = sizeof(address->as);
	if (c->told)
		return -ENOTCONN;
	return (peer ? system->ops->getpeername : system->ops->getsockname)(
		system, c->watch.fd, &address->as.any, &address->length);
}

static int set_option(struct evert_transport *base, int level, int option,
		      int value)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);

	if (c->told)
		return -ENOTCONN;
	return system->ops->setsockopt(system, c->watch.fd, level, option,
				       &value, sizeof(value));
}

static int get_option(const struct evert_transport *base, int level,
		      int option, void *value, socklen_t *length)
{
	const struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);

	if (c->told)
		return -ENOTCONN;
	return system->ops->getsockopt(system, c->watch.fd, level, option,
				       value, length);
}

static const struct evert_transport_ops transport_ops = {
	.write = evert_connection_write,
	.write_sequence = evert_connection_write_sequence,
	.write_owned = evert_connection_write_owned,
	.lose_connection = evert_connection_lose,
	.abort = abort_connection,
	.lose_write = evert_connection_lose_write,
	.pause_reading = evert_connection_pause_reading,
	.resume_reading = evert_connection_resume_reading,
	.set_marks = evert_connection_set_marks,
	.queued = evert_connection_queued,
	.closed = wait_closed,
	.set_closing_time = evert_connection_set_closing_time,
	.address = get_address,
	.set_option = set_option,
	.get_option = get_option,
	.write_descriptors = evert_connection_write_descriptors,
};

/* ---- Opening ---- */

/* Where a protocol stands behind it: as if it came from malloc. */
enum {
	ALIGNMENT = alignof(max_align_t),
	PROTOCOL_AT = (sizeof(struct evert_connection) + ALIGNMENT - 1) /
		      ALIGNMENT * ALIGNMENT,
	MOST_BEHIND = 4096,
};

/* Of a protocol that is to stand behind; 0: apart. */
static size_t size_behind(const struct evert_factory *factory)
{
	return factory->build_protocol == evert_factory_build &&
			       factory->size <= MOST_BEHIND && factory->init ?
		       factory->size :
		       0;
}

/* A connection without a protocol: 0, or -errno. */
static int make(struct evert_connection **made, struct evert_reactor *reactor,
		int fd, size_t behind, const struct evert_address *peer)
{
	size_t kept = length_to_keep(peer);
	size_t size = (behind ? PROTOCOL_AT + behind : sizeof(**made)) + kept;
	struct evert_connection *c = evert_block_take(size);
	int error;

	if (!c)
		return -ENOMEM;
	*c = (struct evert_connection){
		.base = { .ops = &transport_ops },
		.is_local = kept && peer->as.any.sa_family == AF_UNIX,
		.peer_length = (uint8_t)kept,
		.size = (uint16_t)size,
	};
	evert_writing_init(&c->writing);
	evert_task_init(&c->task, run_task);
	keep_peer(c, peer);
	error = evert_watch_add(&c->watch, reactor, fd, &watch_ops);
	if (error)
		evert_block_give(c, size);
	*made = c;
	return error;
}

static inline void check(const struct evert_protocol *protocol)
{
	if (!EVERT_LIKELY(protocol->ops && protocol->ops->data_received))
		evert_protocol_check(protocol);
}

static struct evert_protocol *build_behind(struct evert_connection *c,
					   struct evert_factory *factory)
{
	struct evert_protocol *protocol =
		(struct evert_protocol *)((char *)c + PROTOCOL_AT);

	memset(protocol, 0, factory->size);
	factory->init(protocol, factory->ops);
	return protocol;
}

/* Gives it a protocol; -ECONNABORTED: the factory refused, and it is gone. */
static int build(struct evert_connection *c, struct evert_factory *factory,
		 size_t behind, const struct evert_address *peer)
{
	struct evert_protocol *protocol =
		behind ? build_behind(c, factory) :
			 factory->build_protocol(factory, peer);

	if (!protocol) {
		evert_watch_remove(&c->watch);
		evert_block_give(c, c->size);
		return -ECONNABORTED;
	}
	check(protocol);
	c->base.protocol = protocol;
	c->frees_protocol = factory->size > 0 && !behind;
	protocol->transport = &c->base;
	if (evert_connection_takes_descriptors(c))
		c->watch.ops = &taking_watch_ops;
	protocol->factory = factory;
	return 0;
}

struct evert_protocol *
evert_connection_open(struct evert_reactor *reactor, int fd,
		      struct evert_factory *factory,
		      const struct evert_address *peer)
{
	struct evert_connection *c;
	size_t behind = size_behind(factory);
	int error = make(&c, reactor, fd, behind, peer);

	if (!error)
		error = build(c, factory, behind, peer);
	if (error) {
		reactor->system->ops->close(reactor->system, fd);
		errno = -error;
		return NULL;
	}
	evert_connection_call(c, c->base.protocol->ops->connection_made,
			      "connection_made");
	evert_watch_begin(&c->watch, evert_connection_wanted(c));
	return c->base.protocol;
}
