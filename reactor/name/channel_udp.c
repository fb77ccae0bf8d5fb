/* SPDX-License-Identifier: MIT */
/*
 * A socket of our own and not a datagram transport: it is replaced so often,
 * counted, and never queues what the kernel does not take.
 */
#include "channel_internal.h"

#include <errno.h>

enum {
	BATCH = 16,
	SIZE = EVERT_READ_SIZE / BATCH,
	MOST_BATCHES = 16,   /* in a turn, so that nobody starves */
	MOST_ASKED = 512, /* by one port */
	/* Of small datagrams, a socket's buffer of the usual size holds 277;
	   of more at a time some would be lost. There may be two of us. */
	MOST_IN_FLIGHT = 100,
};

static bool is_passing(int error)
{
	return error == -EAGAIN || error == -EINTR;
}

/* ---- Sending ---- */

static struct evert_exchange *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_exchange, node);
}

static unsigned gather(struct evert_channel *channel,
		       struct mmsghdr *messages, struct iovec *parts)
{
	struct evert_list_node *node = channel->unsent.next;
	unsigned count = 0;

	for (; node != &channel->unsent && count < BATCH &&
	       channel->in_flight + count < MOST_IN_FLIGHT;
	     node = node->next) {
		parts[count] = (struct iovec){ at(node)->message,
					       at(node)->length };
		messages[count] = (struct mmsghdr){
			.msg_hdr.msg_iov = &parts[count],
			.msg_hdr.msg_iovlen = 1,
		};
		count++;
	}
	return count;
}

/* How many were sent, or -errno. */
static int send_batch(struct evert_channel *channel)
{
	struct evert_system *system = channel->server->reactor->system;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	unsigned count = gather(channel, messages, parts);
	int sent = system->ops->sendmmsg(system, channel->watch.fd, messages,
					 count, 0);

	if (sent == -ENOSYS) {
		sent = (int)system->ops->sendmsg(system, channel->watch.fd,
						 &messages[0].msg_hdr, 0);
		return sent < 0 ? sent : 1;
	}
	/* It is lost, as it may be on any way: it will be asked again. */
	return sent == -ENOBUFS ? (int)count : sent;
}

/* The first so many are on their way. */
static void take_sent(struct evert_channel *channel, int count)
{
	struct evert_list_node *node = channel->unsent.next, *next;

	for (; count > 0; count--) {
		next = node->next;
		at(node)->is_in_flight = true;
		channel->in_flight++;
		evert_list_remove(node);
		node = next;
	}
}

static void send_unsent(struct evert_channel *channel)
{
	int sent = 0;

	while (!evert_list_is_empty(&channel->unsent) &&
	       channel->in_flight < MOST_IN_FLIGHT) {
		sent = send_batch(channel);
		if (sent < 0 && sent != -EINTR)
			break;
		take_sent(channel, sent);
	}
	if (sent < 0 && sent != -EAGAIN) {
		evert_channel_fail(channel, -sent);
		return;
	}
	evert_watch_set(&channel->watch,
			EVERT_ATTACHED | EVERT_READ |
				(sent < 0 ? EVERT_WRITE : 0));
}

/* ---- Receiving ---- */

static void prepare(char *buffer, struct mmsghdr *messages,
		    struct iovec *parts)
{
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ buffer + i * SIZE, SIZE };
		messages[i] = (struct mmsghdr){
			.msg_hdr.msg_iov = &parts[i],
			.msg_hdr.msg_iovlen = 1,
		};
	}
}

static int receive(struct evert_channel *channel, struct mmsghdr *messages)
{
	struct evert_system *system = channel->server->reactor->system;
	int count = system->ops->recvmmsg(system, channel->watch.fd, messages,
					  BATCH, MSG_DONTWAIT);
	ssize_t length;

	if (count != -ENOSYS)
		return count;
	length = system->ops->recvmsg(system, channel->watch.fd,
				      &messages[0].msg_hdr, MSG_DONTWAIT);
	messages[0].msg_len = (unsigned)length;
	return length < 0 ? (int)length : 1;
}

/* What did not fit was more than we have said we take. So it counts as
   truncated, and is asked for over TCP. */
static void mark_if_cut(uint8_t *message, const struct mmsghdr *received)
{
	if (received->msg_hdr.msg_flags & MSG_TRUNC)
		message[2] |= 0x02; /* TC */
}

/* How many came, or -errno. Into the reactor's buffer: nobody else reads
   while we deliver. */
static int receive_batch(struct evert_channel *channel)
{
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	int count, i;

	prepare(channel->server->reactor->read_buffer, messages, parts);
	count = receive(channel, messages);
	for (i = 0; i < count && !evert_channel_is_closed(channel); i++) {
		mark_if_cut(parts[i].iov_base, &messages[i]);
		evert_channel_deliver(channel, parts[i].iov_base,
				      messages[i].msg_len);
	}
	return count;
}

static void ready(struct evert_channel *channel, unsigned what)
{
	int batches = 0, count = BATCH;

	if (what & EVERT_WRITE && !evert_list_is_empty(&channel->unsent))
		send_unsent(channel);
	while (count == BATCH && batches++ < MOST_BATCHES &&
	       !evert_channel_is_closed(channel))
		count = receive_batch(channel);
	if (count < 0 && !is_passing(count))
		evert_channel_fail(channel, -count);
}

/* ---- Opening, closing ---- */

static int prepare_socket(struct evert_system *system, int fd)
{
	(void)system;
	(void)fd;
	return 0;
}

static void release(struct evert_channel *channel)
{
	(void)channel;
}

const struct evert_channel_ops evert_udp_ops = {
	.type = SOCK_DGRAM,
	.prepare = prepare_socket,
	.ready = ready,
	.send_unsent = send_unsent,
	.became_idle = evert_channel_close,
	.release = release,
};

int evert_udp_open(struct evert_name_server *server)
{
	int error;

	evert_channel_open(server, &server->udp, &evert_udp_ops,
			   sizeof(struct evert_channel), &error);
	return error;
}

bool evert_udp_is_worn(const struct evert_channel *channel)
{
	return channel->asked >= MOST_ASKED;
}
