/* SPDX-License-Identifier: MIT */
#include "datagram_internal.h"
#include "datagram_told_internal.h"

#include <errno.h>

#include "../address_internal.h"
#include "../../deferred/base/memory.h"
#include "../stats.h"
#include "adopt_internal.h"

enum {
	HIGH_MARK = 65536,
	LOW_MARK = 16384,
};

static const double FIRST_RETRY = 0.01;
static const double LAST_RETRY = 1.28;

static struct evert_datagram_port *from_watch(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_datagram_port, watch);
}

/* ---- What the parts need ---- */

static bool waits_by_timer(const struct evert_datagram_port *port)
{
	return evert_datagram_port_is_tried(port) ||
	       evert_delayed_call_active(port->retry);
}

void evert_datagram_port_update(struct evert_datagram_port *port)
{
	unsigned wanted = EVERT_ATTACHED;

	if (!port->base.closing && !port->reading_paused)
		wanted |= EVERT_READ;
	if (port->full && !waits_by_timer(port))
		wanted |= EVERT_WRITE;
	/* What is wrong would be told again and again. */
	if (port->reason || port->cannot_read)
		wanted = 0;
	evert_watch_set(&port->watch, wanted);
}

static void try_again(void *arg)
{
	struct evert_datagram_port *port = arg;

	port->cannot_read = false;
	evert_datagram_send_queued(port);
	evert_datagram_port_update(port);
	evert_datagram_port_plan(port);
}

void evert_datagram_port_retry(struct evert_datagram_port *port)
{
	double after = port->retry_after > 0 ? port->retry_after : FIRST_RETRY;

	if (evert_delayed_call_active(port->retry))
		return;
	port->retry_after = after * 2 < LAST_RETRY ? after * 2 : LAST_RETRY;
	port->retry = evert_reactor_call_later(port->watch.reactor, after,
					       try_again, port);
	/* No memory even for that: the task, which needs none, asks again. */
	if (!evert_delayed_call_active(port->retry) &&
	    !port->watch.reactor->shutting_down)
		evert_datagram_port_plan(port);
}

void evert_datagram_port_end(struct evert_datagram_port *port,
			     struct evert_failure *reason)
{
	if (port->reason)
		evert_failure_release(reason);
	else
		port->reason = reason;
	port->base.closing = true;
	port->full = false;
	evert_delayed_call_cancel(port->retry);
	evert_delayed_call_cancel(port->closing_end);
	if (port->unsent)
		port->watch.reactor->unsent--;
	port->unsent = false;
	evert_datagram_drop_unsent(port);
	evert_datagram_drop_kept(port);
	evert_watch_remove(&port->watch);
	evert_datagram_port_plan(port);
}

static void end_broken(struct evert_datagram_port *port, int error)
{
	evert_datagram_port_end(port,
				evert_failure_create(EVERT_CONNECTION_LOST,
						     error, "datagrams lost"));
}

static void end_in_order(struct evert_datagram_port *port)
{
	evert_datagram_port_end(
		port, evert_failure_bare(port->unsent ? EVERT_REACTOR_STOPPED
						      : EVERT_CONNECTION_DONE));
}

/* ---- The end ---- */

static void tell(struct evert_datagram_port *port)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;
	struct evert_system *system = evert_datagram_port_system(port);
	struct evert_running_mark mark;

	evert_datagram_tell_news(port);
	if (protocol->ops->stopped) {
		evert_datagram_call_begin(&mark, port, "stopped");
		protocol->ops->stopped(protocol, port->reason);
		evert_datagram_call_end(&mark);
	}
	evert_datagram_drop_news(port);
	evert_binding_end(port->binding, system);
	system->ops->close(system, port->watch.fd);
	port->told = true;
	evert_bell_ring(&port->closed);
	evert_task_cancel(&port->task);
	evert_task_plan_last(port->watch.reactor, &port->task);
}

static void give_up(struct evert_datagram_port *port)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;

	/* Whoever asked while the bell rang. */
	evert_bell_ring(&port->closed);
	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	evert_datagram_transport_let_go(&port->base);
}

