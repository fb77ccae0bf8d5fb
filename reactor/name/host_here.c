/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "host_internal.h"

/* As getaddrinfo has it: "127.1" is an address, too. */
static bool find_numeric(struct evert_host_lookup *lookup)
{
	struct evert_address address;
	struct in_addr ip4;

	if (evert_address_parse(&address, lookup->host, 0)) {
		if (strpbrk(lookup->host, " \t\n") ||
		    !inet_aton(lookup->host, &ip4))
			return false;
		evert_address_parse(&address, "0.0.0.0", 0);
		address.as.ip4.sin_addr = ip4;
	}
	evert_host_add_address(lookup, &address);
	return true;
}

static bool find_in_hosts(struct evert_host_lookup *lookup)
{
	const struct evert_resolver *resolver = lookup->resolver;
	const struct evert_hosts_entry *entry;

	if (!resolver->services.files)
		return false;
	entry = evert_hosts_find(resolver->hosts, lookup->host);
	if (!entry)
		return false;
	for (; entry && (!lookup->count || resolver->all_lines);
	     entry = evert_hosts_next(entry))
		evert_host_add_address(lookup, &entry->address);
	return true;
}

static bool find_loopback(struct evert_host_lookup *lookup)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_address address;

	if (evert_dns_name_parse(name, lookup->host, NULL) ||
	    !evert_name_is_local(name, evert_dns_name_length(name)))
		return false;
	evert_address_parse(&address, "127.0.0.1", 0);
	evert_host_add_address(lookup, &address);
	evert_address_parse(&address, "::1", 0);
	evert_host_add_address(lookup, &address);
	return true;
}

bool evert_host_find_here(struct evert_host_lookup *lookup)
{
	return find_numeric(lookup) || find_in_hosts(lookup) ||
	       find_loopback(lookup);
}
