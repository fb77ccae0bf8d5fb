/* SPDX-License-Identifier: MIT */
/*
 * All Deferreds that are alive, of all threads: for a dump, for a debugger,
 * for another process. The list is kept if, when the first Deferred is made,
 * the environment variable EVERT_DEBUG or EVERT_DUMP_SIGNAL is set (not empty,
 * not 0).
 *
 * It costs nothing else: a Deferred that is on it is never among the spares,
 * so whatever is made from a spare, or becomes one, does not ask.
 *
 * For who reads it from outside, in a process that is stopped or in a core:
 * the symbol is `evert_live`, a local one of libevert.so. `evert_live.state` is
 * EVERT_LIVE_KEPT, else there is no list. Then `evert_live.all` is the head of
 * a ring of `struct evert_live`'s nodes, the oldest Deferred first; each stands
 * right before its Deferred, which is at the node's address plus
 * sizeof(struct evert_live_node). A thread may be about to change the list
 * while `evert_live.mutex` is locked. A Deferred that a joint will fire tells
 * what kind of joint by `joint->kind`, a string.
 */
#ifndef EVERT_DEFERRED_LIVE_INTERNAL_H
#define EVERT_DEFERRED_LIVE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list_internal.h"
#include "base/spares_internal.h"
#include "links_internal.h"

enum evert_live_state {
	EVERT_LIVE_UNKNOWN, /* none was made yet */
	EVERT_LIVE_NOT_KEPT,
	EVERT_LIVE_KEPT,
};

struct evert_live_node {
	_Alignas(16) struct evert_list_node node;
	const void *thread; /* evert_thread() of who made it */
};

struct evert_live {
	atomic_int state;
	pthread_mutex_t mutex;
	struct evert_list_node all;
};

extern struct evert_live evert_live;

/* Is the list kept? Asks the environment once. */
bool evert_live_is_kept(void);

/* Each is told to a recording, too. Memory for a Deferred, as evert_allocate gives it; when it is filled in it is
   added, which does nothing if no list is kept. */
struct evert_deferred *evert_live_allocate(size_t size);
void evert_live_add(struct evert_deferred *d);

/* Gives its memory back: if no list is kept, for the spares of a kind. */
void evert_live_give(enum evert_spares_kind kind, struct evert_deferred *d);

/*
 * Of those that this thread has made, the one after `d`; NULL: the first, and
 * at the end. Other threads may make and free theirs meanwhile, this one not
 * `d`.
 */
const struct evert_deferred *evert_live_next(const struct evert_deferred *d);

#endif
