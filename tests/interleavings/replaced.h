/* SPDX-License-Identifier: MIT */
/* What is called in place of the operating system (hooks.h), as pthreads(7)
   have it. */
#ifndef TESTS_INTERLEAVINGS_REPLACED_H
#define TESTS_INTERLEAVINGS_REPLACED_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

int meet_mutex_lock(pthread_mutex_t *mutex);
int meet_mutex_unlock(pthread_mutex_t *mutex);
int meet_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes);
int meet_cond_destroy(pthread_cond_t *cond);
int meet_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int meet_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
			const struct timespec *end);
int meet_cond_signal(pthread_cond_t *cond);
int meet_cond_broadcast(pthread_cond_t *cond);
int meet_join(pthread_t thread, void **result);
int meet_detach(pthread_t thread);
pthread_t meet_self(void);
int meet_yield(void);
int meet_sigaction(int number, const struct sigaction *action,
		   struct sigaction *before);
int meet_clock_gettime(clockid_t clock, struct timespec *time);
void *meet_memcpy(void *to, const void *from, size_t size);
void *meet_memset(void *at, int byte, size_t size);
const void *meet_thread_address(void);

#endif
