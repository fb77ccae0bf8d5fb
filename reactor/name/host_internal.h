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
	/* From the loop: look at `failure` and `addresses`. It is to be ended
	   there, or later. */
	void (*done)(struct evert_host_lookup *lookup);
	struct evert_task tell;
	struct evert_host_failure failure;
	struct evert_address *addresses; /* port 0; the owner may take them */
	size_t count;
	struct evert_host_family families[2]; /* IPv4, IPv6 */
	unsigned dots;
	bool ends_with_dot;
	bool is_as_is;	   /* what is asked now has no domain behind it */
	bool tried_as_is;
	bool failed_first; /* as it is: so it is that failure that is told */
	bool ended_search;
	const char *domain; /* of the search list, NULL: none yet */
	char *host;
};

/* Begins; 0, or -ENOMEM: then it is as if ended. */
int evert_host_lookup_begin(struct evert_host_lookup *lookup,
			    struct evert_resolver *resolver, const char *host,
			    void (*done)(struct evert_host_lookup *lookup));

/* Ends it, wherever it is, and releases what it has. */
void evert_host_lookup_end(struct evert_host_lookup *lookup);

#endif
