/* SPDX-License-Identifier: MIT */
/* Which thread is this? Cheaper than pthread_self, which is a call. */
#ifndef EVERT_DEFERRED_THREAD_INTERNAL_H
#define EVERT_DEFERRED_THREAD_INTERNAL_H

extern _Thread_local char evert_thread_mark;

/* An address that no other thread has while this one lives. In a fork's child
   it is that of the thread which forked. */
static inline const void *evert_thread(void)
{
	return &evert_thread_mark;
}

#endif
