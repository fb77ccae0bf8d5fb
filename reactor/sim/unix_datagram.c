/* SPDX-License-Identifier: MIT */
/* Messages through UNIX sockets of datagrams, and through connections of
   messages (SOCK_SEQPACKET). None gets lost, and they stay in order. */
#include <errno.h>
#include <sys/time.h>

#include "unix_internal.h"

enum {
	LEAST_BUFFER = 4608, /* of Linux */
	OVERHEAD = 32
};

static bool is_seqpacket(const struct evert_sim_unix *sock)
{
	return sock->type == SOCK_SEQPACKET;
}

/* ---- Sending ---- */

void evert_sim_unix_disconnected(struct evert_sim_unix *sock,
				 struct evert_sim_unix *former)
{
	if (evert_list_is_empty(&sock->received))
		return;
	evert_sim_messages_drop(sock);
	evert_sim_unix_has_room(sock);
	if (former->is_closed || former->peer != sock)
		return;
	former->error = ECONNRESET;
	evert_sim_file_changed(&former->base);
}

static size_t largest(const struct evert_sim_unix *sock)
{
	size_t buffer = evert_sim_unix_send_buffer(sock);

	return (buffer > LEAST_BUFFER ? buffer : LEAST_BUFFER) - OVERHEAD;
}

/* May it send at all? */
static int may_send(struct evert_sim_unix *sock, size_t length,
		    const struct evert_sim_rights *rights)
{
	if (length > largest(sock))
		return -EMSGSIZE;
	if (sock->error)
		return -evert_sim_unix_take_error(sock);
	if (sock->shut & EVERT_SIM_WRITING_SHUT)
		return -EPIPE;
	if (sock->sent >= evert_sim_unix_send_buffer(sock))
		return -EAGAIN;
	return evert_sim_rights_are_too_many(sock->base.host, rights)
		       ? -ETOOMANYREFS
		       : 0;
}

/* To whom by name, or the peer; NULL and `*error`. */
static struct evert_sim_unix *target(const struct evert_sim_unix *sock,
				     const struct evert_address *to, int *error)
{
	if (to->length)
		return evert_sim_unix_find(sock->base.host, to, sock->type,
					   error);
	*error = sock->peer ? 0 : -ENOTCONN;
	return sock->peer;
}

/* It was closed. */
static int peer_is_gone(struct evert_sim_unix *sock)
{
	struct evert_sim_unix *former = sock->peer;

	if (is_seqpacket(sock))
		return -EPIPE;
	former->holders++;
	evert_sim_unix_set_peer(sock, NULL);
	sock->state = EVERT_SIM_UNIX_UNCONNECTED;
	evert_sim_unix_disconnected(sock, former);
	evert_sim_unix_release(former);
	return -ECONNREFUSED;
}

/* Does `to` take it? */
static int may_reach(struct evert_sim_unix *sock, struct evert_sim_unix *to)
{
	if (to->peer && to->peer != sock)
		return -EPERM;
	if (to->is_closed)
		return peer_is_gone(sock);
	if (to->shut & EVERT_SIM_READING_SHUT)
		return -EPIPE;
	if (to != sock && to->peer != sock && evert_sim_unix_is_full(to))
		return -EAGAIN;
	return 0;
}

static int read_target(const struct evert_sim_unix *sock,
		       const struct msghdr *message, struct evert_address *to)
{
	to->length = 0;
	if (is_seqpacket(sock) || !message->msg_namelen)
		return 0;
	return evert_sim_unix_read(to, message->msg_name, message->msg_namelen);
}

ssize_t evert_sim_message_send(struct evert_sim_unix *sock,
			       const struct msghdr *message,
			       struct evert_sim_rights *rights, bool *taken)
{
	size_t length = evert_sim_parts_length(message->msg_iov,
					       (int)message->msg_iovlen);
	struct evert_sim_unix *other = NULL;
	struct evert_address to;
	int error = read_target(sock, message, &to);

	if (!error)
		error = may_send(sock, length, rights);
	if (!error)
		other = target(sock, &to, &error);
	if (!error)
		error = may_reach(sock, other);
	if (error)
		return error;
	evert_sim_message_put(other, sock, message, 0, length, rights);
	*taken = true;
	return (ssize_t)length;
}

/* ---- Receiving ---- */

static ssize_t nothing(struct evert_sim_unix *sock)
{
	return is_seqpacket(sock) && sock->shut & EVERT_SIM_READING_SHUT
		       ? 0
		       : -EAGAIN;
}

static void drop_first(struct evert_sim_unix *sock)
{
	bool was_full = evert_sim_unix_is_full(sock);

	evert_sim_message_remove(sock, evert_sim_unix_first(sock));
	if (was_full)
		evert_sim_unix_has_room(sock);
}

/* With the time in front, where that is asked for: that of the host's clock. */
static void put_control(const struct evert_sim_unix *sock,
			const struct evert_sim_message *m,
			struct msghdr *message)
{
	struct evert_sim_control control = {.message = message};
	struct evert_sim_host *host = sock->base.host;
	int64_t now = evert_sim_host_now(host);
	const struct timeval time = {now / 1000000000, now / 1000 % 1000000};

	if (sock->others & EVERT_SIM_TELLS_TIME)
		evert_sim_control_put(&control, SO_TIMESTAMP, &time,
				      sizeof(time));
	evert_sim_rights_give(host, m->rights, &control);
	message->msg_controllen = control.used;
}

ssize_t evert_sim_message_receive(struct evert_sim_unix *sock,
				  struct msghdr *message, int flags)
{
	const struct evert_sim_message *m = evert_sim_unix_first(sock);
	size_t size, whole;

	message->msg_flags = 0;
	if (is_seqpacket(sock) && sock->state != EVERT_SIM_UNIX_CONNECTED)
		return -ENOTCONN;
	if (sock->error)
		return -evert_sim_unix_take_error(sock);
	if (!m) {
		message->msg_namelen = 0;
		message->msg_controllen = 0;
		return nothing(sock);
	}
	whole = m->length;
	size = evert_sim_message_copy(m, message, 0, SIZE_MAX);
	if (size < whole)
		message->msg_flags |= MSG_TRUNC;
	evert_sim_message_say_sender(m, message);
	put_control(sock, m, message);
	if (!(flags & MSG_PEEK))
		drop_first(sock);
	return (ssize_t)(flags & MSG_TRUNC ? whole : size);
}
