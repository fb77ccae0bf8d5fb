/* SPDX-License-Identifier: MIT */
#include "visits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/unhandled.h"

enum { STYLES = 3 };

static struct evert_sim *sim;
static bool is_poor, stops;

/* Is it the answer to the next name? */
static void check_greeting(struct visit *visit, const char *greeting)
{
	char expected[VISIT_NAME_SIZE + 16];

	evert_sim_check(sim, visit->greeted < visit->count);
	snprintf(expected, sizeof(expected), "Hello, %s!",
		 visit->names[visit->greeted]);
	evert_sim_check(sim, !strcmp(greeting, expected));
	visit->greeted++;
}

/* How a visit ends, of whatever style. */
static struct evert_result end_visit(struct evert_result *in, void *arg)
{
	struct evert_reactor *reactor = evert_reactor_current();
	struct visit *visit = arg;

	visit->fired++;
	evert_sim_check(sim, visit->fired == 1);
	visit->failed = evert_result_is_failure(in);
	if (!visit->failed && !is_poor)
		evert_sim_check(sim, visit->greeted == visit->count);
	if (visit->next)
		visit_begin(reactor, visit->next);
	else
		evert_reactor_stop(reactor);
	return evert_result_none();
}

static void await_visit(struct evert_reactor *reactor, struct evert_deferred *d,
			struct visit *visit)
{
	if (visit->patience > 0)
		evert_deferred_add_timeout(d, visit->patience,
					   evert_reactor_clock(reactor));
	evert_deferred_add_both(d, end_visit, visit);
	evert_deferred_release(d);
}

static void made(struct visit *visit)
{
	visit->made++;
	evert_sim_check(sim, visit->made == 1);
}

static void lost(struct visit *visit)
{
	visit->lost++;
	evert_sim_check(sim, visit->lost == 1 && visit->made == 1);
}

/* ---- Who greets ---- */

struct greeter {
	struct evert_line_receiver base;
	bool lost;
};

static size_t greeters_made, greeters_alive;

static struct greeter *greeter_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct greeter, base);
}

static void greeter_made(struct evert_line_receiver *base)
{
	(void)base;
	greeters_made++;
	greeters_alive++;
}

static void greet(struct evert_line_receiver *base, const char *name,
		  size_t length)
{
	evert_sim_check(sim, !greeter_from(base)->lost);
	if (evert_line_receiver_send_linef(base, "Hello, %.*s!", (int)length,
					   name))
		evert_transport_abort(base->base.transport);
}

static void greeter_lost(struct evert_line_receiver *base,
			 const struct evert_failure *reason)
{
	(void)reason;
	evert_sim_check(sim, !greeter_from(base)->lost);
	greeter_from(base)->lost = true;
	greeters_alive--;
}

static const struct evert_line_receiver_ops greeter_ops = {
	.connection_made = greeter_made,
	.line_received = greet,
	.connection_lost = greeter_lost,
	.limit = VISIT_NAME_SIZE - 1, /* the longest name has just that */
	.pause_when_full = true,
};

struct evert_factory visit_greeters =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

size_t visit_greeters_made(void)
{
	return greeters_made;
}

size_t visit_greeters_alive(void)
{
	return greeters_alive;
}

/* ---- A protocol ---- */

struct talker {
	struct evert_line_receiver base;
	struct visit *visit;
};

static struct talker *talker_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct talker, base);
}

static void talker_made(struct evert_line_receiver *base)
{
	struct visit *visit = talker_from(base)->visit;
	size_t i;

	made(visit);
	for (i = 0; i < visit->count; i++)
		if (evert_line_receiver_send_line(base, visit->names[i],
						  strlen(visit->names[i])))
			evert_transport_abort(base->base.transport);
}

static void talker_received(struct evert_line_receiver *base, const char *line,
			    size_t length)
{
	struct visit *visit = talker_from(base)->visit;
	char greeting[100] = "";

	evert_sim_check(sim, !visit->lost && length < sizeof(greeting));
	memcpy(greeting, line, length);
	check_greeting(visit, greeting);
	if (visit->greeted == visit->count)
		evert_transport_lose_connection(base->base.transport);
}

static void talker_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct visit *visit = talker_from(base)->visit;
	bool in_order = evert_failure_is(reason, EVERT_CONNECTION_DONE);

	lost(visit);
	/* A server that stops closes in order, too. */
	if (stops && visit->greeted < visit->count)
		in_order = false;
	evert_deferred_fire(
		&visit->done,
		in_order ? evert_result_none()
			 : evert_result_failure(evert_failure_copy(reason)));
}

static void talker_destroy(struct evert_line_receiver *base)
{
	free(talker_from(base));
}

static const struct evert_line_receiver_ops talker_ops = {
	.connection_made = talker_made,
	.line_received = talker_received,
	.connection_lost = talker_lost,
	.destroy = talker_destroy,
};

static struct evert_protocol *build_talker(struct evert_factory *base,
					   const struct evert_address *peer)
{
	struct talker *talker = calloc(1, sizeof(*talker));

	(void)peer;
	evert_line_receiver_init(&talker->base, &talker_ops);
	talker->visit = evert_container_of(base, struct visit, talkers);
	return &talker->base.base;
}

static struct evert_result not_connected(struct evert_result *failure,
					 void *arg)
{
	struct visit *visit = arg;

	evert_deferred_fire(&visit->done, evert_result_take(failure));
	return evert_result_none();
}

static void visit_by_protocol(struct evert_reactor *reactor,
			      struct visit *visit)
{
	struct evert_deferred *done, *d;

