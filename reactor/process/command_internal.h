/* SPDX-License-Identifier: MIT */
/* A command that runs: command.c; and what it comes to: command_outcome.c. */
#ifndef EVERT_REACTOR_COMMAND_INTERNAL_H
#define EVERT_REACTOR_COMMAND_INTERNAL_H

#include "bytes_internal.h"
#include "command.h"
#include "process.h"

struct evert_command {
	struct evert_process_protocol base;
	struct evert_firing *slot;
	const char *place;
	/* What it comes to, when it was not ended by us. */
	struct evert_result (*outcome)(struct evert_command *command,
				       const struct evert_exit *exit);
	struct evert_bytes out, err;
	size_t most;
	struct evert_delayed_call timer;
	double timeout;
	const struct evert_error *why; /* we end it, or NULL */
	char name[];
};

/* `outcome`, of each kind of command. */
struct evert_result evert_command_output(struct evert_command *command,
					 const struct evert_exit *exit);
struct evert_result evert_command_status(struct evert_command *command,
					 const struct evert_exit *exit);
struct evert_result evert_command_whole(struct evert_command *command,
					const struct evert_exit *exit);

/* Why we ended it. */
struct evert_failure *evert_command_why(const struct evert_command *command);

#endif
