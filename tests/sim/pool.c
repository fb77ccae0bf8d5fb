/* SPDX-License-Identifier: MIT */
/*
 * Many tasks share few connections to a greeting server, each of which serves
 * one at a time, and is replaced when it is broken. The server closes and
 * aborts connections, in the middle of an answer, too; it stops in order, is
 * halted and started again, parted, and connections are reset; descriptors and
 * memory run out; tasks lose patience. Each task gets its own greeting or a
 * failure, once; there are never more connections than places; after the last
 * fault each place serves again.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "../support/unhandled.h"

enum {
	MOST_PLACES = 4,
	MOST_TASKS = 40,
	MOST_FAULTS = 6,
	NAME_SIZE = 32,
	GREETING_SIZE = NAME_SIZE + 16
};

static struct evert_sim *sim;
static struct evert_sim_host *server_host, *client_host;
static bool is_harmful; /* do connections break? */
static bool was_poor;	/* was there too little of memory, or descriptors? */

/* ---- The server ---- */

struct greeter {
	struct evert_line_receiver base;
	bool lost;
};

static size_t greeters_alive;

static struct greeter *greeter_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct greeter, base);
}

static void greeter_made(struct evert_line_receiver *base)
{
	(void)base;
	greeters_alive++;
}

/* Half of a greeting, and the end. */
static void break_off(struct evert_line_receiver *base, const char *name)
{
	struct evert_transport *transport = base->base.transport;

	switch (evert_sim_random(sim, 3)) {
	case 0:
		evert_transport_abort(transport);
		break;
	case 1:
		evert_transport_writef(transport, "Hello, %.3s", name);
		evert_transport_lose_connection(transport);
		break;
	default:
		evert_transport_lose_connection(transport);
	}
}

static void greet(struct evert_line_receiver *base, const char *line,
		  size_t length)
{
	char name[NAME_SIZE] = "";

	evert_sim_check(sim, !greeter_from(base)->lost && length < NAME_SIZE);
	memcpy(name, line, length);
	if (is_harmful && !evert_sim_random(sim, 8)) {
		break_off(base, name);
		return;
	}
	evert_line_receiver_send_linef(base, "Hello, %s!", name);
	/* As one that is idle too long; who asks next finds it so. */
	if (is_harmful && !evert_sim_random(sim, 8))
		evert_transport_lose_connection(base->base.transport);
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
};

static struct evert_factory greeters =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_deferred_release(evert_listen(reactor, "tcp::9", &greeters));
}

/* ---- The pool: places, each with a connection or none yet ---- */

static struct evert_queue *free_places;
static struct evert_stream *streams[MOST_PLACES];
static bool is_taken[MOST_PLACES];
static size_t place_count, open;

static void put_back(size_t place)
{
	evert_sim_check(sim, is_taken[place]);
	is_taken[place] = false;
	evert_sim_check(sim, !evert_queue_put(
				     free_places,
				     evert_result_integer((int64_t)place)));
}

static void close_place(size_t place)
{
	if (streams[place])
		open--;
	evert_stream_destroy(streams[place]);
	streams[place] = NULL;
}

/* Nothing, when there is a connection. */
static struct evert_result open_place(size_t place)
{
	struct evert_result r;

	if (streams[place])
		return evert_result_none();
	EVERT_TRY(r, evert_await(evert_stream_connect("tcp:server:9")));
	streams[place] = evert_stream_take(&r);
	open++;
	evert_sim_check(sim, open <= place_count);
	return evert_result_none();
}

/* ---- Tasks ---- */

struct task {
	char name[NAME_SIZE];
	double patience; /* seconds; 0: without an end */
	struct evert_reactor *reactor;
	size_t greeted, ended;
};

static struct task tasks[MOST_TASKS + MOST_PLACES];
static size_t task_count;

static struct evert_result ask(struct task *task, size_t place)
{
	char expected[GREETING_SIZE];
	struct evert_result r;

