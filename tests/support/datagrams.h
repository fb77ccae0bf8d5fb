/* SPDX-License-Identifier: MIT */
/*
 * For tests of datagrams: a protocol that writes down what happens to it, and
 * plain sockets of 127.0.0.1 for its peers. Nothing is lost on the loopback
 * interface: what was sent has arrived.
 */
#ifndef TESTS_SUPPORT_DATAGRAMS_H
#define TESTS_SUPPORT_DATAGRAMS_H

#include "../../reactor/transport/datagram_open.h"
#include "reactor.h"
#include "system.h"

enum {
	DATAGRAM_BYTES = 66000
};

struct datagram_recorder {
	struct evert_datagram_protocol base; /* by datagram_recorder_init */
	/* What to do besides; each may be NULL. */
	void (*received)(struct datagram_recorder *recorder,
			 const struct evert_datagram *datagram);
	void (*on_paused)(struct datagram_recorder *recorder);
	void (*on_stopped)(struct datagram_recorder *recorder);
	/* In order, a letter each: Begun, Datagram (a run of them once),
	   Refused, Failed, Paused, Resumed, Stopped, X destroyed. */
	char events[64];
	size_t datagrams, refused, failed, paused, resumed, stopped, destroyed;
	size_t bytes;
	char text[DATAGRAM_BYTES];	 /* the last one, and a zero byte */
	struct evert_datagram last;	 /* without its data */
	struct evert_address peer, host; /* of the last one */
	int error; /* of the last refusal or failure to send, */
	struct evert_address about; /* and its address */
	const struct evert_error *stopped_kind;
	int stopped_error;
};

void datagram_recorder_init(struct datagram_recorder *recorder);
struct datagram_recorder *
datagram_recorder_from(struct evert_datagram_protocol *protocol);

/* A transport at a free port of `host`; fails the test when there is none. */
struct evert_datagram_transport *
open_at(struct evert_reactor *reactor, const char *host,
	const struct evert_datagram_options *options,
	struct datagram_recorder *recorder);

/* One that is connected to `fd`, a socket. */
struct evert_datagram_transport *
open_to(struct evert_reactor *reactor, int fd,
	const struct evert_datagram_options *options,
	struct datagram_recorder *recorder);

/* evert_datagram_send_to of a string; asserts that it is 0. */
void send_text(struct evert_datagram_transport *transport, const char *text,
	       const struct evert_address *peer);

/* ---- Peers ---- */

struct evert_address parse_address(const char *host, uint16_t port);

/* A socket at a free port of `host`, which never blocks. */
int open_peer(const char *host);
struct evert_address address_of(int fd);
/* Where the transport is; at `host`, where it is on all addresses. */
struct evert_address address_at(struct evert_datagram_transport *transport,
				const char *host);

void peer_send_to(int fd, const char *text, const struct evert_address *to);

/* One that has come, as a string, overwritten by the next call; NULL: none. */
const char *peer_take(int fd, struct evert_address *from);

#endif
