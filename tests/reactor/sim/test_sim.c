/* SPDX-License-Identifier: MIT */
/* A world: time, hosts, who runs when, and what is told of it. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/sleep.h"
#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/name/resolver.h"
#include "../../../reactor/sim/search.h"
#include "../../../reactor/system/system.h"
#include "../../../reactor/transport/protocol.h"
#include "../../../reactor/transport/transport.h"
#include "../../support/death.h"

static struct evert_sim *sim;
static struct evert_sim_host *host;

static void begin(uint64_t seed)
{
	sim = evert_sim_create(seed);
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
}

/* ---- Time ---- */

static double told_at;

static void tell_time(void *arg)
{
	(void)arg;
	told_at = evert_sim_seconds(sim);
}

static void wait_an_hour(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_call_later(reactor, 3600, tell_time, NULL);
}

Test(sim, an_hour_passes_at_once)
{
	begin(1);
	evert_sim_start(host, wait_an_hour, NULL);

	cr_assert(zero(int, evert_sim_run(sim, 4000)));

	cr_assert(epsilon_eq(dbl, told_at, 3600, 0.002));
	cr_assert(epsilon_eq(dbl, evert_sim_seconds(sim), 3600, 0.002));
	evert_sim_destroy(sim);
}

Test(sim, a_run_ends_when_its_seconds_are_over)
{
	begin(1);
	evert_sim_start(host, wait_an_hour, NULL);

	cr_assert(eq(int, evert_sim_run(sim, 10), -ETIMEDOUT));
	cr_assert(epsilon_eq(dbl, evert_sim_seconds(sim), 10, 1e-6));

	cr_assert(zero(int, evert_sim_run(sim, 4000)));
	cr_assert(epsilon_eq(dbl, told_at, 3600, 0.002));
	evert_sim_destroy(sim);
}

static struct evert_result tell_the_end(void *arg)
{
	tell_time(arg);
	return evert_result_none();
}

static void wait_to_be_asked(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	cr_assert(zero(int,
		       evert_reactor_add_trigger(reactor, EVERT_AFTER_SHUTDOWN,
						 tell_the_end, NULL)));
}

Test(sim, what_is_asked_of_a_reactor_between_two_runs_is_done)
{
	struct evert_reactor *reactor;

	begin(1);
	reactor = evert_sim_start(host, wait_to_be_asked, NULL);
	cr_assert(zero(int, evert_sim_run(sim, 1)));

	told_at = 0;
	evert_reactor_call_later(reactor, 3, tell_time, NULL);
	cr_assert(zero(int, evert_sim_run(sim, 10)));
	cr_assert(epsilon_eq(dbl, told_at, 3, 0.1));

	told_at = 0;
	evert_reactor_stop(reactor);
	cr_assert(zero(int, evert_sim_run(sim, 10)));
	cr_assert(gt(dbl, told_at, 0));
	evert_sim_destroy(sim);
}

Test(sim, memory_is_counted_in_a_search_alone)
{
	begin(1);

	cr_assert(zero(sz, evert_sim_memory(sim)));
	evert_sim_destroy(sim);
}

static void stop_world(void *arg)
{
	(void)arg;
	evert_sim_stop(sim);
}

static void stop_soon(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_call_later(reactor, 1, stop_world, NULL);
	evert_reactor_call_later(reactor, 2, tell_time, NULL);
}

Test(sim, a_run_ends_when_it_is_stopped)
{
	begin(1);
	told_at = 0;
	evert_sim_start(host, stop_soon, NULL);

	cr_assert(zero(int, evert_sim_run(sim, 10)));

	cr_assert(zero(dbl, told_at));
	evert_sim_destroy(sim);
}

static size_t ticks;

static void tick(void *arg)
{
	ticks++;
	evert_reactor_call_later(arg, 0.01, tick, arg);
}

static void tick_for_ever(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	tick(reactor);
}

static struct evert_result not_before(void *arg)
{
	(void)arg;
	return evert_result_wait(
		evert_clock_sleep(evert_reactor_clock(arg), 5));
}

static void stop_slowly(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN, not_before,
				  reactor);
	evert_reactor_stop(reactor);
}

