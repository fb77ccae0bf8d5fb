/* SPDX-License-Identifier: MIT */
/* From an endpoint string to the addresses it stands for. */
#ifndef EVERT_REACTOR_RESOLUTION_INTERNAL_H
#define EVERT_REACTOR_RESOLUTION_INTERNAL_H

#include "../address.h"
#include "endpoint_internal.h"
#include "../name/lookup_internal.h"

/* Embedded in who needs the addresses. */
struct evert_resolution {
	struct evert_reactor *reactor;
	struct evert_lookup *lookup; /* while it is under way */
	/* From the loop; takes over `failure`, NULL when it went well. */
	void (*done)(struct evert_resolution *resolution,
		     struct evert_failure *failure);
	const char *place;
	struct evert_endpoint endpoint;
	/* Families in turn (RFC 8305, 4), no two alike. */
	struct evert_address *addresses;
	size_t count;
};

/*
 * Begins. `text` is an endpoint string; with `passive` an empty host is every
 * address. Returns a failure, which the caller owns; or NULL: then either
 * there are addresses now, or `done` is called later.
 */
struct evert_failure *
evert_resolution_begin(struct evert_resolution *resolution,
		       struct evert_reactor *reactor, const char *text,
		       bool passive,
		       void (*done)(struct evert_resolution *resolution,
				    struct evert_failure *failure),
		       const char *place);

/* Ends what is under way and releases the addresses. */
void evert_resolution_finish(struct evert_resolution *resolution);

#endif
