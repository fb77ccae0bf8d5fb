/* SPDX-License-Identifier: MIT */
#include "sort_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum {
	SCOPE_LINK = 2,
	SCOPE_SITE = 5,
	SCOPE_GLOBAL = 14,
};

/* What a rule looks at. */
struct candidate {
	const struct evert_policies *policies;
	const struct evert_address *to;
	const struct evert_source *from;
};

static bool is_ip6(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET6;
}

/* ---- Scopes and prefixes ---- */

/* RFC 6724, 3.1: those of RFC 4291; ::1 counts as of the link. */
static uint32_t scope_of(const struct evert_policies *policies,
			 const struct evert_address *address)
{
	const struct in6_addr *ip6 = &address->as.ip6.sin6_addr;

	if (!is_ip6(address))
		return evert_policy_of(&policies->scopes, address);
	if (IN6_IS_ADDR_MULTICAST(ip6))
		return ip6->s6_addr[1] & 0xf;
	if (IN6_IS_ADDR_LINKLOCAL(ip6) || IN6_IS_ADDR_LOOPBACK(ip6))
		return SCOPE_LINK;
	return IN6_IS_ADDR_SITELOCAL(ip6) ? SCOPE_SITE : SCOPE_GLOBAL;
}

static unsigned common_bits(const uint8_t *a, const uint8_t *b, unsigned most)
{
	unsigned bits = 0;

	while (bits < most && !((a[bits / 8] ^ b[bits / 8]) &
				(0x80 >> bits % 8)))
		bits++;
	return bits;
}

static unsigned matching_bits(const struct candidate *c)
{
	unsigned bits;

	if (is_ip6(c->to))
		return common_bits(c->to->as.ip6.sin6_addr.s6_addr,
				   c->from->address.as.ip6.sin6_addr.s6_addr,
				   128);
	bits = common_bits((const uint8_t *)&c->to->as.ip4.sin_addr,
			   (const uint8_t *)&c->from->address.as.ip4.sin_addr,
			   32);
	return bits >= c->from->bits ? bits : 0;
}

/* ---- The rules ---- */

static bool is_reachable(const struct candidate *c)
{
	return c->from->address.length;
}

static bool scopes_match(const struct candidate *c)
{
	return scope_of(c->policies, c->to) ==
	       scope_of(c->policies, &c->from->address);
}

static bool labels_match(const struct candidate *c)
{
	return evert_policy_of(&c->policies->labels, c->to) ==
	       evert_policy_of(&c->policies->labels, &c->from->address);
}

/* Is `a` better (1), worse (-1), or neither (0)? */
static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* By the rules that need a source, of which both have one. */
static int compare_matches(const struct candidate *a,
			   const struct candidate *b)
{
	int better = compare(scopes_match(a), scopes_match(b));

	return better ? better : compare(labels_match(a), labels_match(b));
}

static int compare_bits(const struct candidate *a, const struct candidate *b)
{
	if (!is_reachable(a) || is_ip6(a->to) != is_ip6(b->to))
		return 0;
	return compare(matching_bits(a), matching_bits(b));
}

static int is_better(const struct candidate *a, const struct candidate *b)
{
	const struct evert_policies *policies = a->policies;
	int better = compare(is_reachable(a), is_reachable(b));

	if (!better && is_reachable(a))
		better = compare_matches(a, b);
	if (!better)
		better = compare(evert_policy_of(&policies->precedences, a->to),
				 evert_policy_of(&policies->precedences,
						 b->to));
	if (!better)
		better = compare(scope_of(policies, b->to),
				 scope_of(policies, a->to));
	return better ? better : compare_bits(a, b);
}

/* By insertion: there are few, and equal ones keep their order. */
void evert_sort_by(const struct evert_policies *policies,
		   struct evert_address *addresses,
		   struct evert_source *sources, size_t count)
{
	struct evert_address address;
	struct evert_source source;
	struct candidate this = { policies, &address, &source };
	struct candidate before = { .policies = policies };
	size_t i, at;

	for (i = 1; i < count; i++) {
		address = addresses[i];
		source = sources[i];
		for (at = i; at > 0; at--) {
			before.to = &addresses[at - 1];
			before.from = &sources[at - 1];
			if (is_better(&this, &before) <= 0)
				break;
			addresses[at] = addresses[at - 1];
			sources[at] = sources[at - 1];
		}
		addresses[at] = address;
		sources[at] = source;
	}
}

/* ---- Sources ---- */

static void find_source(struct evert_system *system,
			const struct evert_address *to,
			struct evert_source *source)
{
	struct evert_address *from = &source->address;
	int fd = system->ops->socket(system, to->as.any.sa_family, SOCK_DGRAM,
				     0);

	*source = (struct evert_source){ .bits = 0 };
	if (fd < 0)
		return;
	from->length = sizeof(from->as);
	if (system->ops->connect(system, fd, &to->as.any, to->length) ||
	    system->ops->getsockname(system, fd, &from->as.any, &from->length))
		from->length = 0;
	system->ops->close(system, fd);
}

static unsigned bits_of(const struct sockaddr *netmask)
{
	const struct sockaddr_in *mask = (const void *)netmask;

	return mask ? (unsigned)__builtin_popcount(mask->sin_addr.s_addr) : 32;
}

static void set_bits(const struct ifaddrs *interface,
		     struct evert_source *sources, size_t count)
{
	const struct sockaddr_in *ours = (const void *)interface->ifa_addr;
	size_t i;

	if (!ours || ours->sin_family != AF_INET)
		return;
	for (i = 0; i < count; i++)
		if (sources[i].address.as.ip4.sin_family == AF_INET &&
		    sources[i].address.as.ip4.sin_addr.s_addr ==
			    ours->sin_addr.s_addr)
			sources[i].bits = bits_of(interface->ifa_netmask);
}

/* Of the networks that we are in; needed only between several addresses. */
static void find_bits(struct evert_source *sources, size_t count)
{
	struct ifaddrs *interfaces, *interface;
	size_t i, ip4s = 0;

	for (i = 0; i < count; i++)
		ip4s += sources[i].address.length &&
			!is_ip6(&sources[i].address);
	if (ip4s < 2 || getifaddrs(&interfaces))
		return;
	for (interface = interfaces; interface; interface = interface->ifa_next)
		set_bits(interface, sources, count);
	freeifaddrs(interfaces);
}

void evert_sort(const struct evert_policies *policies,
		struct evert_system *system, struct evert_address *addresses,
		size_t count)
{
	struct evert_source *sources;
	size_t i;

	if (count < 2)
		return;
	sources = evert_allocate(count * sizeof(*sources));
	if (!sources)
		return;
	for (i = 0; i < count; i++)
		find_source(system, &addresses[i], &sources[i]);
	find_bits(sources, count);
	evert_sort_by(policies, addresses, sources, count);
	evert_free(sources);
}
