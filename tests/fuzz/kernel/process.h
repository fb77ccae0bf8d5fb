/* SPDX-License-Identifier: MIT */
/*
 * The children of a fuzz target's kernel. A child's number is another's as soon
 * as it is reaped; what is done to a number that is nobody's stops the program.
 */
#ifndef TESTS_FUZZ_KERNEL_PROCESS_H
#define TESTS_FUZZ_KERNEL_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct kernel_file;

enum {
	KERNEL_CHILDREN = 16, /* at a time */
	KERNEL_CHILD_FDS = 8,
	KERNEL_FIRST_PID = 1000,
};

enum kernel_child_state {
	KERNEL_NO_CHILD,
	KERNEL_CHILD_RUNS,
	KERNEL_CHILD_ENDED, /* and waits to be reaped */
};

struct kernel_child {
	enum kernel_child_state state;
	unsigned number; /* among all that were begun, from 1 */
	bool leads;	 /* a group of its own */
	bool is_another_user_s;
	int code, status; /* as waitid(2) has them */
	bool was_killed;  /* or its group, by SIGKILL */
	/* What it was given: it, or somebody whom it has begun, has it until
	   kernel_child_close. */
	struct kernel_file *fds[KERNEL_CHILD_FDS];
};

/* By their process numbers, from KERNEL_FIRST_PID. */
extern struct kernel_child kernel_children[KERNEL_CHILDREN];

/* How many children there were, and how many of these were reaped. */
extern unsigned kernel_begun, kernel_reaped;

void kernel_processes_begin(void);

/* Does the child with that number run? */
bool kernel_child_runs(unsigned number);

/* It ends by itself, if it runs. */
void kernel_child_end(struct kernel_child *child, int code, int status);

/* SIGCHLD comes, if any has ended since the last one: did it? A process that
   sleeps gets it at once. */
bool kernel_sigchld(void);

void kernel_child_close(struct kernel_child *child, int fd);

#endif
