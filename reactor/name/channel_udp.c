/* SPDX-License-Identifier: MIT */
/*
 * A socket of our own and not a datagram transport: it is replaced so often,
 * counted, and never queues what the kernel does not take.
 */
#include "channel_internal.h"

#include <errno.h>

#include "udp_batch_internal.h"

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

/* These are on their way. */
static void take_sent(struct evert_channel *channel,
		      const struct evert_udp_batch *batch, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		batch->exchanges[i]->is_in_flight = true;
		evert_list_remove(&batch->exchanges[i]->node);
	}
	channel->in_flight += count;
}

/* How many messages were sent, or -errno. */
static int send_batch(struct evert_channel *channel)
{
	struct evert_udp_batch batch;
	int sent;

	evert_udp_batch_gather(&batch, channel,
			       MOST_IN_FLIGHT - channel->in_flight);
	sent = evert_udp_batch_send(&batch, channel);
	if (sent > 0)
		take_sent(channel, &batch,
			  evert_udp_batch_exchanges(&batch, (unsigned)sent));
	return sent;
}

static void send_unsent(struct evert_channel *channel)
{
	int sent = 0;

	while (!evert_list_is_empty(&channel->unsent) &&
	       channel->in_flight < MOST_IN_FLIGHT) {
		sent = send_batch(channel);
		if (sent < 0 && sent != -EINTR)
			break;
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
