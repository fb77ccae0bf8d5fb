/* SPDX-License-Identifier: MIT */
/*
 * What connecting and listening begin with, of streams and of datagrams, for
 * every scheme that has addresses: a Deferred, and the addresses, which may
 * take time.
 */
#ifndef EVERT_REACTOR_OPENING_INTERNAL_H
#define EVERT_REACTOR_OPENING_INTERNAL_H

#include <limits.h>

#include "../reactor_internal.h"
#include "../transport/datagram_open.h"
#include "../transport/socket_options_internal.h"
#include "resolution_internal.h"
#include "scheme_internal.h"

/* Of every scheme that connects. */
#define EVERT_TIMEOUT_PARAMETER                                               \
	{ "timeout", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.001, 1e9 }

/* Of every scheme that accepts. */
#define EVERT_BACKLOG_PARAMETER                                               \
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX }

/* Of every scheme that has sockets. */
#define EVERT_BUFFER_PARAMETERS                                               \
	{ "send-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX },          \
	{ "receive-buffer", EVERT_VALUE_NUMBER, false, 0, 1, INT_MAX }

/* Where the addresses come from. */
struct evert_opening_source {
	/* As evert_resolution_begin, which it calls, or evert_resolution_set. */
	struct evert_failure *(*find)(struct evert_resolution *resolution,
				      const struct evert_endpoint *endpoint);
	/* Writes what a person calls it: "localhost:80". */
	void (*name)(const struct evert_endpoint *endpoint, char *text,
		     size_t size);
};

/* What is to be opened. */
struct evert_opening_plan {
	struct evert_reactor *reactor;
	const struct evert_endpoint *endpoint; /* NULL: it was bad */
	const char *place;
	const struct evert_opening_source *source;
	/* Why it cannot be, or NULL. The opening takes it over. */
	struct evert_failure *failure;
	double timeout; /* to connect: seconds, 0: none */
};

struct evert_opening;

struct evert_opening_kind {
	size_t size; /* of the object; its first member is the opening */
	/* Whatever comes of it is told from the loop, not by who begins. */
	bool from_loop;
	/* Are addresses of use that come before the others? */
	bool in_parts;
	/* The addresses are there; with `in_parts` it may be called twice. */
	void (*found)(struct evert_opening *opening);
	/* As evert_opening_plan_later has asked for; may be NULL. */
	void (*later)(struct evert_opening *opening);
	/* It took too long: adds to the failure what it has found out. May be
	   NULL. */
	void (*too_late)(struct evert_opening *opening,
			 struct evert_failure *failure);
	/* Ends what was begun since; may be NULL. */
	void (*stop)(struct evert_opening *opening);
	/* The Deferred was cancelled: false, it is not to be. May be NULL. */
	bool (*may_cancel)(struct evert_opening *opening);
};

struct evert_opening {
	const struct evert_opening_kind *kind;
	struct evert_reactor *reactor;
	const struct evert_endpoint *endpoint; /* NULL: it was bad */
	const struct evert_opening_source *source;
	struct evert_firing *slot;
	struct evert_member member;
	struct evert_resolution resolution;
	const char *place;
	double timeout; /* seconds; 0: none */
	struct evert_delayed_call too_late;
	bool beginning;		       /* what fails now is told */
	struct evert_task tell;	       /* from the loop: */
	struct evert_failure *failure; /* this; NULL while there is none */
};

/*
 * Makes the object, all zeros behind its first member, and its Deferred, which
 * belongs to the caller; NULL and errno without memory.
 */
struct evert_deferred *
evert_opening_create(const struct evert_opening_kind *kind,
		     struct evert_opening_plan *plan,
		     struct evert_opening **made);

/* Begins to find the addresses; `found` may be called by this. Takes over the
   plan's failure. */
void evert_opening_start(struct evert_opening *opening,
			 struct evert_opening_plan *plan);

/* Ends it with `failure`, which it takes over, as soon as that may be told. */
void evert_opening_fail(struct evert_opening *opening,
			struct evert_failure *failure);

/* Has `later` called from the loop. */
void evert_opening_plan_later(struct evert_opening *opening);

/* Ends all of it, for who fires the slot, which is returned. The object stays,
   to be freed. */
struct evert_firing *evert_opening_end(struct evert_opening *opening);

/* Ends and frees all of it, and fires. */
void evert_opening_fire(struct evert_opening *opening,
			struct evert_result result);

/* What a person calls it: writes it to `text`, and returns that. */
#define EVERT_OPENING_NAME_SIZE 320
const char *evert_opening_name(const struct evert_opening *opening,
			       char *text);

/* ---- Streams ---- */

struct evert_stream_plan {
	struct evert_opening_plan base;
	struct evert_factory *factory;
	struct evert_datagram_factory *packets; /* to listen: instead */
	const struct evert_socket_options *options; /* may be NULL */
	double attempt_delay; /* to connect: seconds, 0: as usual */
};

/* Copies the options for the sockets; what is wrong becomes the plan's
   failure. */
void evert_stream_plan_check(struct evert_stream_plan *plan,
			     struct evert_socket_plan *socket);

/* attempts.c: fires with a protocol, from the loop. */
EVERT_MUST_USE
struct evert_deferred *evert_attempts_begin(struct evert_stream_plan *plan);

/* listening.c: fires with a port. */
EVERT_MUST_USE
struct evert_deferred *evert_listening_begin(struct evert_stream_plan *plan);

/* ---- Datagrams ---- */

struct evert_datagram_plan {
	struct evert_opening_plan base;
	bool connects; /* else it listens */
	struct evert_datagram_protocol *protocol; /* taken over */
	const struct evert_datagram_options *options; /* may be NULL */
	/* To connect from. Its length is 0: only by that port, if it is not
	   0. */
	struct evert_address local;
	uint16_t local_port;
};

/* datagram_opening.c: fires with a transport, to connect from the loop. */
EVERT_MUST_USE
struct evert_deferred *
evert_datagram_opening_begin(struct evert_datagram_plan *plan);

#endif
