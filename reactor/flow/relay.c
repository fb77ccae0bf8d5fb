/* SPDX-License-Identifier: MIT */
#include "relay_internal.h"

#include <errno.h>

#include "../../deferred/base/bug_internal.h"
#include "../../deferred/base/memory.h"
#include "../transport/splicing_internal.h"
#include "../transport/writing_internal.h"
#include "conduit_internal.h"

enum {
	/* What fills so many reads is spliced, */
	FULL_READS = 4,
	/* until so many splices have moved less than a write that is not
	   copied. */
	SMALL_SPLICES = 64,
};

/* A protocol that stands in for the one that the transport had. */
struct side {
	struct evert_protocol base;
	struct evert_protocol *before;
	struct relay *relay;
	struct side *to;     /* the other one */
	uint64_t passed;     /* bytes that came here and were written there */
	struct evert_conduit conduit; /* open while it splices */
	uint8_t full_reads;  /* and no small one between */
	uint8_t small_splices;
	bool reads_only;     /* it cannot be spliced */
	bool ended;	     /* nothing more comes */
	bool passed_end;     /* and the other side knows */
	bool drains; /* its marks are 0 */
	bool lost;
};

struct relay {
	struct side sides[2];
	struct evert_firing *done;
	struct evert_failure *broken; /* what broke it first, or NULL */
	struct evert_relayed *relayed;
};

static struct side *side_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct side, base);
}

static void release_relayed(void *relayed)
{
	evert_free(relayed);
}

const struct evert_type evert_type_relayed = {
	.name = "relayed",
	.release = release_relayed,
};

/* ---- The end ---- */

static struct evert_result outcome(struct relay *relay)
{
	const struct evert_failure *broken = relay->broken;
	struct evert_failure *failure;

	relay->relayed->there = relay->sides[0].passed;
	relay->relayed->back = relay->sides[1].passed;
	if (!broken)
		return evert_result_of(&evert_type_relayed, relay->relayed);
	failure = evert_failure_create(
		broken->kind, broken->error,
		"the relay broke after %llu bytes there, %llu back",
		(unsigned long long)relay->relayed->there,
		(unsigned long long)relay->relayed->back);
	evert_free(relay->relayed);
	evert_failure_add_cause(failure, relay->broken);
	return evert_result_failure(failure);
}

static void finish(struct relay *relay)
{
	struct evert_firing *done = relay->done;
	struct evert_result result = outcome(relay);

	evert_conduit_close(&relay->sides[0].conduit);
	evert_conduit_close(&relay->sides[1].conduit);
	evert_free(relay);
	evert_deferred_fire(&done, result);
}

/* Was everything that was written to it taken? If not, resume_writing will
   say so. */
static bool drained(struct side *side)
{
	struct evert_transport *transport = side->base.transport;

	if (!evert_transport_queued(transport))
		return true;
	side->drains = true;
	evert_transport_set_write_marks(transport, 0, 0);
	return !evert_transport_queued(transport);
}

/* When the other side has taken all, it is told that nothing more comes. */
static void pass_end(struct side *from)
{
	struct evert_transport *to = from->to->base.transport;

	if (from->passed_end || from->to->lost || from->conduit.held ||
	    !drained(from->to))
		return;
	from->passed_end = true;
	if (from->lost)
		evert_transport_lose_connection(to);
	else
		evert_transport_lose_write(to);
}

static void end_received(struct evert_protocol *base)
{
	struct side *side = side_from(base);

	side->ended = true;
	pass_end(side);
}

static void connection_lost(struct evert_protocol *base,
			    const struct evert_failure *reason)
{
	struct side *side = side_from(base), *to = side->to;
	struct evert_protocol *before = side->before;
	bool in_order = evert_failure_is(reason, EVERT_CONNECTION_DONE);

	base->transport->protocol = before;
	side->lost = true;
	if (!in_order && !side->relay->broken)
		side->relay->broken = evert_failure_copy(reason);
	if (in_order) {
		side->ended = true;
		side->passed_end = false; /* nor is anything taken */
		pass_end(side);
	} else if (!to->lost) {
		evert_transport_abort(to->base.transport);
	}
	if (before->ops->connection_lost)
		before->ops->connection_lost(before, reason);
	if (to->lost)
		finish(side->relay);
}

