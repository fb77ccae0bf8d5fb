/* SPDX-License-Identifier: MIT */
/*
 * evert_connect: the addresses of an endpoint are tried one after another,
 * as RFC 8305 says: the next one 250 ms after the last, or at once when an
 * attempt has failed; several are under way then, and the first success wins.
 */
#include "connect.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "resolution_internal.h"
#include "../transport/connection_internal.h"
#include "../transport/socket_options_internal.h"
#include "../transport/transport.h"

/* RFC 8305, section 8: "Connection Attempt Delay". */
static const double ATTEMPT_DELAY_SECONDS = 0.25;

struct attempt {
	struct connect *connect;
	struct evert_watch watch;
	const struct evert_address *address;
	int error;	     /* an errno, when it has failed */
	const char *refused; /* the option that could not be set, or NULL */
	bool open;	     /* it has a descriptor */
};

struct connect {
	struct evert_reactor *reactor;
	struct evert_factory *factory;
	struct evert_firing *slot;
	struct evert_member member;
	struct evert_resolution resolution;
	struct evert_socket_plan socket;
	struct evert_delayed_call next_attempt;
	struct attempt *attempts; /* one for each address */
	size_t begun;		  /* attempts */
	size_t under_way;
	bool beginning; /* in evert_connect: what fails now is told */
	struct evert_task tell;	       /* from the loop: */
	struct evert_failure *failure; /* this; NULL while there is none */
	bool won; /* the protocol is being built */
};

/* ---- Ending ---- */

static void close_attempt(struct attempt *attempt)
{
	struct evert_system *system = attempt->connect->reactor->system;

	if (!attempt->open)
		return;
	attempt->open = false;
	attempt->connect->under_way--;
	evert_watch_remove(&attempt->watch);
	system->ops->close(system, attempt->watch.fd);
}

/* Ends everything that is under way. */
static void stop(struct connect *c)
{
	size_t i;

	evert_delayed_call_cancel(c->next_attempt);
	evert_task_cancel(&c->tell);
	evert_member_leave(&c->member);
	for (i = 0; i < c->begun; i++)
		close_attempt(&c->attempts[i]);
	evert_resolution_finish(&c->resolution);
	evert_free(c->attempts);
}

static void fire(struct connect *c, struct evert_result result)
{
	struct evert_firing *slot = c->slot;

	stop(c);
	evert_free(c);
	evert_deferred_fire(&slot, result);
}

/* Who connects again in the errback must not do so on top of this. */
static void fail(struct connect *c, struct evert_failure *failure)
{
	if (c->beginning) {
		c->failure = failure;
		evert_task_plan(c->reactor, &c->tell);
		return;
	}
	fire(c, evert_result_failure(failure));
}

static void tell(struct evert_task *task)
{
	struct connect *c = evert_container_of(task, struct connect, tell);

	fire(c, evert_result_failure(c->failure));
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct connect *c = arg;

	(void)deferred;
	/* By the protocol that is being built: win() looks. */
	if (c->won)
		return false;
	stop(c);
	evert_failure_release(c->failure);
	evert_deferred_abandon(&c->slot);
	evert_free(c);
	return false;
}

static void shut_down(struct evert_member *member)
{
	struct connect *c = evert_container_of(member, struct connect, member);

	if (!c->failure)
		c->failure = evert_failure_bare(EVERT_REACTOR_STOPPED);
	fire(c, evert_result_failure(c->failure));
}

/* ---- Failing ---- */

static struct evert_failure *attempt_failure(const struct attempt *attempt)
{
	char text[EVERT_ADDRESS_TEXT_SIZE], refused[EVERT_REFUSED_SIZE];

	return evert_failure_create_at(
		attempt->connect->resolution.place, EVERT_CONNECT_FAILED,
		attempt->error, "cannot connect to %s%s",
		evert_address_text(attempt->address, text, sizeof(text)),
		evert_socket_refused_text(attempt->refused, refused));
}

/* Every attempt has failed. */
static struct evert_failure *all_failed(const struct connect *c)
{
	char text[EVERT_ENDPOINT_TEXT_SIZE];
	struct evert_failure *failure, *cause;
	size_t i;

	if (c->begun == 1)
		return attempt_failure(&c->attempts[0]);
	failure = evert_failure_create_at(
		c->resolution.place, EVERT_CONNECT_FAILED,
		c->attempts[c->begun - 1].error, "cannot connect to %s",
		evert_endpoint_text(&c->resolution.endpoint, text));
	for (i = 0; i < c->begun; i++) {
		cause = attempt_failure(&c->attempts[i]);
		evert_failure_set_index(cause, i);
		evert_failure_add_cause(failure, cause);
	}
	return failure;
}

/* ---- Winning ---- */

/* What came of building the protocol; errno says why there is none. */
static struct evert_result built(const struct connect *c,
				 struct evert_protocol *protocol)
{
	char text[EVERT_ENDPOINT_TEXT_SIZE];

