/* SPDX-License-Identifier: MIT */
/* A UDP socket as its descriptor shows it (udp(7)). */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "udp_internal.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
	LARGEST = 65535 - 8 /* its header */
};

/* ---- Receiving ---- */

static ssize_t udp_receive(struct evert_sim_file *file, struct msghdr *message,
			   int flags)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	const struct evert_sim_datagram *d =
		evert_sim_datagram_first(&udp->received);
	size_t size, whole;

	if (flags & MSG_ERRQUEUE)
		return -EAGAIN;
	if (udp->error)
		return -evert_sim_udp_take_error(udp);
	if (!d)
		return -EAGAIN;
	whole = d->length;
	size = evert_sim_parts_fill(message->msg_iov, message->msg_iovlen,
				    d->data, whole);
	message->msg_flags = size < whole ? MSG_TRUNC : 0;
	message->msg_controllen = 0;
	if (message->msg_name)
		evert_sim_write_address(&d->from, message->msg_name,
					&message->msg_namelen);
	if (!(flags & MSG_PEEK))
		evert_sim_datagram_drop_first(udp);
	return (ssize_t)(flags & MSG_TRUNC ? whole : size);
}

static ssize_t udp_read(struct evert_sim_file *file, void *data, size_t size,
			bool peek)
{
	struct iovec part = {data, size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return udp_receive(file, &message, peek ? MSG_PEEK : 0);
}

/* ---- Sending ---- */

/* Where it has to be cut (udp(7), UDP_SEGMENT); 0: nowhere. */
static size_t segment_of(const struct msghdr *message)
{
	struct msghdr copied = *message;
	struct cmsghdr *control = CMSG_FIRSTHDR(&copied);
	uint16_t size;

	for (; control; control = CMSG_NXTHDR(&copied, control))
		if (control->cmsg_level == IPPROTO_UDP &&
		    control->cmsg_type == UDP_SEGMENT) {
			memcpy(&size, CMSG_DATA(control), sizeof(size));
			return size;
		}
	return 0;
}

static void send_cut(struct evert_sim_udp *udp, const struct evert_address *to,
		     struct evert_sim_bytes *bytes, size_t segment)
{
	struct evert_sim_datagram *d;
	size_t length;

	do {
		length = segment && segment < bytes->length ? segment
							    : bytes->length;
		d = evert_sim_datagram_create(udp, to, length);
		evert_sim_bytes_take(bytes, d->data, length);
		evert_sim_datagram_send(udp->base.host->sim, d);
	} while (bytes->length);
}

static bool may_send_to(const struct evert_sim_udp *udp,
			const struct evert_address *to)
{
	return udp->broadcast || to->as.any.sa_family != AF_INET ||
	       to->as.ip4.sin_addr.s_addr != INADDR_BROADCAST;
}

/* That of IPv4 counts with the datagram. */
static size_t largest(const struct evert_sim_udp *udp)
{
	return udp->port.family == AF_INET ? LARGEST - 20 : LARGEST;
}

static int where_to(const struct evert_sim_udp *udp,
		    const struct msghdr *message, struct evert_address *to)
{
	int error = 0;

	*to = udp->port.peer;
	if (message->msg_name)
		error = evert_sim_read_address(to, message->msg_name,
					       message->msg_namelen);
	if (error)
		return error;
	if (!to->length)
		return -EDESTADDRREQ;
	if (to->as.any.sa_family != udp->port.family)
		return -EAFNOSUPPORT;
	if (message->msg_name && !evert_address_port(to))
		return -EINVAL;
	*to = evert_sim_target(udp->base.host, to);
	return may_send_to(udp, to) ? 0 : -EACCES;
}

/* One that is bound to every address sends from the one that leads there. */
static int udp_send_to(struct evert_sim_udp *udp,
		       const struct evert_address *to,
		       const struct msghdr *message)
{
	struct evert_address bound = udp->port.address;
	struct evert_sim_bytes bytes = {.length = 0};
	size_t length = evert_sim_parts_length(message->msg_iov,
					       (int)message->msg_iovlen);
	int error;

	if (length > largest(udp))
		return -EMSGSIZE;
	error = evert_sim_port_speak_to(&udp->port, to);
	if (error)
		return error;
	evert_sim_parts_put(&bytes, message->msg_iov, length);
	send_cut(udp, to, &bytes, segment_of(message));
	evert_sim_bytes_clear(&bytes);
	if (!udp->port.peer.length)
		udp->port.address = bound;
	return (int)length;
}

static ssize_t udp_send(struct evert_sim_file *file,
			const struct msghdr *message)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	struct evert_address to;
	int error = evert_sim_port_pick_any(&udp->port);

	if (!error)
		error = where_to(udp, message, &to);
	if (error)
		return error;
	if (udp->error)
		return -evert_sim_udp_take_error(udp);
	return udp_send_to(udp, &to, message);
}

