/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SIM_PROGRAM_INTERNAL_H
#define EVERT_REACTOR_SIM_PROGRAM_INTERNAL_H

struct evert_sim;

/* Destroys all reactors; what is told then may still run the world. */
void evert_sim_end_programs(struct evert_sim *sim);

#endif
