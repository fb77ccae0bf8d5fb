/* SPDX-License-Identifier: MIT */
/*
 * A name server, and our sockets to it: at most two descriptors at any time.
 *
 * Over UDP one socket serves what is asked at the same time. It is connected,
 * so that the kernel drops what comes from elsewhere, and tells when nobody
 * listens; it has a port that the kernel draws by lot, and is closed when
 * nothing is waited for. When it has been asked a lot another one, with
 * another port, takes over, and the old one is closed when it has its answers.
 *
 * Over TCP (RFC 7766) one connection serves everything, in any order; it stays
 * open for a while. Its writing side is never shut down while an answer is
 * due. When the server closes it, what was waited for is asked once more, over
 * another one.
 */
#ifndef EVERT_REACTOR_NAME_SERVER_INTERNAL_H
#define EVERT_REACTOR_NAME_SERVER_INTERNAL_H

#include "../address.h"
#include "../reactor_internal.h"
#include "exchange_internal.h"
#include "random_internal.h"

enum evert_case_echo {
	EVERT_CASE_UNKNOWN,
	EVERT_CASE_KEPT, /* it gives questions back as they were spelt */
	EVERT_CASE_LOST,
};

enum evert_joining {
	EVERT_JOINING_UNKNOWN,
	EVERT_JOINING_DONE, /* questions of one length go as one message */
	EVERT_JOINING_REFUSED,
};

struct evert_name_server {
	struct evert_reactor *reactor;
	struct evert_random *random;
	struct evert_address address;
	/* What was learnt of it. */
	bool has_no_edns;
	enum evert_case_echo case_echo;
	enum evert_joining joining;
	/* NULL: there is none. */
	struct evert_channel *udp, *old_udp, *tcp;
	bool opens_tcp; /* soon: until then no other socket is opened */
};

void evert_name_server_init(struct evert_name_server *server,
			    struct evert_reactor *reactor,
			    struct evert_random *random,
			    const struct evert_address *address);

/* Closes the sockets, of which nobody waits for anything. */
void evert_name_server_close(struct evert_name_server *server);

/* Sends the exchange's message: 0; or -errno, then it has not begun. */
int evert_name_server_ask(struct evert_name_server *server,
			  struct evert_exchange *exchange, bool over_tcp);

/* Nothing is waited for any more; harmless when nothing was. */
void evert_exchange_end(struct evert_exchange *exchange);

#endif
