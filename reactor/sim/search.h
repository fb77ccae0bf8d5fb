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
 *			(so nobody sees an end by _exit(2), or a hang);
 *			without --seeds, --from and --seconds
 *	--seconds N	how long a seed may take, of real time (60)
 *	--without WHAT	jitter, bandwidth, buffers, cut, loss, duplicate,
 *			reorder, drift: the network is not drawn with it;
 *			several are separated by commas
 *	--most N	evert_sim_size gives no more than that, or its least
 *	--calm-after N	nothing is cut, lost or reset after the N-th step
 *
 * A number is decimal; from 1 for --seeds and --seconds (up to 1000000), from 0
 * for the others.
 *
 * A seed fails by whatever ends the process (evert_sim_fail, an assertion, a
 * sanitizer, a crash, exit(3) whatever its status) or hangs; by a failure that
 * nobody handled, unless the scenario sets a hook of its own
 * (evert_set_unhandled_hook), which holds for this seed; and by memory of evert
 * (evert_allocate, which has no other) that is not given back; what the scenario
 * takes from malloc(3) is not counted. Then the seed, the step and the last
 * events are told; the run is made smaller, by these options and by other seeds,
 * for as long as a seed may take and it fails by the same; and what is left is
 * run and told, with the command that replays it, in the same environment.
 *
 * An event is told of as
 *
 *	45 0.130898713 server: send 8 = 8
 *
 * the step; the seconds of the world; the host, or nothing; what happened; a
 * number, and what came of it. Of a system call these are its descriptor (of a
 * wait: its milliseconds), and what it returned, -errno where it failed; of a
 * piece that arrived ("got data") the port, and the bytes; of evert_sim_note
 * the number that was given, and 0.
 *
 * The seeds are tried in a child process, whose stdout is written line by line;
 * what is printed while a run is made smaller is not shown.
 */
#ifndef EVERT_REACTOR_SIM_SEARCH_H
#define EVERT_REACTOR_SIM_SEARCH_H

#include "sim.h"

EVERT_BEGIN

/*
 * Tries a scenario with many seeds, and returns a status for main. 0: every
 * seed went well; 1: one failed; 2: bad options, and it says which. Makes the
 * world, and destroys it when the scenario has returned: programs that still run
 * are told of that then, and may no longer use what lay on the scenario's stack.
 * So a scenario keeps in static variables, which it sets at its beginning, what
 * programs may outlive, or stops them. evert's memory comes from an allocator of
 * its own meanwhile, so nothing of evert may be alive.
 */
int evert_sim_search(int argc, char **argv,
		     void (*scenario)(struct evert_sim *sim));

/* Draws a number from `least` to `most`: of hosts, clients, rounds. It is what
   a search makes smaller. That `least` is the greater one is a bug. */
size_t evert_sim_size(struct evert_sim *sim, size_t least, size_t most);

EVERT_END

#endif
