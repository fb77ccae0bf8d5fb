/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_PORT_INTERNAL_H
#define EVERT_REACTOR_PORT_INTERNAL_H

#include "../reactor_internal.h"
#include "port.h"
#include "protocol.h"
#include "seqpacket.h"
#include "socket_options.h"

/* What is to be listened on. */
struct evert_port_plan {
	struct evert_factory *factory;
	struct evert_datagram_factory *packets; /* instead: of messages */
	const struct evert_address *addresses;
	size_t count;
	const struct evert_socket_options *options;
	const char *refused; /* out: the option that could not be set, or NULL */
};

/*
 * Listens on all the addresses that are this machine's: 0 and the port. When
 * there is none, or one is taken, on nothing: -errno.
 */
int evert_port_open(struct evert_port **port, struct evert_reactor *reactor,
		    struct evert_port_plan *plan);

/* The same on a socket that listens: takes it over. */
int evert_port_open_at(struct evert_port **port, struct evert_reactor *reactor,
		       struct evert_factory *factory, int fd);

/* The result that stands for it; once. */
struct evert_result evert_port_result(struct evert_port *port);

#endif
