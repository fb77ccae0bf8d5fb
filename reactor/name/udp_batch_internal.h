/* SPDX-License-Identifier: MIT */
/*
 * Questions that go to a server by one system call. Of those of one length,
 * like those for A and AAAA of a name, the kernel is given all as one message,
 * which it cuts (UDP_SEGMENT, udp(7)): to a socket on this machine that is less
 * than half of the work. In which order they go is nobody's business.
 */
#ifndef EVERT_REACTOR_UDP_BATCH_INTERNAL_H
#define EVERT_REACTOR_UDP_BATCH_INTERNAL_H

#include <sys/socket.h>

#include "channel_internal.h"

enum {
	EVERT_UDP_BATCH = 64, /* as many segments as one message may have */
};

struct evert_udp_batch {
	unsigned count;
	struct evert_exchange *exchanges[EVERT_UDP_BATCH];
	/* Of these, in their order. */
	unsigned message_count;
	struct mmsghdr messages[EVERT_UDP_BATCH];
	struct iovec parts[EVERT_UDP_BATCH];
	_Alignas(struct cmsghdr) char
		controls[EVERT_UDP_BATCH][CMSG_SPACE(sizeof(uint16_t))];
};

/* Takes up to `most` of the channel's unsent ones, of which there is one. */
void evert_udp_batch_gather(struct evert_udp_batch *batch,
			    struct evert_channel *channel, size_t most);

/*
 * Sends it: how many messages were sent, or -errno. Where the kernel refuses
 * to cut for that server it is not asked to again.
 */
int evert_udp_batch_send(struct evert_udp_batch *batch,
			 struct evert_channel *channel);

/* How many exchanges the first so many messages have. */
unsigned evert_udp_batch_exchanges(const struct evert_udp_batch *batch,
				   unsigned messages);

#endif
