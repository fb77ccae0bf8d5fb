/* SPDX-License-Identifier: MIT */
/* What a reactor has done, and what lives under it. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/coroutine/coroutine.h"
#include "../../reactor/reactor_internal.h"
#include "../../reactor/run.h"
#include "../../reactor/stats.h"
#include "../../reactor/transport/datagram_open.h"
#include "../../reactor/transport/pipe.h"
#include "../support/death.h"
#include "../support/peer.h"
#include "../support/reactor.h"
#include "../support/system.h"

enum { SECOND = 1000000000 };

static struct test_system kernel;
static struct evert_reactor *reactor;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(stats, .init = begin, .fini = finish);

static struct evert_stats stats(void)
{
	struct evert_stats stats;

	evert_reactor_stats(reactor, &stats);
	return stats;
}

static void work(void *seconds)
{
	kernel.now += (int64_t)*(const int *)seconds * SECOND;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* ---- Time ---- */

Test(stats, nothing_was_done_by_a_reactor_that_has_not_run)
{
	struct evert_stats s = stats();

	cr_assert(zero(u64, s.turns));
	cr_assert(zero(u64, s.events));
	cr_assert(zero(i64, s.waiting));
	cr_assert(zero(i64, s.working));
}

Test(stats, time_is_of_waiting_or_of_working)
{
	int seconds = 3;

	evert_reactor_call_later(reactor, 5, work, &seconds);
	turn(reactor);
	cr_assert(eq(i64, stats().waiting, 5LL * SECOND));
	cr_assert(eq(i64, stats().working, 3LL * SECOND));
}

Test(stats, time_between_the_turns_of_another_loop_is_neither)
{
	evert_reactor_call_later(reactor, 5, nothing, NULL);
	kernel.now += SECOND;
	turn(reactor);
	kernel.now += SECOND;
	cr_assert(eq(i64, stats().waiting, 4LL * SECOND));
	cr_assert(zero(i64, stats().working));
}

static struct evert_stats inside;

static void look(void *arg)
{
	(void)arg;
	kernel.now += SECOND;
	inside = stats();
}

Test(stats, they_can_be_had_in_the_midst_of_work)
{
	evert_reactor_call_later(reactor, 1, look, NULL);
	turn(reactor);
	cr_assert(eq(i64, inside.waiting, SECOND));
	cr_assert(eq(i64, inside.working, SECOND));
	cr_assert(eq(u64, inside.turns, 1));
}

Test(stats, looking_for_work_without_sleeping_is_waiting)
{
	cr_assert(zero(int, evert_reactor_set_spin(reactor, 1)));
	evert_reactor_call_later(reactor, 5, nothing, NULL);
	turn(reactor);
	cr_assert(eq(i64, stats().waiting, 5LL * SECOND));
}

static void plan_more(struct evert_task *task)
{
	kernel.now += SECOND;
	(void)task;
}

Test(stats, a_turn_that_may_not_sleep_has_not_waited)
{
	struct evert_task task;

	evert_task_init(&task, plan_more);
	evert_task_plan(reactor, &task);
	turn(reactor);
	cr_assert(zero(i64, stats().waiting));
	cr_assert(eq(i64, stats().working, SECOND));
}

Test(stats, turns_and_events_are_counted_over_all_runs)
{
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(u64, stats().turns, 1));
	cr_assert(zero(int, evert_reactor_call_from_thread(reactor, nothing,
							   NULL)));
	turn(reactor);
	cr_assert(eq(u64, stats().turns, 2));
	cr_assert(eq(u64, stats().events, 1)); /* of the pipe that wakes it */
}

/* ---- What lives ---- */

Test(stats, delayed_calls_are_counted_while_they_wait)
{
	evert_reactor_call_later(reactor, 1, nothing, NULL);
	evert_reactor_call_later(reactor, 2, nothing, NULL);
	cr_assert(eq(sz, stats().timers, 2));
	turn(reactor);
	cr_assert(eq(sz, stats().timers, 1));
}

static struct evert_result wait_a_second(void *arg)
{
	(void)arg;
	evert_await(evert_sleep(1));
	return evert_result_none();
}

static void spawn(void *arg)
{
	size_t *timers = arg;

	*timers = stats().timers;
	evert_deferred_release(evert_spawn(wait_a_second, NULL));
	inside = stats();
}

Test(stats, coroutines_are_counted_that_wait)
{
	size_t timers;

	evert_reactor_call_later(reactor, 0, spawn, &timers);
	turn(reactor);
	cr_assert(eq(sz, inside.coroutines, 1));
	cr_assert(eq(sz, inside.timers, timers + 1));
	turn(reactor);
	cr_assert(zero(sz, stats().coroutines));
}