/* ---- Between ---- */

static void stop_reading(struct side *side)
{
	if (!side->lost)
		evert_transport_pause_reading(side->base.transport);
}

/* Where it is not taken, the other's connection_lost will say why. */
static void deliver(struct side *from, const char *data, size_t length)
{
	if (evert_transport_write(from->to->base.transport, data, length))
		stop_reading(from);
	else
		from->passed += length;
}

/* ---- By splice, which neither copies nor needs memory ---- */

/* The other one refuses splice: what is in the conduit is read out of it. */
static void pour_by_hand(struct side *from)
{
	char data[4096];
	ssize_t size;

	while ((size = evert_conduit_read(&from->conduit, data,
					  sizeof(data))) > 0)
		deliver(from, data, (size_t)size);
	if (size < 0) /* a hole */
		evert_transport_abort(from->to->base.transport);
	from->reads_only = true;
	evert_conduit_close(&from->conduit);
}

/* Lets out what the conduit holds. What is not taken waits for
   resume_writing. */
static void pour(struct side *from)
{
	struct evert_transport *to = from->to->base.transport;
	struct evert_conduit *conduit = &from->conduit;
	ssize_t given = to->ops->splicing->give(to, conduit->fds[0],
						conduit->held);

	if (given == -EINVAL) {
		pour_by_hand(from);
		return;
	}
	if (given > 0) {
		conduit->held -= (size_t)given;
		from->passed += (uint64_t)given;
	}
	if (conduit->held)
		stop_reading(from);
}

/* Is it worth it? */
static void weigh(struct side *side, size_t taken)
{
	if (taken >= EVERT_WRITE_SIZE)
		side->small_splices = 0;
	else if (++side->small_splices == SMALL_SPLICES && !side->conduit.held)
		evert_conduit_close(&side->conduit);
}

static bool ready(struct evert_protocol *base)
{
	struct side *side = side_from(base);
	struct evert_transport *transport = base->transport;
	struct evert_conduit *conduit = &side->conduit;
	ssize_t taken;

	if (!evert_conduit_is_open(conduit))
		return false;
	if (!drained(side->to)) { /* what was written goes first */
		stop_reading(side);
		return true;
	}
	taken = transport->ops->splicing->take(transport, conduit->fds[1],
					       conduit->room);
	if (taken == -EINVAL) {
		side->reads_only = true;
		evert_conduit_close(conduit);
	}
	if (taken <= 0)
		return false; /* reading says why */
	conduit->held = (size_t)taken;
	pour(side);
	weigh(side, (size_t)taken);
	return true;
}
static void begin_to_splice(struct side *side)
{
	struct evert_transport *transport = side->base.transport;
	struct evert_transport *to = side->to->base.transport;
	struct evert_reactor *reactor = NULL;

	side->full_reads = 0;
	if (transport->ops->splicing && to->ops->splicing)
		reactor = transport->ops->splicing->begin(transport);
	side->reads_only = !reactor ||
			   !evert_conduit_open(&side->conduit, reactor);
	side->small_splices = 0;
}

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct side *side = side_from(base);

	deliver(side, data, length);
	if (length < EVERT_WRITE_SIZE)
		side->full_reads = 0;
	else if (length == EVERT_READ_SIZE && !side->reads_only &&
		 !evert_conduit_is_open(&side->conduit) &&
		 ++side->full_reads == FULL_READS)
		begin_to_splice(side);
}

static void pause_writing(struct evert_protocol *base)
{
	stop_reading(side_from(base)->to);
}

