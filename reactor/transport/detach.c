/* SPDX-License-Identifier: MIT */
#include "detach_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "connection_peer_internal.h"
#include "connection_write_internal.h"
#include "socket_options_internal.h"
#include "tell_connection_internal.h"

/* ---- Taking it away ---- */

/* What the caller has not used comes before what was not delivered yet. */
static int keep_unread(struct evert_detached *detached,
		       const struct evert_connection *c, const void *unread,
		       size_t length)
{
	bool more = evert_connection_has_unread(c);
	size_t rest = more ? c->rare->unread_length : 0;
	struct evert_connection_rare *rare;

	if (!length && !rest)
		return 0;
	rare = detached->rare = evert_allocate(sizeof(*rare));
	if (!rare)
		return -ENOMEM;
	*rare = (struct evert_connection_rare){
		.unread = evert_allocate(length + rest),
		.unread_length = length + rest,
	};
	if (!rare->unread)
		return -ENOMEM;
	if (length)
		memcpy(rare->unread, unread, length);
	if (rest)
		memcpy(rare->unread + length, c->rare->unread, rest);
	return 0;
}

static void free_rare(struct evert_detached *detached)
{
	if (detached->rare)
		evert_free(detached->rare->unread);
	evert_free(detached->rare);
}

/* What is left when all is copied that has to be. */
static void take(struct evert_detached *detached, struct evert_connection *c)
{
	detached->from = c->watch.reactor;
	detached->system = evert_connection_system(c);
	detached->fd = c->watch.fd;
	detached->forks = c->watch.forks;
	detached->write_ended = c->writing.ended;
	detached->shut = c->writing.shut;
	detached->sent_much = c->writing.sent_much;
	if (!evert_connection_kept_peer(c, &detached->peer))
		detached->peer.length = 0;
	if (evert_trace_is_recording())
		evert_tell_detached(c);
	evert_watch_remove(&c->watch);
	c->watch.fd = -1;
	evert_connection_end_here(
		c, evert_failure_bare(EVERT_CONNECTION_DETACHED));
}

/* First it is sent what can be, which mostly is all. Whose data that was is told
   so, and may close it. */
static int check(struct evert_connection *c)
{
	if (c->reading.in_parts)
		return -EBUSY;
	if (!c->base.closing && !c->ended)
		evert_connection_send_last(c);
	return c->base.closing || c->ended || c->writing.error ? -EPIPE : 0;
}

static int detach(struct evert_detached *detached, struct evert_connection *c,
		  const void *unread, size_t length)
{
	struct evert_output owned = { .last = NULL };
	int error = keep_unread(detached, c, unread, length);

	if (!error)
		error = evert_output_move(&detached->output, &owned,
					  &c->output,
					  c->watch.reactor);
	if (!error)
		take(detached, c);
	/* Now, since it calls its owners. */
	evert_output_drop(&owned, c->watch.reactor);
	return error;
}

struct evert_detached *evert_connection_detach(struct evert_transport *base,
					       const void *unread,
					       size_t length)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_detached *detached;
	int error = check(c);

	if (error) {
		errno = -error;
		return NULL;
	}
	detached = evert_allocate(sizeof(*detached));
	error = -ENOMEM;
	if (detached) {
		memset(detached, 0, sizeof(*detached));
		error = detach(detached, c, unread, length);
	}
	if (!error)
		return detached;
	if (detached)
		free_rare(detached);
	evert_free(detached);
	errno = -error;
	return NULL;
}

struct evert_detached *
evert_transport_detach(struct evert_transport *transport, const void *unread,
		       size_t length)
{
	if (transport->ops->detach)
		return transport->ops->detach(transport, unread, length);
	errno = EOPNOTSUPP;
	return NULL;
}

/* ---- Going on ---- */

void evert_detached_move_to(struct evert_detached *detached,
			    struct evert_connection *c)
{
	c->rare = detached->rare;
	c->watch.forks = detached->forks;
	c->output = detached->output;
	c->writing.shut = detached->shut;
	c->writing.sent_much = detached->sent_much;
	c->base.write_ended = detached->write_ended;
	if (detached->write_ended)
		evert_connection_end_writing(c);
	evert_connection_plan(c); /* to deliver, and to send */
	evert_free(detached);
}

struct evert_protocol *evert_detached_attach(struct evert_detached *detached,
					     struct evert_reactor *reactor,
					     struct evert_factory *factory)
{
	struct evert_protocol *protocol = NULL;

	evert_reactor_check_thread(reactor, "evert_detached_attach");
	evert_factory_check(factory);
	errno = ESHUTDOWN;
	if (!reactor->shutting_down)
		protocol = evert_connection_open(reactor, detached->fd, factory,
						 &detached->peer, detached);
	if (!protocol)
		evert_detached_destroy(detached);
	return protocol;
}

/* ---- Giving it up ---- */

void evert_detached_destroy(struct evert_detached *detached)
{
	struct evert_system *system;
	int error = errno;

	if (!detached)
		return;
	system = detached->system;
	evert_socket_reset_on_close(system, detached->fd);
	system->ops->close(system, detached->fd);
	evert_output_discard(&detached->output, system);
	free_rare(detached);
	evert_free(detached);
	errno = error;
}
