/* SPDX-License-Identifier: MIT */
/* What is recorded of connections (docs/tracing.md), while something is. A
   recording knows them by their descriptors. */
#ifndef EVERT_REACTOR_TELL_CONNECTION_INTERNAL_H
#define EVERT_REACTOR_TELL_CONNECTION_INTERNAL_H

#include "connection_internal.h"
#include "tell_bytes_internal.h"

void evert_tell_connected(struct evert_connection *c);
void evert_tell_closed(struct evert_connection *c);

/* Its descriptor goes on, perhaps by another connection. */
void evert_tell_detached(struct evert_connection *c);

/* An operation of its protocol begins; evert_trace_end ends it. */
void evert_tell_protocol(struct evert_connection *c, const char *name);

/* "paused" or "resumed"; what? Or "ended", NULL. */
void evert_tell_state(struct evert_connection *c, const char *state,
		      const char *what);

/* So many bytes wait to be sent, perhaps more or less than were told of. */
void evert_tell_queued(struct evert_connection *c);

#endif
