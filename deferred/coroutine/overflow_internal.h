/* SPDX-License-Identifier: MIT */
/*
 * Coroutines that run into the end of their stack. The fault is handled on a
 * stack for signals that every thread with coroutines gets, unless it has one;
 * AddressSanitizer gives its own to every thread.
 */
#ifndef EVERT_DEFERRED_OVERFLOW_INTERNAL_H
#define EVERT_DEFERRED_OVERFLOW_INTERNAL_H

#include "coroutine_internal.h"

/* Around the time that a thread has coroutines. */
void evert_overflow_start_thread(void);
void evert_overflow_end_thread(void);

/* Says what happened, and aborts. May be called in a signal handler. */
_Noreturn void evert_overflow_stop(const struct evert_coroutine *coroutine);

#endif
