/* SPDX-License-Identifier: MIT */
/*
 * For who makes a kind of transport: a bound for one that is closing and whose
 * peer takes nothing. After the closing time without progress it is told to
 * give up, and after 60 times that in any case, so that nobody holds it by
 * taking a byte now and then. Only where something is left to be sent.
 *
 * Ownership: who made it destroys it, before the reactor is destroyed.
 *
 * Thread rule: the reactor's thread; from every callback, `overdue` included.
 */
#ifndef EVERT_REACTOR_CLOSING_H
#define EVERT_REACTOR_CLOSING_H

#include <stdbool.h>
#include <stddef.h>

#include "../../deferred/base/base.h"

EVERT_BEGIN

struct evert_closing;
struct evert_reactor;

/* Makes a bound: `overdue(arg)` is called from the loop, once for each time
   that it was observed. The closing time is that of the reactor. NULL: no
   memory. */
struct evert_closing *evert_closing_create(struct evert_reactor *reactor,
					   void (*overdue)(void *arg),
					   void *arg);
/* Releases a bound. NULL does nothing. */
void evert_closing_destroy(struct evert_closing *closing);

/* Sets another closing time: 0, or -EINVAL for seconds that are not finite. */
int evert_closing_set(struct evert_closing *closing, double seconds);

/* Begins, and goes on: so many bytes are left to be sent. To be called at
   first, and again when something was sent. `closes`: from the first time on
   there is an end in any case. False: there is no memory for that. */
bool evert_closing_observe(struct evert_closing *closing, size_t queued,
			   bool closes);

/* Ends, since the transport has closed: `overdue` is called no more. NULL does
   nothing. */
void evert_closing_end(struct evert_closing *closing);

EVERT_END

#endif
