/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_CONNECTION_READ_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_READ_INTERNAL_H

#include "connection_internal.h"

/* Operations of the transport. */
void evert_connection_pause_reading(struct evert_transport *base);
void evert_connection_resume_reading(struct evert_transport *base);
bool evert_connection_is_reading(const struct evert_transport *base);

/* Something of the watch is ready; of that of a protocol which takes
   descriptors. */
void evert_connection_ready(struct evert_watch *watch, unsigned ready);
void evert_connection_ready_to_take(struct evert_watch *watch, unsigned ready);

/* Delivers what came before all that is still to be read, if it may. */
void evert_connection_deliver_unread(struct evert_connection *c);

/* The end that waited for reading to be resumed: tells it, if it is. */
void evert_connection_tell_end(struct evert_connection *c);

/* Writing has failed: reads on, while there is something to read. */
void evert_connection_read_rest(struct evert_connection *c);

#endif
