/* SPDX-License-Identifier: MIT */
/* Listening at all the addresses that there are, by one number. */
#include "port_made_internal.h"

#include <errno.h>

#include "socket_options_internal.h"

enum {
	PICKS = 16, /* of a number that is to be free at all addresses */
};

/* A socket that is bound and listens, and its binding; or -errno. */
static int open_socket(struct evert_binding **binding,
		       struct evert_system *system,
		       const struct evert_address *address,
		       struct evert_port_plan *plan)
{
	const struct evert_socket_options *options = plan->options;
	int backlog = options->backlog ? options->backlog : SOMAXCONN;
	int fd = evert_socket_open(
		system, address, plan->packets ? SOCK_SEQPACKET : SOCK_STREAM,
		true, options, &plan->refused);
	int error;

	if (fd < 0)
		return fd;
	error = evert_binding_make(binding, system, fd, address, options,
				   &plan->refused);
	if (!error)
		error = system->ops->listen(system, fd, backlog);
	if (!error)
		return fd;
	evert_binding_end(*binding, system);
	system->ops->close(system, fd);
	return error;
}

static int open_at(struct evert_port *port, const struct evert_address *address,
		   struct evert_port_plan *plan)
{
	struct evert_system *system = port->reactor->system;
	struct evert_binding *binding;
	int fd = open_socket(&binding, system, address, plan);
	int error;

	if (fd < 0)
		return fd;
	error = evert_port_add(port, fd, binding);
	if (error) {
		evert_binding_end(binding, system);
		system->ops->close(system, fd);
	}
	return error;
}

/* Is it not one of this machine's? Then another one may be. Of any other
   error, as that it is taken, the caller is to hear. */
static bool is_elsewhere(int error)
{
	return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT;
}

/* Has a socket for IPv6 that was asked to do so taken IPv4 as well? */
static bool is_covered(const struct evert_port *port,
		       const struct evert_address *address,
		       const struct evert_port_plan *plan)
{
	const struct evert_address *open = &port->listeners[0].address;

	return plan->options->ipv6_only == EVERT_OFF && port->count &&
	       open->as.any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&open->as.ip6.sin6_addr) &&
	       address->as.any.sa_family == AF_INET;
}

/* At all the addresses that are this machine's, at least one. */
static int open_all(struct evert_port *port, struct evert_port_plan *plan)
{
	struct evert_address address;
	int error = 0, elsewhere = 0;
	size_t i;

	for (i = 0; i < plan->count && !error; i++) {
		address = plan->addresses[i];
		if (is_covered(port, &address, plan))
			continue;
		/* One number for all. */
		if (port->count)
			evert_address_set_port(
				&address,
				evert_address_port(evert_port_address(port)));
		error = open_at(port, &address, plan);
		if (is_elsewhere(error)) {
			elsewhere = error;
			error = 0;
		}
	}
	if (!error && !port->count)
		error = elsewhere;
	return error;
}

/* A number that was picked at the first address may be taken at another. */
static bool may_pick_again(const struct evert_port *port,
			   const struct evert_port_plan *plan, int error)
{
	return error == -EADDRINUSE && port->count &&
	       !evert_address_port(&plan->addresses[0]);
}

static int open_any(struct evert_port *port, struct evert_port_plan *plan)
{
	int picks, error = -EADDRINUSE;

	for (picks = 0; picks < PICKS; picks++) {
		error = open_all(port, plan);
		if (!error)
			return 0;
		evert_port_close_descriptors(port);
		if (!may_pick_again(port, plan, error))
			return error;
		port->count = 0;
	}
	return error;
}

int evert_port_open(struct evert_port **made, struct evert_reactor *reactor,
		    struct evert_port_plan *plan)
{
	struct evert_port *port =
		evert_port_make(reactor, plan->factory, plan->count);

	if (!port)
		return -ENOMEM;
	port->packets = plan->packets;
	return evert_port_begin(made, port, open_any(port, plan));
}
