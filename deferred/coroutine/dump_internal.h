/* SPDX-License-Identifier: MIT */
/* Who waits for whom, in reports. */
#ifndef EVERT_DEFERRED_COROUTINE_DUMP_INTERNAL_H
#define EVERT_DEFERRED_COROUTINE_DUMP_INTERNAL_H

#include "../base/say_internal.h"

/*
 * All Deferreds of this thread, as trees: those that nothing here waits for,
 * the oldest first, and below each what it waits for. Where no list of them is
 * kept (live_internal.h), those of coroutines and what these wait for.
 */
void evert_waiting_add_to(struct evert_text *to, int indent);

#endif
