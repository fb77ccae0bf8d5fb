/* SPDX-License-Identifier: MIT */
/*
 * Clients of three styles (common/visits.h) ask a server to greet them. Some
 * lose patience, some connections are reset, memory runs out, the server stops.
 * No greeting goes to the wrong name; every Deferred fires once; the end of a
 * connection is told once, on both sides; who is patient is greeted by all
 * names.
 */
#include <evert.h>

#include <stdio.h>

#include "common/visits.h"

enum {
	MOST_CLIENTS = 12
};

static struct evert_sim *sim;
static struct visit visits[MOST_CLIENTS];

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_set_closing_time(reactor, 1000);
	evert_deferred_release(
		evert_listen(reactor, "tcp::9999", &visit_greeters));
	visits_may_be_stopped(reactor);
}

static struct evert_deferred *connect_to(struct evert_reactor *reactor,
					 struct evert_factory *factory)
{
	return evert_connect(reactor, "tcp:10.0.0.1:9999", factory);
}

static void start_visit(size_t who)
{
	char name[32], address[32];

	snprintf(name, sizeof(name), "client-%zu", who);
	snprintf(address, sizeof(address), "10.0.1.%zu", who + 1);
	visit_draw(&visits[who], connect_to);
	evert_sim_start(evert_sim_add_host(sim, name, address), visit_begin,
			&visits[who]);
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
	visits_begin(sim);
	resets = draw_resets();
	evert_sim_start(evert_sim_add_host(sim, "server", "10.0.0.1"), serve,
			NULL);
	count = evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_visit(i);
	if (!evert_sim_random(sim, 8))
		visits_be_poor();

	evert_sim_check(sim, !evert_sim_run(sim, 10000));
	evert_sim_limit_memory(sim, 0);
	for (i = 0; i < count; i++) {
		evert_sim_check(sim, visits[i].fired == 1);
		evert_sim_check(sim, visits[i].lost == visits[i].made);
		if (!resets && !visits[i].patience && visits_are_safe())
			evert_sim_check(sim,
					visits[i].greeted == visits[i].count);
	}
	evert_sim_check(sim, !visit_greeters_alive());
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
