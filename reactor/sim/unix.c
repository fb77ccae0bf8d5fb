/* SPDX-License-Identifier: MIT */
/* A UNIX socket as its descriptor shows it. */
#include "unix_internal.h"

#include <errno.h>

enum {
	MOST_DATAGRAMS = 10
}; /* net.unix.max_dgram_qlen; one more is let in */

/* ---- Holding ---- */

void evert_sim_unix_release(struct evert_sim_unix *sock)
{
	if (!--sock->holders)
		evert_sim_free(sock);
}

void evert_sim_unix_set_peer(struct evert_sim_unix *sock,
			     struct evert_sim_unix *peer)
{
	struct evert_sim_unix *former = sock->peer;

	if (peer)
		peer->holders++;
	sock->peer = peer;
	if (former)
		evert_sim_unix_release(former);
}

void evert_sim_unix_join(struct evert_sim_unix *one,
			 struct evert_sim_unix *other)
{
	evert_sim_unix_set_peer(one, other);
	evert_sim_unix_set_peer(other, one);
	one->state = other->state = EVERT_SIM_UNIX_CONNECTED;
	one->knows_peer = other->knows_peer = true;
	evert_sim_file_changed(&one->base);
}

/* ---- Readiness ---- */

bool evert_sim_unix_is_full(const struct evert_sim_unix *sock)
{
	return sock->received_count > sock->backlog;
}

void evert_sim_unix_has_room(struct evert_sim_unix *sock)
{
	struct evert_list_node *list = &sock->base.host->unix_sockets, *node;
	struct evert_sim_unix *other;

	for (node = list->next; node != list; node = node->next) {
		other = evert_container_of(node, struct evert_sim_unix, node);
		if (other->peer == sock)
			evert_sim_file_changed(&other->base);
	}
}

static bool is_writable(const struct evert_sim_unix *sock)
{
	const struct evert_sim_unix *peer = sock->peer;

	if (sock->state == EVERT_SIM_UNIX_LISTENS ||
	    sock->sent * 4 > evert_sim_unix_send_buffer(sock))
		return false;
	return sock->type == SOCK_STREAM || !peer || peer->peer == sock ||
	       !evert_sim_unix_is_full(peer);
}

static unsigned unix_ready(struct evert_sim_file *file)
{
	const struct evert_sim_unix *sock = evert_sim_unix_from(file);
	unsigned ready = is_writable(sock) ? POLLOUT : 0;

	if (sock->error)
		ready |= POLLERR;
	if (sock->shut == EVERT_SIM_ALL_SHUT)
		ready |= POLLHUP;
	if (sock->shut & EVERT_SIM_READING_SHUT)
		ready |= POLLIN | POLLRDHUP;
	if (!evert_list_is_empty(&sock->received))
		ready |= POLLIN;
	if (sock->type != SOCK_DGRAM &&
	    sock->state == EVERT_SIM_UNIX_UNCONNECTED)
		ready |= POLLHUP;
	return ready;
}

/* ---- What goes through it ---- */

static ssize_t unix_receive(struct evert_sim_file *file, struct msghdr *message,
			    int flags)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);

	return sock->type == SOCK_STREAM
		       ? evert_sim_stream_receive(sock, message, flags)
		       : evert_sim_message_receive(sock, message, flags);
}

static ssize_t unix_read(struct evert_sim_file *file, void *data, size_t size,
			 bool peek)
{
	struct iovec part = {data, size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return unix_receive(file, &message, peek ? MSG_PEEK : 0);
}

/* What a connection of messages is asked before what is to be sent. */
static int may_send(struct evert_sim_unix *sock)
{
	if (sock->type != SOCK_SEQPACKET)
		return 0;
	if (sock->error)
		return -evert_sim_unix_take_error(sock);
	return sock->state == EVERT_SIM_UNIX_CONNECTED ? 0 : -ENOTCONN;
}

static ssize_t unix_send(struct evert_sim_file *file,
			 const struct msghdr *message)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);
	struct evert_sim_rights *rights = NULL;
	bool taken = false;
	ssize_t size = may_send(sock);

	if (!size)
		size = evert_sim_rights_take(file->host, message, &rights);
	if (size)
		return size;
	size = sock->type == SOCK_STREAM
		       ? evert_sim_stream_send(sock, message, rights, &taken)
		       : evert_sim_message_send(sock, message, rights, &taken);
	if (!taken)
		evert_sim_rights_drop(rights);
	return size;
}