static void release(struct evert_datagram_transport *base)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	evert_failure_release(port->reason);
	evert_free(port);
}

static void resume_protocol(struct evert_datagram_port *port)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;

	if (!port->protocol_paused || port->queued > port->low ||
	    port->base.closing)
		return;
	port->protocol_paused = false;
	if (protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
}

static void closing_is_over(void *arg)
{
	struct evert_datagram_port *port = arg;
	size_t left = evert_datagram_drop_unsent(port);

	evert_datagram_port_end(
		port, evert_failure_create(EVERT_CONNECTION_LOST, ETIMEDOUT,
					   "%zu bytes were given up when the "
					   "transport was closing",
					   left));
}

/* Without memory for it there is no bound, until the reactor stops. */
static void go_on_closing(struct evert_datagram_port *port)
{
	struct evert_reactor *reactor = port->watch.reactor;

	if (!evert_datagram_has_unsent(port))
		end_in_order(port);
	else if (!evert_delayed_call_active(port->closing_end))
		port->closing_end = evert_reactor_call_later(
			reactor, (double)reactor->closing_time / 1e9,
			closing_is_over, port);
}

/* What had to wait for the end of the turn. */
static void go_on(struct evert_datagram_port *port)
{
	evert_datagram_receive_kept(port);
	evert_datagram_send_gathered(port);
	evert_datagram_tell_news(port);
	evert_datagram_check_high_mark(port);
	resume_protocol(port);
	if (port->cannot_read || (port->full && waits_by_timer(port)))
		evert_datagram_port_retry(port);
	if (port->base.closing && !port->reason)
		go_on_closing(port);
}

static void run_task(struct evert_task *task)
{
	struct evert_datagram_port *port =
		evert_container_of(task, struct evert_datagram_port, task);

	if (port->told) {
		give_up(port);
		return;
	}
	if (!port->reason)
		go_on(port);
	if (port->reason)
		tell(port);
}

/* The task looks whether there is something left. */
static void close_port(struct evert_datagram_transport *base)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	if (base->closing)
		return;
	base->closing = true;
	evert_datagram_port_update(port);
	evert_datagram_port_plan(port);
}

static void abort_port(struct evert_datagram_transport *base)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	if (!port->reason)
		evert_datagram_port_end(
			port, evert_failure_bare(EVERT_CONNECTION_ABORTED));
}

/* ---- The watch ---- */

static void ready(struct evert_watch *watch, unsigned what)
{
	struct evert_datagram_port *port = from_watch(watch);

	if (what & EVERT_BROKEN && !evert_datagram_read_errors(port)) {
		port->cannot_read = true;
		evert_datagram_port_update(port);
		evert_datagram_port_retry(port);
	}
	if (what & EVERT_READ)
		evert_datagram_receive_batch(port);
	if (what & EVERT_WRITE && port->full)
		evert_datagram_send_queued(port);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	end_broken(from_watch(watch), error);
}

static void stopped(struct evert_datagram_port *port)
{
	evert_datagram_port_end(port,
				evert_failure_bare(EVERT_REACTOR_STOPPED));
}

static void give_up_unsent(struct evert_datagram_port *port)
{
	struct evert_reactor *reactor = port->watch.reactor;
	size_t left = evert_datagram_drop_unsent(port);

	if (!left || port->reason) {
		stopped(port);
		return;
	}
	reactor->lost_bytes += left;
	reactor->lost_connections++;
	evert_datagram_port_end(
		port, evert_failure_create(EVERT_REACTOR_STOPPED, ETIMEDOUT,
					   "%zu bytes were given up when the "
					   "reactor stopped",
					   left));
}

/* The reactor waits, but not for ever; and not by time where it does not
   run. */
static void send_before_the_end(struct evert_datagram_port *port)
{
	evert_datagram_send_gathered(port);
	if (!port->first || port->reason) {
		stopped(port);
		return;
	}
	if (waits_by_timer(port) && !port->watch.reactor->running) {
		give_up_unsent(port);
		return;
	}
	if (!port->unsent)
		port->watch.reactor->unsent++;
	port->unsent = true;
	evert_datagram_port_update(port);
}