	EVERT_TRY(r, open_place(place));
	/* The server may have forgotten it, and never answer. */
	evert_stream_set_timeout(streams[place], 30);
	evert_stream_write_line(streams[place], task->name,
				strlen(task->name));
	EVERT_TRY(r, evert_await(evert_stream_read_line(streams[place])));
	snprintf(expected, sizeof(expected), "Hello, %s!", task->name);
	evert_sim_check(sim, !strcmp(evert_result_as_text(&r), expected));
	task->greeted++;
	evert_result_release(r);
	return evert_result_none();
}

static bool is_broken(const struct evert_result *r)
{
	return evert_result_failed_with(r, EVERT_STREAM_END) ||
	       evert_result_failed_with(r, EVERT_CONNECTION_LOST) ||
	       evert_result_failed_with(r, EVERT_TIMED_OUT);
}

/* Until it is not the connection's fault. */
static struct evert_result ask_until_greeted(struct task *task, size_t place)
{
	struct evert_result r = ask(task, place);

	while (is_broken(&r)) {
		evert_result_release(r);
		close_place(place);
		r = ask(task, place);
	}
	/* An answer that still comes is not for others. */
	if (evert_result_is_failure(&r))
		close_place(place);
	return r;
}

static struct evert_result run_task(void *arg)
{
	struct task *task = arg;
	struct evert_result r;
	size_t place;

	EVERT_TRY(r, evert_await(evert_queue_get(free_places)));
	place = (size_t)evert_result_as_integer(&r);
	evert_sim_check(sim, !is_taken[place]);
	is_taken[place] = true;
	r = ask_until_greeted(task, place);
	put_back(place);
	return r;
}

static struct evert_result task_ended(struct evert_result *in, void *arg)
{
	struct task *task = arg;

	task->ended++;
	evert_sim_check(sim, task->ended == 1 && task->greeted <= 1);
	if (!evert_result_is_failure(in)) {
		evert_sim_check(sim, task->greeted == 1);
		return evert_result_none();
	}
	if (was_poor)
		return evert_result_none();
	evert_sim_check(sim, !task->greeted || task->patience > 0);
	evert_sim_check(sim,
			evert_result_failed_with(in, EVERT_CONNECT_FAILED) ||
				(task->patience > 0 &&
				 evert_result_failed_with(in,
							  EVERT_TIMED_OUT)));
	return evert_result_none();
}

static void begin_task(void *arg)
{
	struct task *task = arg;
	struct evert_deferred *d = evert_spawn(run_task, task);

	if (task->patience > 0)
		evert_deferred_add_timeout(d, task->patience,
					   evert_reactor_clock(task->reactor));
	evert_deferred_add_both(d, task_ended, task);
	evert_deferred_release(d);
}

static void draw_task(struct task *task, struct evert_reactor *reactor)
{
	*task = (struct task){.reactor = reactor};
	snprintf(task->name, sizeof(task->name), "task-%td", task - tasks);
	if (!evert_sim_random(sim, 4))
		task->patience = (double)evert_sim_random(sim, 3000) / 1000;
	evert_reactor_call_later(reactor,
				 (double)evert_sim_random(sim, 5000) / 1000,
				 begin_task, task);
}

static void run_pool(struct evert_reactor *reactor, void *arg)
{
	size_t i;

	(void)arg;
	free_places = evert_queue_create(place_count, EVERT_QUEUE_UNLIMITED);
	for (i = 0; i < place_count; i++) {
		is_taken[i] = true;
		put_back(i);
	}
	for (i = 0; i < task_count; i++)
		draw_task(&tasks[i], reactor);
}

/* ---- Faults ---- */

static void set_resets(double reset)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	network.reset = reset;
	evert_sim_set_network(sim, &network);
}

static void be_poor(void)
{
	was_poor = true;
	ignore_unhandled();
	if (evert_sim_random(sim, 2))
		evert_sim_limit_memory(sim, 0.02);
	else
		evert_sim_limit_descriptors(
			evert_sim_random(sim, 2) ? server_host : client_host,
			6 + evert_sim_random(sim, 4));
}

