/* SPDX-License-Identifier: MIT */
/*
 * Sending. What is sent is gathered in the reactor's batch, of which there is
 * one: who else sends meanwhile has it sent first. Only what the kernel does
 * not take becomes a letter in the queue.
 */
#include "datagram_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum {
	DIRECT = 16384, /* what is larger is not copied, but sent at once */
	MOST_IP4 = 65507,
	MOST_IP6 = 65527,
	MOST_SEGMENTS = 64, /* in one system call (udp(7)) */
	MOST_JOINED = 1200, /* bytes: a segment fits into every packet */
	ATTEMPTS = 4,	    /* at one that meets the errors of others */
};

/* In the queue. */
struct evert_letter {
	struct evert_letter *next;
	size_t cost; /* what it counts for */
	struct evert_datagram_out out;
	struct msghdr message;
	struct iovec part;
	char data[];
};

/* ---- Composing ---- */

static struct evert_datagram_batch *
batch_of(const struct evert_datagram_port *port)
{
	return port->watch.reactor->datagrams;
}

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

static const struct evert_address *
peer_of(const struct evert_datagram_port *port, const struct msghdr *message,
	struct evert_address *peer)
{
	if (!message->msg_name)
		return &port->peer;
	memcpy(&peer->as, message->msg_name, message->msg_namelen);
	peer->length = message->msg_namelen;
	return peer;
}

static size_t length_of(const struct msghdr *message)
{
	return message->msg_iov->iov_len;
}

static uint16_t segment_of(const struct msghdr *message)
{
	struct msghdr *copy = (struct msghdr *)message;
	struct cmsghdr *c;
	uint16_t size = 0;

	for (c = CMSG_FIRSTHDR(copy); c; c = CMSG_NXTHDR(copy, c))
		if (c->cmsg_level == IPPROTO_UDP)
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size;
}

static size_t pieces(size_t length, size_t segment)
{
	return length / segment + (length % segment != 0);
}

/* How many datagrams it is. */
static size_t count_of(const struct msghdr *message)
{
	size_t segment = message->msg_control ? segment_of(message) : 0;

	return segment ? pieces(length_of(message), segment) : 1;
}

/* What they count for in the queue. */
static size_t cost(size_t length, size_t count)
{
	return length + count * EVERT_DATAGRAM_COST;
}

/* ---- The queue ---- */

/* -ENOMEM: it is not queued. */
static int queue(struct evert_datagram_port *port, const struct msghdr *message)
{
	size_t length = length_of(message);
	struct evert_letter *letter = evert_allocate(sizeof(*letter) + length);

	if (!letter)
		return -ENOMEM;
	letter->next = NULL;
	letter->cost = cost(length, count_of(message));
	letter->part = (struct iovec){ letter->data, length };
	if (length)
		memcpy(letter->data, message->msg_iov->iov_base, length);
	letter->message = *message;
	letter->message.msg_iov = &letter->part;
	if (message->msg_name)
		letter->message.msg_name = memcpy(&letter->out.peer.as,
						  message->msg_name,
						  message->msg_namelen);
	if (message->msg_control)
		letter->message.msg_control = memcpy(letter->out.control,
						     message->msg_control,
						     message->msg_controllen);
	if (port->first)
		port->last->next = letter;
	else
		port->first = letter;
	port->last = letter;
	port->queued += letter->cost;
	return 0;
}

static void take_first(struct evert_datagram_port *port)
{
	struct evert_letter *letter = port->first;

	port->first = letter->next;
	port->queued -= letter->cost;
	evert_free(letter);
}

static void drop_first(struct evert_datagram_port *port)
{
	port->base.dropped += count_of(&port->first->message);
	take_first(port);
}

/* For `count` datagrams of `length` bytes in all. 0: there is room; 1: they
   were dropped; or -EAGAIN. */
static int make_room(struct evert_datagram_port *port, size_t length,
		     size_t count)
{
	size_t needed = cost(length, count);

	if (!port->first || port->queued + needed <= port->queue_most)
		return 0;
	switch (port->when_full) {
	case EVERT_DATAGRAM_REFUSE:
		return -EAGAIN;
	case EVERT_DATAGRAM_DROP_NEWEST:
		port->base.dropped += count;
		return 1;
	default:
		while (port->first && port->queued + needed > port->queue_most)
			drop_first(port);
		return 0;
	}
}

