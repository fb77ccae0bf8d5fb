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
	/* From the loop; takes over `failure`, NULL when it went well. With
	   `in_parts` it may be called twice, when there are more addresses. */
	void (*done)(struct evert_resolution *resolution,
		     struct evert_failure *failure);
	const char *place;
	const char *host; /* of its owner; "": every address */
	uint16_t port;
	int family; /* AF_UNSPEC: all */
	bool in_parts;
	/* Families in turn (RFC 8305, 4), no two alike. */
	struct evert_address *addresses;
	size_t count;
	/* Of these: so many have been used, and stay where they are when more
	   come. */
	size_t used;
	/* A socket that is there already, then the address is its peer's or
	   its own; else -1. Whoever uses it owns it then. */
	int fd;
};

/* May there be more addresses later? */
static inline bool
evert_resolution_has_more(const struct evert_resolution *resolution)
{
	return resolution->lookup;
}

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
