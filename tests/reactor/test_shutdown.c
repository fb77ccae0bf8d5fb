/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/reactor_internal.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/stalled.h"
#include "../support/system.h"
#include "../support/unhandled.h"

static struct test_system kernel; /* with a time of its own */
static struct evert_reactor *reactor;
static char events[64];	 /* what happened, a letter each */
static char reported[8]; /* the errnos of unhandled failures, a byte each */

static void report(const struct evert_unhandled *unhandled, void *arg)
{
	(void)arg;
	reported[strlen(reported)] = (char)unhandled->failure->error;
}

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	evert_set_unhandled_hook(report, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(shutdown, .init = begin, .fini = finish);

static void note(const char *letter)
{
	cr_assert(strlen(events) + 1 < sizeof(events));
	events[strlen(events)] = *letter;
}

static void note_call(void *letter)
{
	note(letter);
}

static struct evert_result trigger(void *letter)
{
	note(letter);
	return evert_result_none();
}

static void add(enum evert_phase phase, struct evert_result (*call)(void *arg),
		const char *arg)
{
	cr_assert(
		eq(int,
		   evert_reactor_add_trigger(reactor, phase, call, (void *)arg),
		   0));
}

static int remove_trigger(enum evert_phase phase,
			  struct evert_result (*call)(void *arg),
			  const char *arg)
{
	return evert_reactor_remove_trigger(reactor, phase, call, (void *)arg);
}

static void run(void)
{
	evert_reactor_stop(reactor);
	run_reactor(reactor);
}

/* ---- Phases ---- */

Test(shutdown, p43_runs_the_triggers_by_phase_then_in_the_order_of_adding)
{
	add(EVERT_AFTER_SHUTDOWN, trigger, "x");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	add(EVERT_AFTER_SHUTDOWN, trigger, "y");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	add(EVERT_DURING_SHUTDOWN, trigger, "n");
	run();
	cr_assert(eq(str, events, "abmnxy"));
}

Test(shutdown, p43_runs_the_triggers_at_every_shutdown)
{
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	add(EVERT_AFTER_SHUTDOWN, trigger, "x");
	run();
	run();
	cr_assert(eq(str, events, "axax"));
}

Test(shutdown, the_same_trigger_may_be_added_twice)
{
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	run();
	cr_assert(eq(str, events, "aa"));
}

static struct evert_result stop_again(void *letter)
{
	note(letter);
	evert_reactor_stop(reactor);
	return evert_result_none();
}

Test(shutdown, stopping_while_it_shuts_down_does_nothing)
{
	add(EVERT_BEFORE_SHUTDOWN, stop_again, "a");
	add(EVERT_DURING_SHUTDOWN, stop_again, "m");
	add(EVERT_AFTER_SHUTDOWN, stop_again, "x");
	run();
	cr_assert(eq(str, events, "amx"));
}

/* ---- Waiting ---- */

static struct evert_firing *awaited;

static bool cancel_awaited(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	evert_deferred_abandon(&awaited);
	return false;
}

static struct evert_result wait_for_it(void *letter)
{
	note(letter);
	return evert_result_wait(evert_deferred_create_cancellable(
		&awaited, cancel_awaited, NULL));
}

static void fire_it(void *letter)
{
	note(letter);
	evert_deferred_fire(&awaited, evert_result_none());
}

static void fire_later(const char *letter)
{
	evert_reactor_call_later(reactor, 0.5, fire_it, (void *)letter);
}

Test(shutdown, p43_waits_for_a_trigger_before_the_next_phase_the_loop_running)
{
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	evert_reactor_call_later(reactor, 0.2, note_call, "-");
	fire_later("!");
	run();
	cr_assert(eq(str, events, "ab-!m"));
}

Test(shutdown, p43_waits_in_the_other_phases_too)
{
	add(EVERT_DURING_SHUTDOWN, wait_for_it, "m");
	add(EVERT_AFTER_SHUTDOWN, trigger, "x");
	fire_later("!");
	run();
	cr_assert(eq(str, events, "m!x"));
}

Test(shutdown, p43_the_run_lasts_until_the_last_phase_was_waited_for)
{
	add(EVERT_AFTER_SHUTDOWN, wait_for_it, "x");
	fire_later("!");
	run();
	cr_assert(eq(str, events, "x!"));
}

Test(shutdown, p43_sleeps_while_it_waits)
{
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	fire_later("!");
	run();
	cr_assert(le(sz, test_system_waits(&kernel), 2));
}

/* ---- Failing ---- */

static struct evert_result fail(void *letter)
{
	note(letter);
	return evert_result_fail(EVERT_ERROR, 7, "trigger");
}

Test(shutdown, p43_a_trigger_that_fails_is_reported_and_stops_nothing)
{
	add(EVERT_BEFORE_SHUTDOWN, fail, "a");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	run();
	cr_assert(eq(str, events, "abm"));
	cr_assert(eq(str, reported, "\7"));
}

static void fail_it(void *letter)
{
	note(letter);
	evert_deferred_fire(&awaited,
			    evert_result_fail(EVERT_ERROR, 9, "trigger"));
}

Test(shutdown, p43_a_trigger_that_fails_later_is_reported_and_stops_nothing)
{
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	evert_reactor_call_later(reactor, 0.5, fail_it, "!");
	run();
	cr_assert(eq(str, events, "a!m"));
	cr_assert(eq(str, reported, "\11"));
}

/* ---- Adding and removing meanwhile ---- */

static struct evert_result add_more(void *letter)
{
	note(letter);
	add(EVERT_BEFORE_SHUTDOWN, trigger, "c");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	return evert_result_none();
}

Test(shutdown, p43_a_trigger_added_in_its_phase_or_before_it_runs)
{
	add(EVERT_BEFORE_SHUTDOWN, add_more, "a");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	run();
	cr_assert(eq(str, events, "abcm"));
}

static struct evert_result add_too_late(void *letter)
{
	note(letter);
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	return evert_result_none();
}

Test(shutdown, p43_a_trigger_added_after_its_phase_runs_at_the_next_shutdown)
{
	add(EVERT_DURING_SHUTDOWN, add_too_late, "m");
	run();
	cr_assert(eq(str, events, "m"));
	remove_trigger(EVERT_DURING_SHUTDOWN, add_too_late, "m");
	run();
	cr_assert(eq(str, events, "ma"));
}

static void add_another(void *arg)
{
	(void)arg;
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
}

Test(shutdown, p43_a_trigger_added_while_its_phase_waits_runs)
{
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	evert_reactor_call_later(reactor, 0.2, add_another, NULL);
	fire_later("!");
	run();
	cr_assert(eq(str, events, "ab!m"));
}

Test(shutdown, p43_a_trigger_that_was_removed_does_not_run)
{
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	cr_assert(eq(int, remove_trigger(EVERT_BEFORE_SHUTDOWN, trigger, "a"),
		     0));
	run();
	cr_assert(eq(str, events, "b"));
}

Test(shutdown, removing_a_trigger_that_is_not_there_is_an_error)
{
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	cr_assert(eq(int, remove_trigger(EVERT_DURING_SHUTDOWN, trigger, "a"),
		     -ENOENT));
	cr_assert(eq(int, remove_trigger(EVERT_BEFORE_SHUTDOWN, fail, "a"),
		     -ENOENT));
	cr_assert(eq(int, remove_trigger(EVERT_BEFORE_SHUTDOWN, trigger, "b"),
		     -ENOENT));
	cr_assert(eq(int, remove_trigger(EVERT_BEFORE_SHUTDOWN, trigger, "a"),
		     0));
	cr_assert(eq(int, remove_trigger(EVERT_BEFORE_SHUTDOWN, trigger, "a"),
		     -ENOENT));
}

static struct evert_result remove_self_and_next(void *letter)
{
	note(letter);
	remove_trigger(EVERT_BEFORE_SHUTDOWN, remove_self_and_next, letter);
	remove_trigger(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	return evert_result_none();
}

Test(shutdown, p43_a_trigger_may_remove_itself_and_others)
{
	static const char letter[] = "a";

	add(EVERT_BEFORE_SHUTDOWN, remove_self_and_next, letter);
	add(EVERT_BEFORE_SHUTDOWN, trigger, "b");
	add(EVERT_BEFORE_SHUTDOWN, trigger, "c");
	run();
	run();
	cr_assert(eq(str, events, "acc"));
}

static void remove_awaited(void *letter)
{
	cr_assert(eq(int,
		     remove_trigger(EVERT_BEFORE_SHUTDOWN, wait_for_it, letter),
		     0));
	cr_assert(eq(int,
		     remove_trigger(EVERT_BEFORE_SHUTDOWN, wait_for_it, letter),
		     -ENOENT));
}

Test(shutdown, p43_a_trigger_removed_while_it_is_waited_for_is_still_waited_for)
{
	static const char letter[] = "a";

	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, letter);
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	evert_reactor_call_later(reactor, 0.2, remove_awaited, (void *)letter);
	fire_later("!");
	run();
	cr_assert(eq(str, events, "a!m"));
}

/* ---- Connections ---- */

static struct recorder_factory clients, servers;
static struct connected pair;

static void note_lost(struct recorder *recorder)
{
	(void)recorder;
	note("L");
}

static void connect_them(const struct recorder_hooks *hooks)
{
	recorder_factory_init(&clients, hooks, NULL);
	recorder_factory_init(&servers, hooks, NULL);
	pair = connect_pair(reactor, &clients, &servers);
}

static const struct recorder_hooks noting = { .lost = note_lost };

Test(shutdown, p43_connections_close_between_the_phases_before_and_during)
{
	connect_them(&noting);
	add(EVERT_BEFORE_SHUTDOWN, trigger, "a");
	add(EVERT_DURING_SHUTDOWN, trigger, "m");
	run();
	cr_assert(eq(str, events, "aLLm"));
}

Test(shutdown, p43_connections_work_while_triggers_before_are_waited_for)
{
	connect_them(NULL);
	recorder_write(pair.client, "last words");
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	fire_later("!");
	run();
	cr_assert(eq(str, pair.server->data, "last words"));
}

Test(shutdown, p44_every_connection_is_lost_with_reactor_stopped)
{
	connect_them(NULL);
	run();
	cr_assert(eq(str, pair.client->events, "MLX"));
	cr_assert(eq(str, pair.server->events, "MLX"));
	cr_assert(eq(ptr, (void *)pair.client->lost_kind,
		     (void *)EVERT_REACTOR_STOPPED));
	cr_assert(eq(ptr, (void *)pair.server->lost_kind,
		     (void *)EVERT_REACTOR_STOPPED));
}

Test(shutdown, p44_a_paused_connection_is_lost_too)
{
	connect_them(NULL);
	evert_transport_pause_reading(pair.client->base.transport);
	evert_transport_pause_reading(pair.server->base.transport);
	turn_until_idle(reactor);
	run();
	cr_assert(eq(str, pair.client->events, "MLX"));
	cr_assert(eq(str, pair.server->events, "MLX"));
}

Test(shutdown, p44_a_connection_that_is_just_closing_is_lost_once)
{
	connect_them(NULL);
	evert_transport_lose_connection(pair.client->base.transport);
	evert_transport_abort(pair.server->base.transport);
	run();
	cr_assert(eq(sz, pair.client->lost, 1));
	cr_assert(eq(sz, pair.server->lost, 1));
}

Test(shutdown, p44_destroying_the_reactor_loses_every_connection)
{
	size_t before;

	evert_reactor_destroy(reactor);
	before = count_descriptors();
	reactor = make_reactor(&kernel.base);
	connect_them(NULL);
	evert_reactor_destroy(reactor);
	cr_assert(eq(str, pair.client->events, "MLX"));
	cr_assert(eq(str, pair.server->events, "MLX"));
	cr_assert(eq(ptr, (void *)pair.client->lost_kind,
		     (void *)EVERT_REACTOR_STOPPED));
	cr_assert(eq(sz, count_descriptors(), before));
	reactor = NULL;
}

Test(shutdown, p44_a_port_is_closed)
{
	struct evert_port *port;
	struct evert_deferred *closed;

	recorder_factory_init(&servers, NULL, NULL);
	port = listen_here(reactor, &servers);
	closed = evert_port_closed(port);
	run();
	cr_assert(evert_deferred_has_fired(closed));
	evert_deferred_release(closed);
}

static const struct evert_error *refused[2];

static struct evert_result note_refused(struct evert_result *in, void *kind)
{
	*(const struct evert_error **)kind = evert_result_as_failure(in)->kind;
	return evert_result_none();
}

static struct evert_result begin_anew(void *arg)
{
	struct evert_deferred *d;

	(void)arg;
	recorder_factory_init(&servers, NULL, NULL);
	d = evert_listen(reactor, "tcp:127.0.0.1:0", &servers.base);
	refused[0] = turn_until_failed(reactor, d);
	d = evert_connect(reactor, "tcp:127.0.0.1:9", &servers.base);
	evert_deferred_add_errback(d, note_refused, &refused[1]);
	return evert_result_wait(d);
}

Test(shutdown, nothing_new_begins_once_connections_were_closed)
{
	add(EVERT_DURING_SHUTDOWN, begin_anew, NULL);
	run();
	cr_assert(eq(ptr, (void *)refused[0], (void *)EVERT_REACTOR_STOPPED));
	cr_assert(eq(ptr, (void *)refused[1], (void *)EVERT_REACTOR_STOPPED));
}

Test(shutdown, p45_connections_can_be_made_again_in_the_next_run)
{
	run();
	connect_them(NULL);
	run();
	cr_assert(eq(str, pair.client->events, "MLX"));
}

/* ---- Trouble ---- */

static void break_the_wait(void *arg)
{
	(void)arg;
	test_system_fail(&kernel, CALL_EPOLL_WAIT, 1, EBADF, false);
	test_system_fail(&kernel, CALL_POLL, 1, EBADF, false);
}

Test(shutdown, a_failure_to_wait_ends_it_but_connections_are_closed)
{
	connect_them(NULL);
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	evert_reactor_call_later(reactor, 0.1, break_the_wait, NULL);
	evert_reactor_stop(reactor);
	cr_assert(eq(int, evert_reactor_run(reactor), -EBADF));
	cr_assert(eq(str, pair.client->events, "MLX"));
	fire_it("!");
	fire_later("!");
	run();
	cr_assert(eq(str, events, "a!a!"));
}

Test(shutdown, what_a_destroyed_reactor_waited_for_may_fire_later)
{
	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, "a");
	evert_reactor_call_later(reactor, 0.1, break_the_wait, NULL);
	evert_reactor_stop(reactor);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	fire_it("!");
	cr_assert(eq(str, events, "a!"));
}

