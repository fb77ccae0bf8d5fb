/* SPDX-License-Identifier: MIT */
#include "attempt_internal.h"

#include <errno.h>

#include "../address_internal.h"
#include "../../deferred/base/memory.h"
#include "endpoint.h"

/* Until a full backlog is tried again: doubled each time. */
static const double FIRST_PAUSE_SECONDS = 0.01, MOST_PAUSE_SECONDS = 1;

/* ---- Ending ---- */

static struct evert_system *system_of(const struct evert_attempt *attempt)
{
	return attempt->watch.reactor->system;
}

int evert_attempt_take(struct evert_attempt *attempt)
{
	attempt->open = false;
	evert_delayed_call_cancel(attempt->again);
	evert_watch_remove(&attempt->watch);
	return attempt->watch.fd;
}

void evert_attempt_close(struct evert_attempt *attempt)
{
	struct evert_system *system;

	if (!attempt->open)
		return;
	system = system_of(attempt);
	system->ops->close(system, evert_attempt_take(attempt));
}

struct evert_failure *
evert_attempt_failure(const struct evert_attempt *attempt, const char *place)
{
	char text[EVERT_ADDRESS_TEXT_SIZE], refused[EVERT_REFUSED_SIZE];

	evert_address_text(&attempt->address, text, sizeof(text));
	if (attempt->open)
		return evert_failure_create_at(place, EVERT_CONNECT_TIMED_OUT,
					       0, "no answer from %s", text);
	return evert_failure_create_at(
		place, EVERT_CONNECT_FAILED, attempt->error,
		"cannot connect to %s%s", text,
		evert_socket_refused_text(attempt->refused, refused));
}

/* ---- What comes of it ---- */

static void fail(struct evert_attempt *attempt, int error)
{
	attempt->error = error;
	evert_attempt_close(attempt);
	attempt->ops->failed(attempt);
}

/* A free port of this machine may, by chance, be connected to itself (TCP's
   simultaneous open): that is nobody listening. */
static bool is_self_connected(const struct evert_attempt *attempt)
{
	struct evert_system *system = system_of(attempt);
	struct evert_address host = { .length = sizeof(host.as) };

	return !system->ops->getsockname(system, attempt->watch.fd,
					 &host.as.any, &host.length) &&
	       evert_address_is_equal(&host, &attempt->address);
}

static int outcome(const struct evert_attempt *attempt)
{
	struct evert_system *system = system_of(attempt);
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system->ops->getsockopt(system, attempt->watch.fd,
					     SOL_SOCKET, SO_ERROR, &error,
					     &length);

	if (failed)
		return -failed;
	return error || !is_self_connected(attempt) ? error : ECONNREFUSED;
}

static struct evert_attempt *from(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_attempt, watch);
}

static void ready(struct evert_watch *watch, unsigned what)
{
	struct evert_attempt *attempt = from(watch);
	int error = outcome(attempt);

	(void)what;
	if (error)
		fail(attempt, error);
	else
		attempt->ops->connected(attempt);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	fail(from(watch), error);
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_attempt *attempt =
		evert_container_of(watch, const struct evert_attempt, watch);

	evert_address_add_to("to", &attempt->address, to);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "connecting",
	.describe = describe,
	.ready = ready,
	.unwatchable = unwatchable,
};

/* ---- Beginning ---- */

static void connect_again(void *arg);

static double next_pause(double pause)
{
	return pause < MOST_PAUSE_SECONDS / 2 ? 2 * pause : MOST_PAUSE_SECONDS;
}

/* EAGAIN of a UNIX socket is no EINPROGRESS: nothing is under way, and nobody
   will tell when there is room (connect(2)). */
static int wait_for_room(struct evert_attempt *attempt)
{
	attempt->again = evert_reactor_call_later(attempt->watch.reactor,
						  attempt->pause,
						  connect_again, attempt);
	attempt->pause = next_pause(attempt->pause);
	return evert_delayed_call_active(attempt->again) ? 0 : -ENOMEM;
}

/* 0, or an errno: then it is closed. */
static int connect_now(struct evert_attempt *attempt)
{
	struct evert_system *system = system_of(attempt);
	const struct evert_address *to = &attempt->address;
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
		evert_attempt_close(attempt);
	return -error;
}

static void connect_again(void *arg)
{
	struct evert_attempt *attempt = arg;
	int error = connect_now(attempt);

	if (error)
		fail(attempt, error);
}

int evert_attempt_adopt(struct evert_attempt *attempt,
			struct evert_reactor *reactor, int fd)
{
	attempt->error = -evert_watch_add(&attempt->watch, reactor, fd,
					  &watch_ops);
	if (attempt->error)
		reactor->system->ops->close(reactor->system, fd);
	else
		attempt->open = true;
	return attempt->error;
}

int evert_attempt_begin(struct evert_attempt *attempt,
			struct evert_reactor *reactor,
			const struct evert_socket_options *options)
{
	int fd = evert_socket_open(reactor->system, &attempt->address,
				   SOCK_STREAM, false, options,
				   &attempt->refused);

	if (fd < 0)
		attempt->error = -fd;
	else if (!evert_attempt_adopt(attempt, reactor, fd))
		attempt->error = connect_now(attempt);
	return attempt->error;
}

struct evert_attempt *
evert_attempt_create(void *owner, const struct evert_attempt_ops *ops,
		     const struct evert_address *address)
{
	struct evert_attempt *attempt = evert_allocate(sizeof(*attempt));

	if (!attempt)
		return NULL;
	*attempt = (struct evert_attempt){
		.ops = ops,
		.owner = owner,
		.address = *address,
		.pause = FIRST_PAUSE_SECONDS,
	};
	evert_list_init(&attempt->node);
	return attempt;
}
