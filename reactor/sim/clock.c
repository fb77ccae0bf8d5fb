/* SPDX-License-Identifier: MIT */
/* The clock of a host, which may go faster or slower than the world's: from a
   thousandth of its speed on, so that what is waited for is there before the
   end of time. */
#include "../../deferred/base/bug.h"
#include "world_internal.h"

static int64_t ahead(const struct evert_sim_host *host, int64_t passed)
{
	return passed + (int64_t)((double)passed * host->drift / 1e6);
}

int64_t evert_sim_host_now(const struct evert_sim_host *host)
{
	int64_t passed = host->sim->now - host->clock_set;

	if ((double)(host->clock - host->sim->begun) +
		    (double)passed * (1 + host->drift / 1e6) >
	    (double)EVERT_SIM_LIFE)
		evert_sim_fail(host->sim,
			       "the clock of %s shows more than 200 years, "
			       "where time ends",
			       host->name);
	return host->clock + ahead(host, passed);
}

int64_t evert_sim_host_when(const struct evert_sim_host *host, int64_t span)
{
	int64_t target = evert_sim_host_now(host) + span - host->clock;
	int64_t passed =
		(int64_t)((double)target / (1 + host->drift / 1e6)) - 2;

	/* Exactly, or a program would look at its clock too early. */
	while (ahead(host, passed) < target)
		passed++;
	return host->clock_set + passed;
}

void evert_sim_set_drift(struct evert_sim_host *host, double millionths)
{
	evert_sim_need_host(host, "evert_sim_set_drift");
	if (!(millionths >= -EVERT_SIM_SLOWEST && millionths < 1e9))
		evert_bug("the clock of the simulated host %s can't go %.15g "
			  "millionths too fast",
			  host->name, millionths);
	host->clock = evert_sim_host_now(host);
	host->clock_set = host->sim->now;
	host->drift = millionths;
	evert_sim_stir(host);
}

double evert_sim_drift(const struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_drift");
	return host->drift;
}

double evert_sim_host_seconds(const struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_host_seconds");
	return (double)(evert_sim_host_now(host) - host->sim->begun) / 1e9;
}

void evert_sim_start_clock(struct evert_sim_host *host)
{
	struct evert_sim *sim = host->sim;
	double most = sim->network.drift;

	host->clock = host->clock_set = sim->now;
	if (most > 0)
		host->drift = most *
			      ((double)evert_sim_random(sim, 2001) - 1000) /
			      1000;
}
