/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_RESOLVER_INTERNAL_H
#define EVERT_REACTOR_RESOLVER_INTERNAL_H

#include "../fork_internal.h"
#include "cache_internal.h"
#include "config_file_internal.h"
#include "gai_conf_internal.h"
#include "hosts_internal.h"
#include "question_internal.h"
#include "resolver.h"

enum evert_resolver_file {
	EVERT_FILE_HOSTS,
	EVERT_FILE_RESOLV_CONF,
	EVERT_FILE_GAI_CONF,
	EVERT_FILE_HOST_CONF,
	EVERT_FILE_NSSWITCH,
	EVERT_RESOLVER_FILES,
};

/* Which services nsswitch.conf names. */
struct evert_name_services {
	bool files, dns;
	bool others; /* or these two in another way */
};

/* A reactor's. Made when a name is looked up first. */
struct evert_resolver {
	struct evert_reactor *reactor;
	struct evert_resolver_options options; /* paths and servers: below */
	char *paths[EVERT_RESOLVER_FILES]; /* NULL: the usual one */
	struct evert_address servers[EVERT_RESOLV_SERVERS];
	struct evert_config_file files[EVERT_RESOLVER_FILES];
	int64_t look_again; /* at none of them before that time */
	/* What is in them. */
	struct evert_hosts *hosts;
	struct evert_name_config *config;
	struct evert_policies policies;
	struct evert_name_services services;
	bool all_lines; /* of hosts that have a name, not only the first */

	struct evert_random random;
	struct evert_dns_cache cache;
	struct evert_questions questions;
	struct evert_errand errand; /* begins them anew in a fork's child */
	struct evert_member member; /* ends them with the run */
};

/* NULL, errno ENOMEM. */
struct evert_resolver *evert_resolver_of(struct evert_reactor *reactor);

/* The reactor's, with what its files say now. NULL, errno: ENOMEM and the like,
   ESHUTDOWN when the reactor closes its connections. */
struct evert_resolver *evert_resolver_ready(struct evert_reactor *reactor);

/* Are names of hosts looked up by getaddrinfo? */
bool evert_resolver_is_systems(const struct evert_resolver *resolver);

/*
 * What `name` has of that type: the answer, if it is known, which the caller
 * releases; or NULL: then `asker`, whose `answered` is set, is told, or, where
 * it has no question, there was no memory.
 */
struct evert_answer *evert_resolver_ask(struct evert_resolver *resolver,
					struct evert_name_config *config,
					const uint8_t *name, uint16_t type,
					struct evert_asker *asker);

/* Where its system has names, if that is not in /etc; else NULL. */
const struct evert_system_names *
evert_resolver_names(const struct evert_resolver *resolver);

/* resolver_files.c: nothing has been read; reads what was changed since, 0, or
   -errno, then what was read before stays; forgets all. */
void evert_resolver_begin_files(struct evert_resolver *resolver);
int evert_resolver_read_files(struct evert_resolver *resolver);
void evert_resolver_release_files(struct evert_resolver *resolver);

/* nsswitch.c: what a file with this text says of hosts; it is written to. */
void evert_name_services_read(struct evert_name_services *services,
			      char *text);

/* local_names.c: does it never leave the machine? What is known of it. */
bool evert_name_is_local(const uint8_t *name, size_t length);
struct evert_answer *evert_local_answer(const struct evert_name_key *key,
					int64_t now);

#endif
