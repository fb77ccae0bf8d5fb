/* SPDX-License-Identifier: MIT */
#include "udp_batch_internal.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "query_internal.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* ---- Their order: those of one length in a row ---- */

static struct evert_exchange *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_exchange, node);
}

static void take_first(struct evert_udp_batch *batch,
		       struct evert_channel *channel, size_t most)
{
	struct evert_list_node *node = channel->unsent.next;
	unsigned count = 0;

	if (most > EVERT_UDP_BATCH)
		most = EVERT_UDP_BATCH;
	for (; node != &channel->unsent && count < most; node = node->next)
		batch->exchanges[count++] = at(node);
	batch->count = count;
}

static void sort_by_length(struct evert_udp_batch *batch)
{
	struct evert_exchange *sorted[EVERT_UDP_BATCH];
	uint8_t counts[EVERT_QUERY_SIZE + 1] = { 0 };
	uint8_t places[EVERT_QUERY_SIZE + 1];
	uint8_t used = 0;
	unsigned i, length;

	for (i = 0; i < batch->count; i++)
		counts[batch->exchanges[i]->length]++;
	if (counts[batch->exchanges[0]->length] == batch->count)
		return;
	for (i = 0; i < batch->count; i++) {
		length = batch->exchanges[i]->length;
		if (counts[length]) {
			places[length] = used;
			used = (uint8_t)(used + counts[length]);
			counts[length] = 0;
		}
		sorted[places[length]++] = batch->exchanges[i];
	}
	memcpy(batch->exchanges, sorted, batch->count * sizeof(sorted[0]));
}

/* ---- Messages ---- */

/* What is to be cut is of the length of the first. */
static void cut(struct evert_udp_batch *batch, struct msghdr *message)
{
	uint16_t size = (uint16_t)message->msg_iov[0].iov_len;
	struct cmsghdr *control;

	message->msg_control = batch->controls[batch->message_count];
	message->msg_controllen = sizeof(batch->controls[0]);
	control = CMSG_FIRSTHDR(message);
	control->cmsg_level = IPPROTO_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(control), &size, sizeof(size));
}

static void add_message(struct evert_udp_batch *batch, struct iovec *parts,
			unsigned count)
{
	struct mmsghdr *message = &batch->messages[batch->message_count];

	*message = (struct mmsghdr){
		.msg_hdr.msg_iov = parts,
		.msg_hdr.msg_iovlen = count,
	};
	if (count > 1)
		cut(batch, &message->msg_hdr);
	batch->message_count++;
}

/* Runs of one length, where they may be joined, are one message. */
static void compose(struct evert_udp_batch *batch, bool may_join)
{
	struct iovec *parts = batch->parts;
	unsigned i, begin = 0;

	batch->message_count = 0;
	for (i = 0; i < batch->count; i++) {
		parts[i].iov_base = batch->exchanges[i]->message;
		parts[i].iov_len = batch->exchanges[i]->length;
		if (i > begin &&
		    (!may_join || parts[i].iov_len != parts[begin].iov_len)) {
			add_message(batch, parts + begin, i - begin);
			begin = i;
		}
	}
	add_message(batch, parts + begin, i - begin);
}

/* Older kernels don't say that they know nothing of it, and send the whole. */
static bool kernel_cuts(struct evert_channel *channel)
{
	struct evert_system *system = channel->server->reactor->system;
	socklen_t length = sizeof(int);
	int size;

	return !system->ops->getsockopt(system, channel->watch.fd, IPPROTO_UDP,
					UDP_SEGMENT, &size, &length);
}

static bool may_join(struct evert_channel *channel, unsigned count)
{
	struct evert_name_server *server = channel->server;

	if (count > 1 && server->joining == EVERT_JOINING_UNKNOWN)
		server->joining = kernel_cuts(channel) ? EVERT_JOINING_DONE :
							 EVERT_JOINING_REFUSED;
	return server->joining == EVERT_JOINING_DONE;
}

void evert_udp_batch_gather(struct evert_udp_batch *batch,
			    struct evert_channel *channel, size_t most)
{
	bool join;

	take_first(batch, channel, most);
	join = may_join(channel, batch->count);
	if (join)
		sort_by_length(batch);
	compose(batch, join);
}

/* ---- Sending ---- */

static int send_messages(struct evert_udp_batch *batch,
			 struct evert_channel *channel)
{
	struct evert_system *system = channel->server->reactor->system;
	int sent = system->ops->sendmmsg(system, channel->watch.fd,
					 batch->messages, batch->message_count,
					 0);

	if (sent == -ENOSYS) {
		sent = (int)system->ops->sendmsg(system, channel->watch.fd,
						 &batch->messages[0].msg_hdr,
						 0);
		return sent < 0 ? sent : 1;
	}
	/* It is lost, as it may be on any way: it will be asked again. */
	return sent == -ENOBUFS ? (int)batch->message_count : sent;
}

/* Does it say no to the cutting? EIO: of a device that makes no checksums;
   EINVAL, EMSGSIZE: a segment is larger than what the way there takes. */
static bool is_no_to_cutting(int error)
{
	return error == -EIO || error == -EINVAL || error == -EMSGSIZE ||
	       error == -EOPNOTSUPP;
}

int evert_udp_batch_send(struct evert_udp_batch *batch,
			 struct evert_channel *channel)
{
	int sent = send_messages(batch, channel);

	if (!batch->messages[0].msg_hdr.msg_control || !is_no_to_cutting(sent))
		return sent;
	channel->server->joining = EVERT_JOINING_REFUSED;
	compose(batch, false);
	return send_messages(batch, channel);
}

unsigned evert_udp_batch_exchanges(const struct evert_udp_batch *batch,
				   unsigned messages)
{
	unsigned count = 0, i;

	for (i = 0; i < messages; i++)
		count += (unsigned)batch->messages[i].msg_hdr.msg_iovlen;
	return count;
}
