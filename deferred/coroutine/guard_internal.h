/* SPDX-License-Identifier: MIT */
/*
 * What lies below the end of a stack: EVERT_GUARD_SIZE bytes that belong to
 * nobody, so that a stack which grows too far stops there, large frames
 * included.
 *
 * Pages are made inaccessible by MADV_GUARD_INSTALL (Linux 6.13), which costs
 * no memory mapping. Where the kernel has none, by mprotect(2): that takes two
 * mappings per stack, of which a process has 65,530 by default, so only the
 * first EVERT_GUARDS_PROTECTED stacks get it. The others are watched: a stack
 * that grew too far is found at its coroutine's next switch, by bytes of the
 * guard that are not 0 any more.
 *
 * Thread rule: any thread.
 */
#ifndef EVERT_DEFERRED_GUARD_INTERNAL_H
#define EVERT_DEFERRED_GUARD_INTERNAL_H

#include "../base/base.h"

/* A multiple of every page size in use. */
#define EVERT_GUARD_SIZE ((size_t)64 * 1024)

/* Half of the mappings that a process has by default. */
#define EVERT_GUARDS_PROTECTED 16384

enum evert_guard {
	EVERT_GUARD_MARKED,    /* by MADV_GUARD_INSTALL */
	EVERT_GUARD_PROTECTED, /* by mprotect */
	EVERT_GUARD_WATCHED,
};

/* Guards the end of the stack at `low`, the best way there is. */
enum evert_guard evert_guard_install(char *low);

/* The memory of a guard goes back to the system. */
void evert_guard_forget(enum evert_guard guard);

/* Is `address` in the guard of the stack at `low`? */
bool evert_guard_holds(const char *low, const void *address);

/* Has something written to the watched guard of the stack at `low`? */
bool evert_guard_was_hurt(const char *low);

/* For tests: ways better than `best` are not there. */
void evert_guard_limit(enum evert_guard best);

#endif
