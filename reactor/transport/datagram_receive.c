/* SPDX-License-Identifier: MIT */
/*
 * Receiving. One system call for all that has come, up to a batch; more than
 * that is the next turn's, so that others have theirs. What the protocol sends
 * meanwhile goes out together at the end.
 */
#include "datagram_internal.h"
#include "datagram_told_internal.h"

#include <errno.h>

/* While it does, but is paused, what was read is kept. */
static bool takes(const struct evert_datagram_port *port)
{
	return !port->base.closing &&
	       !evert_reactor_is_forked(port->watch.reactor);
}

static bool delivers(const struct evert_datagram_port *port)
{
	return !port->reading_paused && takes(port);
}

/* ---- From the kernel ---- */

/* How much is read of each. Where the kernel puts some together, `largest` is
   for those that they are. */
static size_t room_of(const struct evert_datagram_port *port)
{
	return port->gathers ? EVERT_DATAGRAM_LARGEST : port->largest;
}

/* The kernel has written over what each message that it gave had room for; it
   mostly gives few. */
static void prepare(const struct evert_datagram_port *port,
		    struct evert_datagram_batch *batch)
{
	struct msghdr *message;
	unsigned i, count = batch->written_over;

	if (batch->room != room_of(port) || batch->controls != port->controls)
		count = EVERT_DATAGRAM_BATCH;
	batch->room = room_of(port);
	batch->controls = port->controls;
	for (i = 0; i < count; i++) {
		message = &batch->in_messages[i].msg_hdr;
		message->msg_namelen = sizeof(batch->ins[i].peer.as);
		message->msg_control = port->controls ? batch->ins[i].control
						      : NULL;
		message->msg_controllen =
			port->controls ? EVERT_DATAGRAM_CONTROL : 0;
		message->msg_iov->iov_len = batch->room;
	}
}

/* Where the system does not give many at once. */
static int read_singly(struct evert_datagram_port *port,
		       struct evert_datagram_batch *batch)
{
	struct evert_system *system = evert_datagram_port_system(port);
	ssize_t size = 0;
	int i;

	for (i = 0; i < EVERT_DATAGRAM_BATCH; i++) {
		size = system->ops->recvmsg(system, port->watch.fd,
					    &batch->in_messages[i].msg_hdr, 0);
		if (size < 0)
			break;
		batch->in_messages[i].msg_len = (unsigned)size;
	}
	return i ? i : (int)size;
}

/* May the system lack the call, or forbid it? */
static bool is_lack(int error)
{
	return error == -ENOSYS || error == -EOPNOTSUPP || error == -EPERM;
}

static int read_some(struct evert_datagram_port *port,
		     struct evert_datagram_batch *batch)
{
	struct evert_system *system = evert_datagram_port_system(port);
	int count;

	if (!batch->no_recvmmsg) {
		count = system->ops->recvmmsg(system, port->watch.fd,
					      batch->in_messages,
					      EVERT_DATAGRAM_BATCH, 0);
		if (!is_lack(count))
			return count;
		batch->no_recvmmsg = true;
	}
	return read_singly(port, batch);
}

/* It may have begun with the one behind those that it gave. */
static int read_many(struct evert_datagram_port *port,
		     struct evert_datagram_batch *batch)
{
	int count;

	prepare(port, batch);
	count = read_some(port, batch);
	batch->written_over = count > 0 ? (unsigned)count + 1 : 1;
	if (batch->written_over > EVERT_DATAGRAM_BATCH)
		batch->written_over = EVERT_DATAGRAM_BATCH;
	return count;
}

static void read_failed(struct evert_datagram_port *port, int error)
{
	if (error == EAGAIN || error == EINTR)
		return;
	if (evert_datagram_is_refusal(error)) {
		evert_datagram_refused(port, error);
	} else if (error == EBADF || error == ENOTSOCK || error == EINVAL) {
		evert_datagram_port_end(
			port, evert_failure_create(EVERT_CONNECTION_LOST, error,
						   "datagrams lost"));
	} else {
		/* It may last: to go on at once would be to spin. */
		port->cannot_read = true;
		evert_datagram_port_update(port);
		evert_datagram_port_retry(port);
	}
}

