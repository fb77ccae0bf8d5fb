/* SPDX-License-Identifier: MIT */
/* A UNIX socket is closed: what its peer hears, and what becomes of those who
   wait with it. */
#include <errno.h>

#include "path_internal.h"
#include "unix_internal.h"

void evert_sim_unix_shut(struct evert_sim_unix *sock, unsigned shut)
{
	sock->shut |= shut;
	evert_sim_file_changed(&sock->base);
}

static void leave_peer(struct evert_sim_unix *sock, bool unseen)
{
	struct evert_sim_unix *peer = sock->peer;

	if (peer && sock->type != SOCK_DGRAM) {
		if (unseen || !evert_list_is_empty(&sock->received))
			peer->error = ECONNRESET;
		evert_sim_unix_shut(peer, EVERT_SIM_ALL_SHUT);
	}
	evert_sim_unix_set_peer(sock, NULL);
}

static void turn_away(struct evert_sim_unix *listener)
{
	struct evert_sim_message *waiting;
	struct evert_sim_unix *made;

	while ((waiting = evert_sim_unix_first(listener))) {
		made = waiting->sender;
		evert_sim_message_remove(listener, waiting);
		evert_sim_unix_close(made, true);
	}
}

void evert_sim_unix_close(struct evert_sim_unix *sock, bool unseen)
{
	struct evert_sim_host *host = sock->base.host;
	bool listened = sock->state == EVERT_SIM_UNIX_LISTENS;

	sock->is_closed = true;
	sock->shut = EVERT_SIM_ALL_SHUT;
	sock->state = EVERT_SIM_UNIX_UNCONNECTED;
	if (sock->path)
		sock->path->socket = NULL;
	evert_list_remove(&sock->node);
	leave_peer(sock, unseen);
	if (listened)
		turn_away(sock);
	evert_sim_messages_drop(sock);
	evert_sim_unix_has_room(sock);
	evert_sim_unix_release(sock);
	evert_sim_unix_collect(host);
}
