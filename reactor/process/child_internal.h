/* SPDX-License-Identifier: MIT */
/*
 * A child of this process, from its start until it is reaped: by its pidfd,
 * else by SIGCHLD. Nobody else's child is ever waited for. Which protocol it
 * speaks to is for its owner, a struct evert_process, to know.
 *
 * Its number is its own for as long as it is not reaped. So where its group is
 * still to be killed after its end, it is kept, unreaped, until then.
 */
#ifndef EVERT_REACTOR_CHILD_INTERNAL_H
#define EVERT_REACTOR_CHILD_INTERNAL_H

#include <signal.h>

#include "../fork_internal.h"
#include "exit.h"
#include "spawn_internal.h"

struct evert_child;
typedef void (*evert_child_told)(struct evert_child *child,
				 const struct evert_exit *exit);

struct evert_child {
	struct evert_reactor *reactor;
	struct evert_watch watch;    /* of its pidfd, if it has one */
	struct evert_list_node node; /* else among those that SIGCHLD tells */
	struct evert_listener *listener; /* of SIGCHLD, then */
	struct evert_errand errand;  /* for a fork's child */
	evert_child_told told;
	pid_t pid;
	int pidfd; /* or -1 */
	unsigned forks; /* of this process, when it began */
	bool is_watched;
	bool has_ended;
	bool is_reaped; /* or nobody's that we could reap */
	bool is_kept;	/* not to be reaped yet */
};

/*
 * Watches a child that was started: `told(child, exit)` is called from the
 * loop when it has ended; in a fork's child, that it was left running. 0, or
 * -errno: then it was killed and reaped.
 */
int evert_child_begin(struct evert_child *child, struct evert_reactor *reactor,
		      const struct evert_spawned *spawned,
		      evert_child_told told);

/* Watches it no more. It is reaped only if it is kept and has ended. */
void evert_child_leave(struct evert_child *child);

/* Kills it, with its group if that is its own, waits for that, and reaps it:
   how it ended. It is told to nobody. One that we may not kill is left. */
struct evert_exit evert_child_destroy(struct evert_child *child,
				      bool has_own_group);

/* 0, or -errno; -ESRCH when it has ended. */
int evert_child_signal(struct evert_child *child, int signal);
/* To the group that it leads. -ESRCH when it was reaped. */
int evert_child_signal_group(struct evert_child *child, int signal);

/* From now on it is kept; no more, and if it has ended, it is reaped. */
void evert_child_keep(struct evert_child *child);
void evert_child_release(struct evert_child *child);

/* Has it ended? Then it is told. For sigchld.c. */
void evert_child_look(struct evert_child *child);

/* ---- sigchld.c ---- */

/* Looks at the child whenever SIGCHLD has come. 0, or -errno. */
int evert_sigchld_join(struct evert_child *child);
void evert_sigchld_leave(struct evert_child *child);

#endif
