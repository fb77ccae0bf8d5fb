/* SPDX-License-Identifier: MIT */
#include "reactor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor_internal.h"

static const double PATIENCE_SECONDS = 10;

/* ---- Loops ---- */

struct evert_reactor *make_reactor(struct evert_system *system)
{
	struct evert_reactor_options options = { .system = system };
	struct evert_reactor *reactor = evert_reactor_create(&options);

	cr_assert(reactor != NULL, "no reactor: %s", strerror(errno));
	return reactor;
}

static void hangs(void *arg)
{
	(void)arg;
	cr_fatal("nothing happened for %g seconds", PATIENCE_SECONDS);
}

void run_reactor(struct evert_reactor *reactor)
{
	struct evert_delayed_call watchdog = evert_reactor_call_later(
		reactor, PATIENCE_SECONDS, hangs, NULL);

	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	evert_delayed_call_cancel(watchdog);
}

void turn(struct evert_reactor *reactor)
{
	struct evert_delayed_call watchdog = evert_reactor_call_later(
		reactor, PATIENCE_SECONDS, hangs, NULL);

	cr_assert(eq(int, evert_reactor_turn(reactor, -1), 0));
	evert_delayed_call_cancel(watchdog);
}

void turn_until(struct evert_reactor *reactor, const bool *done)
{
	struct evert_delayed_call watchdog = evert_reactor_call_later(
		reactor, PATIENCE_SECONDS, hangs, NULL);

	while (!*done)
		cr_assert(eq(int, evert_reactor_turn(reactor, -1), 0));
	evert_delayed_call_cancel(watchdog);
}

void turn_until_count(struct evert_reactor *reactor, const size_t *count,
		      size_t least)
{
	struct evert_delayed_call watchdog = evert_reactor_call_later(
		reactor, PATIENCE_SECONDS, hangs, NULL);

	while (*count < least)
		cr_assert(eq(int, evert_reactor_turn(reactor, -1), 0));
	evert_delayed_call_cancel(watchdog);
}

void set_flag(void *flag)
{
	*(bool *)flag = true;
}

void turn_for(struct evert_reactor *reactor, double seconds)
{
	bool passed = false;

	evert_reactor_call_later(reactor, seconds, set_flag, &passed);
	turn_until(reactor, &passed);
}

/* A call that is due at once ends a turn that would have slept: what is
   ready now is told in that turn already. What that sets going may take some
   more, through the kernel to the other side. */
void turn_until_idle(struct evert_reactor *reactor)
{
	int quiet = 0;

	while (quiet < 4) {
		quiet = evert_list_is_empty(&reactor->tasks) ? quiet + 1 : 0;
		turn_for(reactor, 0);
	}
}

struct outcome {
	bool fired;
	struct evert_result result;
};

static struct evert_result keep(struct evert_result *in, void *arg)
{
	struct outcome *outcome = arg;

	outcome->result = evert_result_take(in);
	outcome->fired = true;
	return evert_result_none();
}

struct evert_result turn_until_fired(struct evert_reactor *reactor,
				     struct evert_deferred *deferred)
{
	struct outcome outcome = { .fired = false };

	evert_deferred_add_both(deferred, keep, &outcome);
	evert_deferred_release(deferred);
	turn_until(reactor, &outcome.fired);
	return outcome.result;
}

const struct evert_error *turn_until_failed(struct evert_reactor *reactor,
					    struct evert_deferred *deferred)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_error *kind;

	cr_assert(evert_result_is_failure(&result), "it succeeded");
	kind = evert_result_as_failure(&result)->kind;
	evert_result_release(result);
	return kind;
}

/* ---- A protocol that records ---- */

struct recorder *recorder_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct recorder, base);
}

static void note(struct recorder *recorder, char event)
{
	size_t length = strlen(recorder->events);

	if (event == 'D' && length && recorder->events[length - 1] == 'D')
		return;
	cr_assert(length + 1 < sizeof(recorder->events),
		  "more events than a recorder takes: %s", recorder->events);
	recorder->events[length] = event;
}

static void made(struct evert_protocol *base)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'M');
	recorder->made++;
	if (recorder->hooks->made)
		recorder->hooks->made(recorder);
}

static void received(struct evert_protocol *base, const char *data,
		     size_t length)
{
	struct recorder *recorder = recorder_from(base);
	size_t kept = recorder->received < RECORDED_BYTES ?
			      RECORDED_BYTES - recorder->received :
			      0;

	if (kept > length)
		kept = length;
	note(recorder, 'D');
	if (kept)
		memcpy(recorder->data + recorder->received, data, kept);
	recorder->received += length;
	if (recorder->hooks->received)
		recorder->hooks->received(recorder, data, length);
}

static void ended(struct evert_protocol *base)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'E');
	recorder->ended++;
	if (recorder->hooks->ended)
		recorder->hooks->ended(recorder);
}

