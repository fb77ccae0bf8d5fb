/* SPDX-License-Identifier: MIT */
/*
 * Connecting: the addresses are tried one after another, as RFC 8305 says: the
 * next one 250 ms after the last, or at once when an attempt has failed;
 * several are under way then, and the first success wins.
 */
#include "endpoint.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "../transport/connection_internal.h"
#include "../transport/transport.h"
#include "opening_internal.h"

/* RFC 8305, section 8: "Connection Attempt Delay". */
static const double ATTEMPT_DELAY_SECONDS = 0.25;

/* Until a full backlog is tried again: doubled each time. */
static const double FIRST_PAUSE_SECONDS = 0.01, MOST_PAUSE_SECONDS = 1;

struct attempt {
	struct connect *connect;
	struct evert_watch watch;
	const struct evert_address *address;
	int error;	     /* an errno, when it has failed */
	const char *refused; /* the option that could not be set, or NULL */
	bool open;	     /* it has a descriptor */
	struct evert_delayed_call again; /* the backlog was full: */
	double pause;			 /* seconds, the next time */
};

struct connect {
	struct evert_opening base;
	struct evert_factory *factory;
	struct evert_socket_plan socket;
	double attempt_delay; /* seconds */
	struct evert_delayed_call next_attempt;
	struct attempt *attempts; /* one for each address */
	size_t begun;		  /* attempts */
	size_t under_way;
	bool won; /* the protocol is being built */
};

/* ---- Ending ---- */

static void close_attempt(struct attempt *attempt)
{
	struct evert_system *system = attempt->connect->base.reactor->system;

	if (!attempt->open)
		return;
	attempt->open = false;
	attempt->connect->under_way--;
	evert_delayed_call_cancel(attempt->again);
	evert_watch_remove(&attempt->watch);
	system->ops->close(system, attempt->watch.fd);
}

static struct connect *connect_from(struct evert_opening *base)
{
	return evert_container_of(base, struct connect, base);
}

/* Ends everything that is under way. */
static void stop(struct evert_opening *base)
{
	struct connect *c = connect_from(base);
	size_t i;

	evert_delayed_call_cancel(c->next_attempt);
	for (i = 0; i < c->begun; i++)
		close_attempt(&c->attempts[i]);
	evert_free(c->attempts);
}

static bool may_cancel(struct evert_opening *base)
{
	/* Not by the protocol that is being built: win() looks. */
	return !connect_from(base)->won;
}

/* ---- Failing ---- */

static struct evert_failure *attempt_failure(const struct attempt *attempt)
{
	char text[EVERT_ADDRESS_TEXT_SIZE], refused[EVERT_REFUSED_SIZE];

	if (attempt->open)
		return evert_failure_create_at(
			attempt->connect->base.place, EVERT_CONNECT_TIMED_OUT,
			0, "no answer from %s",
			evert_address_text(attempt->address, text,
					   sizeof(text)));
	return evert_failure_create_at(
		attempt->connect->base.place, EVERT_CONNECT_FAILED,
		attempt->error, "cannot connect to %s%s",
		evert_address_text(attempt->address, text, sizeof(text)),
		evert_socket_refused_text(attempt->refused, refused));
}

/* Each attempt is a cause, if there were several. */
static struct evert_failure *add_attempts(const struct connect *c,
					  struct evert_failure *failure)
{
	struct evert_failure *cause;
	size_t i;

	for (i = 0; i < c->begun; i++) {
		cause = attempt_failure(&c->attempts[i]);
		evert_failure_set_index(cause, i);
		evert_failure_add_cause(failure, cause);
	}
	return failure;
}

/* Every attempt has failed. */
static struct evert_failure *all_failed(const struct connect *c)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (c->begun == 1)
		return attempt_failure(&c->attempts[0]);
	return add_attempts(c, evert_failure_create_at(
				       c->base.place, EVERT_CONNECT_FAILED,
				       c->attempts[c->begun - 1].error,
				       "cannot connect to %s",
				       evert_opening_name(&c->base, name)));
}

static void too_late(struct evert_opening *base, struct evert_failure *failure)
{
	if (connect_from(base)->begun > 1)
		add_attempts(connect_from(base), failure);
}