void evert_datagram_check_high_mark(struct evert_datagram_port *port)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;

	if (port->queued <= port->high || port->protocol_paused ||
	    port->base.closing)
		return;
	port->protocol_paused = true;
	if (protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
}

/* ---- To the kernel ---- */

/* Something that passes: it is tried again later. */
static bool may_pass(int error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
}

static void wait_to_send(struct evert_datagram_port *port, int error)
{
	port->full = true;
	/* What is no lack of room in the socket is not told by the poller. */
	if (error != -EAGAIN || evert_datagram_port_is_tried(port))
		evert_datagram_port_retry(port);
	evert_datagram_port_update(port);
}

static int send_pieces(struct evert_datagram_port *port,
		       const struct msghdr *message);

/* A UNIX socket's error is about the one that is sent: nobody has the path any
   more. Where it was connected the kernel says so once, and cuts it off. */
static bool is_gone(const struct evert_datagram_port *port, int error)
{
	return (error == -ECONNREFUSED || error == -ENOTCONN) &&
	       evert_datagram_port_family(port) == AF_UNIX;
}

/* One by itself, which also says why one of many was not sent: 0 when it was;
   or -errno. An error that came from the network was about another: then it
   was not sent, and is sent again. */
static int send_one(struct evert_datagram_port *port,
		    const struct msghdr *message)
{
	struct evert_system *system = evert_datagram_port_system(port);
	ssize_t sent = 0;
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		sent = system->ops->sendmsg(system, port->watch.fd, message, 0);
		if (sent >= 0)
			return 0;
		if (sent == -EINTR)
			continue;
		if (sent == -EMSGSIZE || sent == -EACCES ||
		    is_gone(port, (int)sent) ||
		    !evert_datagram_is_refusal((int)-sent))
			break;
		if (i == 0)
			evert_datagram_refused(port, (int)-sent);
	}
	if (!may_pass((int)sent) && segment_of(message))
		return send_pieces(port, message);
	return (int)sent;
}

static void fail(struct evert_datagram_port *port, const struct msghdr *message,
		 int error)
{
	struct evert_address room;
	const struct evert_address *peer = peer_of(port, message, &room);

	port->base.dropped += count_of(message);
	if (is_gone(port, error))
		evert_datagram_note(port, true, -error, peer);
	evert_datagram_note(port, false, -error, peer);
}

/* How many of them were sent; 0 also where the system has no such call. */
static unsigned send_many(struct evert_datagram_port *port,
			  struct mmsghdr *messages, unsigned count, int *error)
{
	struct evert_system *system = evert_datagram_port_system(port);
	struct evert_datagram_batch *batch = batch_of(port);
	int sent;

	*error = 0;
	if (count < 2 || batch->no_sendmmsg)
		return 0;
	sent = system->ops->sendmmsg(system, port->watch.fd, messages, count,
				     0);
	if (sent == -ENOSYS)
		batch->no_sendmmsg = true;
	else if (sent < 0)
		*error = sent;
	return sent > 0 ? (unsigned)sent : 0;
}

/* How many are done with: sent, or failed. `*error`: why not all. */
static unsigned send_some(struct evert_datagram_port *port,
			  struct mmsghdr *messages, unsigned count, int *error)
{
	unsigned done = 0, sent;

	while (done < count) {
		sent = send_many(port, messages + done, count - done, error);
		done += sent;
		if (sent)
			continue;
		if (*error != -EAGAIN && !is_gone(port, *error))
			*error = send_one(port, &messages[done].msg_hdr);
		if (may_pass(*error))
			return done;
		if (*error)
			fail(port, &messages[done].msg_hdr, *error);
		done++;
	}
	*error = 0;
	return done;
}

static void queue_or_fail(struct evert_datagram_port *port,
			  const struct msghdr *message)
{
	int error = queue(port, message);

	if (error)
		fail(port, message, error);
}

/* What was gathered before a fork is the parent's. */
static void forget_parents(struct evert_datagram_batch *batch)
{
	if (!batch->sender || batch->forks == evert_forks_now())
		return;
	batch->sender = NULL;
	batch->gathered = 0;
	batch->filled = 0;
}

void evert_datagram_send_gathered(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = batch_of(port);
	unsigned count, done;
	int error;

	forget_parents(batch);
	if (batch->sender != port)
		return;
	count = batch->gathered;
	done = send_some(port, batch->out_messages, count, &error);
	if (!EVERT_LIKELY(done == count)) {
		for (; done < count; done++)
			queue_or_fail(port, &batch->out_messages[done].msg_hdr);
		wait_to_send(port, error);
		evert_datagram_port_plan(port);
	}
	batch->sender = NULL;
	batch->gathered = 0;
	batch->filled = 0;
}

