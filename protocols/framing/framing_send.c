/* SPDX-License-Identifier: MIT */
/* What receivers send, and the questions that they keep until the answer. */
#include <errno.h>

#include "../../deferred/base/bug.h"
#include "framing_internal.h"

int evert_framing_send(struct evert_protocol *protocol,
		       const struct iovec *pieces, size_t count)
{
	if (!protocol->transport)
		return -ENOTCONN;
	return evert_transport_write_sequence(protocol->transport, pieces,
					      count);
}

static void require(const struct evert_firing_queue *asked)
{
	if (!asked)
		evert_bug("a receiver asks, or answers, whose operations do "
			  "not say where it keeps who asked (EVERT_ASKED)");
}

struct evert_deferred *evert_framing_ask(struct evert_firing_queue *asked,
					 const char *place)
{
	require(asked);
	return evert_firing_queue_add_at(asked, place);
}

void evert_framing_asked(struct evert_firing_queue *asked, int error,
			 const char *place)
{
	if (error)
		evert_firing_queue_fail_last(
			asked,
			evert_failure_create_at(place, EVERT_SYSTEM, error,
						"cannot send the question"));
}

bool evert_framing_answer(struct evert_firing_queue *asked,
			  struct evert_result result)
{
	require(asked);
	return evert_firing_queue_fire_first(asked, result);
}
