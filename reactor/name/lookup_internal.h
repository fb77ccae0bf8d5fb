/* SPDX-License-Identifier: MIT */
/* Names to addresses, by getaddrinfo(3) in a thread. */
#ifndef EVERT_REACTOR_LOOKUP_INTERNAL_H
#define EVERT_REACTOR_LOOKUP_INTERNAL_H

#include <netdb.h>

#include "../address.h"
#include "../fork_internal.h"

struct evert_lookup;

/* What came of it: addresses, or none and why. */
struct evert_lookup_result {
	const struct addrinfo *addresses; /* lives until `done` returns */
	int error;		/* an errno */
	const char *reason;	/* for a person */
};

typedef void (*evert_lookup_done)(void *arg,
				  const struct evert_lookup_result *result);

/*
 * Looks `host` up; calls `done(arg, ...)` once from the loop, unless it is
 * cancelled before. NULL and errno when it can't begin.
 */
struct evert_lookup *evert_lookup_start(struct evert_reactor *reactor,
					const char *host, uint16_t port,
					evert_lookup_done done, void *arg);

/* Nothing will be called any more. */
void evert_lookup_cancel(struct evert_lookup *lookup);

#endif
