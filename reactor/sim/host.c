/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "../../deferred/base/bug.h"
#include "world_internal.h"

static struct evert_sim_host *next_host(const struct evert_sim *sim,
					const struct evert_list_node *node)
{
	return node->next == &sim->hosts
		       ? NULL
		       : evert_container_of(node->next, struct evert_sim_host,
					    node);
}

/* ---- Addresses ---- */

static bool is_same_address(const struct evert_address *a,
			    const struct evert_address *b)
{
	if (a->as.any.sa_family != b->as.any.sa_family)
		return false;
	return a->as.any.sa_family == AF_INET
		       ? a->as.ip4.sin_addr.s_addr == b->as.ip4.sin_addr.s_addr
		       : !memcmp(&a->as.ip6.sin6_addr, &b->as.ip6.sin6_addr,
				 sizeof(a->as.ip6.sin6_addr));
}

static bool is_loopback(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET
		       ? ntohl(address->as.ip4.sin_addr.s_addr) >> 24 == 127
		       : IN6_IS_ADDR_LOOPBACK(&address->as.ip6.sin6_addr);
}

static bool owns(const struct evert_sim_host *host,
		 const struct evert_address *address)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (is_same_address(&host->addresses[i], address))
			return true;
	return false;
}

bool evert_sim_host_has(const struct evert_sim_host *host,
			const struct evert_address *address)
{
	return is_loopback(address) || owns(host, address);
}

bool evert_sim_is_any(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET
		       ? !address->as.ip4.sin_addr.s_addr
		       : IN6_IS_ADDR_UNSPECIFIED(&address->as.ip6.sin6_addr);
}

static struct evert_sim_host *owner(const struct evert_sim *sim,
				    const struct evert_address *address)
{
	struct evert_sim_host *host = next_host(sim, &sim->hosts);

	while (host && !owns(host, address))
		host = next_host(sim, &host->node);
	return host;
}

struct evert_sim_host *evert_sim_find_host(struct evert_sim_host *from,
					   const struct evert_address *to)
{
	/* To connect to no address is to connect to oneself, on Linux. */
	return is_loopback(to) || evert_sim_is_any(to) ? from
						       : owner(from->sim, to);
}

struct evert_address evert_sim_source(const struct evert_sim_host *host,
				      const struct evert_address *to)
{
	struct evert_address none = {.length = 0};
	int family = to->as.any.sa_family;
	size_t i;

	if (is_loopback(to) || evert_sim_is_any(to)) {
		evert_address_parse(&none,
				    family == AF_INET ? "127.0.0.1" : "::1", 0);
		return none;
	}
	/* Itself by that address; others by the first one there is. */
	if (owns(host, to)) {
		none = *to;
		evert_address_set_port(&none, 0);
		return none;
	}
	for (i = 0; i < host->address_count; i++)
		if (host->addresses[i].as.any.sa_family == family)
			return host->addresses[i];
	return none;
}

/* ---- Hosts ---- */

/* Of one host, and of its family; whoever looks it up. */
static bool is_of_a_host(const struct evert_address *address)
{
	const struct in6_addr *ip6 = &address->as.ip6.sin6_addr;

	if (evert_sim_is_any(address) || is_loopback(address))
		return false;
	/* From 224.0.0.0 on: many hosts, all, or nobody. */
	return address->as.any.sa_family == AF_INET
		       ? ntohl(address->as.ip4.sin_addr.s_addr) >> 29 != 7
		       : !IN6_IS_ADDR_MULTICAST(ip6) &&
				 !IN6_IS_ADDR_V4MAPPED(ip6) &&
				 !address->as.ip6.sin6_scope_id;
}

void evert_sim_add_address(struct evert_sim_host *host, const char *text)
{
	struct evert_address address;

	evert_sim_need_host(host, "evert_sim_add_address");
	if (!text)
		evert_bug("evert_sim_add_address was given no address for %s",
			  host->name);
	if (evert_address_parse(&address, text, 0) || !is_of_a_host(&address))
		evert_bug("the address \"%s\" of the simulated host %s is no "
			  "numeric address of a host",
			  text, host->name);
	if (owner(host->sim, &address))
		evert_bug("the address %s of the simulated host %s is taken",
			  text, host->name);
	if (host->address_count == EVERT_SIM_ADDRESSES)
		evert_bug("the simulated host %s has %d addresses already",
			  host->name, EVERT_SIM_ADDRESSES);
	host->addresses[host->address_count++] = address;
	evert_sim_names_add(host, &address);
}

/* Its own name, on every host (RFC 6761, 6.3). */
static bool is_localhost(const char *name)
{
	static const char local[] = "localhost";
	size_t length = strlen(name), least = sizeof(local) - 1;

	return length >= least && !strcasecmp(name + length - least, local) &&
	       (length == least || name[length - least - 1] == '.');
}

/* Can a program look it up, and find this host? */
static bool is_name(const char *name)
{
	struct evert_address address;
	struct in_addr short_form; /* as "127.1" */

	return *name && !name[strcspn(name, " \t\r\n\v\f#%\\")] &&
	       name[strlen(name) - 1] != '.' && !is_localhost(name) &&
	       evert_address_parse(&address, name, 0) &&
	       !inet_aton(name, &short_form);
}

static void check_name(const struct evert_sim *sim, const char *name)
{
	struct evert_sim_host *host = next_host(sim, &sim->hosts);

	if (!name)
		evert_bug("evert_sim_add_host was given no name");
	if (strlen(name) >= sizeof(host->name) || !is_name(name))
		evert_bug("\"%s\" is no name for a simulated host", name);
	for (; host; host = next_host(sim, &host->node))
		if (!strcasecmp(host->name, name))
			evert_bug("there are two simulated hosts \"%s\": case "
				  "does not count",
				  name);
}

struct evert_sim_host *evert_sim_add_host(struct evert_sim *sim,
					  const char *name, const char *address)
{
	struct evert_sim_host *host;

	evert_sim_need(sim, "evert_sim_add_host");
	check_name(sim, name);
	host = evert_sim_allocate(sizeof(*host));
	host->base.ops = &evert_sim_ops;
	host->sim = sim;
	host->open_most = SIZE_MAX;
	strcpy(host->name, name);
	evert_sim_start_clock(host);
	evert_list_init(&host->paths);
	evert_list_init(&host->unix_sockets);
	evert_list_append(&sim->hosts, &host->node);
	evert_sim_add_address(host, address);
	return host;
}

const char *evert_sim_host_name(const struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_host_name");
	return host->name;
}

struct evert_system *evert_sim_system(struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_system");
	return &host->base;
}

size_t evert_sim_descriptors(const struct evert_sim_host *host)
{
	evert_sim_need_host(host, "evert_sim_descriptors");
	return host->open;
}

/* ---- Between them ---- */

int64_t evert_sim_travel(struct evert_sim *sim,
			 const struct evert_sim_host *from,
			 const struct evert_sim_host *to)
{
	const struct evert_sim_network *network = &sim->network;
	int64_t span = 1 + (int64_t)evert_sim_random(sim, 20000);

	if (from == to)
		return span;
	span += (int64_t)(network->latency * 1e9);
	if (network->jitter > 0)
		span += (int64_t)evert_sim_random(
			sim, (uint64_t)(network->jitter * 1e9) + 1);
	return span;
}
