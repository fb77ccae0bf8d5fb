/* SPDX-License-Identifier: MIT */
/* Sends blocks that need no copy, until too much is queued; or drops what it
   gets. The first byte says which. */
#include <evert.h>

#include "common/serve.h"

static const char block[65536];

struct bulk {
	struct evert_protocol base;
	bool paused, decided;
};

static struct bulk *from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct bulk, base);
}

static void keep_block(void *arg)
{
	(void)arg;
}

static void send_blocks(struct evert_protocol *protocol)
{
	from(protocol)->paused = false;
	while (!from(protocol)->paused &&
	       !evert_transport_write_owned(protocol->transport, block,
					    sizeof(block), keep_block, NULL))
		;
}

static void pause_sending(struct evert_protocol *protocol)
{
	from(protocol)->paused = true;
}

static void receive(struct evert_protocol *protocol, const char *data,
		    size_t length)
{
	(void)length;
	if (from(protocol)->decided)
		return;
	from(protocol)->decided = true;
	if (*data == 's')
		send_blocks(protocol);
}

static const struct evert_protocol_ops bulk_ops = {
	.data_received = receive,
	.pause_writing = pause_sending,
	.resume_writing = send_blocks,
};

static struct evert_factory factory =
	EVERT_FACTORY(struct bulk, base, &bulk_ops);

int main(void)
{
	return serve(&factory);
}
