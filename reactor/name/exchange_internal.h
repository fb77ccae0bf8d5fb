/* SPDX-License-Identifier: MIT */
/*
 * A message to a name server that waits for its answer, and those that wait
 * for one socket's, by their ids.
 */
#ifndef EVERT_REACTOR_EXCHANGE_INTERNAL_H
#define EVERT_REACTOR_EXCHANGE_INTERNAL_H

#include "../../deferred/base/list_internal.h"

struct evert_channel;
struct evert_exchange;
struct evert_random;

struct evert_exchange_ops {
	/*
	 * A message with our id came from the server; it may be written to,
	 * and lives until this returns. True: it is taken, and the exchange
	 * has been ended. False: it is not for us, the waiting goes on.
	 */
	bool (*answered)(struct evert_exchange *exchange, uint8_t *message,
			 size_t length);
	/* It has ended: the server can't be reached. `error` is an errno. */
	void (*failed)(struct evert_exchange *exchange, int error);
};

/* Embedded in who asks. */
struct evert_exchange {
	const struct evert_exchange_ops *ops;
	struct evert_channel *channel; /* NULL: it is not under way */
	struct evert_list_node node;   /* in the channel's `unsent`, or alone */
	struct evert_exchange *next;   /* of those with an id like it */
	uint8_t *message;	       /* its id is put in */
	uint16_t length;
	uint16_t id;
	bool is_in_flight; /* sent, and not answered yet */
	uint8_t losses;	   /* with a connection, in a row */
};

enum { EVERT_EXCHANGE_BUCKETS = 512 };

struct evert_exchanges {
	struct evert_exchange *buckets[EVERT_EXCHANGE_BUCKETS];
	size_t count;
};

/* Gives it an id that no other one has. */
void evert_exchanges_add(struct evert_exchanges *exchanges,
			 struct evert_exchange *exchange,
			 struct evert_random *random);

void evert_exchanges_remove(struct evert_exchanges *exchanges,
			    struct evert_exchange *exchange);

/* The one with that id, or NULL; any of them, or NULL. */
struct evert_exchange *evert_exchanges_find(
	const struct evert_exchanges *exchanges, uint16_t id);
struct evert_exchange *
evert_exchanges_any(const struct evert_exchanges *exchanges);

#endif
