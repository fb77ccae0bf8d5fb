/* SPDX-License-Identifier: MIT */
/*
 * Asking name servers (twisted.names.client):
 *
 *	EVERT_TRY(r, evert_await(evert_resolve(reactor, "example.org",
 *					       EVERT_DNS_MX)));
 *	found = evert_result_as_dns_records(&r);
 *
 * Questions that are equal and under way at the same time are one. Answers are
 * kept as long as they say, also that there is nothing (RFC 2308). How servers
 * are chosen, and what else may be set: resolver.h.
 *
 * A Deferred from here may be cancelled at any time. It fails with a kind below
 * EVERT_LOOKUP_FAILED (lookup_failure.h), with EVERT_REACTOR_STOPPED, or
 * EVERT_NO_MEMORY.
 *
 * Thread rule: the reactor's thread; all of it may be called from callbacks.
 */
#ifndef EVERT_REACTOR_RESOLVE_H
#define EVERT_REACTOR_RESOLVE_H

#include "../../deferred/deferred.h"
#include "../dns/record.h"
#include "../reactor.h"
#include "lookup_failure.h"

EVERT_BEGIN

/* ---- Records ---- */

/* The type of a result that owns a struct evert_dns_records. */
extern const struct evert_type evert_type_dns_records;

/* The records in such a result, as long as that lives. */
static inline const struct evert_dns_records *
evert_result_as_dns_records(const struct evert_result *result)
{
	return (const struct evert_dns_records *)evert_result_as(
		result, &evert_type_dns_records);
}

/*
 * Asks for the records of `name` (text as in a zone file, "example.org"; taken
 * as it is, without a search list) that are of `type`, enum evert_dns_type or
 * another number. Fires with the records: first those that lead there (CNAME),
 * each of its own name, then what was asked for; at once, if it is known.
 * EVERT_DNS_ANY: some records of the name, as the server likes (RFC 8482);
 * there is no way to have all.
 */
#define evert_resolve(...) evert_resolve_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_resolve_at(struct evert_reactor *reactor,
					const char *name, uint16_t type,
					const char *place);

/* ---- Addresses of hosts ---- */

/* Addresses of a host, all in one block. */
struct evert_addresses {
	size_t count; /* at least 1 */
	const struct evert_address *address; /* as many, of port 0 */
};

/* The type of a result that owns a struct evert_addresses. */
extern const struct evert_type evert_type_addresses;

/* The addresses in such a result, as long as that lives. */
static inline const struct evert_addresses *
evert_result_as_addresses(const struct evert_result *result)
{
	return (const struct evert_addresses *)evert_result_as(
		result, &evert_type_addresses);
}

/*
 * The addresses of a host, as evert_connect looks them up: from the hosts file
 * or by the search list, IPv4 and IPv6, the best first (RFC 6724), at most
 * 256. A numeric address is its own. Fires from the loop. To send a datagram to
 * one, copy it and set its port (evert_address_set_port).
 */
#define evert_resolve_host(...) evert_resolve_host_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_resolve_host_at(struct evert_reactor *reactor,
					     const char *name,
					     const char *place);

EVERT_END

#endif
