/* SPDX-License-Identifier: MIT */
#include "world_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/say_internal.h"
#include "../../deferred/clock/backoff_internal.h"
#include "path_internal.h"
#include "program_internal.h"
#include "search.h"
#include "tcp_internal.h"
#include "udp_internal.h"
#include "unix_internal.h"
#include "variant_internal.h"

/* The time of a host that was not switched on just now: 0 would be a time
   that no kernel gives. */
static const int64_t BEGIN = INT64_C(1000000000000);

struct evert_sim_variant evert_sim_variant = EVERT_SIM_NO_VARIANT;

/* ---- Callers ---- */

void evert_sim_need(const struct evert_sim *sim, const char *what)
{
	if (!sim)
		evert_bug("%s was given no world", what);
}

void evert_sim_need_host(const struct evert_sim_host *host, const char *what)
{
	if (!host)
		evert_bug("%s was given no simulated host", what);
}

void evert_sim_need_outside(const struct evert_sim *sim, const char *what)
{
	if (sim->current)
		evert_bug("%s was called by a program that is simulated; only "
			  "who made the world may do that",
			  what);
}

void evert_sim_need_share(double often, const char *what)
{
	if (!evert_sim_is_share(often))
		evert_bug("%s was given %g: how often something happens is "
			  "from 0, never, to 1, always",
			  what, often);
}

/* ---- Chance ---- */

uint64_t evert_sim_random(struct evert_sim *sim, uint64_t bound)
{
	evert_sim_need(sim, "evert_sim_random");
	if (!bound)
		evert_bug("evert_sim_random was given the bound 0, below which "
			  "there is no number");
	return evert_sim_draw(sim) % bound;
}

bool evert_sim_chance(struct evert_sim *sim, double often)
{
	evert_sim_need(sim, "evert_sim_chance");
	evert_sim_need_share(often, "evert_sim_chance");
	/* Nothing is drawn for what can't be otherwise. */
	if (!(often > 0))
		return false;
	return (double)(evert_sim_draw(sim) >> 11) / (double)(1ULL << 53) <
	       often;
}

bool evert_sim_fault(struct evert_sim *sim, double often)
{
	if (sim->trace->steps >= sim->calm_after)
		return false;
	return evert_sim_chance(sim, often);
}

size_t evert_sim_cut(struct evert_sim *sim, size_t most)
{
	if (most < 2 || !evert_sim_fault(sim, sim->network.cut))
		return most;
	/* As often very short as long. */
	return 1 + evert_sim_random(sim, evert_sim_random(sim, 2)
						 ? most
						 : (most < 8 ? most : 8));
}

size_t evert_sim_size(struct evert_sim *sim, size_t least, size_t most)
{
	evert_sim_need(sim, "evert_sim_size");
	if (least > most)
		evert_bug("evert_sim_size was given at least %zu, and at most "
			  "%zu",
			  least, most);
	if (sim->most < most)
		most = sim->most > least ? sim->most : least;
	/* So many are one more than a number can say. */
	if (most - least == SIZE_MAX)
		return (size_t)evert_sim_draw(sim);
	return least + evert_sim_random(sim, most - least + 1);
}

/* As they were made: programs that ask for a seed without saying which world
   is theirs have it from the latest. */
static struct evert_list_node worlds = {&worlds, &worlds};

static uint64_t draw_seed(void)
{
	return evert_sim_draw(evert_container_of(worlds.previous,
						 struct evert_sim, node)) |
	       1;
}

/* ---- The network ---- */

/* As often small as large: any power of two between is as likely as the
   others. */
static double draw_between(struct evert_sim *sim, double least, double most)
{
	double drawn = least;
	unsigned powers = 0;

	for (; drawn * 2 <= most; drawn *= 2)
		powers++;
	drawn = least *
		(double)(UINT64_C(1) << evert_sim_random(sim, powers + 1));
	drawn *= 1 + (double)evert_sim_random(sim, 1000) / 1000;
	return drawn < most ? drawn : most;
}

/* Each property is in one of its states apart from the others, so that the
   seeds try their combinations. */
static void draw_network(struct evert_sim *sim)
{
	const bool *without = evert_sim_variant.without;
	struct evert_sim_network *n = &sim->network;

	n->latency = draw_between(sim, 0.00001, 0.3);
	n->receive_buffer = n->send_buffer = 128 * 1024;
	if (!without[EVERT_SIM_JITTER] && evert_sim_random(sim, 2))
		n->jitter = n->latency * draw_between(sim, 0.01, 4);
	if (!without[EVERT_SIM_BANDWIDTH] && evert_sim_random(sim, 2))
		n->bandwidth = draw_between(sim, 1e4, 1e9);
	if (!without[EVERT_SIM_BUFFERS] && evert_sim_random(sim, 2))
		n->receive_buffer = (size_t)draw_between(sim, 64, 1e6);
	if (!without[EVERT_SIM_BUFFERS] && evert_sim_random(sim, 2))
		n->send_buffer = (size_t)draw_between(sim, 64, 1e6);
	if (!without[EVERT_SIM_CUT] && evert_sim_random(sim, 3))
		n->cut = draw_between(sim, 0.01, 0.9);
	if (!without[EVERT_SIM_LOSS] && !evert_sim_random(sim, 4))
		n->loss = draw_between(sim, 0.001, 0.2);
	if (!without[EVERT_SIM_DUPLICATE] && !evert_sim_random(sim, 4))
		n->duplicate = draw_between(sim, 0.001, 0.2);
	if (!without[EVERT_SIM_REORDER] && !evert_sim_random(sim, 4))
		n->reorder = draw_between(sim, 0.001, 0.5);
}