Test(sim, others_run_while_a_reactor_that_stops_waits)
{
	begin(1);
	ticks = 0;
	evert_sim_start(host, tick_for_ever, NULL);
	evert_sim_start(evert_sim_add_host(sim, "other", "10.0.0.2"),
			stop_slowly, NULL);

	cr_assert(eq(int, evert_sim_run(sim, 1), -ETIMEDOUT));

	cr_assert(gt(sz, ticks, 400)); /* the shutdown took five seconds */
	evert_sim_destroy(sim);
}

static struct evert_reactor *waiting;
static struct evert_firing *awaited;

static struct evert_result not_before_it_is_fired(void *arg)
{
	(void)arg;
	return evert_result_wait(evert_deferred_create(&awaited));
}

static void stop_when_it_is_fired(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	waiting = reactor;
	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN,
				  not_before_it_is_fired, NULL);
	evert_reactor_stop(reactor);
}

static void fire_there(void *arg)
{
	(void)arg;
	evert_deferred_fire(&awaited, evert_result_none());
}

static void fire(void *arg)
{
	(void)arg;
	cr_assert(zero(int, evert_reactor_call_from_thread(waiting, fire_there,
							   NULL)));
}

static void fire_in_seven_seconds(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_call_later(reactor, 7, fire, NULL);
	evert_reactor_call_later(reactor, 20, tell_time, NULL);
}

Test(sim, a_run_lasts_until_a_reactor_that_stops_has_shut_down)
{
	begin(1);
	evert_sim_start(host, stop_when_it_is_fired, NULL);
	evert_sim_start(evert_sim_add_host(sim, "other", "10.0.0.2"),
			fire_in_seven_seconds, NULL);

	cr_assert(eq(int, evert_sim_run(sim, 1), -ETIMEDOUT));
	cr_assert(epsilon_eq(dbl, evert_sim_seconds(sim), 7, 0.01));
	cr_assert(eq(int, evert_sim_run(sim, 1), -ETIMEDOUT));
	cr_assert(epsilon_eq(dbl, evert_sim_seconds(sim), 8, 0.01));
	cr_assert(zero(int, evert_sim_run(sim, 20)));
	evert_sim_destroy(sim);
}

typedef void simulated(struct evert_reactor *reactor, void *arg);

/* Beside the other one that `arg` points to. */
static void shut_down_never(void *arg)
{
	simulated *const *other = arg;

	begin(1);
	evert_sim_start(host, stop_when_it_is_fired, NULL);
	evert_sim_start(evert_sim_add_host(sim, "other", "10.0.0.2"), *other,
			NULL);
	evert_sim_run(sim, 10);
}

static void tick_and_shut_down_never(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	tick(reactor);
	stop_when_it_is_fired(reactor, NULL);
}

static void tick_on_at_the_end(void *arg)
{
	(void)arg;
	begin(1);
	evert_sim_start(host, tick_and_shut_down_never, NULL);
	evert_sim_run(sim, 10);
}

Test(sim, a_reactor_that_never_shuts_down_fails_the_run)
{
	static simulated *ticks_on = tick_for_ever,
			 *waits = wait_an_hour;
	const char *const late = "host ends: an hour after the run it has not "
				 "shut down";

	dies(shut_down_never, &ticks_on, SIGABRT, late);
	dies(tick_on_at_the_end, NULL, SIGABRT, late);
	dies(shut_down_never, &waits, SIGABRT,
	     "host ends: what its shutdown waits for never comes");
}

static void tick_each_year(void *arg)
{
	evert_reactor_call_later(arg, 365 * 86400, tick_each_year, arg);
}

static void live_for_ever(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	tick_each_year(reactor);
}

static void run_for_ever(void *arg)
{
	begin(1);
	evert_sim_start(host, live_for_ever, NULL);
	while (evert_sim_run(sim, *(double *)arg) == -ETIMEDOUT)
		continue;
}

Test(sim, a_run_that_goes_on_for_200_years_fails)
{
	dies(run_for_ever, &(double){INFINITY}, SIGABRT,
	     "the world is 200 years old");
	dies(run_for_ever, &(double){9e8}, SIGABRT,
	     "the world is 200 years old");
}

/* ---- Conversations ---- */

enum {
	ROUNDS = 20
};

struct talk {
	const char *to;
	size_t echoed, lost;
	int lost_error;
};

struct talker {
	struct evert_protocol base;
	struct talk *talk;
};

