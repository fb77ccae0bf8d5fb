/* SPDX-License-Identifier: MIT */
/*
 * A name server that a test plays itself: it takes the queries that a resolver
 * sends over the loopback, and answers what it likes, lies included.
 *
 *	name_server_open(&server);
 *	...
 *	query = name_server_take(&server, reactor);
 *	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1");
 */
#ifndef TESTS_SUPPORT_NAME_SERVER_H
#define TESTS_SUPPORT_NAME_SERVER_H

#include "../../reactor/address.h"
#include "../../reactor/dns/message.h"
#include "../../reactor/name/resolver.h"
#include "../../reactor/reactor.h"

struct name_server {
	struct evert_address address;
	int udp;    /* sockets on one port */
	int tcp;    /* listens */
	int stream; /* the connection that was accepted last, or -1 */
};

struct name_query {
	uint8_t bytes[512];
	size_t length;
	struct evert_dns_message message; /* of these */
	struct evert_address from;
	bool over_tcp;
	char name[EVERT_DNS_NAME_TEXT_SIZE]; /* as it was spelt */
	uint16_t type;
};

/* On a free port of 127.0.0.1; fails the test when there is none. */
void name_server_open(struct name_server *server);
void name_server_close(struct name_server *server);

/* The own resolver, by this server alone: no file says anything. */
struct evert_resolver_options
name_server_options(const struct name_server *server);

/* The next query, which has to come while the reactor turns; over TCP in the
   second. In the order in which they were sent. */
struct name_query name_server_take(struct name_server *server,
				   struct evert_reactor *reactor);
struct name_query name_server_take_stream(struct name_server *server,
					  struct evert_reactor *reactor);

/* Has none come by now? */
bool name_server_is_idle(struct name_server *server,
			 struct evert_reactor *reactor);

/* What an answer is made of. All zero is "no error, nothing there". */
struct name_reply {
	uint16_t rcode;
	bool is_truncated;
	bool without_question;
	const char *question; /* another name than the one asked for */
	uint16_t id_is_off_by;
	/* Lines "name ttl TYPE data" for A, AAAA, CNAME, NS, MX, and SOA, whose
	   data is its minimum; NULL: none. */
	const char *answers;
	const char *authorities;
};

/* Writes the answer into `bytes` (of 65536 bytes): its length. */
size_t name_reply_write(const struct name_query *query,
			const struct name_reply *reply, uint8_t *bytes);

/* Sends it the way the query came. */
void name_server_reply(struct name_server *server,
		       const struct name_query *query,
		       const struct name_reply *reply);

/* Short for these answers and no error. */
void name_server_answer(struct name_server *server,
			const struct name_query *query, const char *answers);

#endif
