/* SPDX-License-Identifier: MIT */
/* Datagrams that the kernel did not take: a queue with an end, in which each
   counts for a little more than its bytes. */
#include "datagram_send_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

uint16_t evert_datagram_segment_of(const struct msghdr *message)
{
	struct msghdr *copy = (struct msghdr *)message;
	struct cmsghdr *c;
	uint16_t size = 0;

	for (c = CMSG_FIRSTHDR(copy); c; c = CMSG_NXTHDR(copy, c))
		if (c->cmsg_level == IPPROTO_UDP)
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size;
}

int evert_datagram_queue(struct evert_datagram_port *port,
			 const struct msghdr *message)
{
	size_t length = evert_datagram_length_of(message);
	struct evert_letter *letter = evert_allocate(sizeof(*letter) + length);

	if (!letter)
		return -ENOMEM;
	letter->next = NULL;
	letter->cost =
		evert_datagram_cost(length, evert_datagram_count_of(message));
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

void evert_datagram_take_first(struct evert_datagram_port *port)
{
	struct evert_letter *letter = port->first;

	port->first = letter->next;
	port->queued -= letter->cost;
	evert_free(letter);
}

void evert_datagram_drop_first(struct evert_datagram_port *port)
{
	port->base.dropped += evert_datagram_count_of(&port->first->message);
	evert_datagram_take_first(port);
}

int evert_datagram_make_room(struct evert_datagram_port *port, size_t length,
			     size_t count)
{
	size_t needed = evert_datagram_cost(length, count);

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
			evert_datagram_drop_first(port);
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
