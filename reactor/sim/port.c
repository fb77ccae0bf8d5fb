/* SPDX-License-Identifier: MIT */
#include "port_internal.h"

#include <errno.h>

enum {
	FIRST_PICKED = 32768, /* ip_local_port_range */
	LAST_PICKED = 60999,
	PICKS = 1000,
};

void evert_sim_port_init(struct evert_sim_port *port,
			 struct evert_sim_host *host, int family,
			 struct evert_list_node *all)
{
	port->host = host;
	port->family = family;
	port->all = all;
	evert_list_init(&port->node);
}

static struct evert_sim_port *next_port(const struct evert_list_node *all,
					const struct evert_list_node *node)
{
	return node->next == all
		       ? NULL
		       : evert_container_of(node->next, struct evert_sim_port,
					    node);
}

/* ---- Who has which ---- */

/* Could something be meant for either? */
static bool overlaps(const struct evert_address *a,
		     const struct evert_address *b)
{
	struct evert_address same = *b;

	if (a->as.any.sa_family != b->as.any.sa_family ||
	    evert_address_port(a) != evert_address_port(b))
		return false;
	if (evert_sim_is_any(a) || evert_sim_is_any(b))
		return true;
	if (same.as.any.sa_family == AF_INET6)
		same.as.ip6.sin6_scope_id = a->as.ip6.sin6_scope_id;
	return evert_address_is_equal(a, &same);
}

/* Who asks may listen; that the other one does not is what counts. */
static bool agree(const struct evert_sim_port *asks,
		  const struct evert_sim_port *other)
{
	if (asks->reuse_port && other->reuse_port)
		return true;
	return asks->reuse_address && other->reuse_address && !other->listens;
}

bool evert_sim_port_is_taken(const struct evert_sim_port *port,
			     const struct evert_address *address)
{
	const struct evert_sim_port *other = next_port(port->all, port->all);

	for (; other; other = next_port(port->all, &other->node))
		if (other != port && other->host == port->host &&
		    overlaps(&other->address, address) && !agree(port, other))
			return true;
	return false;
}

/* The more it says who is meant, the higher. */
static int rank_of(const struct evert_sim_port *port)
{
	return evert_sim_is_any(&port->address) ? 0 : port->peer.length ? 2 : 1;
}

static bool hears(const struct evert_sim_port *port,
		  const struct evert_address *from)
{
	if (!from)
		return port->listens;
	return !port->peer.length || evert_address_is_equal(&port->peer, from);
}

struct evert_sim_port *evert_sim_port_find(struct evert_list_node *all,
					   struct evert_sim_host *host,
					   const struct evert_address *address,
					   const struct evert_address *from)
{
	struct evert_sim_port *found = NULL, *port = next_port(all, all);
	int rank, highest = 0;
	size_t same = 0;

	for (; port; port = next_port(all, &port->node)) {
		if (port->host != host || !hears(port, from) ||
		    !overlaps(&port->address, address))
			continue;
		rank = rank_of(port);
		if (rank < highest)
			continue;
		if (rank > highest)
			same = 0;
		same++;
		if (same == 1 || !(port->reuse_port && found->reuse_port) ||
		    !evert_sim_random(host->sim, same))
			found = port;
		highest = rank;
	}
	return found;
}

/* ---- Taking ---- */

static void take(struct evert_sim_port *port,
		 const struct evert_address *address)
{
	port->address = *address;
	evert_list_append(port->all, &port->node);
}

int evert_sim_port_pick(struct evert_sim_port *port,
			struct evert_address address)
{
	const uint64_t range = LAST_PICKED - FIRST_PICKED + 1;
	int picks;

	for (picks = 0; picks < PICKS; picks++) {
		evert_address_set_port(
			&address,
			(uint16_t)(FIRST_PICKED +
				   evert_sim_random(port->host->sim, range)));
		if (evert_sim_port_is_taken(port, &address))
			continue;
		take(port, &address);
		port->picked = true;
		return 0;
	}
	return -EADDRINUSE;
}

int evert_sim_port_pick_any(struct evert_sim_port *port)
{
	return port->address.length
		       ? 0
		       : evert_sim_port_pick(
				 port, evert_sim_no_address(port->family));
}

int evert_sim_port_bind(struct evert_sim_port *port,
			const struct evert_address *address)
{
	if (port->address.length)
		return -EINVAL;
	if (address->as.any.sa_family != port->family)
		return -EAFNOSUPPORT;
	if (!evert_sim_is_any(address) &&
	    !evert_sim_host_has(port->host, address))
		return -EADDRNOTAVAIL;
	if (!evert_address_port(address))
		return evert_sim_port_pick(port, *address);
	if (evert_sim_port_is_taken(port, address))
		return -EADDRINUSE;
	take(port, address);
	return 0;
}

int evert_sim_port_speak_to(struct evert_sim_port *port,
			    const struct evert_address *to)
{
	struct evert_address source = evert_sim_source(port->host, to);

	if (!source.length)
		return -ENETUNREACH;
	if (!port->address.length)
		return evert_sim_port_pick(port, source);
	if (!evert_sim_is_any(&port->address))
		return 0;
	evert_address_set_port(&source, evert_address_port(&port->address));
	port->bound = port->address;
	port->address = source;
	return 0;
}

void evert_sim_port_inherit(struct evert_sim_port *port,
			    const struct evert_sim_port *from,
			    const struct evert_address *address)
{
	port->reuse_address = from->reuse_address;
	port->reuse_port = from->reuse_port;
	take(port, address);
	port->picked = true;
}

void evert_sim_port_hush(struct evert_sim_port *port)
{
	if (port->bound.length)
		port->address = port->bound;
	port->bound.length = 0;
	evert_sim_port_give_back(port);
}

void evert_sim_port_leave(struct evert_sim_port *port)
{
	evert_list_remove(&port->node);
	port->address.length = port->bound.length = 0;
}

void evert_sim_port_give_back(struct evert_sim_port *port)
{
	if (port->picked)
		evert_sim_port_leave(port);
	port->picked = false;
}

/* ---- Addresses ---- */

struct evert_address evert_sim_no_address(int family)
{
	struct evert_address none;

	evert_address_parse(&none, family == AF_INET ? "0.0.0.0" : "::", 0);
	return none;
}

struct evert_address evert_sim_target(const struct evert_sim_host *host,
				      const struct evert_address *to)
{
	struct evert_address target = *to;

	if (evert_sim_is_any(to)) {
		target = evert_sim_source(host, to);
		evert_address_set_port(&target, evert_address_port(to));
	}
	return target;
}