/* Apart from the others, which are not changed by it. */
static void draw_drift(struct evert_sim *sim)
{
	uint64_t chance = sim->chance;

	sim->chance = ~sim->trace->seed;
	if (!evert_sim_variant.without[EVERT_SIM_DRIFT] &&
	    !evert_sim_random(sim, 4))
		sim->network.drift = draw_between(sim, 1, 1000);
	sim->chance = chance;
}

static void need(bool holds, const char *what, double given, const char *range)
{
	if (!holds)
		evert_bug("evert_sim_set_network was given a network that "
			  "can't be: its %s is %g, not %s",
			  what, given, range);
}

static void need_time(double seconds, const char *what)
{
	need(seconds >= 0 && seconds < 1e6, what, seconds,
	     "from 0 to below a million seconds");
}

static void need_share(double often, const char *what)
{
	need(evert_sim_is_share(often), what, often, "from 0 to 1");
}

static void need_buffer(size_t bytes, const char *what)
{
	need(bytes, what, (double)bytes, "at least 1");
}

static void check_network(const struct evert_sim_network *n)
{
	need_time(n->latency, "latency");
	need_time(n->jitter, "jitter");
	need(n->bandwidth == 0 || n->bandwidth >= 1, "bandwidth", n->bandwidth,
	     "0, or at least 1 byte in a second");
	need_buffer(n->receive_buffer, "receive_buffer");
	need_buffer(n->send_buffer, "send_buffer");
	need_share(n->cut, "cut");
	need(n->loss >= 0 && n->loss < 1, "loss", n->loss, "from 0 to below 1");
	need_share(n->duplicate, "duplicate");
	need_share(n->reorder, "reorder");
	need_share(n->reset, "reset");
	need(n->drift >= 0 && n->drift <= EVERT_SIM_SLOWEST, "drift", n->drift,
	     "from 0 to 999,000");
}

const struct evert_sim_network *
evert_sim_get_network(const struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_get_network");
	return &sim->network;
}

void evert_sim_set_network(struct evert_sim *sim,
			   const struct evert_sim_network *n)
{
	evert_sim_need(sim, "evert_sim_set_network");
	if (!n)
		evert_bug("evert_sim_set_network was given no network");
	check_network(n);
	sim->network = *n;
}

/* ---- Making and destroying ---- */

struct evert_sim *evert_sim_create(uint64_t seed)
{
	struct evert_sim *sim = evert_sim_allocate(sizeof(*sim));
	int error = -evert_sim_names_open(sim);

	if (error) {
		evert_sim_free(sim);
		errno = error;
		return NULL;
	}
	sim->chance = seed;
	sim->now = sim->begun = BEGIN;
	sim->limit = INT64_MAX;
	evert_list_init(&sim->hosts);
	evert_list_init(&sim->tcp_ports);
	evert_list_init(&sim->udp_ports);
	evert_list_init(&sim->connections);
	evert_list_init(&sim->datagrams);
	evert_list_init(&sim->partings);
	sim->trace = evert_sim_trace_shared ? evert_sim_trace_shared
					    : &sim->own_trace;
	*sim->trace = (struct evert_sim_trace){.seed = seed};
	sim->most = evert_sim_variant.most;
	sim->calm_after = evert_sim_variant.calm_after;
	draw_network(sim);
	draw_drift(sim);
	evert_list_append(&worlds, &sim->node);
	evert_backoff_seed = draw_seed;
	return sim;
}

static void release_host(struct evert_sim_host *host)
{
	size_t left = evert_sim_descriptors(host);

	if (left)
		evert_sim_fail(host->sim,
			       "%s has %zu descriptors open that "
			       "nobody closed",
			       host->name, left);
	evert_list_remove(&host->node);
	evert_sim_unix_collect(host);
	evert_sim_paths_release(host);
	evert_sim_free(host->files);
	evert_sim_free(host);
}

void evert_sim_destroy(struct evert_sim *sim)
{
	if (!sim)
		return;
	evert_sim_need_outside(sim, "evert_sim_destroy");
	if (sim->searched)
		evert_bug("evert_sim_destroy was given the world of a search, "
			  "which destroys it when the scenario has returned");
	evert_sim_end_programs(sim, NULL);
	evert_sim_connections_release(sim);
	evert_sim_datagrams_release(sim);
	while (!evert_list_is_empty(&sim->hosts))
		release_host(evert_container_of(sim->hosts.next,
						struct evert_sim_host, node));
	evert_sim_names_close(sim);
	evert_sim_events_finish(&sim->events);
	evert_sim_programs_release(sim);
	evert_sim_partings_release(sim);
	evert_list_remove(&sim->node);
	if (evert_list_is_empty(&worlds))
		evert_backoff_seed = NULL;
	evert_sim_free(sim);
}

/* ---- What happened ---- */

double evert_sim_seconds(const struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_seconds");
	return (double)(sim->now - sim->begun) / 1e9;
}

uint64_t evert_sim_seed(const struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_seed");
	return sim->trace->seed;
}

uint64_t evert_sim_steps(const struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_steps");
	return sim->trace->steps;
}

uint64_t evert_sim_hash(const struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_hash");
	return sim->trace->hash;
}

void evert_sim_note(struct evert_sim *sim, const char *what, long number)
{
	evert_sim_need(sim, "evert_sim_note");
	if (!what)
		evert_bug("evert_sim_note was given no text");
	evert_sim_trace_add(sim->trace, "", what, number, 0);
}

void evert_sim_fail(struct evert_sim *sim, const char *format, ...)
{
	va_list args;

	evert_sim_need(sim, "evert_sim_fail");
	va_start(args, format);
	evert_sim_trace_fail_list(sim->trace, format, args);
}
