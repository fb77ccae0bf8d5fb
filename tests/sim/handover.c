/* SPDX-License-Identifier: MIT */
/*
 * Descriptors are handed over by a UNIX socket with a path. Clients make pairs
 * of sockets, keep one end of each, and hand the others to a keeper, with a
 * line that says which and how many; the keeper answers through each of them,
 * and then to the client. Lines are long or short and come in bursts, so what
 * is handed over is sent and read in pieces. Clients and keepers abort, the
 * keeper is stopped and started again, the host loses its power, descriptors
 * and memory run out.
 *
 * Whatever happens: an end hears the answer that is its own or none, and of its
 * end exactly once, which it does not if its other end was kept or lost by
 * anybody; a client whom nothing went wrong for has all its answers; and
 * nothing is open or allocated when all is over.
 */
#include "handing/handing.h"

enum {
	MOST_FAULTS = 6
};

struct handing handing;

static struct evert_reactor *keeper_reactor; /* the last; NULL: none came */

/* ---- What those of the host share ---- */

void handing_close(int fd)
{
	struct evert_system *system = evert_sim_system(handing.host);

	system->ops->close(system, fd);
}

bool handing_happens(uint64_t once_in)
{
	return handing.harmful && !evert_sim_random(handing.sim, once_in);
}

/* Nothing of this takes time, so who does harm is let in between. */
void handing_perhaps_pause(void)
{
	if (!handing_happens(10))
		return;
	handing.paused = true;
	evert_sim_stop(handing.sim);
}

/* ---- Faults ---- */

static void run_to_the_end(void)
{
	do {
		handing.paused = false;
		evert_sim_check(handing.sim, !evert_sim_run(handing.sim, 1000));
	} while (handing.paused);
}

static void start_keeper(void)
{
	keeper_reactor = evert_sim_start(handing.host, handing_keep, NULL);
	evert_sim_check(handing.sim, handing.scarce || keeper_reactor);
}

static void halt(void)
{
	handing.halted = true;
	evert_sim_halt(handing.host);
	start_keeper();
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void restart_keeper(void)
{
	int error = keeper_reactor
			    ? evert_reactor_call_from_thread(
				      keeper_reactor, stop, keeper_reactor)
			    : 0;

	evert_sim_check(handing.sim, handing.scarce || !error);
	evert_sim_run(handing.sim, 1);
	start_keeper();
}

static void do_harm(void)
{
	switch (evert_sim_random(handing.sim, 5)) {
	case 0:
		halt();
		break;
	case 1:
		restart_keeper();
		break;
	case 2:
		handing.scarce = true;
		evert_sim_limit_descriptors(
			handing.host,
			evert_sim_descriptors(handing.host) +
				evert_sim_random(handing.sim, 12));
		break;
	case 3:
		handing.scarce = true;
		evert_sim_limit_memory(handing.sim, 0.01);
		break;
	default:
		evert_sim_limit_descriptors(handing.host, SIZE_MAX);
		evert_sim_limit_memory(handing.sim, 0);
	}
}

/* ---- All of it ---- */

/* After that nothing goes wrong any more, and one who comes is served. */
static void check_last(void)
{
	const struct handing_client *last;

	evert_sim_limit_descriptors(handing.host, SIZE_MAX);
	evert_sim_limit_memory(handing.sim, 0);
	handing.harmful = false;
	halt();
	run_to_the_end();
	last = handing_start_client();
	run_to_the_end();
	evert_sim_check(handing.sim, handing_was_served(last));
	handing_check_clients();
}

static void scenario(struct evert_sim *made)
{
	size_t count, faults, i;

	handing.sim = made;
	handing.host = evert_sim_add_host(handing.sim, "host", "10.0.0.1");
	handing_begin_clients();
	handing.scarce = handing.halted = false;
	handing.harmful = evert_sim_random(handing.sim, 2);
	start_keeper();
	count = evert_sim_size(handing.sim, 1, HANDING_MOST_CLIENTS);
	for (i = 0; i < count; i++)
		handing_start_client();
	faults = handing.harmful ? evert_sim_size(handing.sim, 0, MOST_FAULTS)
				 : 0;
	for (i = 0; i < faults; i++) {
		evert_sim_run(handing.sim, 1);
		do_harm();
	}
	if (!faults)
		run_to_the_end();
	if (!faults)
		handing_check_clients();
	check_last();
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
