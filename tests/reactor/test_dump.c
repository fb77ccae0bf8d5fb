/* SPDX-License-Identifier: MIT */
/* What a reactor says of itself. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/combine.h"
#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/coroutine/scope.h"
#include "../../deferred/coroutine/shield.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../deferred/lock.h"
#include "../../deferred/queue.h"
#include "../../reactor/dump.h"
#include "../../reactor/endpoint/connect.h"
#include "../../reactor/name/resolve.h"
#include "../../reactor/name/resolver.h"
#include "../../reactor/run.h"
#include "../../reactor/transport/datagram_open.h"
#include "../../reactor/transport/pipe.h"
#include "../../reactor/watch.h"
#include "../support/death.h"
#include "../support/memory.h"
#include "../support/process.h"
#include "../support/reactor.h"
#include "../support/system.h"
#include "../support/unfired.h"
#include "../support/unhandled.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static char said[65536];

static void begin(void)
{
	unsetenv("EVERT_DEBUG");
	unsetenv("EVERT_DUMP_SIGNAL");
	ignore_unhandled();
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(dump, .init = begin, .fini = finish);

/* Before the first Deferred is made. */
static void keep_list(void)
{
	setenv("EVERT_DUMP_SIGNAL", "USR1", 1);
}

static const char *dumped(void)
{
	FILE *to = fmemopen(said, sizeof(said), "w");

	evert_reactor_dump(reactor, to);
	fclose(to);
	return said;
}

static void says(const char *part)
{
	cr_assert(strstr(dumped(), part) != NULL, "no \"%s\" in:\n%s", part,
		  said);
}

static void does_not_say(const char *part)
{
	cr_assert(strstr(dumped(), part) == NULL, "\"%s\" is in:\n%s", part,
		  said);
}

/* ---- The reactor ---- */

Test(dump, of_one_that_has_not_run)
{
	says("reactor made at tests/");
	says(": not running, turn 0\n");
	says(": calls from threads, watched for read\n");
}

static void look(void *arg)
{
	(void)arg;
	says(": running, turn 1\n");
	evert_reactor_stop(reactor);
	says(": stopping, turn 1\n");
}

Test(dump, of_one_that_runs_from_a_callback)
{
	evert_reactor_call_later(reactor, 0, look, NULL);
	run_reactor(reactor);
	cr_assert(strstr(said, "stopping") != NULL);
}

static struct evert_result look_at_the_end(void *arg)
{
	(void)arg;
	says(": shutting down, turn ");
	return evert_result_none();
}

Test(dump, of_one_that_shuts_down)
{
	cr_assert(zero(int, evert_reactor_add_trigger(
				    reactor, EVERT_DURING_SHUTDOWN,
				    look_at_the_end, NULL)));
	evert_reactor_call_later(reactor, 0, look, NULL);
	run_reactor(reactor);
	cr_assert(strstr(said, "shutting down") != NULL);
}

static void *dump_here(void *arg)
{
	evert_reactor_dump(reactor, stderr);
	return arg;
}

static void dump_elsewhere(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, dump_here, arg);
	pthread_join(thread, NULL);
}

Test(dump, by_another_thread_is_a_bug)
{
	dies(dump_elsewhere, NULL, SIGABRT,
	     "evert_reactor_dump was called from a thread that is not");
}

/* ---- Descriptors ---- */

static void pause_it(struct recorder *recorder)
{
	evert_transport_pause_reading(recorder->base.transport);
}

Test(dump, of_connections_and_ports)
{
	struct recorder_factory client = { 0 }, server = { 0 };
	struct connected pair;
	struct evert_port *port;
	char expected[128];

	recorder_factory_init(&client, NULL, NULL);
	recorder_factory_init(&server, NULL, NULL);
	port = listen_here(reactor, &server);
	snprintf(expected, sizeof(expected), ": port at 127.0.0.1:%u, watched",
		 evert_address_port(evert_port_address(port)));
	says(expected);
	pair = connect_pair(reactor, &client, &server);
	says(": connection to 127.0.0.1:");
	says(", open, 0 bytes queued, watched for read\n");
	pause_it(pair.server);
	says(", open, reading paused, 0 bytes queued, watched for hang-up\n");
	recorder_write(pair.client, "hello");
	says(", open, 5 bytes queued, watched for read\n");
	evert_transport_lose_connection(pair.client->base.transport);
	says(", closing, ");
	turn_until_idle(reactor);
}

