/* SPDX-License-Identifier: MIT */
#include "port_made_internal.h"

#include <errno.h>

#include "../address_internal.h"
#include "../../deferred/base/memory.h"
#include "../../deferred/handle_internal.h"
#include "../stats.h"
#include "connection_internal.h"
#include "datagram_internal.h"

enum {
	ACCEPTS_PER_TURN = 64, /* so that connections have their turn */
};

/* How long a port that ran out of descriptors or memory waits. */
static const double PAUSE_SECONDS = 0.1;

/* ---- A port as a result ---- */

struct evert_port_handle {
	struct evert_handle base;
	struct evert_port *port; /* NULL: it is closed */
};

const struct evert_type evert_type_port = { "port", evert_handle_release };

struct evert_port *evert_result_as_port(const struct evert_result *result)
{
	const struct evert_port_handle *handle =
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
	struct evert_port_handle *handle =
		evert_container_of(base, struct evert_port_handle, base);
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
		*port->handle = (struct evert_port_handle){
			.base = { let_go },
			.port = port,
		};
	return port->handle;
}

static struct evert_listener *listener_from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_listener, watch);
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
static bool accept_one(struct evert_listener *listener)
{
	struct evert_port *port = listener->port;
	struct evert_system *system = port->reactor->system;
	struct evert_address peer;
	int fd;

	peer.length = sizeof(peer.as);
	fd = system->ops->accept(system, listener->watch.fd, &peer.as.any,
				 &peer.length);
	if (fd >= 0) {
		if (peer.as.any.sa_family == AF_INET6)
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

/* Once, however many addresses it has. */
static void port_count(const struct evert_watch *watch,
		       struct evert_stats *stats)
{
	const struct evert_listener *listener =
		evert_container_of(watch, struct evert_listener, watch);

	stats->ports += listener == listener->port->listeners;
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_listener *listener = evert_container_of(
		watch, const struct evert_listener, watch);

	evert_address_add_to("at", &listener->address, to);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "port",
	.describe = describe,
	.ready = port_ready,
	.unwatchable = port_unwatchable,
	.count = port_count,
};

/* ---- Stopping ---- */

void evert_port_close_descriptors(struct evert_port *port)
{
	struct evert_system *system = port->reactor->system;
	struct evert_listener *l;

	for (l = port->listeners; l < port->listeners + port->count; l++) {
		evert_watch_remove(&l->watch);
		evert_binding_end(l->binding, system);
		system->ops->close(system, l->watch.fd);
	}
}

static void close_port(struct evert_port *port)
{
	evert_port_close_descriptors(port);
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

/* ---- Beginning ---- */

int evert_port_add(struct evert_port *port, int fd,
		   struct evert_binding *binding)
{
	struct evert_system *system = port->reactor->system;
	struct evert_listener *l = &port->listeners[port->count];
	int error;

	*l = (struct evert_listener){
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

struct evert_port *evert_port_make(struct evert_reactor *reactor,
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

int evert_port_begin(struct evert_port **made, struct evert_port *port,
		     int error)
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

int evert_port_open_at(struct evert_port **made, struct evert_reactor *reactor,
		       struct evert_factory *factory, int fd)
{
	struct evert_port *port = evert_port_make(reactor, factory, 1);

	if (!port)
		return -ENOMEM;
	return evert_port_begin(made, port, evert_port_add(port, fd, NULL));
}
