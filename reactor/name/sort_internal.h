/* SPDX-License-Identifier: MIT */
/*
 * The order in which addresses of a name are tried: RFC 6724, section 6, with
 * its table of policies or that of /etc/gai.conf (gai.conf(5)).
 *
 * What is left out: whether a source is deprecated (rule 3), a home address
 * (4), or reached by a tunnel (7). Where IPv4 is concerned, rule 9 counts
 * bits only within a network of ours, as glibc does: outside of one they say
 * nothing.
 */
#ifndef EVERT_REACTOR_SORT_INTERNAL_H
#define EVERT_REACTOR_SORT_INTERNAL_H

#include "../address.h"
#include "../system/system.h"
#include "gai_conf_internal.h"

/* Where we would be seen from by who has an address. */
struct evert_source {
	struct evert_address address; /* length 0: it can't be reached */
	unsigned bits; /* of the network's prefix; IPv4 only */
};

/* Sorts by what is known of the sources, one for each address. */
void evert_sort_by(const struct evert_policies *policies,
		   struct evert_address *addresses,
		   struct evert_source *sources, size_t count);

/*
 * Asks the kernel for the sources, by sockets that are connected and send
 * nothing, and sorts. What can't be asked counts as out of reach; without
 * memory for it, the order stays.
 */
void evert_sort(const struct evert_policies *policies,
		struct evert_system *system, struct evert_address *addresses,
		size_t count);

#endif