static ssize_t udp_write(struct evert_sim_file *file, const struct iovec *parts,
			 int count)
{
	const struct msghdr message = {
		.msg_iov = (struct iovec *)parts,
		.msg_iovlen = (size_t)count,
	};

	return udp_send(file, &message);
}

/* ---- The socket ---- */

static unsigned udp_ready(struct evert_sim_file *file)
{
	const struct evert_sim_udp *udp = evert_sim_udp_from(file);
	unsigned ready = POLLOUT;

	if (!evert_list_is_empty(&udp->received))
		ready |= POLLIN;
	if (udp->error)
		ready |= POLLERR;
	return ready;
}

static int udp_bind(struct evert_sim_file *file,
		    const struct evert_address *address)
{
	return evert_sim_port_bind(&evert_sim_udp_from(file)->port, address);
}

static int udp_connect(struct evert_sim_file *file,
		       const struct evert_address *to)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);
	struct evert_address target;
	int error;

	if (to->as.any.sa_family == AF_UNSPEC) {
		udp->port.peer.length = 0;
		evert_sim_port_hush(&udp->port);
		return 0;
	}
	if (to->as.any.sa_family != udp->port.family)
		return -EAFNOSUPPORT;
	target = evert_sim_target(file->host, to);
	if (!may_send_to(udp, &target))
		return -EACCES;
	error = evert_sim_port_speak_to(&udp->port, &target);
	if (!error)
		udp->port.peer = target;
	return error;
}

static int udp_shutdown(struct evert_sim_file *file, int how)
{
	(void)how;
	return evert_sim_udp_from(file)->port.peer.length ? 0 : -ENOTCONN;
}

static int udp_name(struct evert_sim_file *file, bool peer,
		    struct evert_address *address)
{
	const struct evert_sim_udp *udp = evert_sim_udp_from(file);

	*address = peer ? udp->port.peer : udp->port.address;
	if (peer && !address->length)
		return -ENOTCONN;
	if (!address->length)
		*address = evert_sim_no_address(udp->port.family);
	return 0;
}

static int udp_unacknowledged(struct evert_sim_file *file)
{
	(void)file;
	return 0;
}

static void udp_close(struct evert_sim_file *file)
{
	struct evert_sim_udp *udp = evert_sim_udp_from(file);

	evert_sim_port_leave(&udp->port);
	while (evert_sim_datagram_first(&udp->received))
		evert_sim_datagram_drop_first(udp);
	evert_sim_free(udp);
}

static const struct evert_sim_socket_ops udp_socket = {
	.bind = udp_bind,
	.connect = udp_connect,
	.shutdown = udp_shutdown,
	.name = udp_name,
	.get = evert_sim_udp_get,
	.set = evert_sim_udp_set,
	.unacknowledged = udp_unacknowledged,
	.receive = udp_receive,
	.send = udp_send,
};

static const struct evert_sim_file_ops udp_ops = {
	.ready = udp_ready,
	.read = udp_read,
	.write = udp_write,
	.close = udp_close,
	.socket = &udp_socket,
};

int evert_sim_udp_create(struct evert_sim_host *host, int family)
{
	struct evert_sim_udp *udp = evert_sim_allocate(sizeof(*udp));

	evert_sim_file_init(&udp->base, host, &udp_ops);
	evert_sim_port_init(&udp->port, host, family, &host->sim->udp_ports);
	evert_list_init(&udp->received);
	return evert_sim_descriptor_make(&udp->base);
}
