/* SPDX-License-Identifier: MIT */
/*
 * Which flow of control runs: a coroutine's, or the thread's own (NULL). A
 * loop that calls the caller's code may be suspended in the middle, when it
 * runs on a coroutine's stack; who comes to it then in another flow can't rely
 * on its going on.
 */
#ifndef EVERT_DEFERRED_FLOW_INTERNAL_H
#define EVERT_DEFERRED_FLOW_INTERNAL_H

#include <stdint.h>

extern _Thread_local const void *evert_flow;

/* The number of the turn that a loop of this thread is in, or had last. */
extern _Thread_local uint64_t evert_turn;

#endif