static ssize_t unix_write(struct evert_sim_file *file,
			  const struct iovec *parts, int count)
{
	const struct msghdr message = {
		.msg_iov = (struct iovec *)parts,
		.msg_iovlen = (size_t)count,
	};

	return unix_send(file, &message);
}

static int unix_unacknowledged(struct evert_sim_file *file)
{
	const struct evert_sim_unix *sock = evert_sim_unix_from(file);

	return sock->state == EVERT_SIM_UNIX_LISTENS ? -EINVAL
						     : (int)sock->sent;
}

/* ---- Ending ---- */

/* What is shut here on one side, is there on the other. */
static int unix_shutdown(struct evert_sim_file *file, int how)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);
	unsigned shut = 1 + (unsigned)how;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	sock->shut |= shut;
	evert_sim_file_changed(file);
	if (sock->peer && sock->type != SOCK_DGRAM)
		evert_sim_unix_shut(sock->peer,
				    (shut & EVERT_SIM_READING_SHUT
					     ? EVERT_SIM_WRITING_SHUT
					     : 0) |
					    (shut & EVERT_SIM_WRITING_SHUT
						     ? EVERT_SIM_READING_SHUT
						     : 0));
	return 0;
}

static void unix_close(struct evert_sim_file *file)
{
	evert_sim_unix_close(evert_sim_unix_from(file), false);
}

/* ---- Names ---- */

int evert_sim_unix_name(struct evert_sim_file *file, bool peer,
			struct evert_address *address)
{
	const struct evert_sim_unix *sock = evert_sim_unix_from(file);

	if (peer)
		sock = sock->peer;
	if (!sock)
		return -ENOTCONN;
	*address = sock->name;
	if (address->length)
		return 0;
	*address = (struct evert_address){.length = sizeof(sa_family_t)};
	address->as.any.sa_family = AF_UNIX;
	return 0;
}

/* ---- Making ---- */

static const struct evert_sim_socket_ops unix_socket = {
	.bind = evert_sim_unix_bind,
	.listen = evert_sim_unix_listen,
	.accept = evert_sim_unix_accept,
	.connect = evert_sim_unix_connect,
	.shutdown = unix_shutdown,
	.name = evert_sim_unix_name,
	.get = evert_sim_unix_get,
	.set = evert_sim_unix_set,
	.unacknowledged = unix_unacknowledged,
	.receive = unix_receive,
	.send = unix_send,
};

static const struct evert_sim_file_ops unix_ops = {
	.ready = unix_ready,
	.read = unix_read,
	.write = unix_write,
	.close = unix_close,
	.socket = &unix_socket,
};

struct evert_sim_unix *evert_sim_unix_of(struct evert_sim_file *file)
{
	return file->ops == &unix_ops ? evert_sim_unix_from(file) : NULL;
}

struct evert_sim_unix *evert_sim_unix_make(struct evert_sim_host *host,
					   int type)
{
	struct evert_sim_unix *sock = evert_sim_allocate(sizeof(*sock));

	evert_sim_file_init(&sock->base, host, &unix_ops);
	sock->holders = 1;
	sock->type = type;
	sock->mode = 0777;
	sock->backlog = MOST_DATAGRAMS;
	evert_list_init(&sock->received);
	evert_list_append(&host->unix_sockets, &sock->node);
	return sock;
}

int evert_sim_unix_create(struct evert_sim_host *host, int type)
{
	return evert_sim_descriptor_make(
		&evert_sim_unix_make(host, type)->base);
}

int evert_sim_unix_pair(struct evert_sim_host *host, int fds[2])
{
	struct evert_sim_unix *one = evert_sim_unix_make(host, SOCK_STREAM);
	struct evert_sim_unix *other = evert_sim_unix_make(host, SOCK_STREAM);

	evert_sim_unix_join(one, other);
	fds[0] = evert_sim_descriptor_make(&one->base);
	fds[1] = evert_sim_descriptor_make(&other->base);
	return 0;
}
