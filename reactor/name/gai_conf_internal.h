/* SPDX-License-Identifier: MIT */
/*
 * What makes one address better than another: the table of RFC 6724, section
 * 2.1, or what /etc/gai.conf (gai.conf(5)) says instead. A file with a label
 * replaces all labels, and so for precedences and scopes; what it leaves
 * uncovered has the label 1, the precedence 40, the scope 14.
 */
#ifndef EVERT_REACTOR_GAI_CONF_INTERNAL_H
#define EVERT_REACTOR_GAI_CONF_INTERNAL_H

#include "../address.h"

struct evert_policy {
	struct in6_addr prefix; /* IPv4 is mapped */
	uint8_t bits;
	uint32_t value;
};

/* The longest prefixes first. */
struct evert_policy_table {
	struct evert_policy *policies;
	size_t count;
};

struct evert_policies {
	struct evert_policy_table labels, precedences, scopes;
};

/* What a gai.conf with this text says, which is written to; each table that it
   does not touch is the default. 0, or -ENOMEM; to be finished then, too. */
int evert_policies_read(struct evert_policies *policies, char *text);
void evert_policies_finish(struct evert_policies *policies);

uint32_t evert_policy_of(const struct evert_policy_table *table,
			 const struct evert_address *address);

#endif
