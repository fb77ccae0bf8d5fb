/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SOCKET_OPTIONS_INTERNAL_H
#define EVERT_REACTOR_SOCKET_OPTIONS_INTERNAL_H

#include "socket_options.h"
#include "../address.h"
#include "../system/system.h"

/* A copy that owns its text. */
struct evert_socket_plan {
	struct evert_socket_options options;
	char local_host[64], owner[64], group[64];
};

/* So that close(2) resets the connection (socket(7), SO_LINGER). */
void evert_socket_reset_on_close(struct evert_system *system, int fd);

/* NULL, or the failure EVERT_BAD_OPTION; the caller owns it. */
struct evert_failure *
evert_socket_plan_init(struct evert_socket_plan *plan,
		       const struct evert_socket_options *options,
		       const char *place);

/* An option that is text: `*kept` points to the copy of it, where there is
   one. NULL, or the failure that it is too long. */
struct evert_failure *evert_socket_option_keep(const char **kept, char *copy,
					       size_t size, const char *name,
					       const char *place);

/* The failure to listen or connect: " (NAME could not be set)", or nothing. */
#define EVERT_REFUSED_SIZE 64
const char *evert_socket_refused_text(const char *refused, char *text);

/*
 * A socket of the address's family and that type with the options set, and where
 * local_host or local_port are given and it does not listen, bound to them. Or
 * -errno, and in `*what` the option that the system refused, or NULL.
 */
int evert_socket_open(struct evert_system *system,
		      const struct evert_address *address, int type,
		      bool listens, const struct evert_socket_options *options,
		      const char **what);

#endif
