/* SPDX-License-Identifier: MIT */
/* A table's names, each with its sets of records. */
#ifndef EVERT_PROTOCOLS_DNS_TABLE_INTERNAL_H
#define EVERT_PROTOCOLS_DNS_TABLE_INTERNAL_H

#include "table.h"

/* The records of a type. Each is a block, its name and data behind it. */
struct dns_rrset {
	struct dns_rrset *next; /* another type's */
	uint16_t type;
	size_t count;
	struct evert_dns_record *records; /* an array */
	uint64_t given;			  /* the last answer it is in */
};

struct dns_node {
	struct dns_node *next; /* of the same bucket */
	uint32_t hash;
	uint32_t below;		/* how many names with records are below it */
	struct dns_rrset *sets; /* NULL: only names below it have any */
	uint8_t name[];		/* as its first record spells it */
};

/* NULL: there is none, neither is one below it. */
struct dns_node *dns_table_find(const struct evert_dns_table *table,
				const uint8_t *name);

/* NULL: it has none. */
const struct dns_rrset *dns_node_set(const struct dns_node *node,
				     uint16_t type);

/* Has it zones? */
bool dns_table_has_zones(const struct evert_dns_table *table);

/* An answer begins, and holds no set yet. Into each a set goes once (RFC 2181,
   5.5), so the second time it is asked for, this says false. */
void dns_table_begin_answer(struct evert_dns_table *table);
bool dns_table_give_once(const struct evert_dns_table *table,
			 const struct dns_rrset *set);

#endif
