/* SPDX-License-Identifier: MIT */
/*
 * A whole program, to be run again and again with something going wrong each
 * time: a server of greetings and its clients under one reactor. It listens,
 * and connects by number; a chain of Deferreds asks for greetings, a short
 * one and one that does not fit in a chunk; one connect is cancelled, one
 * question is never answered and times out, one connection is half-closed,
 * one is aborted, one connect is refused, datagrams are asked and answered, and
 * what comes by UNIX sockets; in the end all is shut down.
 */
#ifndef TESTS_SUPPORT_SCENARIO_H
#define TESTS_SUPPORT_SCENARIO_H

#include "system.h"

enum { SCENARIO_CLIENTS = 8 };

struct scenario {
	/* To be set before: the system, whose time is virtual; how long each
	   wait takes besides, so that what fails for ever comes to its
	   time-out; and how many waits are a hang. */
	struct test_system system;
	int64_t wait_nanoseconds;
	size_t waits_at_most;

	/* How it went. What each client's chain ended with: "ok", or the kind
	   of a failure. */
	const char *outcomes[SCENARIO_CLIENTS];
	size_t begun, done;	/* chains of Deferreds */
	size_t made, lost, live; /* connections; protocols not destroyed */
	size_t waits;
};

/* With a system that works. */
void scenario_init(struct scenario *scenario);

/*
 * Runs it. Fails the test when it hangs, when a chain has not ended, a
 * connection_made is without its connection_lost or the other way round, a
 * protocol is alive, or a descriptor is open that was not before.
 */
void scenario_run(struct scenario *scenario);

/* Asserts that everything went as it does when nothing goes wrong. */
void scenario_expect_success(const struct scenario *scenario);

#endif
