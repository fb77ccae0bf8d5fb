/* SPDX-License-Identifier: MIT */
/* SCHEME:PATH or SCHEME:NAME, whatever the scheme: its first parameter is
   "path", or "name" where the address is an abstract one. */
#ifndef EVERT_REACTOR_UNIX_ADDRESS_INTERNAL_H
#define EVERT_REACTOR_UNIX_ADDRESS_INTERNAL_H

#include "opening_internal.h"

#define EVERT_PATH_PARAMETER                                                  \
	{ .name = "path", .kind = EVERT_VALUE_TEXT, .mandatory = true }
#define EVERT_NAME_PARAMETER                                                  \
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true }

/* Of the path that is bound. */
#define EVERT_OWNER_PARAMETERS(purposes)                                      \
	{ "mode", EVERT_VALUE_MODE, false, purposes, 0, 0 },                  \
	{ "owner", EVERT_VALUE_TEXT, false, purposes, 0, 0 },                 \
	{ "group", EVERT_VALUE_TEXT, false, purposes, 0, 0 }

extern const struct evert_opening_source evert_unix_source;

/* The address that the value of that name is, which must be given: NULL, or
   the failure. */
struct evert_failure *evert_unix_make(struct evert_address *address,
				      const struct evert_endpoint *endpoint,
				      const char *key, bool connects,
				      const char *place);

/* Is it there, and not too long? NULL, or the failure. */
struct evert_failure *evert_unix_check(const struct evert_endpoint *endpoint,
				       const char *place);

#endif