/* ---- Winning ---- */

/* What came of building the protocol; errno says why there is none. */
static struct evert_result built(const struct connect *c,
				 struct evert_protocol *protocol)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (protocol)
		return evert_result_of(&evert_type_protocol, protocol);
	return evert_result_failure(evert_failure_create_at(
		c->base.place,
		errno == ECONNABORTED ? EVERT_CONNECTION_ABORTED :
					EVERT_CONNECT_FAILED,
		errno, "cannot connect to %s",
		evert_opening_name(&c->base, name)));
}

static void win(struct attempt *winner)
{
	struct connect *c = winner->connect;
	const struct evert_endpoint *endpoint =
		evert_endpoint_keep(c->base.endpoint);
	struct evert_address peer = *winner->address;
	struct evert_protocol *protocol;
	struct evert_firing *slot;
	struct evert_result result;
	int fd = winner->watch.fd;

	winner->open = false; /* the stream has the descriptor now */
	evert_watch_remove(&winner->watch);
	slot = evert_opening_end(&c->base);
	c->won = true;
	protocol = evert_connection_open(c->base.reactor, fd, c->factory,
					 &peer);
	result = built(c, protocol);
	if (protocol && evert_deferred_has_fired(evert_firing_deferred(slot)))
		evert_transport_abort(protocol->transport); /* cancelled */
	evert_free(c);
	evert_endpoint_release(endpoint);
	evert_deferred_fire(&slot, result);
}

/* It was adopted. */
static void later(struct evert_opening *base)
{
	win(&connect_from(base)->attempts[0]);
}

/* A free port of this machine may, by chance, be connected to itself (TCP's
   simultaneous open): that is nobody listening. */
static bool is_self_connected(struct evert_system *system, int fd,
			      const struct evert_address *peer)
{
	struct evert_address host = { .length = sizeof(host.as) };

	return !system->ops->getsockname(system, fd, &host.as.any,
					 &host.length) &&
	       evert_address_is_equal(&host, peer);
}

/* ---- Attempts ---- */

static void try_next(struct connect *c);

static void next_is_due(void *arg)
{
	try_next(arg);
}

static void attempt_failed(struct attempt *attempt, int error)
{
	struct connect *c = attempt->connect;

	attempt->error = error;
	close_attempt(attempt);
	evert_delayed_call_cancel(c->next_attempt);
	try_next(c);
}

static int outcome(const struct attempt *attempt)
{
	struct evert_system *system = attempt->connect->base.reactor->system;
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system->ops->getsockopt(system, attempt->watch.fd,
					     SOL_SOCKET, SO_ERROR, &error,
					     &length);

	if (failed)
		return -failed;
	if (!error && is_self_connected(system, attempt->watch.fd,
					attempt->address))
		return ECONNREFUSED;
	return error;
}

static void attempt_ready(struct evert_watch *watch, unsigned ready)
{
	struct attempt *attempt =
		evert_container_of(watch, struct attempt, watch);
	int error = outcome(attempt);

	(void)ready;
	if (error)
		attempt_failed(attempt, error);
	else
		win(attempt);
}

static void attempt_unwatchable(struct evert_watch *watch, int error)
{
	attempt_failed(evert_container_of(watch, struct attempt, watch),
		       error);
}

static const struct evert_watch_ops watch_ops = {
	.ready = attempt_ready,
	.unwatchable = attempt_unwatchable,
};

static double next_pause(double pause)
{
	return pause < MOST_PAUSE_SECONDS / 2 ? 2 * pause : MOST_PAUSE_SECONDS;
}

static void connect_again(void *arg);

/* EAGAIN of a UNIX socket is no EINPROGRESS: nothing is under way, and nobody
   will tell when there is room (connect(2)). */
static int wait_for_room(struct attempt *attempt)
{
	attempt->again = evert_reactor_call_later(
		attempt->connect->base.reactor, attempt->pause, connect_again,
		attempt);
	attempt->pause = next_pause(attempt->pause);
	return evert_delayed_call_active(attempt->again) ? 0 : -ENOMEM;
}

