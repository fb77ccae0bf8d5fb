/* SPDX-License-Identifier: MIT */
#include "port_internal.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "../../deferred/base/memory.h"
#include "../bell_internal.h"
#include "connection_internal.h"

enum {
	ACCEPTS_PER_TURN = 64, /* so that connections have their turn */
};

/* How long a port that ran out of descriptors or memory waits. */
static const double PAUSE_SECONDS = 0.1;

struct evert_port {
	struct evert_reactor *reactor;
	struct evert_factory *factory;
	struct evert_watch watch;
	struct evert_member member;
	struct evert_task task;
	struct evert_delayed_call resume;
	struct evert_bell closed;
	struct evert_address address;
	bool stopping;
	bool is_closed;
};

const struct evert_type evert_type_port = { "port", NULL };

/* ---- Accepting ---- */

static void resume_accepting(void *arg)
{
	struct evert_port *port = arg;

	evert_watch_set(&port->watch, EVERT_ATTACHED | EVERT_READ);
}

static void pause_accepting(struct evert_port *port)
{
	evert_watch_set(&port->watch, 0);
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
static bool accept_one(struct evert_port *port)
{
	struct evert_system *system = port->reactor->system;
	struct evert_address peer = { .length = sizeof(peer.as) };
	int fd = system->ops->accept(system, port->watch.fd, &peer.as.any,
				     &peer.length);

	if (fd >= 0) {
		evert_connection_open(port->reactor, fd, port->factory, &peer);
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
	struct evert_port *port =
		evert_container_of(watch, struct evert_port, watch);
	int i;

	(void)ready;
	for (i = 0; i < ACCEPTS_PER_TURN && accept_one(port); i++) {
	}
}

static void port_unwatchable(struct evert_watch *watch, int error)
{
	(void)error;
	/* As when accepting fails: tries again. */
	pause_accepting(evert_container_of(watch, struct evert_port, watch));
}

static const struct evert_watch_ops watch_ops = {
	.ready = port_ready,
	.unwatchable = port_unwatchable,
};

/* ---- Stopping ---- */

static void close_port(struct evert_port *port)
{
	struct evert_system *system = port->reactor->system;

	system->ops->close(system, port->watch.fd);
	evert_member_leave(&port->member);
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
	if (port->stopping)
		return;
	port->stopping = true;
	evert_watch_remove(&port->watch);
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
	return &port->address;
}

/* ---- Opening ---- */

static void set(struct evert_system *system, int fd, int level, int option,
		int value)
{
	/* Each of them only makes things better: a failure is no reason not to
	   listen. */
	system->ops->setsockopt(system, fd, level, option, &value,
				sizeof(value));
}

static int open_socket(struct evert_system *system,
		       const struct evert_address *address)
{
	int family = address->as.any.sa_family;
	int fd = system->ops->socket(system, family, SOCK_STREAM, 0);
	int error;

	if (fd < 0)
		return fd;
	set(system, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Accepted sockets inherit it: no system call for each. */
	set(system, fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* On "every address", IPv4 too, whatever the system's default. */
	if (family == AF_INET6)
		set(system, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	error = system->ops->bind(system, fd, &address->as.any,
				  address->length);
	if (!error)
		error = system->ops->listen(system, fd, SOMAXCONN);
	if (error) {
		system->ops->close(system, fd);
		return error;
	}
	return fd;
}

/* The port takes `fd` over, or leaves it. */
static int init(struct evert_port *port, struct evert_reactor *reactor, int fd,
		struct evert_factory *factory)
{
	int error;

	*port = (struct evert_port){
		.reactor = reactor,
		.factory = factory,
		.address = { .length = sizeof(port->address.as) },
	};
	error = reactor->system->ops->getsockname(reactor->system, fd,
						  &port->address.as.any,
						  &port->address.length);
	if (!error)
		error = evert_watch_add(&port->watch, reactor, fd, &watch_ops);
	if (error)
		return error;
	evert_watch_set(&port->watch, EVERT_ATTACHED | EVERT_READ);
	evert_task_init(&port->task, run_task);
	evert_member_join(reactor, &port->member, shut_down);
	return 0;
}

int evert_port_open(struct evert_port **made, struct evert_reactor *reactor,
		    const struct evert_address *address,
		    struct evert_factory *factory)
{
	struct evert_port *port = evert_allocate(sizeof(*port));
	int fd, error;

	if (!port)
		return -ENOMEM;
	fd = open_socket(reactor->system, address);
	error = fd < 0 ? fd : init(port, reactor, fd, factory);
	if (error) {
		if (fd >= 0)
			reactor->system->ops->close(reactor->system, fd);
		evert_free(port);
		return error;
	}
	*made = port;
	return 0;
}