static void resume_writing(struct evert_protocol *base)
{
	struct side *side = side_from(base), *from = side->to;

	if (side->drains)
		evert_transport_set_write_marks(base->transport,
						EVERT_HIGH_MARK,
						EVERT_LOW_MARK);
	side->drains = false;
	if (from->conduit.held)
		pour(from);
	if (from->ended)
		pass_end(from);
	else if (!from->conduit.held)
		evert_transport_resume_reading(from->base.transport);
}

static const struct evert_splicing_protocol_ops side_ops = {
	.base = {
		.data_received = data_received,
		.end_received = end_received,
		.connection_lost = connection_lost,
		.pause_writing = pause_writing,
		.resume_writing = resume_writing,
	},
	.ready = ready,
};

/* ---- Its begin ---- */

static void stand_in(struct relay *relay, int number,
		     struct evert_transport *transport)
{
	struct side *side = &relay->sides[number];

	side->base.ops = &side_ops.base;
	side->base.transport = transport;
	side->base.factory = transport->protocol->factory;
	side->before = transport->protocol;
	side->relay = relay;
	side->to = &relay->sides[!number];
	side->ended = transport->ended;
	transport->protocol = &side->base;
	transport->held = false;
}

bool evert_relay_has(const struct evert_transport *transport)
{
	return transport->protocol->ops == &side_ops.base;
}

/* That what was queued before is too much is not told again. */
static void begin_reading(struct side *side)
{
	if (side->ended)
		pass_end(side);
	else if (!side->to->base.transport->full)
		evert_transport_resume_reading(side->base.transport);
	else
		evert_transport_pause_reading(side->base.transport);
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct relay *relay = arg;
	int i;

	(void)deferred;
	for (i = 0; i < 2; i++)
		if (!relay->sides[i].lost)
			evert_transport_abort(relay->sides[i].base.transport);
	return false;
}

static void give_up(struct evert_transport *transport)
{
	if (transport && !transport->closing)
		evert_transport_abort(transport);
}

static struct evert_deferred *make(struct relay **made, const char *place)
{
	struct relay *relay = evert_allocate(sizeof(*relay));
	struct evert_relayed *relayed = evert_allocate(sizeof(*relayed));
	struct evert_deferred *deferred = NULL;

	if (relay && relayed) {
		*relay = (struct relay){ .relayed = relayed };
		deferred = evert_deferred_create_at(&relay->done, place,
						    cancel, relay);
	}
	if (!deferred) {
		evert_free(relay);
		evert_free(relayed);
	}
	*made = relay;
	return deferred;
}

struct evert_deferred *evert_relay_at(struct evert_transport *one,
				      struct evert_transport *other,
				      const char *place)
{
	bool open = one && other && !one->closing && !other->closing;
	struct evert_deferred *deferred = NULL;
	struct relay *relay;

	if (one && one == other)
		evert_bug("evert_relay at %s joins a transport with itself",
			  place);
	if (open && (evert_relay_has(one) || evert_relay_has(other)))
		evert_bug("evert_relay at %s joins what a relay has", place);
	if (open)
		deferred = make(&relay, place);
	if (!deferred) {
		give_up(one);
		give_up(other);
		return open ? NULL :
			      evert_deferred_create_fired_at(
				      place,
				      evert_result_failure(evert_failure_create(
					      EVERT_CONNECTION_LOST, 0,
					      "a side was closed before the "
					      "relay began")));
	}
	stand_in(relay, 0, one);
	stand_in(relay, 1, other);
	begin_reading(&relay->sides[0]);
	begin_reading(&relay->sides[1]);
	return deferred;
}

/* ---- For who connects ---- */

static void unread(struct evert_protocol *base, const char *data, size_t length)
{
	(void)base;
	(void)data;
	(void)length;
}

static void wait_for_relay(struct evert_protocol *base)
{
	evert_transport_pause_reading(base->transport);
}

static const struct evert_protocol_ops waiting_ops = {
	.data_received = unread,
	.connection_made = wait_for_relay,
};

struct waiting {
	struct evert_protocol base;
};

struct evert_factory evert_relay_factory =
	EVERT_FACTORY(struct waiting, base, &waiting_ops);