/* ---- To the protocol ---- */

static EVERT_APART void call_traced(struct evert_datagram_port *port,
				    const struct evert_datagram *datagram)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;
	struct evert_running_mark mark;

	evert_datagram_call_begin(&mark, port, "datagram_received");
	protocol->ops->datagram_received(protocol, datagram);
	evert_datagram_call_end(&mark);
}

static void deliver(struct evert_datagram_port *port,
		    const struct evert_datagram *datagram)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;

	if (evert_is_observed())
		call_traced(port, datagram);
	else
		protocol->ops->datagram_received(protocol, datagram);
}

static void hand_out(struct evert_datagram_port *port,
		     struct evert_datagram *datagram)
{
	if (datagram->length > port->largest) {
		datagram->length = port->largest;
		datagram->truncated = true;
	}
	if (EVERT_LIKELY(!port->reading_paused))
		deliver(port, datagram);
	else
		evert_datagram_keep(port, datagram);
}

/* What the kernel has put together comes apart again; if the buffer was too
   small, it is the last one that was cut. */
static void hand_out_segments(struct evert_datagram_port *port,
			      const struct evert_datagram *whole,
			      size_t segment)
{
	struct evert_datagram part = *whole;
	size_t left = whole->length;

	while (left && takes(port)) {
		part.length = left < segment ? left : segment;
		left -= part.length;
		part.truncated = whole->truncated && !left;
		hand_out(port, &part);
		part.data += segment;
	}
}

/* Of a connection: beside each message comes the time, be it empty. */
static bool is_end(const struct evert_datagram_port *port,
		   const struct mmsghdr *message)
{
	return port->seqpacket && !message->msg_len &&
	       !message->msg_hdr.msg_controllen;
}

/* Where it is paused it comes again. */
static void end_received(struct evert_datagram_port *port)
{
	if (port->reading_paused)
		return;
	if (!port->broken)
		evert_datagram_close(&port->base);
	else
		evert_datagram_port_end(
			port, evert_failure_create(EVERT_CONNECTION_LOST,
						   port->broken,
						   "connection lost"));
}

static void hand_out_message(struct evert_datagram_port *port,
			     struct mmsghdr *message,
			     struct evert_address *peer)
{
	struct msghdr *header = &message->msg_hdr;
	struct evert_address host;
	struct evert_datagram datagram = {
		.data = header->msg_iov->iov_base,
		.length = message->msg_len,
		.peer = peer,
		.host = &port->host,
		.truncated = header->msg_flags & MSG_TRUNC,
		.transport = &port->base,
	};
	size_t segment = 0;

	host.length = 0;
	peer->length = header->msg_namelen;
	/* Of a path that fills its room the kernel counts a zero byte more, but
	   takes no address that is as long. */
	if (peer->length > sizeof(peer->as.local))
		peer->length = sizeof(peer->as.local);
	if (port->takes_ip4)
		evert_address_unmap(peer);
	if (port->controls)
		segment = evert_datagram_control_read(port, header, &datagram,
						      &host);
	if (segment && segment < datagram.length)
		hand_out_segments(port, &datagram, segment);
	else
		hand_out(port, &datagram);
}

void evert_datagram_receive_kept(struct evert_datagram_port *port)
{
	struct evert_datagram *datagram;

	while (port->kept && delivers(port)) {
		datagram = evert_datagram_take_kept(port);
		deliver(port, datagram);
		evert_datagram_release(datagram);
	}
}

void evert_datagram_receive_batch(struct evert_datagram_port *port)
{
	struct evert_datagram_batch *batch = port->watch.reactor->datagrams;
	int count, i;

	evert_datagram_receive_kept(port);
	if (!delivers(port))
		return;
	count = read_many(port, batch);
	if (count < 0)
		read_failed(port, -count);
	for (i = 0; i < count && takes(port); i++)
		if (!is_end(port, &batch->in_messages[i]))
			hand_out_message(port, &batch->in_messages[i],
					 &batch->ins[i].peer);
		else
			end_received(port);
	if (batch->sender == port)
		evert_datagram_send_gathered(port);
}