static void shut_down(struct evert_watch *watch)
{
	struct evert_datagram_port *port = from_watch(watch);

	port->base.closing = true;
	if (evert_reactor_is_forked(watch->reactor))
		stopped(port);
	else if (watch->reactor->closing_is_over)
		give_up_unsent(port);
	else
		send_before_the_end(port);
}

static void count(const struct evert_watch *watch,
		  struct evert_stats *stats)
{
	stats->datagram_ports++;
	stats->queued_bytes +=
		evert_container_of(watch, struct evert_datagram_port, watch)
			->queued;
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_datagram_port *port = evert_container_of(
		watch, const struct evert_datagram_port, watch);

	evert_address_add_to("at", &port->host, to);
	evert_address_add_to("with", &port->peer, to);
	evert_text_add(to, ", %zu bytes queued", port->queued);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "datagrams",
	.describe = describe,
	.ready = ready,
	.unwatchable = unwatchable,
	.shut_down = shut_down,
	.count = count,
};

/* ---- The transport ---- */

static void pause_reading(struct evert_datagram_transport *base)
{
	evert_datagram_port_from(base)->reading_paused = true;
	evert_datagram_port_update(evert_datagram_port_from(base));
}

static void resume_reading(struct evert_datagram_transport *base)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	port->reading_paused = false;
	if (port->kept)
		evert_datagram_port_plan(port);
	evert_datagram_port_update(port);
}

static void set_marks(struct evert_datagram_transport *base, size_t high,
		      size_t low)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	port->high = high;
	port->low = low < high ? low : high;
	evert_datagram_check_high_mark(port);
	if (!port->told)
		evert_datagram_port_plan(port);
}

static size_t queued(const struct evert_datagram_transport *base)
{
	return evert_datagram_port_from(base)->queued;
}

static struct evert_deferred *wait_closed(struct evert_datagram_transport *base,
					  const char *place)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);

	/* Asked from inside what the end has set going, or by a copy. */
	if (port->told)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_bell_wait(&port->closed, place);
}

static int get_address(const struct evert_datagram_transport *base, bool peer,
		       struct evert_address *address)
{
	const struct evert_datagram_port *port = evert_datagram_port_from(base);

	*address = peer ? port->peer : port->host;
	return address->length ? 0 : -ENOTCONN;
}

static int set_option(struct evert_datagram_transport *base, int level,
		      int option, const void *value, socklen_t length)
{
	struct evert_datagram_port *port = evert_datagram_port_from(base);
	struct evert_system *system = evert_datagram_port_system(port);

	if (base->closing)
		return -EPIPE;
	return system->ops->setsockopt(system, port->watch.fd, level, option,
				       value, length);
}

static const struct evert_datagram_transport_ops transport_ops = {
	.send = evert_datagram_port_send,
	.close = close_port,
	.abort = abort_port,
	.pause_reading = pause_reading,
	.resume_reading = resume_reading,
	.set_marks = set_marks,
	.queued = queued,
	.closed = wait_closed,
	.address = get_address,
	.set_option = set_option,
	.release = release,
};

/* ---- Opening ---- */

static int
open_port(struct evert_datagram_port *port, struct evert_reactor *reactor,
	  const struct evert_address *host, const struct evert_address *peer,
	  const struct evert_datagram_options *options, const char **refused)
{
	struct evert_system *system = reactor->system;
	int fd, error;

	if (reactor->shutting_down)
		return -ESHUTDOWN;
	if (!evert_datagram_batch_of(reactor))
		return -ENOMEM;
	fd = evert_datagram_socket_make(
		system, port, host, peer, options,
		port->base.protocol->ops->connection_refused, refused);
	if (fd < 0)
		return fd;
	error = evert_watch_add(&port->watch, reactor, fd, &watch_ops);
	if (error) {
		evert_binding_end(port->binding, system);
		system->ops->close(system, fd);
	}
	return error;
}

