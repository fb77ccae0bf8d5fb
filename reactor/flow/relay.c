/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include "../../deferred/base/bug_internal.h"
#include "../../deferred/base/memory.h"
#include "../transport/writing_internal.h"

/* A protocol that stands in for the one that the transport had. */
struct side {
	struct evert_protocol base;
	struct evert_protocol *before;
	struct relay *relay;
	struct side *to;     /* the other one */
	uint64_t passed;     /* bytes that came here and were written there */
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

	if (from->passed_end || from->to->lost || !drained(from->to))
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

/* Where it is not taken, the other's connection_lost will say why. */
static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct side *side = side_from(base);

	if (evert_transport_write(side->to->base.transport, data, length))
		evert_transport_pause_reading(base->transport);
	else
		side->passed += length;
}

static void pause_writing(struct evert_protocol *base)
{
	struct side *from = side_from(base)->to;

	if (!from->lost)
		evert_transport_pause_reading(from->base.transport);
}

static void resume_writing(struct evert_protocol *base)
{
	struct side *side = side_from(base), *from = side->to;

	if (side->drains)
		evert_transport_set_write_marks(base->transport,
						EVERT_HIGH_MARK,
						EVERT_LOW_MARK);
	side->drains = false;
	if (from->ended)
		pass_end(from);
	else
		evert_transport_resume_reading(from->base.transport);
}

static const struct evert_protocol_ops side_ops = {
	.data_received = data_received,
	.end_received = end_received,
	.connection_lost = connection_lost,
	.pause_writing = pause_writing,
	.resume_writing = resume_writing,
};

/* ---- Its begin ---- */

static void stand_in(struct relay *relay, int number,
		     struct evert_transport *transport)
{
	struct side *side = &relay->sides[number];

	side->base.ops = &side_ops;
	side->base.transport = transport;
	side->base.factory = transport->protocol->factory;
	side->before = transport->protocol;
	side->relay = relay;
	side->to = &relay->sides[!number];
	side->ended = transport->ended;
	transport->protocol = &side->base;
	transport->held = false;
}

/* What was queued before may be over the marks: that is not told again. */
static void begin_reading(struct side *side)
{
	if (side->ended)
		pass_end(side);
	else if (drained(side->to))
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
