/* SPDX-License-Identifier: MIT */
/*
 * The main of a program that tries a scenario with many seeds:
 *
 *	static void scenario(struct evert_sim *sim)
 *	{
 *		... hosts, programs, evert_sim_run, evert_sim_check ...
 *	}
 *
 *	int main(int argc, char **argv)
 *	{
 *		return evert_sim_search(argc, argv, scenario);
 *	}
 *
 * Its options:
 *
 *	--seeds N	how many seeds (1000)
 *	--from S	the first one (0)
 *	--seed S	this one alone, in this very process: for a debugger
 *	--without WHAT	jitter, bandwidth, buffers, cut, loss, duplicate,
 *			reorder, drift: the network is not drawn with it;
 *			several are separated by commas
 *	--most N	evert_sim_size gives no more than that
 *	--calm-after N	nothing is cut, lost or reset after the N-th step
 *
 * A seed fails by whatever ends the process (evert_sim_fail, an assertion, a
 * sanitizer, a crash, a minute without an end), and by memory that is not given
 * back. Then the seed, the step and the last events are told; the run is made
 * smaller, by these options and by other seeds, as long as it still fails; and
 * what is left is told, with the command that replays it.
 */
#ifndef EVERT_REACTOR_SIM_SEARCH_H
#define EVERT_REACTOR_SIM_SEARCH_H

#include "sim.h"

EVERT_BEGIN

/*
 * Tries a scenario with many seeds, and returns a status for main. 0: every
 * seed went well; 1: one failed; 2: bad options. Makes and destroys the world;
 * evert's memory comes from an allocator of its own meanwhile, so nothing of
 * evert may be alive.
 */
int evert_sim_search(int argc, char **argv,
		     void (*scenario)(struct evert_sim *sim));

/* Draws a number from `least` to `most`: of hosts, clients, rounds. It is what
   a search makes smaller. */
size_t evert_sim_size(struct evert_sim *sim, size_t least, size_t most);

EVERT_END

#endif
