/* SPDX-License-Identifier: MIT */
/* Hosts that are parted, and hosts that lose their power. */
#include "../../deferred/base/bug.h"
#include "program_internal.h"
#include "tcp_internal.h"

/* ---- Parting ---- */

struct parting {
	struct evert_list_node node;
	const struct evert_sim_host *one, *other;
};

static struct parting *find(const struct evert_sim_host *one,
			    const struct evert_sim_host *other)
{
	struct evert_list_node *list = &one->sim->partings, *node;
	struct parting *parting;

	for (node = list->next; node != list; node = node->next) {
		parting = evert_container_of(node, struct parting, node);
		if ((parting->one == one && parting->other == other) ||
		    (parting->one == other && parting->other == one))
			return parting;
	}
	return NULL;
}

bool evert_sim_is_apart(const struct evert_sim_host *one,
			const struct evert_sim_host *other)
{
	if (one->down || other->down)
		return true;
	return one != other && find(one, other);
}

static void need_both(const struct evert_sim_host *one,
		      const struct evert_sim_host *other, const char *what)
{
	evert_sim_need_host(one, what);
	evert_sim_need_host(other, what);
	if (one->sim != other->sim)
		evert_bug("%s was given hosts of two worlds", what);
}

/* Who asks whether the other side is there gets no answer any more. */
static void look_at_connections(const struct evert_sim *sim)
{
	const struct evert_list_node *list = &sim->connections, *node;
	struct evert_sim_connection *c;

	for (node = list->next; node != list; node = node->next) {
		c = evert_container_of(node, struct evert_sim_connection, node);
		evert_sim_keep_alive_look(&c->ends[0]);
		evert_sim_keep_alive_look(&c->ends[1]);
	}
}

void evert_sim_part(struct evert_sim_host *one, struct evert_sim_host *other)
{
	struct parting *parting;

	need_both(one, other, "evert_sim_part");
	evert_sim_tell(one, "parted", 0, 0);
	evert_sim_tell(other, "parted", 0, 0);
	if (find(one, other))
		return;
	parting = evert_sim_allocate(sizeof(*parting));
	parting->one = one;
	parting->other = other;
	evert_list_append(&one->sim->partings, &parting->node);
	look_at_connections(one->sim);
}

void evert_sim_join(struct evert_sim_host *one, struct evert_sim_host *other)
{
	struct parting *parting;

	need_both(one, other, "evert_sim_join");
	parting = find(one, other);
	evert_sim_tell(one, "joined", 0, 0);
	evert_sim_tell(other, "joined", 0, 0);
	if (!parting)
		return;
	evert_list_remove(&parting->node);
	evert_sim_free(parting);
}

void evert_sim_partings_release(struct evert_sim *sim)
{
	struct parting *parting;

	while (!evert_list_is_empty(&sim->partings)) {
		parting = evert_container_of(sim->partings.next, struct parting,
					     node);
		evert_list_remove(&parting->node);
		evert_sim_free(parting);
	}
}

/* ---- Halting ---- */

/* It is gone, and nobody is told. */
static void forget(struct evert_sim_end *end)
{
	if (!end->dead)
		evert_sim_end_die(end, 0);
	evert_sim_way_finish(end);
}

static void forget_connections(const struct evert_sim_host *host)
{
	struct evert_list_node *list = &host->sim->connections, *node;
	struct evert_sim_connection *c;
	size_t i;

	for (node = list->next; node != list; node = node->next) {
		c = evert_container_of(node, struct evert_sim_connection, node);
		for (i = 0; i < 2; i++)
			if (c->ends[i].host == host)
				forget(&c->ends[i]);
	}
}

void evert_sim_halt(struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_halt");
	evert_sim_need_outside(host->sim, "evert_sim_halt");
	evert_sim_tell(host, "halted", 0, 0);
	host->down = true;
	forget_connections(host);
	evert_sim_end_programs(host->sim, host);
}

/* ---- Limits ---- */

void evert_sim_limit_descriptors(struct evert_sim_host *host, size_t most)
{
	evert_sim_need_host(host, "evert_sim_limit_descriptors");
	host->open_most = most;
}

void evert_sim_limit_memory(struct evert_sim *sim, double often)
{
	evert_sim_need(sim, "evert_sim_limit_memory");
	evert_sim_need_share(often, "evert_sim_limit_memory");
	sim->memory_fails = often;
}
