/* SPDX-License-Identifier: MIT */
/*
 * Read before every file that is compiled for tests/interleavings: what would
 * go to the operating system's threads goes to the explorer's. Atomics and
 * plain accesses need no word: the compiler tells of each (tsan.c).
 */
#ifndef TESTS_INTERLEAVINGS_HOOKS_H
#define TESTS_INTERLEAVINGS_HOOKS_H

#include "replaced.h"

#define pthread_mutex_lock meet_mutex_lock
#define pthread_mutex_unlock meet_mutex_unlock
#define pthread_cond_init meet_cond_init
#define pthread_cond_destroy meet_cond_destroy
#define pthread_cond_wait meet_cond_wait
#define pthread_cond_timedwait meet_cond_timedwait
#define pthread_cond_signal meet_cond_signal
#define pthread_cond_broadcast meet_cond_broadcast
#define pthread_join meet_join
#define pthread_detach meet_detach
#define pthread_self meet_self
#define sched_yield meet_yield
#define sigaction(number, action, before) \
	meet_sigaction(number, action, before)
#define clock_gettime meet_clock_gettime
#define memcpy meet_memcpy
#define memset meet_memset

/* The explorer's threads run on one of the system's: what is each one's own is
   put aside when another goes on. */
#define _Thread_local __attribute__((__section__("meet_own")))

/* In place of deferred/base/thread_internal.h. */
#define EVERT_DEFERRED_THREAD_INTERNAL_H
extern char evert_thread_mark;
static inline const void *evert_thread(void)
{
	return meet_thread_address();
}

#endif
