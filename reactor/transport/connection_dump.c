/* SPDX-License-Identifier: MIT */
/* A connection in words. */
#include "../address_internal.h"
#include "connection_peer_internal.h"

static const char *state_of(const struct evert_connection *c)
{
	if (c->ended)
		return "ended";
	return c->base.closing ? "closing" : "open";
}

void evert_connection_describe(const struct evert_watch *watch,
			       struct evert_text *to)
{
	const struct evert_connection *c =
		evert_container_of(watch, const struct evert_connection, watch);
	struct evert_address peer;

	if (evert_connection_kept_peer(c, &peer))
		evert_address_add_to("to", &peer, to);
	evert_text_add(to, ", %s%s%s%s%s, %zu bytes queued", state_of(c),
		       c->reading.ended ? ", peer has ended" : "",
		       c->reading.paused ? ", reading paused" : "",
		       c->writing.paused ? ", writing paused" : "",
		       c->writing.shut ? ", our end sent" : "",
		       evert_connection_unsent(c));
}