/* As many letters as go at once. */
static unsigned collect(const struct evert_datagram_port *port,
			struct mmsghdr *messages)
{
	const struct evert_letter *letter = port->first;
	unsigned count;

	for (count = 0; letter && count < EVERT_DATAGRAM_BATCH; count++) {
		messages[count].msg_hdr = letter->message;
		letter = letter->next;
	}
	return count;
}

void evert_datagram_send_queued(struct evert_datagram_port *port)
{
	struct mmsghdr messages[EVERT_DATAGRAM_BATCH];
	unsigned count, done, i;
	int error = 0;

	while (port->first) {
		count = collect(port, messages);
		done = send_some(port, messages, count, &error);
		for (i = 0; i < done; i++)
			take_first(port);
		if (done)
			port->retry_after = 0;
		if (error)
			break;
	}
	port->full = error;
	if (error)
		wait_to_send(port, error);
	else
		evert_datagram_port_update(port);
	if (!port->first || port->queued <= port->low)
		evert_datagram_port_plan(port);
}

/* ---- From the protocol ---- */

/* Takes the batch over. */
static struct evert_datagram_batch *begin(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = batch_of(port);

	forget_parents(batch);
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
	struct evert_datagram_batch *batch = batch_of(port);
	struct msghdr *last;

	if (!batch->gathered || !batch->run || batch->run == MOST_SEGMENTS ||
	    batch->run_length != length || port->cuts || !is_plain(route))
		return false;
	last = &batch->out_messages[batch->gathered - 1].msg_hdr;
	if (!goes_to(last, route->peer) || length_of(last) + length > MOST_IP4)
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
	struct evert_datagram_batch *batch = batch_of(port);
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
		return queue(port, message);
	error = send_one(port, message);
	if (!may_pass(error))
		return error;
	error = queue(port, message);
	if (!error)
		wait_to_send(port, -EAGAIN);
	return error;
}

/* What can't be gathered: something waits already, or it is large. */
static int send_apart(struct evert_datagram_port *port, const void *data,
		      size_t length, const struct evert_datagram_route *route,
		      size_t segment)
{
	struct iovec part = { (void *)data, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct evert_datagram_out out;
	int error = compose(port, &message, &out, route, segment);

	if (!error)
		error = make_room(port, length, count_of(&message));
	if (error)
		return error < 0 ? error : 0;
	error = port->first ? queue(port, &message)
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
	port->base.dropped += pieces(length, route->segment);
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
	error = make_room(port, length, pieces(length, segment));
	if (error)
		return error < 0 ? error : 0;
	return send_stretches(port, data, length, route);
}

/* The kernel does not segment: the pieces take its place, composed as the whole
   was but for UDP_SEGMENT, which was put last. Those that were sent are not
   sent again when the others have to wait. */
static int send_pieces(struct evert_datagram_port *port,
		       const struct msghdr *message)
{
	size_t segment = segment_of(message);
	struct iovec *left = message->msg_iov, part;
	struct msghdr piece = *message;
	int error;

	port->cuts = true;
	piece.msg_iov = &part;
	piece.msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
	if (!piece.msg_controllen)
		piece.msg_control = NULL;
	while (left->iov_len) {
		part.iov_base = left->iov_base;
		part.iov_len = left->iov_len < segment ? left->iov_len
						       : segment;
		error = send_one(port, &piece);
		if (error)
			return error;
		left->iov_base = (char *)left->iov_base + part.iov_len;
		left->iov_len -= part.iov_len;
	}
	return 0;
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

/* ---- What is left ---- */

bool evert_datagram_has_unsent(const struct evert_datagram_port *port)
{
	return port->first || batch_of(port)->sender == port;
}

size_t evert_datagram_drop_unsent(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = batch_of(port);
	size_t bytes = 0;
	unsigned i;

	if (batch->sender == port) {
		for (i = 0; i < batch->gathered; i++)
			port->base.dropped +=
				count_of(&batch->out_messages[i].msg_hdr);
		bytes = batch->filled;
		batch->sender = NULL;
		batch->gathered = 0;
		batch->filled = 0;
	}
	while (port->first) {
		bytes += length_of(&port->first->message);
		drop_first(port);
	}
	return bytes;
}
