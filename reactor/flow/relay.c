/* SPDX-License-Identifier: MIT */
#include "producer_internal.h"
#include "relay_internal.h"

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "../transport/splicing_internal.h"
#include "../transport/writing_internal.h"
#include "relay_side_internal.h"

static void release_relayed(void *relayed)
{
	evert_free(relayed);
}

const struct evert_type evert_type_relayed = {
	.name = "relayed",
	.release = release_relayed,
};

/* ---- The end ---- */

static struct evert_result outcome(struct evert_relay *relay)
{
	const struct evert_failure *broken = relay->broken;
	struct evert_failure *failure;

	relay->relayed->there = relay->sides[0].passed;
	relay->relayed->back = relay->sides[1].passed;
	if (!broken)
		return evert_result_of(&evert_type_relayed, relay->relayed);
	failure = evert_failure_create(
		broken->kind, broken->error,
		"the relay %s after %llu bytes there, %llu back",
		evert_failure_is(broken, EVERT_CANCELLED) ? "was cancelled" :
							    "broke",
		(unsigned long long)relay->relayed->there,
		(unsigned long long)relay->relayed->back);
	evert_free(relay->relayed);
	evert_failure_add_cause(failure, relay->broken);
	return evert_result_failure(failure);
}

static void finish(struct evert_relay *relay)
{
	struct evert_firing *done = relay->done;
	struct evert_result result = outcome(relay);

	evert_conduit_close(&relay->sides[0].conduit);
	evert_conduit_close(&relay->sides[1].conduit);
	evert_free(relay);
	evert_deferred_fire(&done, result);
}

/* When the other side has taken all, it is told that nothing more comes. */
static void pass_end(struct evert_relay_side *from)
{
	struct evert_transport *to = from->to->base.transport;

	if (from->passed_end || from->to->lost || from->conduit.held ||
	    !evert_relay_drained(from->to))
		return;
	from->passed_end = true;
	if (from->lost)
		evert_transport_lose_connection(to);
	else
		evert_transport_lose_write(to);
}

static void end_received(struct evert_protocol *base)
{
	struct evert_relay_side *side = evert_relay_side_from(base);

	side->ended = true;
	pass_end(side);
}

/* A reactor that stops ends both, and has each send what is queued. */
static void break_other(struct evert_transport *other,
			const struct evert_failure *reason)
{
	if (evert_failure_is(reason, EVERT_REACTOR_STOPPED))
		evert_transport_lose_connection(other);
	else
		evert_transport_abort(other);
}

static void connection_lost(struct evert_protocol *base,
			    const struct evert_failure *reason)
{
	struct evert_relay_side *side = evert_relay_side_from(base);
	struct evert_relay_side *to = side->to;
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
		break_other(to->base.transport, reason);
	}
	if (before->ops->connection_lost)
		before->ops->connection_lost(before, reason);
	side->told = true;
	if (to->told)
		finish(side->relay);
}

/* ---- Between ---- */

static void data_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	struct evert_relay_side *side = evert_relay_side_from(base);

	evert_relay_deliver(side, data, length);
	evert_relay_weigh_read(side, length);
}

static void pause_writing(struct evert_protocol *base)
{
	evert_relay_stop_reading(evert_relay_side_from(base)->to);
}

static void resume_writing(struct evert_protocol *base)
{
	struct evert_relay_side *side = evert_relay_side_from(base);
	struct evert_relay_side *from = side->to;

	if (side->drains)
		evert_transport_set_write_marks(base->transport,
						EVERT_HIGH_MARK,
						EVERT_LOW_MARK);
	side->drains = false;
	/* By hand, perhaps; then there may be too much again. */
	if (from->conduit.held)
		evert_relay_pour(from);
	if (from->ended)
		pass_end(from);
	else if (!from->conduit.held && !base->transport->full)
		evert_transport_resume_reading(from->base.transport);
}

/* Of STARTTLS, say. */
static struct evert_protocol *behind(struct evert_protocol *base)
{
	struct evert_relay_side *side = evert_relay_side_from(base);

	evert_relay_splice_no_more(side);
	side->before->transport = base->transport;
	return side->before;
}

static void step_aside(struct evert_protocol *base,
		       struct evert_owned_protocol *former)
{
	(void)base;
	(void)former;
	evert_bug("the connection of a relay gets another protocol");
}

static const struct evert_splicing_protocol_ops side_ops = {
	.base = {
		.data_received = data_received,
		.end_received = end_received,
		.connection_lost = connection_lost,
		.pause_writing = pause_writing,
		.resume_writing = resume_writing,
		.behind = behind,
		.step_aside = step_aside,
	},
	.ready = evert_relay_ready,
};

/* ---- Its begin ---- */

static void stand_in(struct evert_relay *relay, int number,
		     struct evert_transport *transport)
{
	struct evert_relay_side *side = &relay->sides[number];

	side->base.ops = &side_ops.base;
	side->base.transport = transport;
	side->base.factory = transport->protocol->factory;
	side->before = transport->protocol;
	side->relay = relay;
	side->to = &relay->sides[!number];
	side->ended = transport->ended;
	transport->protocol = &side->base;
	if (transport->held) { /* an end may have waited */
		transport->held = false;
		evert_transport_resume_reading(transport);
	}
}

bool evert_relay_has(const struct evert_transport *transport)
{
	return transport->protocol->ops == &side_ops.base;
}

/* That what was queued before is too much is not told again. */
static void begin_reading(struct evert_relay_side *side)
{
	if (side->ended)
		pass_end(side);
	else if (!side->to->base.transport->full)
		evert_transport_resume_reading(side->base.transport);
	else
		evert_transport_pause_reading(side->base.transport);
}

/* Whatever else had broken it, or will. */
static void break_by_cancel(struct evert_relay *relay)
{
	struct evert_failure *before = relay->broken;

	relay->broken = evert_cancelled().value.pointer;
	if (before)
		evert_failure_add_cause(relay->broken, before);
}

/* It fires when both are gone. */
static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_relay *relay = arg;
	int i;

	(void)deferred;
	if (relay->cancelled || (relay->sides[0].lost && relay->sides[1].lost))
		return true;
	relay->cancelled = true;
	break_by_cancel(relay);
	for (i = 0; i < 2; i++)
		if (!relay->sides[i].lost)
			evert_transport_abort(relay->sides[i].base.transport);
	return true;
}

static void give_up(struct evert_transport *transport)
{
	if (transport && !transport->closing)
		evert_transport_abort(transport);
}

static struct evert_deferred *make(struct evert_relay **made, const char *place)
{
	struct evert_relay *relay = evert_allocate(sizeof(*relay));
	struct evert_relayed *relayed = evert_allocate(sizeof(*relayed));
	struct evert_deferred *deferred = NULL;

	if (relay && relayed) {
		*relay = (struct evert_relay){ .relayed = relayed };
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
	struct evert_deferred *deferred = NULL;
	struct evert_relay *relay;
	bool open;

	if (one && one == other)
		evert_bug("evert_relay at %s joins a transport with itself",
			  place);
	if (one)
		evert_producer_stop_of(one);
	if (other)
		evert_producer_stop_of(other);
	open = one && other && !one->closing && !other->closing;
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
