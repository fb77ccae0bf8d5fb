/* SPDX-License-Identifier: MIT */
/* A process protocol that writes down what happens to it. */
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include "../../reactor/process/process.h"

struct child_record;

/* What to do besides recording; each may be NULL. */
struct child_hooks {
	void (*made)(struct child_record *record);
	void (*received)(struct child_record *record, int fd);
	void (*closed)(struct child_record *record, int fd);
	void (*exited)(struct child_record *record);
	void (*ended)(struct child_record *record);
};

struct child_record {
	struct evert_process_protocol base;
	const struct child_hooks *hooks;
	/* In order, a letter each: Made, In closed, Out ended, Error output
	   ended, Closed another, eXited, Z ended, Paused, Resumed,
	   Destroyed. */
	char events[64];
	char out[8192], err[8192], other[8192];
	size_t out_length, err_length, other_length;
	struct evert_exit exit;	    /* as `ended` was told */
	struct evert_exit at_exit;  /* as `exited` was told */
	bool has_exited, has_ended, is_destroyed;
	size_t closed; /* pipes */
};

/* All zero, with its table. */
void child_record_init(struct child_record *record);

/* "sh -c COMMAND" with the options, or NULL, and killed if the test dies; fails
   it when it cannot be started. */
struct evert_process *spawn_shell(struct evert_reactor *reactor,
				  struct child_record *record,
				  const char *command,
				  const struct evert_process_options *options);

/* The same, turning the reactor until it was destroyed. */
void run_shell(struct evert_reactor *reactor, struct child_record *record,
	       const char *command,
	       const struct evert_process_options *options);

/* Runs a child beside one that is not evert's, and asserts that this one is
   left to be reaped. */
void reap_only_ours(struct evert_reactor *reactor);

#endif
