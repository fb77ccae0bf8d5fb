/* SPDX-License-Identifier: MIT */
#include "datagram_internal.h"

#include "../../deferred/base/memory.h"

/* One block, so that the reactor need only free it. */
struct whole {
	struct evert_datagram_batch base;
	struct mmsghdr out_messages[EVERT_DATAGRAM_BATCH];
	struct iovec out_parts[EVERT_DATAGRAM_BATCH];
	struct evert_datagram_out outs[EVERT_DATAGRAM_BATCH];
	char bytes[EVERT_DATAGRAM_GATHERS];
	struct mmsghdr in_messages[EVERT_DATAGRAM_BATCH];
	struct iovec in_parts[EVERT_DATAGRAM_BATCH];
	struct evert_datagram_in ins[EVERT_DATAGRAM_BATCH];
	char buffers[EVERT_DATAGRAM_BATCH * (size_t)EVERT_DATAGRAM_STRIDE];
};

static void prepare_messages(struct whole *whole)
{
	int i;

	for (i = 0; i < EVERT_DATAGRAM_BATCH; i++) {
		whole->in_parts[i].iov_base =
			whole->buffers + (size_t)i * EVERT_DATAGRAM_STRIDE;
		whole->in_messages[i].msg_hdr = (struct msghdr){
			.msg_name = &whole->ins[i].peer.as,
			.msg_iov = &whole->in_parts[i],
			.msg_iovlen = 1,
		};
		whole->out_messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &whole->out_parts[i],
			.msg_iovlen = 1,
		};
	}
}

struct evert_datagram_batch *
evert_datagram_batch_of(struct evert_reactor *reactor)
{
	struct whole *whole;

	if (EVERT_LIKELY(reactor->datagrams != NULL))
		return reactor->datagrams;
	whole = evert_allocate(sizeof(*whole));
	if (!whole)
		return NULL;
	whole->base = (struct evert_datagram_batch){
		.out_messages = whole->out_messages,
		.out_parts = whole->out_parts,
		.outs = whole->outs,
		.bytes = whole->bytes,
		.written_over = EVERT_DATAGRAM_BATCH,
		.in_messages = whole->in_messages,
		.in_parts = whole->in_parts,
		.ins = whole->ins,
		.buffers = whole->buffers,
	};
	prepare_messages(whole);
	reactor->datagrams = &whole->base;
	return reactor->datagrams;
}
