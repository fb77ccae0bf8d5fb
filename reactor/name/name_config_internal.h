/* SPDX-License-Identifier: MIT */
/* Which servers are asked, and how: what resolv.conf says, or options. Shared
   by who asks, so that it may change meanwhile. */
#ifndef EVERT_REACTOR_NAME_CONFIG_INTERNAL_H
#define EVERT_REACTOR_NAME_CONFIG_INTERNAL_H

#include "name_server_internal.h"
#include "resolv_conf_internal.h"

struct evert_name_config {
	unsigned users;
	unsigned rotation; /* which server is the next to be the first */
	struct evert_resolv_conf conf;
	size_t server_count;
	struct evert_name_server servers[EVERT_RESOLV_SERVERS];
};

/* Has one user. Takes over what `conf` holds, also when it fails: NULL, errno
   ENOMEM. */
struct evert_name_config *
evert_name_config_create(struct evert_reactor *reactor,
			 struct evert_random *random,
			 struct evert_resolv_conf *conf);

static inline struct evert_name_config *
evert_name_config_use(struct evert_name_config *config)
{
	config->users++;
	return config;
}

/* A user less; with the last one the sockets are closed. NULL does nothing. */
void evert_name_config_release(struct evert_name_config *config);

/* Closes the sockets, of which nobody waits for anything. */
void evert_name_config_close(struct evert_name_config *config);

#endif
