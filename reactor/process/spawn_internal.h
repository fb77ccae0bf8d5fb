/* SPDX-License-Identifier: MIT */
/*
 * How a child is started. The parts:
 *
 *	spawn.c			here: the plan, the process, what failed
 *	spawn_child.c		there: step by step, until exec
 *	spawn_descriptors.c	there: of these, the descriptors
 *
 * The child has this process's memory until exec, and another stack: it calls
 * the kernel and nothing else, allocates nothing, and writes only to the plan.
 */
#ifndef EVERT_REACTOR_SPAWN_INTERNAL_H
#define EVERT_REACTOR_SPAWN_INTERNAL_H

#include "../system/system.h"
#include "process_options.h"

/* A descriptor that the child gets. */
struct evert_child_source {
	int from; /* here; EVERT_FROM_NULL; or below that, see below */
	int to;	  /* in the child */
};
enum { EVERT_FROM_NULL = -1 };

struct evert_spawn_plan {
	const char *path;
	char *const *argv, *const *env;
	const struct evert_process_options *options;
	struct evert_child_source *sources; /* by `to`, in order */
	size_t source_count;
	/* Where to look for a path without a slash, and room for each
	   possible one; else NULL. */
	const char *search;
	char *candidate;
	pid_t parent; /* where that matters */

	/* The child's: the step that it is at, what it is about or NULL, and
	   an errno when that has failed. */
	const char *step, *detail;
	int error;
};

/* A started child. */
struct evert_spawned {
	pid_t pid;
	int pidfd; /* or -1 */
};

/*
 * Starts it: 0, or -errno, and `plan` says at which step. `plan` begins with
 * its path, argv, env, options and sources set; env may be NULL.
 */
int evert_spawn(struct evert_system *system, struct evert_spawn_plan *plan,
		struct evert_spawned *spawned);

/* In words. */
struct evert_failure *evert_spawn_failure(const struct evert_spawn_plan *plan,
					  const char *place);

/* ---- In the child ---- */

#if defined(__GNUC__)
/* No sanitizer is to note what is done in the child as done here. */
#define EVERT_IN_CHILD \
	__attribute__((__no_sanitize__("address", "thread", "undefined")))
#else
#define EVERT_IN_CHILD
#endif

/* Becomes the program, or ends. */
int evert_spawn_child(void *plan);

/* Gives the child its descriptors, and closes all others. 0, or an errno. */
int evert_spawn_descriptors(struct evert_spawn_plan *plan);

#endif