static struct evert_datagram_port *
make_port(struct evert_datagram_protocol *protocol)
{
	struct evert_datagram_port *port = evert_allocate(sizeof(*port));

	if (!port)
		return NULL;
	*port = (struct evert_datagram_port){
		.base =
			{
				.ops = &transport_ops,
				.protocol = protocol,
				.holders = 1,
			},
		.high = HIGH_MARK,
		.low = LOW_MARK,
	};
	port->news_end = &port->news;
	port->kept_end = &port->kept;
	evert_task_init(&port->task, run_task);
	return port;
}

static void start(struct evert_datagram_port *port)
{
	struct evert_datagram_protocol *protocol = port->base.protocol;

	evert_datagram_port_update(port);
	protocol->transport = &port->base;
	if (protocol->ops->started)
		protocol->ops->started(protocol);
}

struct evert_datagram_transport *evert_datagram_port_open(
	struct evert_reactor *reactor, const struct evert_address *host,
	const struct evert_address *peer,
	const struct evert_datagram_options *options,
	struct evert_datagram_protocol *protocol, const char **refused)
{
	static const struct evert_datagram_options defaults;
	struct evert_datagram_port *port;
	int error = -EINVAL;

	evert_reactor_check_thread(reactor, "evert_datagram_open");
	evert_datagram_protocol_check(protocol);
	*refused = NULL;
	port = make_port(protocol);
	if (!port)
		return NULL;
	if (peer || (host && !(options && options->seqpacket)))
		error = open_port(port, reactor, host, peer,
				  options ? options : &defaults, refused);
	if (error) {
		evert_free(port);
		errno = -error;
		return NULL;
	}
	start(port);
	return &port->base;
}

struct evert_datagram_transport *
evert_datagram_open(struct evert_reactor *reactor,
		    const struct evert_address *host,
		    const struct evert_address *peer,
		    const struct evert_datagram_options *options,
		    struct evert_datagram_protocol *protocol)
{
	const char *refused;

	return evert_datagram_port_open(reactor, host, peer, options, protocol,
					&refused);
}

/* ---- Adopting ---- */

static int take(struct evert_datagram_port *port,
		struct evert_reactor *reactor, int fd)
{
	int error;

	if (!evert_datagram_batch_of(reactor))
		return -ENOMEM;
	error = evert_datagram_socket_examine(
		reactor->system, port, fd,
		port->base.protocol->ops->connection_refused);
	if (error)
		return error;
	return evert_watch_add(&port->watch, reactor, fd, &watch_ops);
}

static int adopt(struct evert_datagram_port *port,
		 struct evert_reactor *reactor, int fd)
{
	int error = evert_adopt_check_datagram(reactor, fd);

	if (!error)
		error = take(port, reactor, fd);
	if (!error) /* who made it may have it open */
		evert_watch_share(&port->watch);
	return error;
}

/* ---- Accepting ---- */

static int accept_with(struct evert_reactor *reactor, int fd,
		       struct evert_datagram_protocol *protocol)
{
	struct evert_datagram_port *port;
	int error = -ENOMEM;

	evert_datagram_protocol_check(protocol);
	port = make_port(protocol);
	if (port)
		error = take(port, reactor, fd);
	if (!error)
		start(port);
	else
		evert_free(port);
	return error;
}

void evert_datagram_accept(struct evert_reactor *reactor, int fd,
			   struct evert_datagram_factory *factory,
			   const struct evert_address *peer)
{
	struct evert_datagram_protocol *protocol =
		factory->build_protocol(factory, peer);

	if (protocol && !accept_with(reactor, fd, protocol))
		return;
	reactor->system->ops->close(reactor->system, fd);
	if (protocol && protocol->ops->destroy)
		protocol->ops->destroy(protocol);
}

struct evert_datagram_transport *
evert_datagram_adopt(struct evert_reactor *reactor, int fd,
		     struct evert_datagram_protocol *protocol)
{
	struct evert_datagram_port *port;
	int error;

	evert_reactor_check_thread(reactor, "evert_datagram_adopt");
	evert_datagram_protocol_check(protocol);
	port = make_port(protocol);
	if (!port)
		return NULL;
	error = adopt(port, reactor, fd);
	if (error) {
		evert_free(port);
		errno = -error;
		return NULL;
	}
	start(port);
	return &port->base;
}
