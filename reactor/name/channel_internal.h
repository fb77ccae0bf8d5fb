/* SPDX-License-Identifier: MIT */
/* What a socket to a name server is, whatever goes over it. */
#ifndef EVERT_REACTOR_CHANNEL_INTERNAL_H
#define EVERT_REACTOR_CHANNEL_INTERNAL_H

#include "name_server_internal.h"

struct evert_channel_ops {
	int type; /* SOCK_DGRAM or SOCK_STREAM */
	/* Before it connects: 0, or -errno. */
	int (*prepare)(struct evert_system *system, int fd);
	void (*ready)(struct evert_channel *channel, unsigned ready);
	void (*send_unsent)(struct evert_channel *channel);
	/* Nothing is waited for any more. */
	void (*became_idle)(struct evert_channel *channel);
	/* Its memory, apart from the channel. */
	void (*release)(struct evert_channel *channel);
};

struct evert_channel {
	const struct evert_channel_ops *ops;
	struct evert_name_server *server;
	struct evert_channel **slot; /* of the server; NULL: it is closed */
	struct evert_watch watch;
	struct evert_task send; /* what is unsent, when the turn ends */
	struct evert_list_node unsent;
	struct evert_exchanges waiting; /* the unsent ones, too */
	size_t in_flight;		/* of these: sent */
	size_t asked;			/* so far */
	bool walked;			/* it is on the stack */
};

/* Opens the socket, and begins to connect it. `size` bytes, of which the
   channel is the first member, all zero behind it. NULL, and `*error` a
   -errno. */
struct evert_channel *evert_channel_open(struct evert_name_server *server,
					 struct evert_channel **slot,
					 const struct evert_channel_ops *ops,
					 size_t size, int *error);

/* Puts the exchange among those to be sent. */
void evert_channel_ask(struct evert_channel *channel,
		       struct evert_exchange *exchange);

/* Hands a message that came to who waits for it. */
void evert_channel_deliver(struct evert_channel *channel, uint8_t *message,
			   size_t length);

/* Around what may end it: while it is walked it stays, even if closed. */
static inline void evert_channel_walk(struct evert_channel *channel)
{
	channel->walked = true;
}
void evert_channel_walked(struct evert_channel *channel);

static inline bool evert_channel_is_closed(const struct evert_channel *channel)
{
	return !channel->slot;
}

/* Closes it; who is still waiting is told by evert_channel_fail. */
void evert_channel_close(struct evert_channel *channel);

/* The same, and all that is under way fails with `error`, an errno. */
void evert_channel_fail(struct evert_channel *channel, int error);

extern const struct evert_channel_ops evert_udp_ops, evert_tcp_ops;
int evert_udp_open(struct evert_name_server *server);
int evert_tcp_open(struct evert_name_server *server);

/* Is it time for another port? */
bool evert_udp_is_worn(const struct evert_channel *channel);

#endif
