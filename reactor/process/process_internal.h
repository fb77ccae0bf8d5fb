/* SPDX-License-Identifier: MIT */
/*
 * A process as its protocol sees it. Its life: started; the child has ended
 * (or was left) and the pipes are closed, in any order; then `ended`, and when
 * the turn has ended and no pipe's protocol is in use it is freed. The parts:
 *
 *	process.c		starting, telling, the end
 *	process_map.c		the child's descriptors, as the options say
 *	process_ends.c		those of them that are pipes, and the like
 *	process_pipes.c		transports of these
 *	process_terminate.c	signals, gently and firmly; the reactor's stop
 *	child			the child itself (child_internal.h)
 */
#ifndef EVERT_REACTOR_PROCESS_INTERNAL_H
#define EVERT_REACTOR_PROCESS_INTERNAL_H

#include "../bell_internal.h"
#include "child_internal.h"
#include "process.h"

/* A pipe, or socket, to the child. */
struct evert_process_pipe {
	struct evert_protocol base; /* unless it has a factory */
	struct evert_process *process;
	struct evert_transport *transport; /* NULL: it is closed */
	struct evert_factory *factory; /* of the user's own, or NULL */
	enum evert_child_use use;
	int fd;	    /* the child's number */
	int ours;   /* until there is a transport; or -1 */
	int theirs; /* until the child has it; or -1 */
};

struct evert_process {
	struct evert_child child;
	struct evert_process_protocol *protocol;
	struct evert_process_protocol nobody; /* where there is none */
	struct evert_member member;
	struct evert_task task;	      /* tells, or frees */
	struct evert_bell exit_bell;  /* it has ended, or was left */
	struct evert_bell ended_bell;
	struct evert_exit exit;
	struct evert_delayed_call firm; /* that kills it; or none */
	enum evert_child_group group;
	unsigned short rows, columns; /* of its terminal, at first */
	enum evert_child_at_stop at_stop;
	bool is_terminated; /* that was asked for */
	bool is_over;	    /* `exit` says how */
	bool exit_told, told;
	bool is_gone; /* `ended` has returned */
	unsigned holders; /* who needs its memory */
	size_t open;	  /* pipes */
	struct evert_factory factory; /* of pipes */
	struct evert_process_pipe *building;
	size_t pipe_count;
	struct evert_process_pipe pipes[];
};

static inline struct evert_reactor *
evert_process_reactor(const struct evert_process *process)
{
	return process->child.reactor;
}

/* ---- process.c ---- */

/* From the right thread, with a name? Else it is a bug. */
void evert_process_check(const struct evert_reactor *reactor,
			 char *const argv[]);

/* `exited` and `ended`, if it is time for them. From the loop. */
void evert_process_tell(struct evert_process *process);
/* The same by a task. */
void evert_process_plan_to_tell(struct evert_process *process);

/* One who needs its memory goes. */
void evert_process_let_go(struct evert_process *process);

/* ---- process_map.c ---- */

/* A use that only options->has_terminal gives. */
#define EVERT_CHILD_TERMINAL ((enum evert_child_use)(EVERT_CHILD_NULL + 1))

/* Is there a transport for it? */
static inline bool evert_child_use_is_pipe(enum evert_child_use use)
{
	return use <= EVERT_CHILD_TALKS || use == EVERT_CHILD_TERMINAL;
}

/* How many descriptors, and pipes, the options ask for: 0, or -EINVAL. */
struct evert_process_map {
	const struct evert_child_fd *fds;
	size_t count, pipes;
};
int evert_process_map(struct evert_process_map *map,
		      const struct evert_process_options *options);

/* What goes where in the child, in order; the pipes are open. */
void evert_process_sources(const struct evert_process_map *map,
			   const struct evert_process *process,
			   struct evert_child_source *sources);

/* ---- process_ends.c ---- */

/* Makes them: 0, or -errno, then they are all closed. */
int evert_process_open_pipes(struct evert_process *process,
			     const struct evert_process_map *map);

/* The child has its ends. */
void evert_process_close_theirs(struct evert_process *process);

/* No child has them. */
void evert_process_close_pipes(struct evert_process *process);

/* ---- process_pipes.c ---- */

/* Makes transports of ours: 0, or -errno, then they are being aborted. */
int evert_process_begin_pipes(struct evert_process *process);

/* Nothing more is wanted of them. */
void evert_process_abort_pipes(struct evert_process *process);

/* ---- process_terminate.c ---- */

/* To be ended, or left, when the reactor stops: 0, or -ENOMEM. */
int evert_process_heed_stop(struct evert_process *process);

/* From its start until its pipes are closed, the child is not reaped: so what
   is left of its group can be ended, too. */
void evert_process_keep_group(struct evert_process *process);
void evert_process_release_group(struct evert_process *process);

/* It is over: nothing of that any more. */
void evert_process_forget_stop(struct evert_process *process);

/* The member's operation. */
void evert_process_shut_down(struct evert_member *member);

/* Does its group end with it? */
static inline bool
evert_process_has_own_group(const struct evert_process *process)
{
	return process->group != EVERT_CHILD_IN_OUR_GROUP;
}

#endif