Test(stats, a_port_with_several_addresses_is_one)
{
	static struct recorder_factory factory;
	static const char *const addresses[] = { "127.0.0.1", "127.0.0.2",
						 NULL };
	struct evert_result result;
	struct evert_port *port;

	kernel.addresses = addresses;
	kernel.threads_work = true;
	recorder_factory_init(&factory, NULL, NULL);
	result = turn_until_fired(reactor,
				  evert_listen(reactor, "tcp:two.example:0",
					       &factory.base));
	port = evert_port_take(&result);
	cr_assert(eq(sz, stats().ports, 1));
	evert_deferred_release(evert_port_stop_listening(port));
	turn_until_idle(reactor);
	cr_assert(zero(sz, stats().ports));
}

Test(stats, both_ends_of_a_connection_here_are_counted_until_they_are_gone)
{
	static struct recorder_factory client, server;
	struct connected pair;

	recorder_factory_init(&client, NULL, NULL);
	recorder_factory_init(&server, NULL, NULL);
	pair = connect_pair(reactor, &client, &server);
	cr_assert(eq(sz, stats().connections, 2));
	evert_transport_lose_connection(pair.client->base.transport);
	turn_until_count(reactor, &pair.client->destroyed, 1);
	turn_until_count(reactor, &pair.server->destroyed, 1);
	cr_assert(zero(sz, stats().connections));
}

Test(stats, a_pipe_is_one_connection_though_it_has_two_descriptors)
{
	static struct recorder_factory factory;
	struct evert_protocol *protocol;
	int in[2], out[2];

	cr_assert(zero(int, pipe(in)));
	cr_assert(zero(int, pipe(out)));
	recorder_factory_init(&factory, NULL, NULL);
	protocol = evert_pipe_open(reactor, in[0], out[1], &factory.base);
	cr_assert(ne(ptr, protocol, NULL));
	cr_assert(eq(sz, stats().connections, 1));
	evert_transport_abort(protocol->transport);
	turn_until_count(reactor, &factory.recorders[0].destroyed, 1);
	cr_assert(zero(sz, stats().connections));
	close(in[1]);
	close(out[0]);
}

Test(stats, a_pipe_that_is_only_written_is_a_connection)
{
	static struct recorder_factory factory;
	int out[2];

	cr_assert(zero(int, pipe(out)));
	recorder_factory_init(&factory, NULL, NULL);
	cr_assert(ne(ptr,
		     evert_pipe_open(reactor, -1, out[1], &factory.base),
		     NULL));
	cr_assert(eq(sz, stats().connections, 1));
	recorder_write(&factory.recorders[0], "abc");
	cr_assert(eq(sz, stats().queued_bytes, 3));
	turn_until_idle(reactor);
	cr_assert(zero(sz, stats().queued_bytes));
	close(out[0]);
}

Test(stats, what_is_written_is_counted_until_the_kernel_has_it)
{
	static struct peer peer;
	static const struct recorder_hooks hooks;
	struct evert_stats s;

	peer_open(&peer, &hooks, NULL);
	peer_fill(&peer);
	evert_reactor_stats(peer.reactor, &s);
	cr_assert(eq(sz, s.connections, 1));
	cr_assert(gt(sz, s.queued_bytes, 0));
	cr_assert(eq(sz, s.queued_bytes,
		     evert_transport_queued(peer.transport)));
	peer_close(&peer);
}

static void drop(struct evert_datagram_protocol *protocol,
		 const struct evert_datagram *datagram)
{
	(void)protocol;
	(void)datagram;
}

static const struct evert_datagram_protocol_ops silent_ops = {
	.datagram_received = drop,
};

Test(stats, datagram_ports_are_counted_apart)
{
	static struct evert_datagram_protocol protocol = {
		.ops = &silent_ops,
	};
	struct evert_datagram_transport *port;
	struct evert_address host;

	cr_assert(zero(int, evert_address_parse(&host, "127.0.0.1", 0)));
	port = evert_datagram_open(reactor, &host, NULL, NULL, &protocol);
	cr_assert(ne(ptr, port, NULL));
	cr_assert(eq(sz, stats().datagram_ports, 1));
	cr_assert(zero(sz, stats().connections));
}

/* ---- Who may ask ---- */

static void ask_from_elsewhere(void *arg)
{
	reactor->thread = arg; /* as if it were another's */
	stats();
}

Test(stats, asking_from_another_thread_is_a_bug)
{
	dies(ask_from_elsewhere, &kernel, SIGABRT, "evert_reactor_stats");
}
