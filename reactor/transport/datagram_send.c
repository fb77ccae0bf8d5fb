/* SPDX-License-Identifier: MIT */
/*
 * Sending. What is sent is gathered in the reactor's batch, of which there is
 * one: who else sends meanwhile has it sent first. Only what the kernel does
 * not take becomes a letter in the queue.
 */
#include "datagram_send_internal.h"

#include <string.h>

enum {
	DIRECT = 16384, /* what is larger is not copied, but sent at once */
	MOST_IP4 = 65507,
	MOST_IP6 = 65527,
	MOST_SEGMENTS = 64, /* in one system call (udp(7)) */
	MOST_JOINED = 1200, /* bytes: a segment fits into every packet */
};

/* ---- Composing ---- */

static void map(struct evert_address *address)
{
	struct sockaddr_in ip = address->as.ip4;
	struct sockaddr_in6 *mapped = &address->as.ip6;

	*mapped = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_port = ip.sin_port,
	};
	mapped->sin6_addr.s6_addr[10] = mapped->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&mapped->sin6_addr.s6_addr[12], &ip.sin_addr,
	       sizeof(ip.sin_addr));
	address->length = sizeof(*mapped);
}

/* Of a fixed size where it is short: no call. */
static void copy_address(struct evert_address *to,
			 const struct evert_address *from)
{
	to->length = from->length;
	if (from->length <= sizeof(from->as.ip6))
		memcpy(&to->as, &from->as, sizeof(from->as.ip6));
	else
		to->as = from->as;
}

/* Names the peer: 0, or -errno. */
static int address(const struct evert_datagram_port *port,
		   struct msghdr *message, struct evert_datagram_out *out,
		   const struct evert_address *peer)
{
	int family = evert_datagram_port_family(port);

	message->msg_name = NULL;
	message->msg_namelen = 0;
	if (!peer || !peer->length)
		return port->peer.length ? 0 : -EDESTADDRREQ;
	if (port->peer.length)
		return -EISCONN;
	copy_address(&out->peer, peer);
	if (peer->as.any.sa_family == AF_INET && port->takes_ip4)
		map(&out->peer);
	if (out->peer.as.any.sa_family != family)
		return -EAFNOSUPPORT;
	message->msg_name = &out->peer.as;
	message->msg_namelen = out->peer.length;
	return 0;
}

/* All but the bytes: 0, or -errno. */
static int compose(const struct evert_datagram_port *port,
		   struct msghdr *message, struct evert_datagram_out *out,
		   const struct evert_datagram_route *route, size_t segment)
{
	int error = address(port, message, out, route->peer);

	if (error)
		return error;
	message->msg_control = out->control;
	message->msg_controllen = 0;
	if (route->source || route->interface || route->with_tos || segment)
		error = evert_datagram_control_write(port, message, route,
						     segment);
	if (!message->msg_controllen)
		message->msg_control = NULL;
	return error;
}

/* ---- Gathering ---- */

/* Takes the batch over. */
static struct evert_datagram_batch *begin(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);

	evert_datagram_forget_parents(batch);
	if (batch->sender && batch->sender != port)
		evert_datagram_send_gathered(batch->sender);
	return batch;
}

static bool has_room(const struct evert_datagram_batch *batch, size_t length)
{
	return batch->gathered < EVERT_DATAGRAM_BATCH &&
	       length <= EVERT_DATAGRAM_GATHERS - batch->filled;
}

static bool is_plain(const struct evert_datagram_route *route)
{
	return !route->source && !route->interface && !route->with_tos;
}

static bool goes_to(const struct msghdr *message,
		    const struct evert_address *peer)
{
	if (!peer)
		return !message->msg_name;
	return message->msg_namelen == peer->length &&
	       !memcmp(message->msg_name, &peer->as, peer->length);
}

/* Joins the one before it, if it can. */
static bool join(struct evert_datagram_port *port, const void *data,
		 size_t length, const struct evert_datagram_route *route)
{
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);
	struct msghdr *last;

	if (!batch->gathered || !batch->run || batch->run == MOST_SEGMENTS ||
	    batch->run_length != length || port->cuts || !is_plain(route))
		return false;
	last = &batch->out_messages[batch->gathered - 1].msg_hdr;
	if (!goes_to(last, route->peer) ||
	    evert_datagram_length_of(last) + length > MOST_IP4)
		return false;
	if (batch->run == 1) {
		last->msg_control = batch->outs[batch->gathered - 1].control;
		/* Without a source it can't fail. */
		evert_datagram_control_write(port, last, route, length);
	}
	memcpy(batch->bytes + batch->filled, data, length);
	batch->filled += length;
	last->msg_iov->iov_len += length;
	batch->run++;
	return true;
}

