/* SPDX-License-Identifier: MIT */
/*
 * Connecting: the addresses are tried one after another, as RFC 8305 says, the
 * next one after a while, or at once when an attempt has failed; several are
 * under way then, and the first success wins.
 */
#include "endpoint.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "../transport/connection_internal.h"
#include "../transport/transport.h"
#include "attempt_internal.h"
#include "opening_internal.h"

/* RFC 8305, 5: 250 ms are recommended, 100 at least, and never under 10. Where
   addresses hang, those behind them should not wait for all these delays: half
   as long for each next one, which makes 200 ms for six. */
static const double FIRST_DELAY_SECONDS = 0.1, LEAST_DELAY_SECONDS = 0.01;

struct connect {
	struct evert_opening base;
	struct evert_factory *factory;
	struct evert_socket_plan socket;
	double attempt_delay; /* seconds, each time; 0: as usual */
	struct evert_delayed_call next_attempt;
	struct evert_list_node attempts; /* so far, in their order */
	size_t under_way;
	bool won; /* the protocol is being built */
};

static struct connect *connect_from(struct evert_opening *base)
{
	return evert_container_of(base, struct connect, base);
}

static struct evert_attempt *at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_attempt, node);
}

/* ---- Ending ---- */

/* Ends everything that is under way. */
static void stop(struct evert_opening *base)
{
	struct connect *c = connect_from(base);
	struct evert_attempt *attempt;

	evert_delayed_call_cancel(c->next_attempt);
	while (!evert_list_is_empty(&c->attempts)) {
		attempt = at(c->attempts.next);
		evert_list_remove(&attempt->node);
		evert_attempt_close(attempt);
		evert_free(attempt);
	}
}

static bool may_cancel(struct evert_opening *base)
{
	/* Not by the protocol that is being built: win() looks. */
	return !connect_from(base)->won;
}

/* ---- Failing ---- */

/* Each attempt is a cause, if there were several. */
static struct evert_failure *add_attempts(const struct connect *c,
					  struct evert_failure *failure)
{
	struct evert_list_node *node = c->attempts.next;
	struct evert_failure *cause;
	size_t i;

	for (i = 0; node != &c->attempts; node = node->next) {
		cause = evert_attempt_failure(at(node), c->base.place);
		evert_failure_set_index(cause, i++);
		evert_failure_add_cause(failure, cause);
	}
	return failure;
}

/* Every attempt has failed. */
static struct evert_failure *all_failed(const struct connect *c)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (c->base.resolution.used == 1)
		return evert_attempt_failure(at(c->attempts.next),
					     c->base.place);
	return add_attempts(c, evert_failure_create_at(
				       c->base.place, EVERT_CONNECT_FAILED,
				       at(c->attempts.previous)->error,
				       "cannot connect to %s",
				       evert_opening_name(&c->base, name)));
}

static void too_late(struct evert_opening *base, struct evert_failure *failure)
{
	if (base->resolution.used > 1)
		add_attempts(connect_from(base), failure);
}

/* ---- Winning ---- */

/* What came of building the protocol; errno says why there is none. */
static struct evert_result built(const struct connect *c,
				 struct evert_protocol *protocol)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (protocol)
		return evert_result_of(&evert_type_protocol, protocol);
	return evert_result_failure(evert_failure_create_at(
		c->base.place,
		errno == ECONNABORTED ? EVERT_CONNECTION_ABORTED :
					EVERT_CONNECT_FAILED,
		errno, "cannot connect to %s",
		evert_opening_name(&c->base, name)));
}

static void win(struct evert_attempt *winner)
{
	struct connect *c = winner->owner;
	const struct evert_endpoint *endpoint =
		evert_endpoint_keep(c->base.endpoint);
	struct evert_address peer = winner->address;
	int fd = evert_attempt_take(winner); /* the stream has it now */
	struct evert_protocol *protocol;
	struct evert_firing *slot;
	struct evert_result result;

	slot = evert_opening_end(&c->base);
	c->won = true;
	protocol = evert_connection_open(c->base.reactor, fd, c->factory,
					 &peer, NULL);
	result = built(c, protocol);
	if (protocol && evert_deferred_has_fired(evert_firing_deferred(slot)))
		evert_transport_abort(protocol->transport); /* cancelled */
	evert_free(c);
	evert_endpoint_release(endpoint);
	evert_deferred_fire(&slot, result);
}

