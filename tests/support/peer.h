/* SPDX-License-Identifier: MIT */
/*
 * A connection of which the test plays the peer, on a plain socket: it can do
 * what no well-behaved program does, and it is ready when the test says so.
 */
#ifndef TESTS_SUPPORT_PEER_H
#define TESTS_SUPPORT_PEER_H

#include "reactor.h"
#include "system.h"

struct peer {
	struct test_system system;
	struct evert_reactor *reactor;
	struct recorder_factory factory;
	struct recorder *recorder;	   /* evert's side */
	struct evert_transport *transport; /* the recorder's */
	int fd; /* the peer's; -1: it is closed */
};

/* Makes a reactor on `peer->system` and connects to it; turns until the
   recorder has its connection. */
void peer_open(struct peer *peer, const struct recorder_hooks *hooks,
	       void *arg);

/* A further connection to the same reactor, whose recorder is the factory's
   first. Returns the peer's descriptor. */
int peer_open_another(struct peer *peer, const struct recorder_hooks *hooks,
		      void *arg, struct recorder_factory *factory);

/* Destroys the reactor and closes the socket. */
void peer_close(struct peer *peer);

/* ---- What the peer does; never blocks ---- */

/* Sends it all; fails the test when the kernel does not take it. */
void peer_send(const struct peer *peer, const char *text);
/* Sends as much as the kernel takes; returns how much. */
size_t peer_send_much(const struct peer *peer, size_t most);
/* Sends its end; closes; resets the connection. */
void peer_send_end(const struct peer *peer);
void peer_hang_up(struct peer *peer);
void peer_reset(struct peer *peer);

/*
 * Reads, turning the reactor as long as there is nothing to read, until so
 * many bytes have come, or the end: returns how many. Asserts that they are
 * as pattern() has them, beginning with number `*number` of it, which is
 * moved on.
 */
size_t peer_read_pattern(struct peer *peer, size_t *number, size_t most);

/* The same for what it is told in `text`, at most 4096 bytes; returns how many
   bytes. Ends with a zero byte. */
size_t peer_read(struct peer *peer, char *text, size_t most);

/* How the connection ends for the peer, who has read everything: 0 in order,
   or an errno. */
int peer_read_end(struct peer *peer);

/* Bytes that are told apart by their number. */
void pattern(char *data, size_t length, size_t number);

/* ---- What evert does ---- */

/* Turns until the recorder has had connection_lost and destroy. */
void peer_turn_until_gone(struct peer *peer);

/* How often evert has sent so far. */
size_t peer_sends(const struct peer *peer);

/* Writes until the kernel takes no more and something is queued. */
void peer_fill(struct peer *peer);

/*
 * Asserts that the reactor sleeps when it has nothing to do: that it does not
 * wake again and again because something is ready that nobody wants.
 */
void peer_expect_sleep(struct peer *peer);

#endif