static int gather(struct evert_datagram_port *port, const void *data,
		  size_t length, const struct evert_datagram_route *route,
		  size_t segment)
{
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);
	struct msghdr *message = &batch->out_messages[batch->gathered].msg_hdr;
	int error = compose(port, message, &batch->outs[batch->gathered], route,
			    segment);

	if (error)
		return error;
	message->msg_iov->iov_base = batch->bytes + batch->filled;
	message->msg_iov->iov_len = length;
	if (length)
		memcpy(batch->bytes + batch->filled, data, length);
	if (!batch->sender) {
		batch->sender = port;
		batch->forks = evert_forks_now();
		evert_datagram_port_plan(port);
	}
	batch->filled += length;
	batch->gathered++;
	batch->run_length = length;
	batch->run = port->joins && length && length <= MOST_JOINED &&
		     !segment && is_plain(route);
	return 0;
}

static int send_direct(struct evert_datagram_port *port, struct msghdr *message)
{
	int error;

	evert_datagram_send_gathered(port);
	if (port->first)
		return evert_datagram_queue(port, message);
	error = evert_datagram_send_one(port, message);
	if (!evert_datagram_may_pass(error))
		return error;
	error = evert_datagram_queue(port, message);
	if (!error)
		evert_datagram_wait_to_send(port, -EAGAIN);
	return error;
}

/* What can't be gathered: something waits already, or it is large. */
static int send_apart(struct evert_datagram_port *port, const void *data,
		      size_t length, const struct evert_datagram_route *route,
		      size_t segment)
{
	struct iovec part = {(void *)data, length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct evert_datagram_out out;
	int error = compose(port, &message, &out, route, segment);

	if (!error)
		error = evert_datagram_make_room(
			port, length, evert_datagram_count_of(&message));
	if (error)
		return error < 0 ? error : 0;
	error = port->first ? evert_datagram_queue(port, &message)
			    : send_direct(port, &message);
	evert_datagram_check_high_mark(port);
	return error;
}

static int send_whole(struct evert_datagram_port *port, const void *data,
		      size_t length, const struct evert_datagram_route *route,
		      size_t segment)
{
	struct evert_datagram_batch *batch = begin(port);

	if (!EVERT_LIKELY(has_room(batch, length)))
		evert_datagram_send_gathered(port);
	if (port->joins && !port->first && batch->sender == port && !segment &&
	    length <= EVERT_DATAGRAM_GATHERS - batch->filled &&
	    join(port, data, length, route))
		return 0;
	return port->first || length >= DIRECT
		       ? send_apart(port, data, length, route, segment)
		       : gather(port, data, length, route, segment);
}

/* ---- Several as one ---- */

/* The largest number of whole segments that goes at once. */
static size_t stretch_of(const struct evert_datagram_port *port, size_t segment)
{
	size_t count = port->cuts ? 1 : MOST_IP4 / segment;

	if (count > MOST_SEGMENTS)
		count = MOST_SEGMENTS;
	return count * segment;
}

/* Some of them have gone: the caller, who can't know how many, is told of the
   others as of any that was taken and could not be sent. */
static int lose(struct evert_datagram_port *port, size_t length,
		const struct evert_datagram_route *route, int error)
{
	port->base.dropped += evert_datagram_pieces(length, route->segment);
	evert_datagram_note(port, false, -error,
			    route->peer ? route->peer : &port->peer);
	return 0;
}

/* One stretch after the other; pause_writing, which is called between them, may
   close the transport. */
static int send_stretches(struct evert_datagram_port *port, const char *data,
			  size_t length,
			  const struct evert_datagram_route *route)
{
	size_t segment = route->segment, left = length, part;
	int error;

	while (left) {
		part = stretch_of(port, segment);
		if (part > left)
			part = left;
		error = port->base.closing
				? -EPIPE
				: send_whole(port, data, part, route,
					     part > segment ? segment : 0);
		if (error)
			return left < length ? lose(port, left, route, error)
					     : error;
		data += part;
		left -= part;
	}
	return 0;
}

static int send_segments(struct evert_datagram_port *port, const char *data,
			 size_t length,
			 const struct evert_datagram_route *route)
{
	size_t segment = route->segment;
	int error;

	if (segment > MOST_IP4)
		return -EMSGSIZE;
	if (evert_datagram_port_family(port) == AF_UNIX)
		port->cuts = true;
	error = evert_datagram_make_room(
		port, length, evert_datagram_pieces(length, segment));
	if (error)
		return error < 0 ? error : 0;
	return send_stretches(port, data, length, route);
}

/* ---- The operation ---- */

static size_t most_of(const struct evert_datagram_port *port)
{
	switch (evert_datagram_port_family(port)) {
	case AF_INET:
		return MOST_IP4;
	case AF_INET6:
		return MOST_IP6;
	default:
		return SIZE_MAX;
	}
}

int evert_datagram_port_send(struct evert_datagram_transport *base,
			     const void *data, size_t length,
			     const struct evert_datagram_route *route)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	if (!EVERT_LIKELY(!base->closing))
		return -EPIPE;
	if (route->segment && length > route->segment)
		return send_segments(port, data, length, route);
	if (!EVERT_LIKELY(length <= most_of(port)))
		return -EMSGSIZE;
	return send_whole(port, data, length, route, 0);
}