static void echo(struct evert_protocol *base, const char *data, size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static const struct evert_protocol_ops echo_ops = {.data_received = echo};

static struct evert_factory echoes =
	EVERT_FACTORY(struct talker, base, &echo_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	evert_deferred_release(evert_listen(reactor, arg, &echoes));
}

static struct talk *the_talk;

static void say(struct evert_protocol *base)
{
	evert_transport_write(base->transport, "hello, world\n", 13);
}

static void hear(struct evert_protocol *base, const char *data, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++, the_talk->echoed++)
		evert_sim_check(
			sim,
			data[i] == "hello, world\n"[the_talk->echoed % 13]);
	if (the_talk->echoed == 13 * ROUNDS)
		evert_transport_lose_connection(base->transport);
	else if (the_talk->echoed % 13 == 0)
		say(base);
}

static void hang_up(struct evert_protocol *base,
		    const struct evert_failure *reason)
{
	(void)base;
	the_talk->lost++;
	the_talk->lost_error = reason ? reason->error : 0;
}

static const struct evert_protocol_ops talker_ops = {
	.data_received = hear,
	.connection_made = say,
	.connection_lost = hang_up,
};

static struct evert_factory talkers =
	EVERT_FACTORY(struct talker, base, &talker_ops);

static struct evert_result failed(struct evert_result *in, void *arg)
{
	(void)arg;
	the_talk->lost++;
	the_talk->lost_error = evert_result_as_failure(in)->error;
	return evert_result_none();
}

static void talk(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d;

	the_talk = arg;
	d = evert_connect(reactor, the_talk->to, &talkers);
	evert_deferred_add_errback(d, failed, NULL);
	evert_deferred_release(d);
}

static uint64_t converse_by(uint64_t seed, struct talk *about,
			    void (*client)(struct evert_reactor *reactor,
					   void *arg))
{
	uint64_t hash;

	begin(seed);
	evert_sim_start(host, serve, "tcp::7");
	evert_sim_start(evert_sim_add_host(sim, "client", "10.0.0.2"), client,
			about);
	cr_assert(zero(int, evert_sim_run(sim, 600)));
	hash = evert_sim_hash(sim);
	evert_sim_destroy(sim);
	return hash;
}

static uint64_t converse(uint64_t seed, struct talk *about)
{
	return converse_by(seed, about, talk);
}

Test(sim, two_hosts_talk_whatever_the_seed)
{
	uint64_t seed;

	for (seed = 0; seed < 200; seed++) {
		struct talk about = {.to = "tcp:10.0.0.1:7"};

		converse(seed, &about);
		cr_assert(eq(sz, about.echoed, 13 * ROUNDS));
		cr_assert(eq(sz, about.lost, 1));
	}
}

Test(sim, the_same_seed_gives_the_same_run)
{
	uint64_t seed, hash, former = 0;

	for (seed = 1; seed < 20; seed++) {
		struct talk about = {.to = "tcp:10.0.0.1:7"}, again = about;

		hash = converse(seed, &about);
		cr_assert(eq(u64, converse(seed, &again), hash));
		cr_assert(ne(u64, hash, former));
		former = hash;
	}
}

Test(sim, a_port_where_nobody_listens_refuses)
{
	struct talk about = {.to = "tcp:10.0.0.1:8"};

	converse(1, &about);

	cr_assert(eq(int, about.lost_error, ECONNREFUSED));
}

Test(sim, an_address_that_nobody_has_is_not_reached)
{
	struct talk about = {.to = "tcp:10.0.0.9:7"};

	converse(1, &about);

	cr_assert(eq(int, about.lost_error, EHOSTUNREACH));
}

Test(sim, a_host_talks_to_itself)
{
	struct talk about = {.to = "tcp:127.0.0.1:7"};

	begin(3);
	evert_sim_start(host, serve, "tcp::7");
	evert_sim_start(host, talk, &about);
	cr_assert(zero(int, evert_sim_run(sim, 600)));
	evert_sim_destroy(sim);

	cr_assert(eq(sz, about.echoed, 13 * ROUNDS));
}

Test(sim, hosts_are_found_by_name)
{
	struct talk about = {.to = "tcp:host:7"};

	converse(3, &about);

	cr_assert(eq(sz, about.echoed, 13 * ROUNDS));
}