static void break_the_wait_without(void *letter)
{
	break_the_wait(NULL);
	remove_awaited(letter);
}

Test(shutdown, what_was_removed_while_it_was_waited_for_may_fire_later)
{
	static const char letter[] = "a";

	add(EVERT_BEFORE_SHUTDOWN, wait_for_it, letter);
	evert_reactor_call_later(reactor, 0.1, break_the_wait_without,
				 (void *)letter);
	evert_reactor_stop(reactor);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	fire_it("!");
	cr_assert(eq(str, events, "a!"));
}

static void *nobody;

static struct evert_result do_nothing(void *arg)
{
	(void)arg;
	return evert_result_none();
}

static struct evert_result wait_for_fired(void *arg)
{
	(void)arg;
	return evert_result_wait(
		evert_deferred_create_fired(evert_result_none()));
}

static void shut_down_with_triggers(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);

	if (!own)
		return;
	evert_reactor_add_trigger(own, EVERT_BEFORE_SHUTDOWN, do_nothing, arg);
	evert_reactor_add_trigger(own, EVERT_BEFORE_SHUTDOWN, wait_for_fired,
				  arg);
	evert_reactor_add_trigger(own, EVERT_AFTER_SHUTDOWN, do_nothing, arg);
	evert_reactor_stop(own);
	cr_assert(eq(int, evert_reactor_run(own), 0));
	evert_reactor_destroy(own);
}

Test(shutdown, comes_to_its_end_when_memory_runs_out)
{
	evert_reactor_destroy(reactor);
	reactor = NULL;
	ignore_unhandled();
	fail_every_allocation(shut_down_with_triggers, nobody);
}

/* ---- What is given up ---- */

static char much[8 << 20];

Test(shutdown_report, p92_it_ends_though_nobody_reads_what_was_given_up,
     .timeout = 10)
{
	struct evert_reactor_options options = { .closing_seconds = -1 };

	reactor = evert_reactor_create(&options);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(reactor, &clients, &servers);
	cr_assert(evert_transport_write(pair.client->base.transport, much,
					sizeof(much)) == 0);
	evert_reactor_stop(reactor);
	stall_stderr();
	cr_assert(eq(int, evert_reactor_run(reactor), 0));
	cr_assert(eq(int, pair.client->lost_error, ETIMEDOUT));
	evert_reactor_destroy(reactor);
}