static void paused(struct evert_protocol *base)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'P');
	recorder->paused++;
	if (recorder->hooks->paused)
		recorder->hooks->paused(recorder);
}

static void resumed(struct evert_protocol *base)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'R');
	recorder->resumed++;
	if (recorder->hooks->resumed)
		recorder->hooks->resumed(recorder);
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'L');
	recorder->lost++;
	recorder->lost_kind = reason->kind;
	recorder->lost_error = reason->error;
	if (recorder->hooks->lost)
		recorder->hooks->lost(recorder);
}

static void write_lost(struct evert_protocol *base, int error)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'W');
	recorder->hooks->write_lost(recorder, error);
}

static void destroyed(struct evert_protocol *base)
{
	struct recorder *recorder = recorder_from(base);

	note(recorder, 'X');
	recorder->destroyed++;
}

static const struct evert_protocol_ops plain_ops = {
	.data_received = received,
	.connection_made = made,
	.connection_lost = lost,
	.pause_writing = paused,
	.resume_writing = resumed,
	.destroy = destroyed,
};

static const struct evert_protocol_ops write_closing_ops = {
	.data_received = received,
	.connection_made = made,
	.connection_lost = lost,
	.end_received = ended,
	.pause_writing = paused,
	.resume_writing = resumed,
	.write_lost = write_lost,
	.destroy = destroyed,
};

static const struct evert_protocol_ops half_closing_ops = {
	.data_received = received,
	.connection_made = made,
	.connection_lost = lost,
	.end_received = ended,
	.pause_writing = paused,
	.resume_writing = resumed,
	.destroy = destroyed,
};

static struct evert_protocol *build(struct evert_factory *base,
				    const struct evert_address *peer)
{
	struct recorder_factory *factory =
		evert_container_of(base, struct recorder_factory, base);
	struct recorder *recorder;

	factory->asked++;
	if (factory->building)
		factory->building(factory);
	if (factory->refuses)
		return NULL;
	cr_assert(factory->built < RECORDERS, "too many connections");
	recorder = &factory->recorders[factory->built++];
	recorder->hooks = factory->hooks;
	recorder->arg = factory->arg;
	recorder->peer = *peer;
	recorder->base.ops = factory->hooks->write_lost ? &write_closing_ops :
			     factory->hooks->ended ? &half_closing_ops :
						     &plain_ops;
	return &recorder->base;
}

void recorder_factory_init(struct recorder_factory *factory,
			   const struct recorder_hooks *hooks, void *arg)
{
	static const struct recorder_hooks none;

	memset(factory, 0, sizeof(*factory));
	factory->base.build_protocol = build;
	factory->hooks = hooks ? hooks : &none;
	factory->arg = arg;
}

struct recorder *recorder_of(const struct evert_result *result)
{
	if (evert_result_is_failure(result))
		cr_fatal("it failed: %s",
			 evert_result_as_failure(result)->message);
	return recorder_from(evert_result_as_protocol(result));
}

void recorder_write(struct recorder *recorder, const char *text)
{
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, text,
					   strlen(text)),
		     0));
}

void recorder_fill(struct recorder *recorder)
{
	static char much[1 << 20];
	int i;

	for (i = 0; i < 100 && !recorder->paused; i++)
		evert_transport_write(recorder->base.transport, much,
				      sizeof(much));
	cr_assert(gt(sz, recorder->paused, 0));
}

/* ---- Connections on this machine ---- */

struct evert_port *listen_here(struct evert_reactor *reactor,
			       struct recorder_factory *factory)
{
	struct evert_result result = turn_until_fired(
		reactor,
		evert_listen(reactor, "tcp:127.0.0.1:0", &factory->base));

	if (evert_result_is_failure(&result))
		cr_fatal("it failed: %s",
			 evert_result_as_failure(&result)->message);
	return evert_port_take(&result);
}

const char *endpoint_of(const struct evert_port *port)
{
	static char text[64];

	snprintf(text, sizeof(text), "tcp:127.0.0.1:%u",
		 evert_address_port(evert_port_address(port)));
	return text;
}

struct connected connect_pair(struct evert_reactor *reactor,
			      struct recorder_factory *client,
			      struct recorder_factory *server)
{
	struct evert_port *port = listen_here(reactor, server);
	size_t accepted = server->built;
	struct evert_deferred *d =
		evert_connect(reactor, endpoint_of(port), &client->base);
	struct evert_result result = turn_until_fired(reactor, d);
	struct connected pair = { .client = recorder_of(&result) };

	turn_until_count(reactor, &server->built, accepted + 1);
	pair.server = &server->recorders[accepted];
	evert_result_release(
		turn_until_fired(reactor, evert_port_stop_listening(port)));
	return pair;
}
