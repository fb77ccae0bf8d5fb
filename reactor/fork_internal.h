/* SPDX-License-Identifier: MIT */
/*
 * What a fork's child does with its copy of a reactor: adopts it, when it
 * runs it; or gives it up. Until then nothing that it does with the copy
 * reaches what it shares with its parent: the poller, the pipe that wakes
 * the loop, the connections.
 */
#ifndef EVERT_REACTOR_FORK_INTERNAL_H
#define EVERT_REACTOR_FORK_INTERNAL_H

#include "reactor_internal.h"

/* How often this process and those before it were forked, while they had
   reactors; and how many forks they have begun. */
extern atomic_uint evert_forks, evert_forks_made;

static inline unsigned evert_forks_now(void)
{
	return atomic_load_explicit(&evert_forks, memory_order_relaxed);
}

/* Is it a copy that was not adopted? */
static inline bool evert_reactor_is_forked(const struct evert_reactor *reactor)
{
	return atomic_load(&reactor->forks) != evert_forks_now();
}

/* A reactor begins (0, or -ENOMEM) and ends to be known to forks. */
int evert_fork_join(struct evert_reactor *reactor);
void evert_fork_leave(struct evert_reactor *reactor);

/*
 * Makes a copy the child's own: with a poller, a pipe and signals of its own;
 * what a thread of the parent did for it is begun anew. 0, or -errno: then it
 * may be tried again. -ECHILD: it was given up, or runs in a thread that the
 * child does not have.
 */
int evert_reactor_adopt(struct evert_reactor *reactor);

/* Another poller is to hear of all that is watched. 0, or -errno: then nothing
   has changed. */
int evert_reactor_renew_poller(struct evert_reactor *reactor);

/* Gives up a copy while its loop is on the stack: closes its descriptors.
   The rest stays as it is, for who still has it in hand. */
void evert_reactor_give_up(struct evert_reactor *reactor);

/* ---- What a thread does for a reactor ---- */

/* Embedded in who has to do it anew in a child, which has no such thread. */
struct evert_errand {
	struct evert_list_node node;
	void (*begin_anew)(struct evert_errand *errand);
};

static inline void evert_errand_join(struct evert_reactor *reactor,
				     struct evert_errand *errand)
{
	evert_list_init(&errand->node);
	evert_list_append(&reactor->errands, &errand->node);
}

#endif
