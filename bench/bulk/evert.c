/* SPDX-License-Identifier: MIT */
/* Sends blocks that need no copy, until too much is queued; or drops what it
   gets. The first byte says which. */
#include <evert.h>

#include <stdlib.h>

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

static void destroy(struct evert_protocol *protocol)
{
	free(from(protocol));
}

static const struct evert_protocol_ops bulk_ops = {
	.data_received = receive,
	.pause_writing = pause_sending,
	.resume_writing = send_blocks,
	.destroy = destroy,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct bulk *self = calloc(1, sizeof(*self));

	(void)factory;
	(void)peer;
	if (!self)
		return NULL;
	self->base.ops = &bulk_ops;
	return &self->base;
}

int main(void)
{
	struct evert_factory factory = { build };

	return serve(&factory);
}
