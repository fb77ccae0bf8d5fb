/* SPDX-License-Identifier: MIT */
/* Clocks of hosts that go too fast or too slow. */
#include <errno.h>
#include <math.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/backoff.h"
#include "../../../reactor/reactor.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"
#include "../../support/death.h"

static struct evert_sim *sim;
static struct evert_sim_host *host;
static struct evert_reactor *reactor;
static double told_at; /* by the world */

static void begin(uint64_t seed)
{
	const struct evert_sim_network smooth = {
		.receive_buffer = 1000,
		.send_buffer = 1000,
	};

	sim = evert_sim_create(seed);
	evert_sim_set_network(sim, &smooth);
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
	reactor = NULL;
}

static void tell_time(void *arg)
{
	(void)arg;
	told_at = evert_sim_seconds(sim);
}

static void wait_an_hour(struct evert_reactor *waiting, void *arg)
{
	(void)arg;
	evert_reactor_call_later(waiting, 3600, tell_time, NULL);
}

/* By the host's own clock it is an hour. */
static void assert_hour_takes(double millionths, double seconds)
{
	begin(1);
	evert_sim_set_drift(host, millionths);
	evert_sim_start(host, wait_an_hour, NULL);
	evert_sim_run(sim, 1e7);
	cr_assert(epsilon_eq(dbl, told_at, seconds, 0.002));
	evert_sim_destroy(sim);
}

Test(drift, a_timer_fires_by_the_clock_of_its_host)
{
	assert_hour_takes(0, 3600);
	assert_hour_takes(1000, 3600 / 1.001);
	assert_hour_takes(-500000, 7200);
	assert_hour_takes(-999000, 3.6e6);
	assert_hour_takes(999999999, 3600 / 1000.999999999);
}

Test(drift, a_timer_never_fires_before_its_time_on_the_host)
{
	int64_t before, after;
	struct evert_system *system;
	int i;

	begin(1);
	system = evert_sim_system(host);
	for (i = 0; i < 1000; i++) {
		evert_sim_set_drift(host,
				    (double)evert_sim_random(sim, 2000) - 1000);
		before = system->ops->now(system);
		system->ops->poll(system, NULL, 0, 7);
		after = system->ops->now(system);
		cr_assert(ge(i64, after - before, 7000000));
		cr_assert(lt(i64, after - before, 7000003));
	}
	evert_sim_destroy(sim);
}

Test(drift, a_clock_goes_on_from_where_it_was_when_its_drift_changes)
{
	begin(1);
	evert_sim_set_drift(host, 500000);
	evert_sim_run(sim, 0);
	evert_sim_start(host, wait_an_hour, NULL);
	evert_sim_run(sim, 1200);
	cr_assert(epsilon_eq(dbl, evert_sim_host_seconds(host), 1800, 1e-6));
	evert_sim_set_drift(host, -500000);
	evert_sim_run(sim, 10000);
	cr_assert(epsilon_eq(dbl, told_at, 1200 + 3600, 0.002));
	evert_sim_destroy(sim);
}

Test(drift, each_host_is_drawn_one_where_the_network_says_so)
{
	struct evert_sim_network drifting;
	const struct evert_sim_host *other;

	begin(1);
	cr_assert(eq(dbl, evert_sim_drift(host), 0));
	drifting = *evert_sim_get_network(sim);
	drifting.drift = 100;
	evert_sim_set_network(sim, &drifting);
	host = evert_sim_add_host(sim, "a", "10.0.0.2");
	other = evert_sim_add_host(sim, "b", "10.0.0.3");
	cr_assert(le(dbl, fabs(evert_sim_drift(host)), 100));
	cr_assert(ne(dbl, evert_sim_drift(host), evert_sim_drift(other)));
	evert_sim_destroy(sim);
}

Test(drift, some_seeds_have_clocks_that_drift)
{
	size_t drift = 0;
	uint64_t seed;

	for (seed = 0; seed < 100; seed++) {
		sim = evert_sim_create(seed);
		drift += evert_sim_get_network(sim)->drift > 0;
		evert_sim_destroy(sim);
	}
	cr_assert(gt(sz, drift, 10));
	cr_assert(lt(sz, drift, 50));
}

static void do_nothing(struct evert_reactor *idle, void *arg)
{
	(void)idle;
	(void)arg;
}

Test(drift, a_call_from_outside_may_be_far_off_on_a_slow_host)
{
	begin(1);
	evert_sim_set_drift(host, -999000);
	reactor = evert_sim_start(host, do_nothing, NULL);
	evert_sim_run(sim, 1);
	evert_reactor_call_later(reactor, 5e9, tell_time, NULL);
	cr_assert(eq(int, evert_sim_run(sim, 1), -ETIMEDOUT));
	cr_assert(epsilon_eq(dbl, evert_sim_seconds(sim), 1, 1e-3));
	evert_sim_destroy(sim);
}

static void drift_by(void *millionths)
{
	begin(1);
	evert_sim_set_drift(host, *(double *)millionths);
}

Test(drift, a_clock_that_all_but_stands_still_is_a_bug)
{
	dies(drift_by, &(double){-1e6}, SIGABRT, "can't go");
	dies(drift_by, &(double){-999999.999999}, SIGABRT,
	     "host can't go -999999.999999 millionths too fast");
}

static void tick_each_year(void *arg)
{
	evert_reactor_call_later(arg, 365 * 86400, tick_each_year, arg);
}

static void live_for_ever(struct evert_reactor *living, void *arg)
{
	(void)arg;
	tick_each_year(living);
}

static void live_fast(void *arg)
{
	(void)arg;
	begin(1);
	evert_sim_set_drift(host, 999999999);
	evert_sim_start(host, live_for_ever, NULL);
	evert_sim_run(sim, INFINITY);
}

Test(drift, a_clock_that_shows_more_than_200_years_fails_the_run)
{
	dies(live_fast, NULL, SIGABRT,
	     "the clock of host shows more than 200 years");
}

/* ---- Chance of those who do not know the world ---- */

static double first_pause(uint64_t seed)
{
	struct evert_backoff backoff = {.first = 1};
	double pause;

	begin(seed);
	pause = evert_backoff_next(&backoff);
	evert_sim_destroy(sim);
	return pause;
}

Test(drift, a_backoff_without_a_number_waits_as_long_with_the_same_seed)
{
	cr_assert(eq(dbl, first_pause(1), first_pause(1)));
	cr_assert(ne(dbl, first_pause(1), first_pause(2)));
}

Test(drift, a_backoff_takes_its_chance_from_the_latest_world_that_is_there)
{
	struct evert_backoff backoff = {.first = 1};
	double pause = first_pause(1);

	begin(1);
	evert_sim_destroy(evert_sim_create(2));
	cr_assert(eq(dbl, evert_backoff_next(&backoff), pause));
	evert_sim_destroy(sim);
}
