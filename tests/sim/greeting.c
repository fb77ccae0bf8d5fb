/* SPDX-License-Identifier: MIT */
/*
 * Clients of three styles ask a server to greet them: a protocol, a chain of
 * callbacks, a coroutine. Some lose patience, some connections are reset. No
 * greeting goes to the wrong name; every Deferred fires once; who is patient is
 * greeted by all names.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>

enum {
	MOST_CLIENTS = 12,
	MOST_NAMES = 5,
	NAME_SIZE = 32
};

struct visit {
	char names[MOST_NAMES][NAME_SIZE];
	size_t count, greeted;
	double patience; /* seconds; 0: without an end */
	size_t fired;
};

static struct evert_sim *sim;
static struct visit visits[MOST_CLIENTS];

/* Is it the answer to the next name? */
static void check_greeting(struct visit *visit, const char *greeting)
{
	char expected[NAME_SIZE + 16];

	evert_sim_check(sim, visit->greeted < visit->count);
	snprintf(expected, sizeof(expected), "Hello, %s!",
		 visit->names[visit->greeted]);
	evert_sim_check(sim, !strcmp(greeting, expected));
	visit->greeted++;
}

/* How a visit ends, of whatever style. */
static struct evert_result end_visit(struct evert_result *in, void *arg)
{
	struct visit *visit = arg;

	visit->fired++;
	if (!evert_result_is_failure(in))
		evert_sim_check(sim, visit->greeted == visit->count);
	return evert_result_none();
}

static void await_visit(struct evert_reactor *reactor, struct evert_deferred *d,
			struct visit *visit)
{
	if (visit->patience > 0)
		evert_deferred_add_timeout(d, visit->patience,
					   evert_reactor_clock(reactor));
	evert_deferred_add_both(d, end_visit, visit);
	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
}

/* ---- The server ---- */

static void greet(struct evert_line_receiver *base, const char *name,
		  size_t length)
{
	evert_line_receiver_send_linef(base, "Hello, %.*s!", (int)length, name);
}

static const struct evert_line_receiver_ops greeter_ops = {
	.line_received = greet,
	.limit = NAME_SIZE - 1, /* the longest name has just that */
	.pause_when_full = true,
};

struct greeter {
	struct evert_line_receiver base;
};

static struct evert_factory greeters =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_set_closing_time(reactor, 1000);
	evert_deferred_release(evert_listen(reactor, "tcp::9999", &greeters));
}

/* ---- A protocol, which sends all names at once ---- */

struct talker_factory {
	struct evert_factory base;
	struct visit *visit;
	struct evert_firing *done;
};

struct talker {
	struct evert_line_receiver base;
	struct talker_factory *factory;
	bool lost;
};

static struct talker *talker_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct talker, base);
}

static void talker_made(struct evert_line_receiver *base)
{
	struct talker *talker = talker_from(base);
	const struct visit *visit;
	size_t i;

	talker->factory = evert_container_of(base->base.factory,
					     struct talker_factory, base);
	visit = talker->factory->visit;
	for (i = 0; i < visit->count; i++)
		evert_line_receiver_send_line(base, visit->names[i],
					      strlen(visit->names[i]));
}

static void talker_received(struct evert_line_receiver *base, const char *line,
			    size_t length)
{
	struct talker *talker = talker_from(base);
	struct visit *visit = talker->factory->visit;
	char greeting[100] = "";

	evert_sim_check(sim, !talker->lost && length < sizeof(greeting));
	memcpy(greeting, line, length);
	check_greeting(visit, greeting);
	if (visit->greeted == visit->count)
		evert_transport_lose_connection(base->base.transport);
}

static void talker_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct talker *talker = talker_from(base);

	evert_sim_check(sim, !talker->lost);
	talker->lost = true;
	evert_deferred_fire(
		&talker->factory->done,
		evert_failure_is(reason, EVERT_CONNECTION_DONE)
			? evert_result_none()
			: evert_result_failure(evert_failure_copy(reason)));
}

static const struct evert_line_receiver_ops talker_ops = {
	.connection_made = talker_made,
	.line_received = talker_received,
	.connection_lost = talker_lost,
};

static struct talker_factory talkers[MOST_CLIENTS];

