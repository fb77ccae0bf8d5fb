/* SPDX-License-Identifier: MIT */
/* All clients of a server, and waiting for their answers. */
#ifndef BENCH_LOAD_SWARM_H
#define BENCH_LOAD_SWARM_H

#include <stddef.h>

#include "client/client.h"

struct swarm {
	struct client *clients;
	size_t count;
	const struct exchange *exchange;
	int port;
	int epoll;
	/* Clients that have more to send: tried again after the next wait. */
	struct client **senders;
	size_t sender_count;
};

void swarm_init(struct swarm *swarm, size_t most, int port,
		const struct exchange *exchange);

/* Connects clients until there are `count`. Each has one exchange, so that it
   has been accepted before the server's backlog overflows. */
void swarm_grow(struct swarm *swarm, size_t count);

/* Makes one more request due, and sends. */
void swarm_ask(struct swarm *swarm, struct client *client);

/*
 * Waits at most `milliseconds`, sends what is due, and calls `answered` for
 * each client that has received something.
 */
void swarm_turn(struct swarm *swarm, int milliseconds,
		void (*answered)(struct swarm *swarm, struct client *client));

/* Waits for a client's end, or data, too: of one connected by the caller. */
void swarm_watch(struct swarm *swarm, struct client *client);

#endif