Test(sim, a_name_that_nobody_has_is_not_found)
{
	struct talk about = {.to = "tcp:nobody:7"};

	converse(3, &about);

	cr_assert(eq(sz, about.lost, 1));
	cr_assert(zero(sz, about.echoed));
}

static void talk_by_defaults(struct evert_reactor *reactor, void *arg)
{
	evert_reactor_set_resolver(reactor, NULL);
	talk(reactor, arg);
}

static void talk_by_a_server(struct evert_reactor *reactor, void *arg)
{
	struct evert_address server;

	evert_address_parse(&server, "10.0.0.1", 53);
	evert_reactor_set_resolver(reactor, &(struct evert_resolver_options){
						    .servers = &server,
						    .server_count = 1,
					    });
	talk(reactor, arg);
}

Test(sim, whose_resolver_is_set_finds_hosts_by_name)
{
	struct talk by_defaults = {.to = "tcp:host:7"}, by_server = by_defaults;

	converse_by(3, &by_defaults, talk_by_defaults);
	converse_by(3, &by_server, talk_by_a_server);

	cr_assert(eq(sz, by_defaults.echoed, 13 * ROUNDS));
	cr_assert(eq(sz, by_server.echoed, 13 * ROUNDS));
}

static uint64_t look_for_names(void)
{
	struct talk somebody = {.to = "tcp:host:7"};
	struct talk nobody = {.to = "tcp:nobody:7"};

	return converse_by(3, &somebody, talk_by_defaults) ^
	       converse_by(4, &nobody, talk_by_a_server);
}

Test(sim, the_environment_of_the_machine_says_nothing_of_names)
{
	uint64_t hash = look_for_names();

	setenv("LOCALDOMAIN", "one.example two.example", 1);
	setenv("RES_OPTIONS", "attempts:4 ndots:3", 1);
	setenv("EVERT_RESOLVER", "system", 1);
	cr_assert(eq(u64, look_for_names(), hash));
}

Test(sim, a_connection_is_reset_where_the_network_says_so)
{
	struct talk about = {.to = "tcp:10.0.0.1:7"};
	struct evert_sim_network network;

	begin(3);
	network = *evert_sim_get_network(sim);
	network.reset = 1;
	evert_sim_set_network(sim, &network);
	evert_sim_start(host, serve, "tcp::7");
	evert_sim_start(evert_sim_add_host(sim, "client", "10.0.0.2"), talk,
			&about);
	cr_assert(zero(int, evert_sim_run(sim, 600)));
	evert_sim_destroy(sim);

	cr_assert(eq(sz, about.lost, 1));
	cr_assert(eq(int, about.lost_error, ECONNRESET));
}

/* ---- Failing ---- */

static void fail_it(void *arg)
{
	(void)arg;
	begin(77);
	evert_sim_start(host, wait_an_hour, NULL);
	evert_sim_run(sim, 10);
	evert_sim_check(sim, 1 == 2);
}

Test(sim, a_failure_tells_the_seed_and_what_was_last)
{
	dies(fail_it, NULL, SIGABRT, "1 == 2 does not hold (");
	dies(fail_it, NULL, SIGABRT, "with seed 77, at step ");
	dies(fail_it, NULL, SIGABRT, " host: pipe 0 = 0");
}

static void name_twice(void *arg)
{
	(void)arg;
	begin(1);
	evert_sim_add_host(sim, "host", "10.0.0.2");
}

static void name_in_capitals(void *arg)
{
	(void)arg;
	begin(1);
	evert_sim_add_host(sim, "HOST", "10.0.0.2");
}

static void address_twice(void *arg)
{
	(void)arg;
	begin(1);
	evert_sim_add_host(sim, "other", "10.0.0.1");
}

Test(sim, hosts_are_told_apart)
{
	dies(name_twice, NULL, SIGABRT, "two simulated hosts \"host\"");
	dies(name_in_capitals, NULL, SIGABRT, "two simulated hosts \"HOST\"");
	dies(address_twice, NULL, SIGABRT, "is taken");
}

/* ---- Bugs ---- */

static void add_nameless(void *arg)
{
	evert_sim_add_host(arg, "", "10.0.0.1");
}

static void add_name(void *name)
{
	evert_sim_add_host(evert_sim_create(1), name, "10.0.0.1");
}

