/* SPDX-License-Identifier: MIT */
/*
 * From the name of a host to addresses: the one door, with two ways behind it
 * (resolver.h).
 */
#ifndef EVERT_REACTOR_LOOKUP_INTERNAL_H
#define EVERT_REACTOR_LOOKUP_INTERNAL_H

#include "../address.h"
#include "../reactor.h"

struct evert_error;

struct evert_lookup {
	void (*cancel)(struct evert_lookup *lookup);
};

/* What came of it: addresses in the order in which they are to be tried, or
   none and why. It lives until `done` returns. */
struct evert_lookup_result {
	struct evert_address *addresses;
	size_t count;
	const struct evert_error *kind; /* NULL: there are some */
	int error;			/* an errno */
	const char *reason;		/* for a person */
	bool has_more; /* these are a part: it will be called again */
};

typedef void (*evert_lookup_done)(void *arg,
				  const struct evert_lookup_result *result);

/*
 * Looks `host` up; calls `done(arg, ...)` once from the loop, unless it is
 * cancelled before. With `in_parts` it may be called twice, when one family is
 * known and the other is not (RFC 8305, 3), the second time with both. The
 * addresses have this port. NULL and errno when it can't begin.
 */
struct evert_lookup *evert_lookup_start(struct evert_reactor *reactor,
					const char *host, uint16_t port,
					bool in_parts, evert_lookup_done done,
					void *arg);

/* Nothing will be called any more. */
static inline void evert_lookup_cancel(struct evert_lookup *lookup)
{
	lookup->cancel(lookup);
}

/* The way of the system: getaddrinfo(3) in a thread. */
struct evert_lookup *evert_system_lookup_start(struct evert_reactor *reactor,
					       const char *host, uint16_t port,
					       evert_lookup_done done,
					       void *arg);

#endif
