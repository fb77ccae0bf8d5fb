/* SPDX-License-Identifier: MIT */
#include "port_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/handle_internal.h"
#include "../bell_internal.h"
#include "binding_internal.h"
#include "connection_internal.h"
#include "datagram_internal.h"
#include "socket_options_internal.h"

enum {
	ACCEPTS_PER_TURN = 64, /* so that connections have their turn */
	PICKS = 16, /* of a number that is to be free at all addresses */
};

/* How long a port that ran out of descriptors or memory waits. */
static const double PAUSE_SECONDS = 0.1;

struct port_handle;

/* One of the addresses. */
struct listener {
	struct evert_port *port;
	struct evert_watch watch;
	struct evert_binding *binding;
	struct evert_address address;
};

struct evert_port {
	struct evert_reactor *reactor;
	struct port_handle *handle; /* NULL: its result is gone */
	struct evert_factory *factory;
	struct evert_datagram_factory *packets; /* instead, or NULL */
	struct evert_member member;
	struct evert_task task;
	struct evert_delayed_call resume;
	struct evert_bell closed;
	bool stopping;
	bool is_closed;
	size_t count;
	struct listener listeners[];
};

/* ---- A port as a result ---- */

struct port_handle {
	struct evert_handle base;
	struct evert_port *port; /* NULL: it is closed */
};

const struct evert_type evert_type_port = { "port", evert_handle_release };

struct evert_port *evert_result_as_port(const struct evert_result *result)
{
	const struct port_handle *handle =
		evert_result_as(result, &evert_type_port);

	return handle->port;
}

struct evert_port *evert_port_take(struct evert_result *result)
{
	struct evert_port *port = evert_result_as_port(result);

	evert_result_release(evert_result_take(result));
	return port;
}

struct evert_result evert_port_result(struct evert_port *port)
{
	return evert_result_of(&evert_type_port, port->handle);
}

static void stop(struct evert_port *port);

static void let_go(struct evert_handle *base, bool unwanted)
{
	struct port_handle *handle =
		evert_container_of(base, struct port_handle, base);
	struct evert_port *port = handle->port;

	evert_free(handle);
	if (!port)
		return;
	port->handle = NULL;
	if (unwanted)
		stop(port);
}

static bool make_handle(struct evert_port *port)
{
	port->handle = evert_allocate(sizeof(*port->handle));
	if (port->handle)
		*port->handle = (struct port_handle){
			.base = { let_go },
			.port = port,
		};
	return port->handle;
}

static struct listener *listener_from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct listener, watch);
}

/* ---- Accepting ---- */

static void want(struct evert_port *port, unsigned wanted)
{
	size_t i;

	for (i = 0; i < port->count; i++)
		evert_watch_set(&port->listeners[i].watch, wanted);
}

static void resume_accepting(void *arg)
{
	want(arg, EVERT_ATTACHED | EVERT_READ);
}

static void pause_accepting(struct evert_port *port)
{
	want(port, 0);
	if (evert_delayed_call_active(port->resume))
		return;
	port->resume = evert_reactor_call_later(port->reactor, PAUSE_SECONDS,
						resume_accepting, port);
	/* No memory even for that: the task, which needs none, asks again. */
	if (!evert_delayed_call_active(port->resume))
		evert_task_plan(port->reactor, &port->task);
}

/* An error of one connection, which came and went, is not the port's; any
   other lasts, so that to go on at once would be to spin (accept(2)). */
static bool is_of_one_connection(int error)
{
	return error == -ECONNABORTED || error == -EINTR ||
	       error == -EPROTO || error == -EPERM;
}

/* False when there is no more to accept for now. */
static bool accept_one(struct listener *listener)
{
	struct evert_port *port = listener->port;
	struct evert_system *system = port->reactor->system;
	struct evert_address peer;
	int fd;

	peer.length = sizeof(peer.as);
	fd = system->ops->accept(system, listener->watch.fd, &peer.as.any,
				 &peer.length);
	if (fd >= 0) {
		evert_address_unmap(&peer);
		if (EVERT_LIKELY(!port->packets))
			evert_connection_open(port->reactor, fd, port->factory,
					      &peer, NULL);
		else
			evert_datagram_accept(port->reactor, fd, port->packets,
					      &peer);
		return !port->stopping;
	}
	if (is_of_one_connection(fd))
		return true;
	if (fd != -EAGAIN)
		pause_accepting(port);
	return false;
}

static void port_ready(struct evert_watch *watch, unsigned ready)
{
	int i;

	(void)ready;
	for (i = 0; i < ACCEPTS_PER_TURN && accept_one(listener_from(watch));
	     i++) {
	}
}

