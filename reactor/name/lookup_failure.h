/* SPDX-License-Identifier: MIT */
/*
 * Why a name could not be looked up: kinds below EVERT_LOOKUP_FAILED
 * (reason.h). The message says which server said what.
 */
#ifndef EVERT_REACTOR_LOOKUP_FAILURE_H
#define EVERT_REACTOR_LOOKUP_FAILURE_H

#include "../reason.h"

EVERT_BEGIN

/* There is no such name (NXDOMAIN). `error` is ENOENT. */
extern const struct evert_error evert_error_no_name;
#define EVERT_NO_NAME (&evert_error_no_name)

/* There is the name, but nothing of what was asked for. `error` is ENODATA. */
extern const struct evert_error evert_error_no_data;
#define EVERT_NO_DATA (&evert_error_no_data)

/* No server could tell: it refused, failed itself, or can't be reached;
   `error` is EAGAIN, or why it can't. */
extern const struct evert_error evert_error_server_failed;
#define EVERT_SERVER_FAILED (&evert_error_server_failed)

/* No server said anything. `error` is ETIMEDOUT. */
extern const struct evert_error evert_error_lookup_timed_out;
#define EVERT_LOOKUP_TIMED_OUT (&evert_error_lookup_timed_out)

EVERT_END

#endif
