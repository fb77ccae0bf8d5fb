/* SPDX-License-Identifier: MIT */
/* Asks a DNS server that runs on the test's reactor, as text to text. */
#ifndef TESTS_SUPPORT_DNS_CLIENT_H
#define TESTS_SUPPORT_DNS_CLIENT_H

#include "../../protocols/dns/server.h"

struct dns_client {
	struct evert_reactor *reactor;
	uint16_t port;
	int udp, tcp; /* descriptors; -1: not yet */
	uint16_t id;
	unsigned edns_size; /* 0: without EDNS */
};

/* Of a server at 127.0.0.1. */
void dns_client_init(struct dns_client *client, struct evert_reactor *reactor,
		     uint16_t port);
void dns_client_finish(struct dns_client *client);

/*
 * Asks over UDP, "www.example.org. A" with the class behind it if it is not IN,
 * and turns the reactor until there is an answer. Returns it as text, which
 * holds until the next call: "NOERROR aa; ANSWER; AUTHORITY; ADDITIONAL", the
 * records of a section as a zone file has them, with " | " between.
 */
const char *dns_ask(struct dns_client *client, const char *question);

/* Sends bytes over UDP; the answer, or "nothing". */
const char *dns_send_bytes(struct dns_client *client, const void *bytes,
			   size_t length);

/* ---- Over TCP ---- */

/* Connects, if it is not. Writes the question's bytes behind their length. */
void dns_stream_ask(struct dns_client *client, const char *question);
void dns_stream_write(struct dns_client *client, const void *bytes,
		      size_t length);

/* The next answer there; "end" when the server has closed. */
const char *dns_stream_answer(struct dns_client *client);

/* The bytes of a question; returns how many. */
size_t dns_question_bytes(struct dns_client *client, const char *question,
			  uint8_t *bytes, size_t size);

#endif