static void port_unwatchable(struct evert_watch *watch, int error)
{
	(void)error;
	/* As when accepting fails: tries again. */
	pause_accepting(listener_from(watch)->port);
}

static const struct evert_watch_ops watch_ops = {
	.ready = port_ready,
	.unwatchable = port_unwatchable,
};

/* ---- Stopping ---- */

static void close_descriptors(struct evert_port *port)
{
	struct evert_system *system = port->reactor->system;
	struct listener *l;

	for (l = port->listeners; l < port->listeners + port->count; l++) {
		evert_watch_remove(&l->watch);
		evert_binding_end(l->binding, system);
		system->ops->close(system, l->watch.fd);
	}
}

static void close_port(struct evert_port *port)
{
	close_descriptors(port);
	evert_member_leave(&port->member);
	if (port->handle)
		port->handle->port = NULL;
	port->is_closed = true;
	evert_bell_ring(&port->closed);
	evert_free(port);
}

static void run_task(struct evert_task *task)
{
	struct evert_port *port =
		evert_container_of(task, struct evert_port, task);

	if (port->stopping)
		close_port(port);
	else
		pause_accepting(port);
}

/* The task closes it: it may be called by a factory of this port. */
static void stop(struct evert_port *port)
{
	size_t i;

	if (port->stopping)
		return;
	port->stopping = true;
	for (i = 0; i < port->count; i++)
		evert_watch_remove(&port->listeners[i].watch);
	evert_delayed_call_cancel(port->resume);
	evert_task_plan(port->reactor, &port->task);
}

static void shut_down(struct evert_member *member)
{
	stop(evert_container_of(member, struct evert_port, member));
}

struct evert_deferred *evert_port_stop_listening_at(struct evert_port *port,
						    const char *place)
{
	stop(port);
	return evert_port_closed_at(port, place);
}

struct evert_deferred *evert_port_closed_at(struct evert_port *port,
					    const char *place)
{
	/* Asked from inside what the closing has set going. */
	if (port->is_closed)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_bell_wait(&port->closed, place);
}

const struct evert_address *evert_port_address(const struct evert_port *port)
{
	return &port->listeners[0].address;
}

size_t evert_port_address_count(const struct evert_port *port)
{
	return port->count;
}

const struct evert_address *
evert_port_address_at(const struct evert_port *port, size_t index)
{
	return index < port->count ? &port->listeners[index].address : NULL;
}

/* ---- Opening ---- */

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

/* Takes `fd` over, or leaves it. */
static int add_listener(struct evert_port *port, int fd,
			struct evert_binding *binding)
{
	struct evert_system *system = port->reactor->system;
	struct listener *l = &port->listeners[port->count];
	int error;

	*l = (struct listener){
		.port = port,
		.binding = binding,
		.address = { .length = sizeof(l->address.as) },
	};
	error = system->ops->getsockname(system, fd, &l->address.as.any,
					 &l->address.length);
	if (!error)
		error = evert_watch_add(&l->watch, port->reactor, fd,
					&watch_ops);
	if (error)
		return error;
	port->count++;
	return 0;
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
	error = add_listener(port, fd, binding);
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
		close_descriptors(port);
		if (!may_pick_again(port, plan, error))
			return error;
		port->count = 0;
	}
	return error;
}

static struct evert_port *make(struct evert_reactor *reactor,
			       struct evert_factory *factory, size_t count)
{
	struct evert_port *port = evert_allocate(
		sizeof(*port) + count * sizeof(*port->listeners));

	if (!port)
		return NULL;
	*port = (struct evert_port){
		.reactor = reactor,
		.factory = factory,
	};
	if (make_handle(port))
		return port;
	evert_free(port);
	return NULL;
}

static int begin(struct evert_port **made, struct evert_port *port, int error)
{
	if (error) {
		evert_free(port->handle);
		evert_free(port);
		return error;
	}
	want(port, EVERT_ATTACHED | EVERT_READ);
	evert_task_init(&port->task, run_task);
	evert_member_join(port->reactor, &port->member, shut_down);
	*made = port;
	return 0;
}

int evert_port_open(struct evert_port **made, struct evert_reactor *reactor,
		    struct evert_port_plan *plan)
{
	struct evert_port *port = make(reactor, plan->factory, plan->count);

	if (!port)
		return -ENOMEM;
	port->packets = plan->packets;
	return begin(made, port, open_any(port, plan));
}

int evert_port_open_at(struct evert_port **made, struct evert_reactor *reactor,
		       struct evert_factory *factory, int fd)
{
	struct evert_port *port = make(reactor, factory, 1);

	return port ? begin(made, port, add_listener(port, fd, NULL)) :
		      -ENOMEM;
}