Test(dump, of_a_connection_that_has_much_to_send)
{
	static char much[4 << 20];
	struct recorder_factory client = { 0 }, server = { 0 };
	struct connected pair;

	recorder_factory_init(&client, NULL, NULL);
	recorder_factory_init(&server, NULL, NULL);
	pair = connect_pair(reactor, &client, &server);
	pause_it(pair.server);
	evert_transport_write(pair.client->base.transport, much, sizeof(much));
	turn_until_idle(reactor);
	says(", open, writing paused, ");
	says(" bytes queued, watched for read+write\n");
	evert_transport_abort(pair.client->base.transport);
	turn_until_idle(reactor);
}

static void ignore(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	(void)watcher, (void)ready, (void)arg;
}

Test(dump, of_what_the_program_watches)
{
	struct evert_watcher *watcher;
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	watcher = evert_watcher_create(reactor, ends[0], EVERT_READ, ignore,
				       NULL);
	says(": of the program, watcher made at tests/reactor/test_dump.c:");
	evert_watcher_destroy(watcher);
	does_not_say("of the program");
	close(ends[0]);
	close(ends[1]);
}

static int connect_later(struct evert_system *system, int fd,
			 const struct sockaddr *address, socklen_t length)
{
	(void)system, (void)fd, (void)address, (void)length;
	return -EINPROGRESS;
}

static void give_up(struct evert_deferred *d)
{
	evert_deferred_cancel(d);
	evert_deferred_release(d);
}

