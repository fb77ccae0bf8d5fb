/* SPDX-License-Identifier: MIT */
/* A port from the inside: port.c has its life, port_open.c how it gets to its
   addresses. */
#ifndef EVERT_REACTOR_PORT_MADE_INTERNAL_H
#define EVERT_REACTOR_PORT_MADE_INTERNAL_H

#include "../bell_internal.h"
#include "binding_internal.h"
#include "port_internal.h"

struct evert_port_handle;

/* One of the addresses. */
struct evert_listener {
	struct evert_port *port;
	struct evert_watch watch;
	struct evert_binding *binding;
	struct evert_address address;
};

struct evert_port {
	struct evert_reactor *reactor;
	struct evert_port_handle *handle; /* NULL: its result is gone */
	struct evert_factory *factory;
	struct evert_datagram_factory *packets; /* instead, or NULL */
	struct evert_member member;
	struct evert_task task;
	struct evert_delayed_call resume;
	struct evert_bell closed;
	bool stopping;
	bool is_closed;
	size_t count;
	struct evert_listener listeners[];
};

/* One without listeners yet, with room for so many; or NULL. */
struct evert_port *evert_port_make(struct evert_reactor *reactor,
				   struct evert_factory *factory, size_t count);

/* Has it listen by `fd` as well, which listens. Takes both over; or -errno, and
   leaves them. `binding` may be NULL. */
int evert_port_add(struct evert_port *port, int fd,
		   struct evert_binding *binding);

/* Closes what was added. */
void evert_port_close_descriptors(struct evert_port *port);

/* Begins to accept: 0, and the port. With an `error`, which it returns, the
   port is freed instead. */
int evert_port_begin(struct evert_port **made, struct evert_port *port,
		     int error);

#endif
