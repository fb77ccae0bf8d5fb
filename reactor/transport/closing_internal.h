/* SPDX-License-Identifier: MIT */
/*
 * A bound for who is closing and whose peer takes nothing: after the closing
 * time without progress it is told to give up, and after MOST_TIMES that in
 * any case, so that nobody holds it by taking a byte now and then. Only where
 * something is left to be sent.
 */
#ifndef EVERT_REACTOR_CLOSING_INTERNAL_H
#define EVERT_REACTOR_CLOSING_INTERNAL_H

#include "../reactor_internal.h"

struct evert_closing;

/* `overdue(arg)` is called from the loop, once. NULL: no memory. */
struct evert_closing *evert_closing_create(struct evert_reactor *reactor,
					   void (*overdue)(void *arg),
					   void *arg);
/* NULL does nothing. */
void evert_closing_destroy(struct evert_closing *closing);

/* 0, or -EINVAL for seconds that are not finite. */
int evert_closing_set(struct evert_closing *closing, double seconds);

/* So many bytes are left to be sent. To be called at first, and again when
   something was sent. `closes`: from the first time on there is an end in any
   case. False: there is no memory for that. */
bool evert_closing_observe(struct evert_closing *closing, size_t queued,
			   bool closes);

/* It has closed. NULL does nothing. */
void evert_closing_end(struct evert_closing *closing);

#endif
