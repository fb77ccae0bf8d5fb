/* SPDX-License-Identifier: MIT */
#include "relay_side_internal.h"

#include <errno.h>

bool evert_relay_drained(struct evert_relay_side *side)
{
	struct evert_transport *transport = side->base.transport;

	if (!evert_transport_queued(transport))
		return true;
	side->drains = true;
	evert_transport_set_write_marks(transport, 0, 0);
	return !evert_transport_queued(transport);
}

void evert_relay_stop_reading(struct evert_relay_side *side)
{
	if (!side->lost)
		evert_transport_pause_reading(side->base.transport);
}

void evert_relay_refuse(struct evert_relay_side *from)
{
	evert_relay_stop_reading(from);
	if (!from->relay->broken)
		from->relay->broken = evert_failure_create(
			EVERT_CONNECTION_LOST, EPIPE,
			"bytes came for a side that takes no more");
}

/* Where it is not taken, the other's connection_lost will say why; if it has
   not ended in order. Until then it is dropped: a peer that takes more only
   when it is read from would else hold up what comes before that end. */
void evert_relay_deliver(struct evert_relay_side *from, const char *data,
			 size_t length)
{
	struct evert_transport *to = from->to->base.transport;

	if (from->to->lost || to->write_ended)
		evert_relay_refuse(from);
	else if (!evert_transport_write(to, data, length))
		from->passed += length;
}
