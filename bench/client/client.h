/* SPDX-License-Identifier: MIT */
/*
 * One client of a server under test. It uses nothing but the kernel, and
 * OpenSSL for TLS, so that it is the same for every server. What goes wrong ends the program: a server
 * that loses or invents a byte is not worth measuring.
 */
#ifndef BENCH_CLIENT_CLIENT_H
#define BENCH_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"

struct client {
	int fd;
	void *channel;	   /* of TLS (channel.h); NULL: none */
	bool resumes;	   /* a session of TLS */
	uint64_t due;	   /* requests that are to be sent, since the start */
	uint64_t sent;	   /* bytes */
	uint64_t received; /* bytes */
};

/* System calls made by all clients. */
extern uint64_t client_calls;

/* Connects to 127.0.0.1, from one of several addresses, so that the kernel
   does not run out of ports. */
void client_connect(struct client *client, const struct exchange *exchange,
		    int port);

/* Sends what is due, of which at most one piece. True: there is more. */
bool client_send(struct client *client, const struct exchange *exchange);

/* Reads once; checks what came. Bytes, 0 when nothing is there, -1 at the
   end. */
int client_receive(struct client *client, const struct exchange *exchange);

/* Answers that have come completely; where there are none, requests sent. */
uint64_t client_answers(const struct client *client,
			const struct exchange *exchange);

void client_shutdown(struct client *client);
void client_close(struct client *client);

_Noreturn void client_fail(const char *what);

#endif
