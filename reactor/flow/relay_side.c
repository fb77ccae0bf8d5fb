/* SPDX-License-Identifier: MIT */
#include "relay_side_internal.h"

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

/* Where it is not taken, the other's connection_lost will say why. */
void evert_relay_deliver(struct evert_relay_side *from, const char *data,
			 size_t length)
{
	if (evert_transport_write(from->to->base.transport, data, length))
		evert_relay_stop_reading(from);
	else
		from->passed += length;
}
