/* SPDX-License-Identifier: MIT */
/*
 * A server and what depends on it: connections, protocols of datagrams, and
 * the questions of both. Each counts as a holder; the last one frees it.
 */
#ifndef EVERT_PROTOCOLS_DNS_SERVER_INTERNAL_H
#define EVERT_PROTOCOLS_DNS_SERVER_INTERNAL_H

#include "../../deferred/base/list_internal.h"
#include "../../reactor/dns/message_writer.h"
#include "../../reactor/stock_internal.h"
#include "../../reactor/transport/port.h"
#include "../framing/length_prefixed.h"
#include "server.h"

struct dns_factory {
	struct evert_factory base;
	struct evert_dns_server *server;
};

struct evert_dns_server {
	struct evert_reactor *reactor;
	evert_dns_answer answer;
	void *arg;
	struct evert_dns_server_options options; /* none is 0 */
	struct dns_factory factory;
	struct evert_list_node ports; /* that it listens on */
	struct evert_list_node connections;
	struct evert_list_node datagrams; /* protocols */
	struct evert_list_node waiting;	  /* requests by datagram */
	size_t connection_count, waiting_count;
	size_t holders;
	bool is_destroyed;
	uint64_t answered;
	struct evert_stock requests;
	struct evert_dns_writer writer;
	uint8_t message[65535]; /* the answer that is being written */
};

void dns_server_hold(struct evert_dns_server *server);
void dns_server_let_go(struct evert_dns_server *server);

/* Stops listening at all of them. */
void dns_ports_close(struct evert_list_node *ports);

/* Closes those that were opened after `last`. */
void dns_datagrams_close_after(struct evert_list_node *datagrams,
			       struct evert_list_node *last);

struct dns_connection {
	struct evert_length_prefixed base;
	struct evert_dns_server *server;
	struct evert_list_node node;
	struct evert_list_node waiting; /* requests */
	size_t waiting_count;
	struct evert_delayed_call idle;
	bool has_ended; /* the peer asks nothing more */
	bool is_full;	/* it is not read */
};

void dns_factory_init(struct dns_factory *factory,
		      struct evert_dns_server *server);

/* An answer of its has been given. */
void dns_connection_answered(struct dns_connection *connection);

/* ---- Requests ---- */

/* Where a message came from, and its answer is to go: one of the two. */
struct dns_origin {
	struct evert_dns_server *server;
	struct dns_connection *connection;
	const struct evert_datagram *datagram;
};

/* Answers a message, at once or when its answer is there. */
void dns_request_begin(const struct dns_origin *origin, const void *message,
		       size_t length);

/* Cancels those that are waited for in a list; nobody is answered. */
void dns_requests_cancel(struct evert_list_node *waiting);

/* ---- Sending ---- */

/* Writes the answer without records, header and question as far as they were
   read, and sends it. */
void dns_send_refusal(const struct dns_origin *origin,
		      const struct evert_dns_message *message, uint16_t rcode);

/* A set of records of an answer. */
struct dns_set {
	enum evert_dns_section section;
	size_t count;
	const struct evert_dns_record *records;
	struct evert_dns_records *owned; /* or NULL */
};

/* Writes the answer and sends it. */
void dns_send_answer(const struct dns_origin *origin,
		     const struct evert_dns_request *request,
		     const struct dns_set *sets, size_t count);

#endif