	if (protocol)
		return evert_result_of(&evert_type_protocol, protocol);
	return evert_result_failure(evert_failure_create_at(
		c->resolution.place,
		errno == ECONNABORTED ? EVERT_CONNECTION_ABORTED :
					EVERT_CONNECT_FAILED,
		errno, "cannot connect to %s",
		evert_endpoint_text(&c->resolution.endpoint, text)));
}

static void win(struct attempt *winner)
{
	struct connect *c = winner->connect;
	struct evert_reactor *reactor = c->reactor;
	struct evert_firing *slot = c->slot;
	struct evert_address peer = *winner->address;
	struct evert_protocol *protocol;
	struct evert_result result;
	int fd = winner->watch.fd;

	winner->open = false; /* the stream has the descriptor now */
	evert_watch_remove(&winner->watch);
	stop(c);
	c->won = true;
	protocol = evert_connection_open(reactor, fd, c->factory, &peer);
	result = built(c, protocol);
	if (protocol && evert_deferred_has_fired(evert_firing_deferred(slot)))
		evert_transport_abort(protocol->transport); /* cancelled */
	evert_free(c);
	evert_deferred_fire(&slot, result);
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
	struct evert_system *system = attempt->connect->reactor->system;
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

/* Begins to connect: 0, or an errno. */
static int begin(struct attempt *attempt)
{
	struct connect *c = attempt->connect;
	struct evert_system *system = c->reactor->system;
	const struct evert_address *to = attempt->address;
	int fd, error;

	fd = evert_socket_open(system, to, false, &c->socket.options,
			       &attempt->refused);
	if (fd < 0)
		return -fd;
	error = evert_watch_add(&attempt->watch, c->reactor, fd, &watch_ops);
	if (error) {
		system->ops->close(system, fd);
		return -error;
	}
	attempt->open = true;
	c->under_way++;
	error = system->ops->connect(system, fd, &to->as.any, to->length);
	/* One that succeeds at once is told from the loop, like the others;
	   one that is interrupted goes on (connect(2)). */
	if (error && error != -EINPROGRESS && error != -EINTR) {
		close_attempt(attempt);
		return -error;
	}
	evert_watch_set(&attempt->watch, EVERT_ATTACHED | EVERT_WRITE);
	return 0;
}

/* Begins the next attempt that can be begun. */
static void try_next(struct connect *c)
{
	struct attempt *attempt;
	size_t count = c->resolution.count;

	while (c->begun < count) {
		attempt = &c->attempts[c->begun];
		attempt->connect = c;
		attempt->address = &c->resolution.addresses[c->begun++];
		attempt->open = false;
		attempt->error = begin(attempt);
		if (attempt->error)
			continue;
		/* Without memory for the delay, the next one waits until this
		   one has failed. */
		if (c->begun < count)
			c->next_attempt = evert_reactor_call_later(
				c->reactor, ATTEMPT_DELAY_SECONDS, next_is_due,
				c);
		return;
	}
	if (!c->under_way)
		fail(c, all_failed(c));
}

static void resolved(struct evert_resolution *resolution,
		     struct evert_failure *failure)
{
	struct connect *c =
		evert_container_of(resolution, struct connect, resolution);

	if (!failure) {
		c->attempts = evert_allocate(resolution->count *
					     sizeof(*c->attempts));
		if (!c->attempts)
			failure = evert_failure_bare(EVERT_NO_MEMORY);
	}
	if (failure)
		fail(c, failure);
	else
		try_next(c);
}

struct evert_deferred *
evert_connect_with_at(struct evert_reactor *reactor, const char *endpoint,
		      struct evert_factory *factory,
		      const struct evert_socket_options *options,
		      const char *place)
{
	struct connect *c = evert_allocate(sizeof(*c));
	struct evert_deferred *deferred;
	struct evert_firing *slot;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_connect");
	evert_factory_check(factory);
	if (!c)
		return NULL;
	deferred = evert_deferred_create_at(&slot, place, cancelled, c);
	if (!deferred) {
		evert_free(c);
		return NULL;
	}
	*c = (struct connect){
		.reactor = reactor,
		.factory = factory,
		.slot = slot,
		.beginning = true,
	};
	evert_task_init(&c->tell, tell);
	evert_member_join(reactor, &c->member, shut_down);
	failure = evert_socket_plan_init(&c->socket, options, place);
	if (!failure)
		failure = evert_resolution_begin(&c->resolution, reactor,
						 endpoint, false, resolved,
						 place);
	if (failure || c->resolution.count)
		resolved(&c->resolution, failure);
	c->beginning = false;
	return deferred;
}

struct evert_deferred *evert_connect_at(struct evert_reactor *reactor,
					const char *endpoint,
					struct evert_factory *factory,
					const char *place)
{
	return evert_connect_with_at(reactor, endpoint, factory, NULL, place);
}
