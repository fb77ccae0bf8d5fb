/* SPDX-License-Identifier: MIT */
/* Bytes through a UNIX stream. Each message is read up to its end, and those
   behind it, too; but not beyond one that has handed over descriptors. */
#include <errno.h>

#include "unix_internal.h"

enum {
	MOST_AT_ONCE = 32768
}; /* bytes of a message */

/* ---- Sending ---- */

/* How many bytes can go; or -errno. */
static ssize_t room(struct evert_sim_unix *sock, size_t length,
		    const struct evert_sim_rights *rights)
{
	size_t buffer = evert_sim_unix_send_buffer(sock);

	if (sock->error)
		return -evert_sim_unix_take_error(sock);
	if (sock->sent >= buffer)
		return -EAGAIN;
	if (evert_sim_rights_are_too_many(sock->base.host, rights))
		return -ETOOMANYREFS;
	if (sock->peer->is_closed || sock->peer->shut & EVERT_SIM_READING_SHUT)
		return -EPIPE;
	buffer -= sock->sent;
	return (ssize_t)evert_sim_cut(sock->base.host->sim,
				      length < buffer ? length : buffer);
}

/* In several, so that who sends can go on before all is read. */
static size_t at_once(const struct evert_sim_unix *sock, size_t left)
{
	size_t most = evert_sim_unix_send_buffer(sock) / 2;

	if (most > MOST_AT_ONCE)
		most = MOST_AT_ONCE;
	if (!most)
		most = 1;
	return left < most ? left : most;
}

ssize_t evert_sim_stream_send(struct evert_sim_unix *sock,
			      const struct msghdr *message,
			      struct evert_sim_rights *rights, bool *taken)
{
	size_t length = evert_sim_parts_length(message->msg_iov,
					       (int)message->msg_iovlen);
	size_t done, part;
	ssize_t size;

	if (message->msg_namelen)
		return sock->state == EVERT_SIM_UNIX_CONNECTED ? -EISCONN
							       : -EOPNOTSUPP;
	if (!sock->peer)
		return -ENOTCONN;
	if (sock->shut & EVERT_SIM_WRITING_SHUT)
		return -EPIPE;
	if (!length)
		return 0;
	size = room(sock, length, rights);
	for (done = 0; size > 0 && done < (size_t)size; done += part) {
		part = at_once(sock, (size_t)size - done);
		evert_sim_message_put(sock->peer, sock, message, done, part,
				      done ? NULL : rights);
		*taken = true;
	}
	return size;
}

/* ---- Receiving ---- */

static ssize_t nothing(struct evert_sim_unix *sock)
{
	if (sock->error)
		return -evert_sim_unix_take_error(sock);
	return sock->shut & EVERT_SIM_READING_SHUT ? 0 : -EAGAIN;
}

/* The next message behind `m`. */
static struct evert_sim_message *behind(const struct evert_sim_unix *sock,
					const struct evert_sim_message *m)
{
	return m->node.next == &sock->received
		       ? NULL
		       : evert_container_of(m->node.next,
					    struct evert_sim_message, node);
}

/* So many bytes of it were read; it may be gone then. */
static void advance(struct evert_sim_unix *sock, struct evert_sim_message *m,
		    size_t length)
{
	m->rights = NULL;
	m->start += length;
	m->length -= length;
	sock->received_bytes -= length;
	if (!m->length)
		evert_sim_message_remove(sock, m);
}

/* Reads up to `size` bytes; `*rights` are the caller's then, or not if it
   peeks. */
static size_t take(struct evert_sim_unix *sock, struct msghdr *parts,
		   size_t size, bool peek, struct evert_sim_rights **rights)
{
	struct evert_sim_message *m = evert_sim_unix_first(sock), *next;
	size_t done = 0, part;
	bool is_whole;

	do {
		next = behind(sock, m);
		part = evert_sim_message_copy(m, parts, done, size - done);
		*rights = m->rights;
		is_whole = part == m->length;
		if (!peek)
			advance(sock, m, part);
		done += part;
		m = next;
		/* Who peeks sees descriptors even of what is further behind. */
	} while (m && !*rights && (peek || (is_whole && done < size)));
	return done;
}

ssize_t evert_sim_stream_receive(struct evert_sim_unix *sock,
				 struct msghdr *message, int flags)
{
	size_t size = evert_sim_parts_length(message->msg_iov,
					     (int)message->msg_iovlen);
	struct evert_sim_control control = {.message = message};
	struct evert_sim_rights *rights = NULL;
	bool peek = flags & MSG_PEEK;

	message->msg_flags = 0;
	if (sock->state != EVERT_SIM_UNIX_CONNECTED)
		return -EINVAL;
	if (evert_list_is_empty(&sock->received)) {
		message->msg_namelen = 0;
		message->msg_controllen = 0;
		return nothing(sock);
	}
	evert_sim_message_say_sender(evert_sim_unix_first(sock), message);
	if (size > sock->received_bytes)
		size = sock->received_bytes;
	if (!peek)
		size = evert_sim_cut(sock->base.host->sim, size);
	size = take(sock, message, size, peek, &rights);
	evert_sim_rights_give(sock->base.host, rights, &control);
	message->msg_controllen = control.used;
	if (!peek)
		evert_sim_rights_drop(rights);
	return (ssize_t)size;
}
