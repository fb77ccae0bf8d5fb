/* SPDX-License-Identifier: MIT */
/* From a host's name to its addresses. */
#ifndef EVERT_REACTOR_RESOLUTION_INTERNAL_H
#define EVERT_REACTOR_RESOLUTION_INTERNAL_H

#include "../address.h"
#include "../../deferred/failure.h"
#include "../name/lookup_internal.h"

/* Embedded in who needs the addresses. */
struct evert_resolution {
	struct evert_reactor *reactor;
	struct evert_lookup *lookup; /* while it is under way */
	/* From the loop; takes over `failure`, NULL when it went well. */
	void (*done)(struct evert_resolution *resolution,
		     struct evert_failure *failure);
	const char *place;
	const char *host; /* of its owner; "": every address */
	uint16_t port;
	int family; /* AF_UNSPEC: all */
	/* Families in turn (RFC 8305, 4), no two alike. */
	struct evert_address *addresses;
	size_t count;
	/* A socket that is there already, then the address is its peer's or
	   its own; else -1. Whoever uses it owns it then. */
	int fd;
};

void evert_resolution_init(struct evert_resolution *resolution,
			   struct evert_reactor *reactor,
			   void (*done)(struct evert_resolution *resolution,
					struct evert_failure *failure),
			   const char *place);

/*
 * Looks up the host, which must live as long. Returns a failure, which the
 * caller owns; or NULL: then either there are addresses now, or `done` is
 * called later.
 */
struct evert_failure *
evert_resolution_begin(struct evert_resolution *resolution, const char *host,
		       uint16_t port, int family);

/* The only address there is. NULL, or the failure. */
struct evert_failure *
evert_resolution_set(struct evert_resolution *resolution,
		     const struct evert_address *address);

/* Ends what is under way and releases the addresses. */
void evert_resolution_finish(struct evert_resolution *resolution);

#endif
