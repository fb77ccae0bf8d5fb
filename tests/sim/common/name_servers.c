/* SPDX-License-Identifier: MIT */
#include "name_servers.h"

void use_name_servers(struct evert_reactor *reactor,
		      const struct evert_address *servers, size_t count)
{
	evert_reactor_set_resolver(reactor,
				   &(struct evert_resolver_options){
					   .way = EVERT_RESOLVER_OWN,
					   .servers = servers,
					   .server_count = count,
					   .hosts_file = "/dev/null",
					   .resolv_conf_file = "/dev/null",
					   .gai_conf_file = "/dev/null",
					   .host_conf_file = "/dev/null",
					   .nsswitch_file = "/dev/null",
				   });
}