static void be_rich(void)
{
	evert_sim_limit_memory(sim, 0);
	evert_sim_limit_descriptors(server_host, SIZE_MAX);
	evert_sim_limit_descriptors(client_host, SIZE_MAX);
}

static struct evert_reactor *serving;

static void restart_server(void)
{
	be_rich();
	evert_sim_halt(server_host);
	serving = evert_sim_start(server_host, serve, NULL);
	evert_sim_check(sim, serving);
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

/* In order. Without memory, or when it has stopped, it does nothing. */
static void stop_server(void)
{
	if (serving)
		(void)!evert_reactor_call_from_thread(serving, stop, serving);
}

static void do_harm(void)
{
	switch (evert_sim_random(sim, 8)) {
	case 0:
		evert_sim_part(server_host, client_host);
		break;
	case 1:
		evert_sim_join(server_host, client_host);
		break;
	case 2:
		evert_sim_halt(server_host);
		serving = NULL;
		break;
	case 3:
		restart_server();
		break;
	case 4:
		be_poor();
		break;
	case 5:
		be_rich();
		break;
	case 6:
		stop_server();
		break;
	default:
		set_resets(evert_sim_random(sim, 2) ? 0.05 : 0);
	}
}

static void do_all_harm(void)
{
	size_t faults = evert_sim_size(sim, 0, MOST_FAULTS);

	while (faults--) {
		evert_sim_run(sim, (double)evert_sim_random(sim, 2000) / 1000);
		do_harm();
	}
	evert_sim_run(sim, 1);
	set_resets(0);
	is_harmful = false;
	evert_sim_join(server_host, client_host);
	restart_server();
}

/* ---- All of it ---- */

/* What connections that the server forgot wait for: TCP gives up. */
static void wait_for_all(void)
{
	size_t i;

	evert_sim_run(sim, 2000);
	for (i = 0; i < task_count; i++)
		evert_sim_check(sim, tasks[i].ended == 1);
	for (i = 0; i < place_count; i++)
		evert_sim_check(sim, !is_taken[i]);
	evert_sim_check(sim, evert_queue_count(free_places) == place_count);
}

static void begin_last(void *arg)
{
	struct task *task = arg;

	evert_sim_check(sim, evert_reactor_call_from_thread(
				     task->reactor, begin_task, task) == 0);
}

/* Whoever comes last is greeted, by each of the places. */
static void check_places(void)
{
	struct evert_reactor *reactor = tasks[0].reactor;
	size_t first = task_count, i;

	task_count += place_count;
	for (i = first; i < task_count; i++) {
		tasks[i] = (struct task){.reactor = reactor};
		snprintf(tasks[i].name, NAME_SIZE, "last-%zu", i);
		begin_last(&tasks[i]);
	}
	wait_for_all();
	for (i = first; i < task_count; i++)
		evert_sim_check(sim, tasks[i].greeted == 1);
	evert_sim_check(sim, greeters_alive >= open);
}

static void scenario(struct evert_sim *made)
{
	size_t i;

	sim = made;
	greeters_alive = open = 0;
	was_poor = false;
	memset(streams, 0, sizeof(streams));
	is_harmful = evert_sim_random(sim, 2);
	place_count = evert_sim_size(sim, 1, MOST_PLACES);
	task_count = evert_sim_size(sim, 1, MOST_TASKS);
	server_host = evert_sim_add_host(sim, "server", "10.0.0.1");
	client_host = evert_sim_add_host(sim, "client", "10.0.0.2");
	serving = evert_sim_start(server_host, serve, NULL);
	evert_sim_start(client_host, run_pool, NULL);
	evert_sim_run(sim, 0.1);
	if (is_harmful || evert_sim_random(sim, 2))
		do_all_harm();

	wait_for_all();
	check_places();
	for (i = 0; i < place_count; i++)
		close_place(i);
	evert_queue_destroy(free_places);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
