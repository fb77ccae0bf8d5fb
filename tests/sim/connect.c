/* SPDX-License-Identifier: MIT */
/*
 * A client connects to a name with several addresses, of which some are of
 * nobody, some refuse, some are cut off, some come back late, and some serve;
 * the name server answers late for one family, or never (RFC 8305). Where one
 * serves, it is found soon, whatever the others do. Of each connecting at most
 * one connection is used, it is the one that it fired with, and all the others
 * are closed; the Deferred fires once. So it is, too, where memory or
 * descriptors run out, and where the client stops in the midst of it, but that
 * then who serves need not be found.
 */
#include "race/race.h"

#include <stdio.h>

#include "common/name_servers.h"
#include "../support/unhandled.h"

static struct evert_sim_host *client_host;

/* ---- The client ---- */

static void use_name_server(struct evert_reactor *reactor)
{
	struct evert_address server;

	evert_address_parse(&server, "10.0.0.53", 53);
	use_name_servers(reactor, &server, 1);
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void stop_soon(struct evert_reactor *reactor)
{
	race.is_disturbed = true;
	ignore_unhandled();
	evert_reactor_call_later(
		reactor, (double)evert_sim_random(race.sim, 4000) / 1000, stop,
		reactor);
}

static void connect_all(struct evert_reactor *reactor, void *arg)
{
	size_t i;

	(void)arg;
	use_name_server(reactor);
	if (!evert_sim_random(race.sim, 8))
		stop_soon(reactor);
	for (i = 0; i < race.asked_count; i++) {
		race.asked[i].reactor = reactor;
		evert_reactor_call_later(
			reactor,
			(double)evert_sim_random(race.sim, 2000) / 1000,
			race_begin, &race.asked[i]);
	}
}

/* ---- The world ---- */

static void draw_target(size_t i)
{
	struct race_target *target = &race.targets[i];
	char host[16], address[32];

	*target = (struct race_target){
		.state = (enum race_state)evert_sim_random(race.sim,
							   RACE_STATES),
	};
	snprintf(host, sizeof(host), "target-%zu", i);
	snprintf(address, sizeof(address),
		 evert_sim_random(race.sim, 2) ? "10.0.1.%zu" : "fd00:1::%zx",
		 i + 1);
	evert_address_parse(&target->address, address, 80);
	if (target->state == RACE_NOBODY)
		return;
	target->host = evert_sim_add_host(race.sim, host, address);
	if (target->state != RACE_REFUSES)
		race_serve(target);
	if (target->state == RACE_CUT_OFF || target->state == RACE_COMES_BACK)
		evert_sim_part(client_host, target->host);
}

static double draw_delay(void)
{
	switch (evert_sim_random(race.sim, 6)) {
	case 0:
		return RACE_NEVER;
	case 1:
	case 2:
		return (double)evert_sim_random(race.sim, 1000) / 1000;
	default:
		return 0;
	}
}

static void draw_asked(struct race_asked *asked)
{
	*asked = (struct race_asked){.number = (size_t)(asked - race.asked)};
	if (!evert_sim_random(race.sim, 4))
		asked->patience =
			(double)evert_sim_random(race.sim, 3000) / 1000;
}

static void let_one_come_back(void)
{
	size_t i;

	evert_sim_run(race.sim,
		      (double)evert_sim_random(race.sim, 2000) / 1000);
	for (i = 0; i < race.target_count; i++)
		if (race.targets[i].state == RACE_COMES_BACK)
			evert_sim_join(client_host, race.targets[i].host);
}

static void make_world(void)
{
	size_t i;

	client_host = evert_sim_add_host(race.sim, "client", "10.0.0.1");
	evert_sim_add_address(client_host, "fd00::1");
	evert_sim_start(evert_sim_add_host(race.sim, "names", "10.0.0.53"),
			race_be_name_server, NULL);
	race.target_count = evert_sim_size(race.sim, 1, RACE_MOST_TARGETS);
	for (i = 0; i < race.target_count; i++)
		draw_target(i);
	race.answer_delay[0] = draw_delay();
	race.answer_delay[1] = draw_delay();
	race.asked_count = evert_sim_size(race.sim, 1, RACE_MOST_ASKED);
	for (i = 0; i < race.asked_count; i++)
		draw_asked(&race.asked[i]);
}

static void be_poor(size_t descriptors)
{
	if (evert_sim_random(race.sim, 4))
		return;
	race.is_disturbed = true;
	ignore_unhandled();
	if (evert_sim_random(race.sim, 2))
		evert_sim_limit_memory(race.sim, 0.02);
	else
		evert_sim_limit_descriptors(
			client_host,
			descriptors + evert_sim_random(race.sim, 4));
}

static void check_asked(const struct race_asked *asked)
{
	evert_sim_check(race.sim, asked->fired == asked->has_begun);
	evert_sim_check(race.sim, asked->lost == asked->made);
	evert_sim_check(race.sim,
			asked->made <= 1 && asked->served <= asked->made);
	if (race.is_disturbed)
		return;
	evert_sim_check(race.sim, asked->fired == 1);
	evert_sim_check(race.sim, asked->made == asked->succeeded);
	evert_sim_check(race.sim, asked->served == asked->succeeded);
	evert_sim_check(race.sim, asked->answered == asked->succeeded);
}

static void scenario(struct evert_sim *made)
{
	size_t i, before;

	race.sim = made;
	race.alive = 0;
	race.is_disturbed = false;
	make_world();
	evert_sim_run(race.sim, 0.5);
	before = evert_sim_descriptors(client_host);
	evert_sim_start(client_host, connect_all, NULL);
	before = evert_sim_descriptors(client_host) - before;
	be_poor(before);
	let_one_come_back();

	evert_sim_run(race.sim, 900);
	evert_sim_limit_memory(race.sim, 0);
	for (i = 0; i < race.asked_count; i++)
		check_asked(&race.asked[i]);
	evert_sim_check(race.sim, !race.alive);
	evert_sim_check(race.sim, evert_sim_descriptors(client_host) == before);
	race_release_name_server();
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
