/* SPDX-License-Identifier: MIT */
/*
 * To the kernel: many by one system call. What comes in between is told apart
 * by sending one by itself: a lack that passes, an error that came from the
 * network for another, or one of its own.
 */
#include "datagram_send_internal.h"

#include <string.h>

enum {
	ATTEMPTS = 4, /* at one that meets the errors of others */
};

static int send_pieces(struct evert_datagram_port *port,
		       const struct msghdr *message);

void evert_datagram_wait_to_send(struct evert_datagram_port *port, int error)
{
	port->full = true;
	/* What is no lack of room in the socket is not told by the poller. */
	if (error != -EAGAIN || evert_datagram_port_is_tried(port))
		evert_datagram_port_retry(port);
	evert_datagram_port_update(port);
}

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
int evert_datagram_send_one(struct evert_datagram_port *port,
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
	if (!evert_datagram_may_pass((int)sent) &&
	    evert_datagram_segment_of(message))
		return send_pieces(port, message);
	return (int)sent;
}

/* The kernel does not segment: the pieces take its place, composed as the whole
   was but for UDP_SEGMENT, which was put last. Those that were sent are not
   sent again when the others have to wait. */
static int send_pieces(struct evert_datagram_port *port,
		       const struct msghdr *message)
{
	size_t segment = evert_datagram_segment_of(message);
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
		error = evert_datagram_send_one(port, &piece);
		if (error)
			return error;
		left->iov_base = (char *)left->iov_base + part.iov_len;
		left->iov_len -= part.iov_len;
	}
	return 0;
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

static void fail(struct evert_datagram_port *port, const struct msghdr *message,
		 int error)
{
	struct evert_address room;
	const struct evert_address *peer = peer_of(port, message, &room);

	port->base.dropped += evert_datagram_count_of(message);
	if (is_gone(port, error))
		evert_datagram_note(port, true, -error, peer);
	evert_datagram_note(port, false, -error, peer);
}

/* How many of them were sent; 0 also where the system has no such call. */
static unsigned send_many(struct evert_datagram_port *port,
			  struct mmsghdr *messages, unsigned count, int *error)
{
	struct evert_system *system = evert_datagram_port_system(port);
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);
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
			*error = evert_datagram_send_one(
				port, &messages[done].msg_hdr);
		if (evert_datagram_may_pass(*error))
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
	int error = evert_datagram_queue(port, message);

	if (error)
		fail(port, message, error);
}

void evert_datagram_send_gathered(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);
	unsigned count, done;
	int error;

	evert_datagram_forget_parents(batch);
	if (batch->sender != port)
		return;
	count = batch->gathered;
	done = send_some(port, batch->out_messages, count, &error);
	if (!EVERT_LIKELY(done == count)) {
		for (; done < count; done++)
			queue_or_fail(port, &batch->out_messages[done].msg_hdr);
		evert_datagram_wait_to_send(port, error);
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
			evert_datagram_take_first(port);
		if (done)
			port->retry_after = 0;
		if (error)
			break;
	}
	port->full = error;
	if (error)
		evert_datagram_wait_to_send(port, error);
	else
		evert_datagram_port_update(port);
	if (!port->first || port->queued <= port->low)
		evert_datagram_port_plan(port);
}

/* ---- What is left ---- */

bool evert_datagram_has_unsent(const struct evert_datagram_port *port)
{
	return port->first || evert_datagram_port_batch(port)->sender == port;
}

size_t evert_datagram_drop_unsent(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = evert_datagram_port_batch(port);
	size_t bytes = 0;
	unsigned i;

	if (batch->sender == port) {
		for (i = 0; i < batch->gathered; i++)
			port->base.dropped += evert_datagram_count_of(
				&batch->out_messages[i].msg_hdr);
		bytes = batch->filled;
		batch->sender = NULL;
		batch->gathered = 0;
		batch->filled = 0;
	}
	while (port->first) {
		bytes += evert_datagram_length_of(&port->first->message);
		evert_datagram_drop_first(port);
	}
	return bytes;
}
