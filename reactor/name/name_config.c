/* SPDX-License-Identifier: MIT */
#include "name_config_internal.h"

#include "../../deferred/base/memory.h"

struct evert_name_config *
evert_name_config_create(struct evert_reactor *reactor,
			 struct evert_random *random,
			 struct evert_resolv_conf *conf)
{
	struct evert_name_config *config = evert_allocate(sizeof(*config));
	size_t i;

	if (!config) {
		evert_resolv_conf_finish(conf);
		return NULL;
	}
	*config = (struct evert_name_config){
		.users = 1,
		.conf = *conf,
		.server_count = conf->server_count,
	};
	for (i = 0; i < config->server_count; i++)
		evert_name_server_init(&config->servers[i], reactor, random,
				       &conf->servers[i]);
	return config;
}

void evert_name_config_close(struct evert_name_config *config)
{
	size_t i;

	for (i = 0; i < config->server_count; i++)
		evert_name_server_close(&config->servers[i]);
}

void evert_name_config_release(struct evert_name_config *config)
{
	if (!config || --config->users)
		return;
	evert_name_config_close(config);
	evert_resolv_conf_finish(&config->conf);
	evert_free(config);
}
