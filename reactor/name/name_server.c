/* SPDX-License-Identifier: MIT */
#include "channel_internal.h"

#include <errno.h>

/* Half of the ids: one that is free is soon drawn. */
enum { MOST_WAITING = 32768 };

void evert_name_server_init(struct evert_name_server *server,
			    struct evert_reactor *reactor,
			    struct evert_random *random,
			    const struct evert_address *address)
{
	*server = (struct evert_name_server){
		.reactor = reactor,
		.random = random,
		.address = *address,
	};
}

void evert_name_server_close(struct evert_name_server *server)
{
	if (server->udp)
		evert_channel_close(server->udp);
	if (server->old_udp)
		evert_channel_close(server->old_udp);
	if (server->tcp)
		evert_channel_close(server->tcp);
}

/* Another port, unless that made three descriptors. */
static void retire_udp(struct evert_name_server *server)
{
	if (!server->udp || server->old_udp || server->tcp ||
	    server->opens_tcp || !evert_udp_is_worn(server->udp))
		return;
	server->old_udp = server->udp;
	server->old_udp->slot = &server->old_udp;
	server->udp = NULL;
}

/* What the old socket waits for is asked again by the other one. */
static void end_old_udp(struct evert_name_server *server)
{
	if (!server->old_udp)
		return;
	server->opens_tcp = true;
	evert_channel_fail(server->old_udp, EAGAIN);
	server->opens_tcp = false;
}

int evert_name_server_ask(struct evert_name_server *server,
			  struct evert_exchange *exchange, bool over_tcp)
{
	struct evert_channel **slot = over_tcp ? &server->tcp : &server->udp;
	int error = 0;

	if (over_tcp && !server->tcp)
		end_old_udp(server);
	else if (!over_tcp)
		retire_udp(server);
	if (!*slot)
		error = over_tcp ? evert_tcp_open(server) :
				   evert_udp_open(server);
	if (error)
		return error;
	if ((*slot)->waiting.count >= MOST_WAITING)
		return -EAGAIN;
	evert_channel_ask(*slot, exchange);
	return 0;
}
