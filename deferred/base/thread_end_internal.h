/* SPDX-License-Identifier: MIT */
/* What a thread keeps for itself, and gives back when it ends. */
#ifndef EVERT_DEFERRED_THREAD_END_INTERNAL_H
#define EVERT_DEFERRED_THREAD_END_INTERNAL_H

#include "base.h"

/* Lives as long as its thread: a thread-local variable. All zero at first. */
struct evert_thread_end {
	void (*call)(void);
	struct evert_thread_end *next;
	bool added;
};

/*
 * Has `call` be called when this thread ends (not when the process does), once
 * however often it is added. What is called may add again. False: the system
 * has no key left for that, and it will not be called.
 */
bool evert_thread_end_add(struct evert_thread_end *end, void (*call)(void));

#endif