	visit->talkers.build_protocol = build_talker;
	done = evert_deferred_create(&visit->done);
	await_visit(reactor, done, visit);
	d = visit->connect(reactor, &visit->talkers);
	evert_deferred_add_errback(d, not_connected, visit);
	evert_deferred_release(d);
}

/* ---- A chain of callbacks ---- */

struct getter {
	struct evert_line_receiver base;
	struct evert_firing_queue asked;
	struct visit *visit; /* NULL: it has asked for nothing yet */
};

static struct getter *getter_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct getter, base);
}

static void getter_received(struct evert_line_receiver *base, const char *line,
			    size_t length)
{
	evert_sim_check(sim, evert_line_receiver_answer(
				     base, evert_result_text(line, length)));
}

static void getter_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	(void)reason;
	if (getter_from(base)->visit)
		lost(getter_from(base)->visit);
}

static const struct evert_line_receiver_ops getter_ops = {
	.line_received = getter_received,
	.connection_lost = getter_lost,
	.asked = EVERT_ASKED(struct getter, asked),
};

static struct evert_factory getters =
	EVERT_LINE_FACTORY(struct getter, base, &getter_ops);

/* The protocol comes back out of it, for who asks next. */
static struct evert_result got_greeting(struct evert_result *greeting,
					void *arg)
{
	struct evert_protocol *protocol = arg;
	const struct getter *getter =
		evert_container_of(protocol, struct getter, base.base);

	check_greeting(getter->visit, evert_result_as_text(greeting));
	return evert_result_of(&evert_type_protocol, protocol);
}

static struct evert_result ask_next(struct evert_result *in, void *arg)
{
	struct evert_protocol *protocol = evert_result_as_protocol(in);
	struct getter *getter =
		evert_container_of(protocol, struct getter, base.base);
	struct visit *visit = arg;
	const char *name = visit->names[visit->greeted];
	struct evert_deferred *greeting =
		evert_line_receiver_ask(&getter->base, name, strlen(name));

	if (!getter->visit)
		made(visit);
	getter->visit = visit;
	evert_deferred_add_callback(greeting, got_greeting, protocol);
	return evert_result_wait(greeting);
}

static void visit_by_callbacks(struct evert_reactor *reactor,
			       struct visit *visit)
{
	struct evert_deferred *d = visit->connect(reactor, &getters);
	size_t i;

	for (i = 0; i < visit->count; i++)
		evert_deferred_add_callback(d, ask_next, visit);
	await_visit(reactor, d, visit);
}

/* ---- A coroutine ---- */

static struct evert_result greet_all(struct evert_stream *stream,
				     struct visit *visit)
{
	struct evert_result r;
	size_t i;

	for (i = 0; i < visit->count; i++) {
		evert_stream_write_line(stream, visit->names[i],
					strlen(visit->names[i]));
		EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
		check_greeting(visit, evert_result_as_text(&r));
		evert_result_release(r);
	}
	return evert_result_none();
}

static struct evert_result visit_body(void *arg)
{
	struct visit *visit = arg;
	struct evert_stream *stream;
	struct evert_result r;

	EVERT_TRY(r, evert_await(visit->connect(evert_reactor_current(),
						&evert_stream_factory)));
	stream = evert_stream_of(evert_result_as_protocol(&r));
	made(visit);
	r = greet_all(stream, visit);
	evert_stream_destroy(stream);
	lost(visit);
	return r;
}

static void visit_by_coroutine(struct evert_reactor *reactor,
			       struct visit *visit)
{
	await_visit(reactor, evert_spawn(visit_body, visit), visit);
}

/* ---- All of them ---- */

void visits_begin(struct evert_sim *made)
{
	sim = made;
	greeters_made = greeters_alive = 0;
	is_poor = stops = false;
}

void visits_be_poor(void)
{
	is_poor = true;
	ignore_unhandled();
	evert_sim_limit_memory(sim, 0.01);
}

static void stop(void *server)
{
	evert_reactor_stop(server);
}

void visits_may_be_stopped(struct evert_reactor *server)
{
	stops = !evert_sim_random(sim, 4);
	if (stops)
		evert_reactor_call_later(
			server, (double)evert_sim_random(sim, 1000) / 1000,
			stop, server);
}

bool visits_are_safe(void)
{
	return !is_poor && !stops;
}

void visit_draw(struct visit *visit,
		struct evert_deferred *(*connect)(struct evert_reactor *reactor,
						  struct evert_factory *factory))
{
	size_t i, letter, letters;

	*visit = (struct visit){
		.count = evert_sim_size(sim, 1, VISIT_NAMES),
		.connect = connect,
		.style = evert_sim_random(sim, STYLES),
	};
	for (i = 0; i < visit->count; i++) {
		letters = evert_sim_random(sim, 2)
				  ? VISIT_NAME_SIZE - 1
				  : evert_sim_size(sim, 1, VISIT_NAME_SIZE - 1);
		for (letter = 0; letter < letters; letter++)
			visit->names[i][letter] =
				(char)('a' + evert_sim_random(sim, 26));
	}
	if (!evert_sim_random(sim, 3))
		visit->patience = (double)evert_sim_random(sim, 2000) / 1000;
}

void visit_begin(struct evert_reactor *reactor, void *arg)
{
	static void (*const styles[STYLES])(struct evert_reactor *,
					    struct visit *) = {
		visit_by_protocol,
		visit_by_callbacks,
		visit_by_coroutine,
	};
	struct visit *visit = arg;

	styles[visit->style](reactor, visit);
}
