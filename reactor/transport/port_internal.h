/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_PORT_INTERNAL_H
#define EVERT_REACTOR_PORT_INTERNAL_H

#include "listen.h"
#include "../reactor_internal.h"

/* Listens on exactly this address: 0 and the port, or -errno. */
int evert_port_open(struct evert_port **port, struct evert_reactor *reactor,
		    const struct evert_address *address,
		    struct evert_factory *factory);

#endif
