/* SPDX-License-Identifier: MIT */
/*
 * /etc/resolv.conf (resolv.conf(5)), as glibc 2.36 reads it, with what the
 * environment says: LOCALDOMAIN instead of search and domain, RES_OPTIONS
 * behind the options.
 *
 * Not as the manual has it, but as glibc does: an option is known by its
 * beginning ("rotated" is rotate), keywords stand at the beginning of a line,
 * a nameserver may be "127.1", lines with options add up, the last of search
 * and domain counts.
 *
 * Not as glibc does: a CR at the end of a line is dropped, and does not spoil
 * a nameserver; attempts:0 is one attempt, timeout:0 a second; a nameserver
 * with a scope that there is not is left out, not asked without.
 */
#ifndef EVERT_REACTOR_RESOLV_CONF_INTERNAL_H
#define EVERT_REACTOR_RESOLV_CONF_INTERNAL_H

#include "../address.h"

enum {
	EVERT_RESOLV_SERVERS = 3,
	EVERT_RESOLV_NDOTS = 15,
	EVERT_RESOLV_TIMEOUT = 30,
	EVERT_RESOLV_ATTEMPTS = 5,
	EVERT_DNS_PORT = 53,
};

struct evert_resolv_conf {
	struct evert_address servers[EVERT_RESOLV_SERVERS];
	size_t server_count; /* at least 1: 127.0.0.1 where none is named */
	char *search; /* domains, a zero byte behind each; NULL: none */
	size_t search_length;
	unsigned ndots, attempts;
	unsigned timeout; /* seconds; 0: it does not say */
	bool rotate;
	bool use_tcp;	     /* use-vc */
	bool edns;	     /* edns0 */
	bool single_request; /* A, then AAAA; also for single-request-reopen */
	bool no_aaaa;
	bool no_tld_query;
	bool trust_ad;
	bool no_reload;
};

/*
 * What a file with this text says; it is written to. NULL for `local_domain`,
 * `options`, `host_name`: the environment has none, the host's name is not
 * known. 0, or -ENOMEM; to be finished then, too.
 */
struct evert_resolv_conf_environment {
	const char *local_domain, *options, *host_name;
};
int evert_resolv_conf_read(
	struct evert_resolv_conf *conf, char *text,
	const struct evert_resolv_conf_environment *environment);

void evert_resolv_conf_finish(struct evert_resolv_conf *conf);

/* The first domain to search, and the one behind `domain`; NULL: no more. */
const char *evert_resolv_conf_search(const struct evert_resolv_conf *conf,
				     const char *domain);

#endif