/* 0, or an errno: then it is closed. */
static int connect_now(struct attempt *attempt)
{
	struct evert_system *system = attempt->connect->base.reactor->system;
	const struct evert_address *to = attempt->address;
	int error = system->ops->connect(system, attempt->watch.fd,
					 &to->as.any, to->length);

	/* One that succeeds at once is told from the loop, like the others;
	   one that is interrupted goes on (connect(2)). */
	if (!error || error == -EINPROGRESS || error == -EINTR) {
		evert_watch_set(&attempt->watch, EVERT_ATTACHED | EVERT_WRITE);
		return 0;
	}
	if (error == -EAGAIN && to->as.any.sa_family == AF_UNIX)
		error = wait_for_room(attempt);
	if (error)
		close_attempt(attempt);
	return -error;
}

static void connect_again(void *arg)
{
	struct attempt *attempt = arg;
	int error = connect_now(attempt);

	if (error)
		attempt_failed(attempt, error);
}

/* Was it connected by somebody else? Then nothing is left to be done, but that
   is told from the loop. */
static bool is_adopted(const struct connect *c)
{
	return c->base.resolution.fd >= 0;
}

/* The socket of an attempt; or -errno. */
static int get_socket(struct attempt *attempt)
{
	struct connect *c = attempt->connect;

	if (is_adopted(c))
		return c->base.resolution.fd;
	return evert_socket_open(c->base.reactor->system, attempt->address,
				 false, &c->socket.options,
				 &attempt->refused);
}

/* Begins to connect: 0, or an errno. */
static int begin(struct attempt *attempt)
{
	struct connect *c = attempt->connect;
	struct evert_system *system = c->base.reactor->system;
	int fd, error;

	fd = get_socket(attempt);
	if (fd < 0)
		return -fd;
	error = evert_watch_add(&attempt->watch, c->base.reactor, fd,
				&watch_ops);
	if (error) {
		system->ops->close(system, fd);
		return -error;
	}
	attempt->open = true;
	c->under_way++;
	if (is_adopted(c)) {
		evert_opening_plan_later(&c->base);
		return 0;
	}
	return connect_now(attempt);
}

/* Begins the next attempt that can be begun. */
static void try_next(struct connect *c)
{
	struct attempt *attempt;
	size_t count = c->base.resolution.count;

	while (c->begun < count) {
		attempt = &c->attempts[c->begun];
		*attempt = (struct attempt){
			.connect = c,
			.address =
				&c->base.resolution.addresses[c->begun++],
			.pause = FIRST_PAUSE_SECONDS,
		};
		attempt->error = begin(attempt);
		if (attempt->error)
			continue;
		/* Without memory for the delay, the next one waits until this
		   one has failed. */
		if (c->begun < count)
			c->next_attempt = evert_reactor_call_later(
				c->base.reactor, c->attempt_delay,
				next_is_due, c);
		return;
	}
	if (!c->under_way)
		evert_opening_fail(&c->base, all_failed(c));
}

static struct evert_failure *make_room(struct connect *c)
{
	c->attempts = evert_allocate(c->base.resolution.count *
				     sizeof(*c->attempts));
	return c->attempts ? NULL : evert_failure_bare(EVERT_NO_MEMORY);
}

static void found(struct evert_opening *base)
{
	struct connect *c = connect_from(base);
	struct evert_failure *failure = make_room(c);

	if (failure)
		evert_opening_fail(base, failure);
	else
		try_next(c);
}

static const struct evert_opening_kind connecting = {
	.size = sizeof(struct connect),
	.from_loop = true,
	.found = found,
	.later = later,
	.too_late = too_late,
	.stop = stop,
	.may_cancel = may_cancel,
};

struct evert_deferred *evert_attempts_begin(struct evert_stream_plan *plan)
{
	struct evert_opening *base;
	struct connect *c;
	struct evert_deferred *deferred =
		evert_opening_create(&connecting, &plan->base, &base);

	if (!deferred)
		return NULL;
	c = connect_from(base);
	c->factory = plan->factory;
	c->attempt_delay = plan->attempt_delay > 0 ? plan->attempt_delay :
						     ATTEMPT_DELAY_SECONDS;
	evert_stream_plan_check(plan, &c->socket);
	evert_opening_start(base, &plan->base);
	return deferred;
}