static struct evert_result not_connected(struct evert_result *failure,
					 void *arg)
{
	struct talker_factory *factory = arg;

	evert_deferred_fire(&factory->done, evert_result_take(failure));
	return evert_result_none();
}

static void visit_by_protocol(struct evert_reactor *reactor, void *arg)
{
	struct talker_factory *factory = &talkers[(struct visit *)arg - visits];
	struct evert_deferred *done, *d;

	*factory = (struct talker_factory){
		.base = EVERT_LINE_FACTORY(struct talker, base, &talker_ops),
		.visit = arg,
	};
	done = evert_deferred_create(&factory->done);
	await_visit(reactor, done, arg);
	d = evert_connect(reactor, "tcp:10.0.0.1:9999", &factory->base);
	evert_deferred_add_errback(d, not_connected, factory);
	evert_deferred_release(d);
}

/* ---- A chain of callbacks, which asks for one greeting after the other ----
 */

struct getter {
	struct evert_line_receiver base;
	struct evert_firing_queue asked;
	struct visit *visit;
};

static void getter_received(struct evert_line_receiver *base, const char *line,
			    size_t length)
{
	evert_sim_check(sim, evert_line_receiver_answer(
				     base, evert_result_text(line, length)));
}

static const struct evert_line_receiver_ops getter_ops = {
	.line_received = getter_received,
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

	getter->visit = visit;
	evert_deferred_add_callback(greeting, got_greeting, protocol);
	return evert_result_wait(greeting);
}

static void visit_by_callbacks(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d =
		evert_connect(reactor, "tcp:10.0.0.1:9999", &getters);
	const struct visit *visit = arg;
	size_t i;

	for (i = 0; i < visit->count; i++)
		evert_deferred_add_callback(d, ask_next, arg);
	await_visit(reactor, d, arg);
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
	struct evert_stream *stream;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect("tcp:10.0.0.1:9999")));
	stream = evert_stream_take(&r);
	r = greet_all(stream, arg);
	evert_stream_destroy(stream);
	return r;
}

static void visit_by_coroutine(struct evert_reactor *reactor, void *arg)
{
	await_visit(reactor, evert_spawn(visit_body, arg), arg);
}

/* ---- All of it ---- */

static void draw_visit(struct visit *visit)
{
	size_t i, letter, letters;

	*visit = (struct visit){.count = evert_sim_size(sim, 1, MOST_NAMES)};
	for (i = 0; i < visit->count; i++) {
		letters = evert_sim_random(sim, 2)
				  ? NAME_SIZE - 1
				  : evert_sim_size(sim, 1, NAME_SIZE - 1);
		for (letter = 0; letter < letters; letter++)
			visit->names[i][letter] =
				(char)('a' + evert_sim_random(sim, 26));
	}
	if (!evert_sim_random(sim, 3))
		visit->patience = (double)evert_sim_random(sim, 2000) / 1000;
}

static void start_visit(size_t who)
{
	static void (*const styles[])(struct evert_reactor *, void *) = {
		visit_by_protocol,
		visit_by_callbacks,
		visit_by_coroutine,
	};
	char name[32], address[32];

	snprintf(name, sizeof(name), "client-%zu", who);
	snprintf(address, sizeof(address), "10.0.1.%zu", who + 1);
	draw_visit(&visits[who]);
	evert_sim_start(evert_sim_add_host(sim, name, address),
			styles[evert_sim_random(sim, 3)], &visits[who]);
}

static bool draw_resets(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	if (evert_sim_random(sim, 3))
		return false;
	network.reset = 0.05;
	evert_sim_set_network(sim, &network);
	return true;
}

static void scenario(struct evert_sim *made)
{
	size_t count, i;
	bool resets;

	sim = made;
	resets = draw_resets();
	evert_sim_start(evert_sim_add_host(sim, "server", "10.0.0.1"), serve,
			NULL);
	count = evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_visit(i);

	evert_sim_check(sim, !evert_sim_run(sim, 10000));
	for (i = 0; i < count; i++) {
		evert_sim_check(sim, visits[i].fired == 1);
		if (!resets && !visits[i].patience)
			evert_sim_check(sim,
					visits[i].greeted == visits[i].count);
	}
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
