/* SPDX-License-Identifier: MIT */
/* By splice, which neither copies nor needs memory. */
#include "relay_side_internal.h"

#include <errno.h>

#include "../transport/splicing_internal.h"

enum {
	/* What fills so many reads is spliced, */
	FULL_READS = 4,
	/* until so many splices have moved less than a write that is not
	   copied. */
	SMALL_SPLICES = 64,
};

static void read_only(struct evert_relay_side *side)
{
	side->reads_only = true;
	side->splices_in = NULL;
}

/* The other one refuses splice: what is in the conduit is read out of it. */
static void pour_by_hand(struct evert_relay_side *from)
{
	char data[4096];
	ssize_t size;

	while ((size = evert_conduit_read(&from->conduit, data,
					  sizeof(data))) > 0)
		evert_relay_deliver(from, data, (size_t)size);
	if (size < 0) /* a hole */
		evert_transport_abort(from->to->base.transport);
	read_only(from);
	evert_conduit_close(&from->conduit);
}

void evert_relay_pour(struct evert_relay_side *from)
{
	struct evert_transport *to = from->to->base.transport;
	struct evert_conduit *conduit = &from->conduit;
	ssize_t given = -EINVAL;

	if (to->ops->splicing)
		given = to->ops->splicing->give(to, conduit->fds[0],
						conduit->held);
	if (given == -EINVAL) {
		pour_by_hand(from);
		return;
	}
	if (given > 0) {
		conduit->held -= (size_t)given;
		from->passed += (uint64_t)given;
	}
	if (given < 0 && given != -EAGAIN && given != -EINTR)
		evert_conduit_close(conduit); /* as evert_relay_deliver drops */
	else if (conduit->held)
		evert_relay_stop_reading(from);
	else
		evert_conduit_close(conduit);
}

/* Is it worth it? */
static void weigh(struct evert_relay_side *side, size_t taken)
{
	if (taken >= EVERT_WRITE_SIZE)
		side->small_splices = 0;
	else if (++side->small_splices >= SMALL_SPLICES)
		side->splices_in = NULL;
}

/* How many bytes were taken; 0: reading says why none, or takes them. */
static size_t take(struct evert_relay_side *side)
{
	struct evert_transport *transport = side->base.transport;
	struct evert_conduit *conduit = &side->conduit;
	ssize_t taken = -EINVAL;

	if (evert_conduit_open(conduit, side->splices_in))
		taken = transport->ops->splicing->take(
			transport, conduit->fds[1], conduit->room);
	if (taken > 0)
		return conduit->held = (size_t)taken;
	if (taken == -EINVAL)
		read_only(side);
	evert_conduit_close(conduit);
	return 0;
}

void evert_relay_splice_no_more(struct evert_relay_side *side)
{
	read_only(side);
	read_only(side->to);
}

bool evert_relay_ready(struct evert_protocol *base)
{
	struct evert_relay_side *side = evert_relay_side_from(base);
	size_t taken;

	if (!side->splices_in)
		return false;
	if (side->to->lost) {
		evert_relay_refuse(side);
		return true;
	}
	if (!evert_relay_drained(side->to)) { /* what was written goes first */
		evert_relay_stop_reading(side);
		return true;
	}
	taken = take(side);
	if (!taken)
		return false;
	evert_relay_pour(side);
	weigh(side, taken);
	return true;
}

static void begin_to_splice(struct evert_relay_side *side)
{
	struct evert_transport *transport = side->base.transport;
	struct evert_transport *to = side->to->base.transport;

	side->full_reads = 0;
	side->small_splices = 0;
	if (transport->ops->splicing && to->ops->splicing)
		side->splices_in = transport->ops->splicing->begin(transport);
	side->reads_only = !side->splices_in;
}

void evert_relay_weigh_read(struct evert_relay_side *side, size_t length)
{
	if (length < EVERT_WRITE_SIZE)
		side->full_reads = 0;
	else if (length == EVERT_READ_SIZE && !side->reads_only &&
		 !side->splices_in && ++side->full_reads == FULL_READS)
		begin_to_splice(side);
}
