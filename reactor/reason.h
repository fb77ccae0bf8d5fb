/* SPDX-License-Identifier: MIT */
/* Why a connection ended, or never began. */
#ifndef EVERT_REACTOR_REASON_H
#define EVERT_REACTOR_REASON_H

#include "../deferred/failure.h"

EVERT_BEGIN

/* The connection was closed in order, by either side. */
extern const struct evert_error evert_error_connection_done;
#define EVERT_CONNECTION_DONE (&evert_error_connection_done)

/* Below EVERT_CONNECTION_DONE: it goes on, with another protocol, perhaps under
   another reactor (transport/hand_over.h). */
extern const struct evert_error evert_error_connection_detached;
#define EVERT_CONNECTION_DETACHED (&evert_error_connection_detached)

/* The connection broke; `error` says how. */
extern const struct evert_error evert_error_connection_lost;
#define EVERT_CONNECTION_LOST (&evert_error_connection_lost)

/* Below EVERT_CONNECTION_LOST: we aborted it. */
extern const struct evert_error evert_error_connection_aborted;
#define EVERT_CONNECTION_ABORTED (&evert_error_connection_aborted)

/* Below EVERT_CONNECTION_LOST: the reactor was stopped or destroyed. */
extern const struct evert_error evert_error_reactor_stopped;
#define EVERT_REACTOR_STOPPED (&evert_error_reactor_stopped)

/* Connecting failed; where there were several attempts, each is a cause. */
extern const struct evert_error evert_error_connect_failed;
#define EVERT_CONNECT_FAILED (&evert_error_connect_failed)

/* Below EVERT_CONNECT_FAILED: the name could not be looked up
   (kinds of that: name/lookup_failure.h). */
extern const struct evert_error evert_error_lookup_failed;
#define EVERT_LOOKUP_FAILED (&evert_error_lookup_failed)

EVERT_END

#endif
