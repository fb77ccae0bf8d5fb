/* SPDX-License-Identifier: MIT */
/* Connecting to one address, beside others. */
#ifndef EVERT_REACTOR_ATTEMPT_INTERNAL_H
#define EVERT_REACTOR_ATTEMPT_INTERNAL_H

#include "../../deferred/failure.h"
#include "../address.h"
#include "../reactor_internal.h"
#include "../transport/socket_options_internal.h"

struct evert_attempt;

/* From the loop; the attempt may be released by it. */
struct evert_attempt_ops {
	void (*connected)(struct evert_attempt *attempt);
	void (*failed)(struct evert_attempt *attempt); /* it is closed */
};

struct evert_attempt {
	const struct evert_attempt_ops *ops;
	void *owner; /* whatever that is */
	struct evert_list_node node; /* the owner's */
	struct evert_watch watch;
	struct evert_address address;
	int error;	     /* an errno, when it has failed */
	const char *refused; /* the option that could not be set, or NULL */
	bool open;	     /* it has a descriptor */
	struct evert_delayed_call again; /* the backlog was full: */
	double pause;			 /* seconds, the next time */
};

/* Makes one that has not begun; the owner frees it. NULL: no memory. */
struct evert_attempt *
evert_attempt_create(void *owner, const struct evert_attempt_ops *ops,
		     const struct evert_address *address);

/* Begins to connect, with these options: 0, or an errno, which is noted. */
int evert_attempt_begin(struct evert_attempt *attempt,
			struct evert_reactor *reactor,
			const struct evert_socket_options *options);

/* It is connected already: takes over `fd`. The same. */
int evert_attempt_adopt(struct evert_attempt *attempt,
			struct evert_reactor *reactor, int fd);

/* Ends it; its descriptor is the caller's now. */
int evert_attempt_take(struct evert_attempt *attempt);

/* Ends it. Harmless when it has ended. */
void evert_attempt_close(struct evert_attempt *attempt);

/* Why it has not connected, or not yet. */
struct evert_failure *
evert_attempt_failure(const struct evert_attempt *attempt, const char *place);

#endif