/* It was adopted. */
static void later(struct evert_opening *base)
{
	win(at(connect_from(base)->attempts.next));
}

/* ---- Attempts ---- */

static void try_next(struct connect *c);

static void next_is_due(void *arg)
{
	try_next(arg);
}

static void attempt_failed(struct evert_attempt *attempt)
{
	struct connect *c = attempt->owner;

	c->under_way--;
	evert_delayed_call_cancel(c->next_attempt);
	try_next(c);
}

static const struct evert_attempt_ops attempt_ops = {
	.connected = win,
	.failed = attempt_failed,
};

/* Was it connected by somebody else? Then nothing is left to be done, but that
   is told from the loop. 0, or an errno. */
static int begin(struct connect *c, struct evert_attempt *attempt)
{
	int fd = c->base.resolution.fd, error;

	if (fd < 0)
		return evert_attempt_begin(attempt, c->base.reactor,
					   &c->socket.options);
	error = evert_attempt_adopt(attempt, c->base.reactor, fd);
	if (!error)
		evert_opening_plan_later(&c->base);
	return error;
}

/* NULL: no memory, and the address is the next one still. */
static struct evert_attempt *add_next(struct connect *c)
{
	struct evert_resolution *found = &c->base.resolution;
	struct evert_attempt *attempt =
		evert_attempt_create(c, &attempt_ops,
				     &found->addresses[found->used]);

	if (!attempt)
		return NULL;
	found->used++;
	evert_list_append(&c->attempts, &attempt->node);
	return attempt;
}

static bool has_next(const struct connect *c)
{
	return c->base.resolution.used < c->base.resolution.count;
}

static double delay_now(const struct connect *c)
{
	double delay = FIRST_DELAY_SECONDS;
	size_t i;

	if (c->attempt_delay > 0)
		return c->attempt_delay;
	for (i = 1; i < c->base.resolution.used &&
		    delay > LEAST_DELAY_SECONDS; i++)
		delay /= 2;
	return delay > LEAST_DELAY_SECONDS ? delay : LEAST_DELAY_SECONDS;
}

/* Without memory for the delay, the next one waits until this one has
   failed. */
static void plan_next(struct connect *c)
{
	if (has_next(c) || evert_resolution_has_more(&c->base.resolution))
		c->next_attempt = evert_reactor_call_later(c->base.reactor,
							   delay_now(c),
							   next_is_due, c);
}

/* Begins the next attempt that can be begun; without memory for it, when those
   under way have failed. */
static void try_next(struct connect *c)
{
	struct evert_attempt *attempt;

	while (has_next(c)) {
		attempt = add_next(c);
		if (!attempt)
			break;
		if (begin(c, attempt))
			continue;
		c->under_way++;
		plan_next(c);
		return;
	}
	if (c->under_way)
		return;
	if (has_next(c))
		evert_opening_fail(&c->base,
				   evert_failure_bare(EVERT_NO_MEMORY));
	else if (!evert_resolution_has_more(&c->base.resolution))
		evert_opening_fail(&c->base, all_failed(c));
}

/* The first addresses, or more: then the delay that is running goes on. */
static void found(struct evert_opening *base)
{
	struct connect *c = connect_from(base);

	if (!evert_delayed_call_active(c->next_attempt))
		try_next(c);
}

static const struct evert_opening_kind connecting = {
	.size = sizeof(struct connect),
	.from_loop = true,
	.in_parts = true,
	.found = found,
	.later = later,
	.too_late = too_late,
	.stop = stop,
	.may_cancel = may_cancel,
};

struct evert_deferred *evert_attempts_begin(struct evert_stream_plan *plan)
{
	struct evert_opening *base;
	struct connect *c;
	struct evert_deferred *deferred =
		evert_opening_create(&connecting, &plan->base, &base);

	if (!deferred)
		return NULL;
	c = connect_from(base);
	c->factory = plan->factory;
	c->attempt_delay = plan->attempt_delay;
	evert_list_init(&c->attempts);
	evert_stream_plan_check(plan, &c->socket);
	evert_opening_start(base, &plan->base);
	return deferred;
}
