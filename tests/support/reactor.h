/* SPDX-License-Identifier: MIT */
/*
 * For tests of what runs under a reactor: loops that fail the test instead of
 * hanging, and a protocol that writes down what happens to it.
 */
#ifndef TESTS_SUPPORT_REACTOR_H
#define TESTS_SUPPORT_REACTOR_H

#include "../../deferred/deferred.h"
#include "../../reactor/endpoint/connect.h"
#include "../../reactor/endpoint/listen.h"
#include "../../reactor/transport/protocol.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/transport.h"

/* ---- Loops ---- */

/* A reactor on `system` (NULL: the real one), on the poller that EVERT_POLLER
   names; fails the test when there is none. */
struct evert_reactor *make_reactor(struct evert_system *system);

/*
 * Each of these fails the test after ten seconds by the reactor's clock.
 *
 * run_reactor: evert_reactor_run, from begin to end; asserts that it is 0.
 * turn: one turn of a reactor that is not running; sleeps when there is
 * nothing to do. turn_until: turns until `*done`, or until `*count` is at
 * least `least`. A turn closes nothing: so a test can look at the middle of
 * a connection's life.
 */
void run_reactor(struct evert_reactor *reactor);
void turn(struct evert_reactor *reactor);
void turn_until(struct evert_reactor *reactor, const bool *done);
void turn_until_count(struct evert_reactor *reactor, const size_t *count,
		      size_t least);

/* Turns until so much time has passed. */
void turn_for(struct evert_reactor *reactor, double seconds);

/* To be called later, or from a thread: makes the bool true. */
void set_flag(void *flag);

/* Turns until nothing is ready at this moment and nothing is planned. */
void turn_until_idle(struct evert_reactor *reactor);

/* Turns until it has fired; releases the reading end. The caller owns the
   result. */
struct evert_result turn_until_fired(struct evert_reactor *reactor,
				     struct evert_deferred *deferred);

/* The same for one that has to fail: its kind. */
const struct evert_error *turn_until_failed(struct evert_reactor *reactor,
					    struct evert_deferred *deferred);

/* ---- A protocol that records ---- */

enum { RECORDED_BYTES = 4096, RECORDERS = 16 };

struct recorder;

/* What to do besides recording; each may be NULL. Without `ended` the
   protocol has no end_received at all; without `write_lost` no such one, and
   with it both. */
struct recorder_hooks {
	void (*made)(struct recorder *recorder);
	void (*received)(struct recorder *recorder, const char *data,
			 size_t length);
	void (*ended)(struct recorder *recorder);
	void (*paused)(struct recorder *recorder);
	void (*resumed)(struct recorder *recorder);
	void (*lost)(struct recorder *recorder);
	void (*write_lost)(struct recorder *recorder, int error);
};

struct recorder {
	struct evert_protocol base;
	const struct recorder_hooks *hooks;
	void *arg; /* the hooks' */
	/* In order, a letter each: Made, Data (a run of them once), End,
	   Paused, Resumed, Write lost, Lost, X destroyed. */
	char events[64];
	size_t made, ended, paused, resumed, lost, destroyed; /* how often */
	size_t received;				      /* bytes */
	char data[RECORDED_BYTES + 1]; /* the first of them, and a zero byte */
	const struct evert_error *lost_kind;
	int lost_error;
	struct evert_address peer; /* that the factory was told */
};

/* Makes recorders; it keeps them, so that they can be looked at for as long
   as it lives. All zero is one without hooks. */
struct recorder_factory {
	struct evert_factory base; /* set by recorder_factory_init */
	const struct recorder_hooks *hooks;
	void *arg; /* for the recorders */
	/* Called before it builds; may be NULL. */
	void (*building)(struct recorder_factory *factory);
	bool refuses;
	size_t asked; /* how often */
	size_t built; /* of `recorders`; one too many fails the test */
	struct recorder recorders[RECORDERS];
};

void recorder_factory_init(struct recorder_factory *factory,
			   const struct recorder_hooks *hooks, void *arg);

struct recorder *recorder_from(struct evert_protocol *protocol);

/* The one that `result` holds; fails the test when it holds none. */
struct recorder *recorder_of(const struct evert_result *result);

/* evert_transport_write of a string; asserts that it is 0. */
void recorder_write(struct recorder *recorder, const char *text);

/* Writes megabytes until it is paused; asserts that it is: a connection that is
   lost has room for all of them. */
void recorder_fill(struct recorder *recorder);

/* ---- Connections on this machine ---- */

/* Listens on a free port of 127.0.0.1. */
struct evert_port *listen_here(struct evert_reactor *reactor,
			       struct recorder_factory *factory);

/* "tcp:127.0.0.1:PORT"; overwritten by the next call. */
const char *endpoint_of(const struct evert_port *port);

/*
 * Connects `client` to `server` by a port that is closed again; turns until
 * both have built a protocol, the next of their `recorders`.
 */
struct connected {
	struct recorder *client, *server;
};
struct connected connect_pair(struct evert_reactor *reactor,
			      struct recorder_factory *client,
			      struct recorder_factory *server);

#endif
