/* SPDX-License-Identifier: MIT */
/*
 * A dump at a signal: with the environment variable EVERT_DUMP_SIGNAL=USR1 each
 * reactor of the process says on stderr at a SIGUSR1 what evert_reactor_dump
 * would print. The handler wakes the loops, and they do it; of one that is
 * inside a callback, perhaps for ever, the handler says that, and since when.
 *
 * Reactors on simulated systems are left out.
 */
#ifndef EVERT_REACTOR_DUMP_SIGNAL_INTERNAL_H
#define EVERT_REACTOR_DUMP_SIGNAL_INTERNAL_H

#include "reactor_internal.h"

/* A reactor is made, and goes. */
void evert_dump_signal_join(struct evert_reactor *reactor);
void evert_dump_signal_leave(struct evert_reactor *reactor);

/* The loop was woken: perhaps for this. */
void evert_dump_signal_check(struct evert_reactor *reactor);

#endif
