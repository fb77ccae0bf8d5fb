/* SPDX-License-Identifier: MIT */
/* What is recorded of coroutines (docs/tracing.md), while something is. */
#ifndef EVERT_DEFERRED_TELL_COROUTINE_INTERNAL_H
#define EVERT_DEFERRED_TELL_COROUTINE_INTERNAL_H

#include "coroutine_internal.h"

/* It is let run, for the first time or not; and it runs no more for now. */
void evert_tell_switch_to(struct evert_coroutine *c, bool is_new);
void evert_tell_switch_back(struct evert_coroutine *c);

#endif