Test(dump, of_a_connection_that_is_being_made)
{
	struct evert_system_ops ops = *kernel.base.ops;
	struct recorder_factory client = { 0 };
	struct evert_deferred *d;

	recorder_factory_init(&client, NULL, NULL);
	ops.connect = connect_later;
	kernel.base.ops = &ops;
	d = evert_connect(reactor, "tcp:192.0.2.1:80", &client.base);
	says(" to 192.0.2.1:80, watched for write");
	give_up(d);
	does_not_say("192.0.2.1");
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

Test(dump, of_a_server_of_names_that_is_asked)
{
	struct evert_address server;
	struct evert_deferred *d;

	evert_address_parse(&server, "127.0.0.1", 9);
	cr_assert(zero(int, evert_reactor_set_resolver(
				    reactor,
				    &(struct evert_resolver_options){
					    .way = EVERT_RESOLVER_OWN,
					    .servers = &server,
					    .server_count = 1,
				    })));
	d = evert_resolve(reactor, "name.example", EVERT_DNS_A);
	says(": name server at 127.0.0.1:9, ");
	give_up(d);
}

Test(dump, of_a_process)
{
	struct child_record child;
	char expected[64];
	pid_t pid;

	kernel.virtual_time = false; /* it takes its own */
	child_record_init(&child);
	pid = evert_process_pid(
		spawn_shell(reactor, &child, "read line", NULL));
	snprintf(expected, sizeof(expected), " %ld, watched for read\n",
		 (long)pid);
	says(expected);
	evert_process_close_in(child.base.process);
	turn_until(reactor, &child.is_destroyed);
	does_not_say(expected);
}

/* ---- Timers ---- */

static void nothing(void *arg)
{
	(void)arg;
}

Test(dump, of_timers_in_the_order_in_which_they_are_due)
{
	const char *first, *second;

	evert_reactor_call_later(reactor, 20, nothing, NULL);
	evert_reactor_call_later(reactor, 1.5, nothing, NULL);
	says("  timer made at tests/reactor/test_dump.c:");
	first = strstr(said, "due in 1.500 s\n");
	second = strstr(said, "due in 20.000 s\n");
	cr_assert(first && second);
	cr_assert(lt(ptr, (void *)first, (void *)second));
}

Test(dump, of_very_many_timers_tells_the_first)
{
	int i;

	for (i = 1000; i > 0; i--)
		evert_reactor_call_later(reactor, i, nothing, NULL);
	says("due in 1.000 s\n");
	says("due in 32.000 s\n  and 968 timers due after these\n");
	does_not_say("due in 33.000 s");
}

/* ---- Who waits ---- */

static struct evert_result wait_for(void *deferred)
{
	return evert_await(deferred);
}

static struct evert_result wait_and_wait(void *deferred)
{
	evert_result_release(evert_await(evert_sleep(1)));
	return evert_await(deferred);
}

static void end(struct evert_deferred *d)
{
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_fire(&slot, evert_result_none());
}

Test(dump, of_a_coroutine_tells_what_it_awaits)
{
	struct evert_deferred *price = unfired_at("p.c:1");
	struct evert_deferred *c = evert_spawn_at(wait_for, price, NULL,
						  "clerk", "c.c:2");

	says("  Deferred made at c.c:2: not fired, coroutine clerk, waiting "
	     "since turn 0\n"
	     "    awaits the one made at p.c:1: not fired\n");
	end(price);
	evert_deferred_release(c);
	does_not_say("clerk");
}

static void spawn(void *price)
{
	evert_deferred_release(evert_spawn_at(wait_and_wait, price, NULL,
					      "clerk", "c.c:2"));
}

Test(dump, of_a_coroutine_tells_since_which_turn_it_waits)
{
	struct evert_deferred *price = unfired_at("p.c:1");

	evert_reactor_call_later(reactor, 0, spawn, price);
	turn(reactor);
	says("clerk, waiting since turn 1, released\n");
	turn(reactor);
	says("clerk, waiting since turn 2, released\n");
	turn_for(reactor, 1);
	says("clerk, waiting since turn 2, released\n");
	end(price);
}

/* ---- Deferreds ---- */

Test(dump, without_a_list_shows_no_deferred_that_no_coroutine_waits_for)
{
	struct evert_deferred *price = unfired_at("p.c:1");

	does_not_say("p.c:1");
	end(price);
	evert_deferred_release(price);
}

Test(dump, of_the_list_shows_each_with_its_state_and_links)
{
	struct evert_deferred *price, *paid;

	keep_list();
	price = unfired_at("p.c:1");
	evert_deferred_add_at(price, evert_reactor_stop_when_done, NULL,
			      reactor, "stop (p.c:2)");
	paid = evert_deferred_create_fired_at("p.c:3",
					      evert_result_text("yes", 3));
	evert_deferred_pause(paid);
	says("  Deferred made at p.c:1: not fired\n"
	     "    then stop (p.c:2)\n"
	     "  Deferred made at p.c:3: fired with \"yes\", paused 1 times\n");
	evert_deferred_unpause(paid);
	evert_deferred_release(paid);
	end(price);
	evert_deferred_release(price);
	does_not_say("p.c:");
}

Test(dump, draws_what_waits_for_several_as_a_tree)
{
	struct evert_deferred *a, *b, *c, *both, *all, *chained;

	keep_list();
	a = unfired_at("a.c:1");
	b = unfired_at("b.c:1");
	c = unfired_at("c.c:1");
	both = evert_gather_at((struct evert_deferred *[]){ a, b }, 2, 0,
			       "both.c:1");
	chained = evert_deferred_create_fired_at("chained.c:1",
						 evert_result_wait(c));
	all = evert_gather_at((struct evert_deferred *[]){ both, chained }, 2,
			      0, "all.c:1");
	says("  Deferred made at all.c:1: not fired, combination\n"
	     "    awaits the one made at both.c:1: not fired, combination\n"
	     "      awaits the one made at a.c:1: not fired\n"
	     "      awaits the one made at b.c:1: not fired\n"
	     "    awaits the one made at chained.c:1: fired\n"
	     "      awaits the one made at c.c:1: not fired\n");
	evert_deferred_release(all);
	says("all.c:1: not fired, combination, released\n");
	end(a);
	says("    awaits the one made at both.c:1: not fired, combination\n"
	     "      awaits the one made at b.c:1: not fired\n"
	     "    awaits the one made at chained.c:1: fired\n");
	end(b);
	end(c);
	does_not_say("Deferred");
}

static struct evert_result ask(void *price)
{
	return evert_result_wait(price);
}

Test(dump, of_a_lock_tells_who_has_it_and_who_stands_in_line)
{
	struct evert_semaphore *lock;
	struct evert_deferred *price, *has, *next;

	keep_list();
	lock = evert_lock_create();
	price = unfired_at("p.c:1");
	has = evert_semaphore_run_at(lock, ask, price, "has.c:1");
	next = evert_semaphore_acquire_at(lock, "next.c:1");
	says("  Deferred made at has.c:1: fired, 1 in line for what it "
	     "has\n"
	     "    then has.c:1\n"
	     "    awaits the one made at p.c:1: not fired\n");
	says("  Deferred made at next.c:1: not fired, in line for the lock "
	     "made at tests/reactor/test_dump.c:");
	says(", which the one made at has.c:1 has\n");
	end(price);
	evert_deferred_release(has);
	says("next.c:1: fired with permit\n");
	evert_deferred_release(next);
	evert_semaphore_destroy(lock);
}

static struct evert_result leave_scope(void *price)
{
	struct evert_scope scope;

	evert_scope_init(&scope);
	evert_scope_spawn_at(&scope, wait_for, price, NULL, "child", "s.c:1");
	return evert_scope_leave(&scope);
}

Test(dump, of_a_scope_shows_its_children)
{
	struct evert_deferred *price, *owner;

	keep_list();
	price = unfired_at("p.c:1");
	owner = evert_spawn_at(leave_scope, price, NULL, "owner", "o.c:1");
	says("  Deferred made at o.c:1: not fired, coroutine owner, waiting "
	     "since turn 0\n"
	     "    awaits the one made at deferred/coroutine/scope.c:");
	says(": not fired, scope\n"
	     "      awaits the one made at s.c:1: not fired, coroutine child, "
	     "waiting since turn 0\n"
	     "        awaits the one made at p.c:1: not fired\n");
	end(price);
	evert_deferred_release(owner);
}

Test(dump, of_a_shield_shows_what_it_shields)
{
	struct evert_deferred *price, *shielded;

	keep_list();
	price = unfired_at("p.c:1");
	shielded = evert_shield_at(price, "s.c:1");
	says("  Deferred made at s.c:1: not fired, shield\n"
	     "    awaits the one made at p.c:1: not fired\n");
	end(price);
	evert_deferred_release(shielded);
}

static struct evert_result dump_itself(void *arg)
{
	(void)arg;
	says("coroutine clerk, running\n");
	return evert_result_none();
}

Test(dump, from_inside_a_coroutine_shows_that_it_runs)
{
	keep_list();
	evert_deferred_release(evert_spawn_at(dump_itself, NULL, NULL, "clerk",
					      "c.c:1"));
	cr_assert(strstr(said, "clerk") != NULL);
}

static struct evert_result dump_from_link(struct evert_result *in, void *arg)
{
	(void)arg;
	says("Deferred made at p.c:1: fired with nothing, running\n"
	     "    then rest\n");
	return *in;
}

Test(dump, from_inside_a_callback_shows_that_its_deferred_runs)
{
	struct evert_deferred *d;

	keep_list();
	d = unfired_at("p.c:1");
	evert_deferred_add_at(d, dump_from_link, NULL, NULL, "first");
	evert_deferred_add_at(d, evert_reactor_stop_when_done, NULL, reactor,
			      "rest");
	end(d);
	evert_deferred_release(d);
	cr_assert(strstr(said, "rest") != NULL);
}

enum { DEEP = 100000 };

Test(dump, of_a_very_long_chain_is_not_indented_out_of_sight)
{
	struct evert_deferred *d, *innermost;
	FILE *to = tmpfile();
	long end_of_it;
	int i;

	keep_list();
	d = innermost = unfired_at("p.c:1");
	for (i = 0; i < DEEP; i++)
		d = evert_deferred_create_fired_at("p.c:2",
						   evert_result_wait(d));
	evert_reactor_dump(reactor, to);
	end_of_it = ftell(to);
	fclose(to);
	cr_assert(gt(long, end_of_it, DEEP * 40L));
	cr_assert(lt(long, end_of_it, DEEP * 100L));
	evert_deferred_release(d);
	end(innermost);
}

/* ---- Without memory ---- */

Test(dump, takes_no_memory)
{
	struct evert_deferred *price, *clerk;
	size_t before;

	evert_reactor_destroy(reactor);
	failing_allocator_start(0, false);
	keep_list();
	reactor = make_reactor(&kernel.base);
	price = unfired_at("p.c:1");
	clerk = evert_spawn_at(wait_for, price, NULL, "clerk", "c.c:2");
	evert_reactor_call_later(reactor, 1, nothing, NULL);
	before = failing_allocator_counts().requests;
	says("coroutine clerk");
	cr_assert(eq(sz, failing_allocator_counts().requests, before));
	end(price);
	evert_deferred_release(clerk);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	failing_allocator_stop();
}
