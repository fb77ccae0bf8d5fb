/* SPDX-License-Identifier: MIT */
#include "connection_splicing_internal.h"

#include <errno.h>

#include "connection_read_internal.h"
#include "connection_write_internal.h"
#include "tell_bytes_internal.h"

static bool protocol_takes(struct evert_connection *c)
{
	const struct evert_splicing_protocol_ops *ops = evert_container_of(
		c->base.protocol->ops, struct evert_splicing_protocol_ops,
		base);

	return ops->ready(c->base.protocol);
}

/* What else there was to be told, will be told again. */
void evert_connection_ready_to_splice(struct evert_watch *watch,
				      unsigned ready)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	if (ready & EVERT_READ && evert_connection_delivers(c) &&
	    !c->writing.error && (protocol_takes(c) || c->ended))
		ready &= EVERT_WRITE;
	if (ready)
		evert_connection_ready(watch, ready);
}

static struct evert_reactor *begin(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!evert_connection_system(c)->ops->splice)
		return NULL;
	c->watch.ops = &evert_connection_splicing_socket.watch;
	return c->watch.reactor;
}

/* What the kernel says once only: a read that follows would be told an orderly
   end (of a reset, say). The rest is of the pipe, or says nothing. */
static bool is_the_end(ssize_t taken)
{
	return taken < 0 && taken != -EAGAIN && taken != -EINTR &&
	       taken != -EINVAL && taken != -ENOMEM;
}

static ssize_t take(struct evert_transport *base, int pipe, size_t most)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);
	ssize_t taken;

	taken = system->ops->splice(system, c->watch.fd, pipe, most);
	if (is_the_end(taken))
		evert_connection_end_broken(c, (int)-taken);
	if (evert_is_observed())
		evert_tell_read(system, c->watch.fd, NULL, taken);
	return taken;
}

static ssize_t give(struct evert_transport *base, int pipe, size_t length)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);
	ssize_t given;
	int64_t at;

	if (c->writing.ended)
		return -EPIPE;
	at = evert_tell_now();
	given = system->ops->splice(system, pipe, c->watch.fd, length);
	if (at)
		evert_tell_written(system, c->watch.fd, NULL, given, at);
	if (given != -EINVAL)
		evert_connection_spliced(c, given, length);
	return given;
}

const struct evert_splicing_ops evert_connection_splicing_ops = {
	.begin = begin,
	.take = take,
	.give = give,
};