static void add_address(void *address)
{
	evert_sim_add_host(evert_sim_create(1), "a", address);
}

Test(sim, a_host_has_a_name_that_can_be_looked_up)
{
	const char *const wrong[] = {
		"localhost", "LocalHost", "a.localhost", "10.0.0.2",
		"::1",	     "two words", "a#b",	 "a.",
		"a\vb",	     "a\fb",	  "1",		 "1.2",
		"127.1",     "010.0.0.1", "0x7f000001",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		dies(add_name, (void *)wrong[i], SIGABRT,
		     "is no name for a simulated host");
}

Test(sim, a_host_has_addresses_of_its_own)
{
	const char *const wrong[] = {
		"224.0.0.1",	   "255.255.255.255",
		"0.0.0.0",	   "::",
		"ff02::1",	   "::1",
		"::ffff:10.0.0.1", "somewhere",
		"fe80::1%1",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		dies(add_address, (void *)wrong[i], SIGABRT,
		     "is no numeric address of a host");
}

static void add_without_number(void *arg)
{
	evert_sim_add_host(arg, "a", "somewhere");
}

static void add_loopback(void *arg)
{
	evert_sim_add_host(arg, "a", "127.0.0.1");
}

static void add_many_addresses(void *arg)
{
	struct evert_sim_host *many = evert_sim_add_host(arg, "a", "10.0.0.1");
	char address[32];
	int i;

	for (i = 2; i < 100; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		evert_sim_add_address(many, address);
	}
}

static void run_backwards(void *arg)
{
	evert_sim_run(arg, -1);
}

static void run_the_world(struct evert_reactor *reactor, void *arg)
{
	(void)reactor;
	evert_sim_run(arg, 1);
}

static void run_inside(void *arg)
{
	evert_sim_start(evert_sim_add_host(arg, "a", "10.0.0.1"),
			run_the_world, arg);
	evert_sim_run(arg, 1);
}

static void start_more(struct evert_reactor *reactor, void *arg)
{
	(void)reactor;
	evert_sim_start(arg, tick_for_ever, NULL);
}

static void start_inside(void *arg)
{
	struct evert_sim_host *a = evert_sim_add_host(arg, "a", "10.0.0.1");

	evert_sim_start(a, start_more, a);
	evert_sim_run(arg, 1);
}

static void destroy_the_world(struct evert_reactor *reactor, void *arg)
{
	(void)reactor;
	evert_sim_destroy(arg);
}

static void destroy_inside(void *arg)
{
	evert_sim_start(evert_sim_add_host(arg, "a", "10.0.0.1"),
			destroy_the_world, arg);
	evert_sim_run(arg, 1);
}

static void draw_below_0(void *arg)
{
	evert_sim_random(arg, 0);
}

static void draw_a_size(void *arg)
{
	evert_sim_size(arg, 9, 3);
}

static void draw_more_than_always(void *arg)
{
	evert_sim_chance(arg, 1.5);
}

static void draw_by_no_number(void *arg)
{
	evert_sim_chance(arg, NAN);
}

static void have_less_than_no_memory(void *arg)
{
	evert_sim_limit_memory(arg, -0.1);
}

static void part_worlds(void *arg)
{
	evert_sim_part(evert_sim_add_host(arg, "a", "10.0.0.1"),
		       evert_sim_add_host(evert_sim_create(1), "b",
					  "10.0.0.2"));
}

static void have_network(void *network)
{
	evert_sim_set_network(evert_sim_create(1), network);
}

Test(sim, a_network_that_can_t_be_is_told_by_what_is_wrong)
{
#define WRONG(member, value, text) \
	{ \
		{.member = (value), .receive_buffer = 1, .send_buffer = 1}, \
			text \
	}
	struct {
		struct evert_sim_network network;
		const char *text;
	} wrong[] = {
		WRONG(latency, -1, "its latency is -1, not from 0 to below"),
		WRONG(jitter, 1e6, "its jitter is 1e+06, not from 0 to below"),
		WRONG(bandwidth, 1e-12, "its bandwidth is 1e-12, not 0, or at"),
		WRONG(cut, 1.5, "its cut is 1.5, not from 0 to 1"),
		WRONG(loss, 1, "its loss is 1, not from 0 to below 1"),
		WRONG(duplicate, NAN, "its duplicate is nan, not from"),
		WRONG(reorder, 2, "its reorder is 2, not from 0 to 1"),
		WRONG(reset, -1, "its reset is -1, not from 0 to 1"),
		WRONG(drift, 1e6, "its drift is 1e+06, not from 0 to 999,000"),
	};
#undef WRONG
	struct evert_sim_network no_buffer = {.send_buffer = 1};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		dies(have_network, &wrong[i].network, SIGABRT, wrong[i].text);
	dies(have_network, &no_buffer, SIGABRT,
	     "its receive_buffer is 0, not at least 1");
	dies(have_network, NULL, SIGABRT,
	     "evert_sim_set_network was given no network");
}

static void leave_open(void *arg)
{
	struct evert_system *system = evert_sim_system(
		evert_sim_add_host(arg, "a", "10.0.0.1"));

	system->ops->epoll_create(system);
	evert_sim_destroy(arg);
}

Test(sim, what_can_t_be_simulated_is_a_bug)
{
	struct evert_sim *world = evert_sim_create(1);

	dies(add_nameless, world, SIGABRT, "is no name for a simulated host");
	dies(add_without_number, world, SIGABRT, "is no numeric address");
	dies(add_loopback, world, SIGABRT, "is no numeric address");
	dies(add_many_addresses, world, SIGABRT, "addresses already");
	dies(run_backwards, world, SIGABRT, "was given a time that can't be");
	dies(run_inside, world, SIGABRT,
	     "evert_sim_run was called by a program that is simulated");
	dies(start_inside, world, SIGABRT,
	     "evert_sim_start was called by a program that is simulated");
	dies(destroy_inside, world, SIGABRT,
	     "evert_sim_destroy was called by a program that is simulated");
	dies(draw_below_0, world, SIGABRT, "was given the bound 0");
	dies(draw_a_size, world, SIGABRT, "at least 9, and at most 3");
	dies(draw_more_than_always, world, SIGABRT, "was given 1.5: how often");
	dies(draw_by_no_number, world, SIGABRT, "evert_sim_chance was given");
	dies(have_less_than_no_memory, world, SIGABRT, "was given -0.1: how");
	dies(part_worlds, world, SIGABRT, "was given hosts of two worlds");
	dies(leave_open, world, SIGABRT, "a has 1 descriptors open");
	evert_sim_destroy(world);
}

static void run_nothing(void *arg)
{
	(void)arg;
	evert_sim_run(NULL, 1);
}

static void start_nowhere(void *arg)
{
	(void)arg;
	evert_sim_start(NULL, tick_for_ever, NULL);
}

static void start_nothing(void *arg)
{
	evert_sim_start(evert_sim_add_host(arg, "a", "10.0.0.1"), NULL, NULL);
}

static void add_no_name(void *arg)
{
	evert_sim_add_host(arg, NULL, "10.0.0.1");
}

static void add_no_address(void *arg)
{
	evert_sim_add_host(arg, "a", NULL);
}

static void note_nothing(void *arg)
{
	evert_sim_note(arg, NULL, 0);
}

Test(sim, nothing_is_a_bug)
{
	struct evert_sim *world = evert_sim_create(1);

	dies(run_nothing, NULL, SIGABRT, "evert_sim_run was given no world");
	dies(start_nowhere, NULL, SIGABRT,
	     "evert_sim_start was given no simulated host");
	dies(start_nothing, world, SIGABRT, "was given no program for a");
	dies(add_no_name, world, SIGABRT, "was given no name");
	dies(add_no_address, world, SIGABRT, "was given no address for a");
	dies(note_nothing, world, SIGABRT, "was given no text");
	evert_sim_destroy(world);
}

Test(sim, tells_what_it_is)
{
	struct evert_sim *world = evert_sim_create(7);
	struct evert_sim_host *named =
		evert_sim_add_host(world, "name", "10.0.0.1");

	cr_assert(eq(str, (char *)evert_sim_host_name(named), "name"));
	cr_assert(eq(u64, evert_sim_seed(world), 7));
	cr_assert(eq(u64, evert_sim_steps(world), 0));
	evert_sim_note(world, "noted", 1);
	cr_assert(eq(u64, evert_sim_steps(world), 1));
	evert_sim_destroy(world);
	evert_sim_destroy(NULL);
}
