/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_CONNECTION_SPLICING_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_SPLICING_INTERNAL_H

#include "connection_internal.h"
#include "splicing_internal.h"

extern const struct evert_splicing_ops evert_connection_splicing_ops;

/* What the poller tells, where the protocol takes by splice. */
void evert_connection_ready_to_splice(struct evert_watch *watch,
				      unsigned ready);

#endif
