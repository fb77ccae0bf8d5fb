/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SIM_PROGRAM_INTERNAL_H
#define EVERT_REACTOR_SIM_PROGRAM_INTERNAL_H

struct evert_sim;
struct evert_sim_host;

/* Destroys the reactors of `host`, or NULL: of all; what is told then may still
   run the world. */
void evert_sim_end_programs(struct evert_sim *sim, struct evert_sim_host *host);
void evert_sim_programs_release(struct evert_sim *sim);

void evert_sim_partings_release(struct evert_sim *sim);

#endif
