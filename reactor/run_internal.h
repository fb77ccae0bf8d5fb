/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_RUN_INTERNAL_H
#define EVERT_REACTOR_RUN_INTERNAL_H

#include "run.h"

/* evert_run_at on a reactor that was made for this; takes it over. */
int evert_run_on(struct evert_reactor *reactor, evert_body body, void *arg,
		 const char *name, const char *place);

/* The reactor that runs on this thread; where none does, `what` was called at
   the wrong time: a bug. */
struct evert_reactor *evert_reactor_require(const char *what,
					    const char *place);

#endif
