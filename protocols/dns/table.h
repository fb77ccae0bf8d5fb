/* SPDX-License-Identifier: MIT */
/*
 * Names and their records, to answer from: what a server is authoritative for
 * (RFC 1034, 4.3.2).
 *
 *	table = evert_dns_table_create();
 *	evert_dns_table_load(table, "example.zone", NULL, problem, size);
 *	server = evert_dns_server_create(reactor, evert_dns_table_answer,
 *					 table, NULL);
 *
 * A zone begins at each name that has a SOA record. What is below none is
 * REFUSED. In a zone: aliases are followed, as far as they stay in the table;
 * a name that has NS records below the zone's beginning is another's, and is
 * referred to, with its addresses if they are known; what is below a name with
 * a DNAME is an alias of the same below another name (RFC 6672), YXDOMAIN where
 * that is too long; a name that there is not is NXDOMAIN, unless a "*" stands
 * for it (RFC 4592); the zone's SOA goes with "no" (RFC 2308). To ANY one set
 * is the answer (RFC 8482). Without a SOA anywhere, as of a mere list of
 * addresses, the table is one zone of all names, and "no" goes without.
 *
 * Thread rule: one thread at a time.
 */
#ifndef EVERT_PROTOCOLS_DNS_TABLE_H
#define EVERT_PROTOCOLS_DNS_TABLE_H

#include "server.h"

EVERT_BEGIN

struct evert_dns_table;

/* An empty one. The caller owns it; it must outlive the servers that answer
   from it. NULL, errno ENOMEM. */
struct evert_dns_table *evert_dns_table_create(void);

/* Frees a table. NULL does nothing. */
void evert_dns_table_destroy(struct evert_dns_table *table);

/*
 * Adds a copy of a record; one that is there already once more does nothing
 * but set the TTL of its set, which is one for all (RFC 2181, 5.2). 0;
 * -ENOMEM; -EINVAL: it is not of the class IN, or of a type that is only asked
 * for; -EEXIST: a CNAME beside anything else, or a second one, or a second SOA
 * or DNAME.
 */
int evert_dns_table_add(struct evert_dns_table *table,
			const struct evert_dns_record *record);

/* The same of an A or AAAA record; -EAFNOSUPPORT for an address that is
   neither. */
int evert_dns_table_add_address(struct evert_dns_table *table,
				const uint8_t *name, uint32_t ttl,
				const struct evert_address *address);

/*
 * Adds a zone file (reactor/dns/zone.h). `origin` is its first $ORIGIN, as
 * text; NULL: the root. 0; -errno where it can't be read; -EBADMSG: an error
 * in it. Then `problem` says what, in at most `size` bytes, the zero byte
 * included, and what came before stays in the table.
 */
int evert_dns_table_load(struct evert_dns_table *table, const char *path,
			 const char *origin, char *problem, size_t size);

/* How many names have records. */
size_t evert_dns_table_names(const struct evert_dns_table *table);

/* For evert_dns_server_create, with the table as its `arg`. */
struct evert_result evert_dns_table_answer(struct evert_dns_request *request,
					   void *table);

EVERT_END

#endif
