/* SPDX-License-Identifier: MIT */
/*
 * The addresses of a host, as getaddrinfo(3) finds them: the text may be an
 * address; else the hosts file counts, if it has the name; then name servers
 * do, for IPv4 and IPv6 at the same time, by way of the search list
 * (resolv.conf(5)). What is found is sorted (RFC 6724).
 */
#ifndef EVERT_REACTOR_HOST_INTERNAL_H
#define EVERT_REACTOR_HOST_INTERNAL_H

#include "resolver_internal.h"
#include "search_internal.h"

enum {
	EVERT_HOST_ADDRESSES = 256, /* of more, the first are taken */
};

/* Why there are none. */
struct evert_host_failure {
	const struct evert_error *kind; /* NULL: there are some */
	int error;
	char words[EVERT_QUERY_WORDS];
};

struct evert_host_lookup;

struct evert_host_family {
	struct evert_asker asker;
	struct evert_host_lookup *lookup;
	struct evert_answer *answer; /* NULL: there is none yet */
	uint16_t type;
	bool is_asked;
};

/* Embedded in who wants them. */
struct evert_host_lookup {
	struct evert_resolver *resolver;
	struct evert_name_config *config;
	/* From the loop: look at `failure`, `addresses` and `has_more`. It is
	   to be ended there, or later. */
	void (*done)(struct evert_host_lookup *lookup);
	struct evert_task tell;
	struct evert_host_failure failure;
	struct evert_address *addresses; /* port 0 */
	size_t count, room;
	struct evert_host_family families[2]; /* IPv4, IPv6 */
	struct evert_search search;
	bool is_name; /* what it is at, of these */
	bool failed_first; /* as it is: so it is that failure that is told */
	/* Is one family told before the other is there? */
	bool in_parts, was_told_in_part;
	struct evert_delayed_call in_part; /* that IPv6 may come first */
	bool has_more; /* done will be called again: with all of them */
	char *host;
};

/*
 * Begins; 0, or -ENOMEM: then it is as if ended. With `in_parts` addresses are
 * told as RFC 8305, 3, has it: those of IPv6 at once, those of IPv4 when IPv6
 * has not come 50 ms later; then again, all.
 */
int evert_host_lookup_begin(struct evert_host_lookup *lookup,
			    struct evert_resolver *resolver, const char *host,
			    bool in_parts,
			    void (*done)(struct evert_host_lookup *lookup));

/* Ends it, wherever it is, and releases what it has. */
void evert_host_lookup_end(struct evert_host_lookup *lookup);

/* ---- host_here.c ---- */

/* Adds the addresses that are known without a server: of a number, the hosts
   file, this machine. False: the name is none of these. */
bool evert_host_find_here(struct evert_host_lookup *lookup);

/* ---- host_outcome.c: what the answers for both families amount to ---- */

/* Where there is no memory for it, the failure says so. */
void evert_host_add_address(struct evert_host_lookup *lookup,
			    const struct evert_address *address);

bool evert_host_has_addresses(const struct evert_answer *answer);

/* The addresses are those that have been answered by now. */
void evert_host_take_addresses(struct evert_host_lookup *lookup);

/* The same when both have answered, and lets go of the answers. False: there
   are none, and why. */
bool evert_host_take_answers(struct evert_host_lookup *lookup,
			     struct evert_host_failure *failure);
void evert_host_release_answers(struct evert_host_lookup *lookup);

/* The best comes first; and where there are some, it has not failed. */
void evert_host_sort(struct evert_host_lookup *lookup);

/* It has failed so, */
void evert_host_fail(struct evert_host_lookup *lookup,
		     const struct evert_error *kind, int error,
		     const char *words);
/* or, for a name of several, so. */
void evert_host_remember(struct evert_host_lookup *lookup,
			 const struct evert_host_failure *failure);

/* Does the next name of the search list count then? */
bool evert_host_failure_is_passing(const struct evert_host_failure *failure);

#endif
