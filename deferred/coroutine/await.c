/* SPDX-License-Identifier: MIT */
/* A coroutine waits for a Deferred, and is woken, or cancelled. */
#include <inttypes.h>

#include "../base/bug.h"
#include "../nesting_internal.h"
#include "../run_internal.h"
#include "coroutine_internal.h"

/* Returns what it was woken with. Apart: who need not wait saves nothing. */
static EVERT_APART struct evert_result suspend(struct evert_coroutine *c)
{
	struct evert_context *context = &c->context;

	c->state = EVERT_COROUTINE_WAITING;
	c->waits_since = evert_turn;
	evert_fiber_leave(&c->fiber);
	context = evert_context_leave(context);
	c = evert_container_of(context, struct evert_coroutine, context);
	evert_fiber_entered(&c->fiber);
	return c->outcome;
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_coroutine, waiter)
		->deferred;
}

const struct evert_waiter_class evert_coroutine_waiter = {
	.deliver = evert_coroutine_wake,
	.outer = outer,
};

/* A wait that was not begun yet when a canceller of it waits itself. */
struct outer_wait {
	struct evert_waiter waiter;
	struct evert_coroutine *coroutine;
	struct evert_result outcome;
};

static struct evert_deferred *keep_outcome(struct evert_waiter *waiter,
					   struct evert_result outcome)
{
	evert_container_of(waiter, struct outer_wait, waiter)->outcome =
		outcome;
	return NULL;
}

static struct evert_deferred *outer_of_kept(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct outer_wait, waiter)
		->coroutine->deferred;
}

static const struct evert_waiter_class outer_class = {
	.deliver = keep_outcome,
	.outer = outer_of_kept,
};

static EVERT_APART struct evert_result
await_in_canceller(struct evert_coroutine *c, struct evert_deferred *deferred)
{
	struct outer_wait kept = {
		.waiter = { .class = &outer_class },
		.coroutine = c,
		.outcome = c->outcome, /* if it was delivered before */
	};
	struct evert_result outcome;

	c->in_canceller = false;
	if (c->waiter.on)
		evert_waiter_move(&c->waiter, &kept.waiter);
	outcome = evert_await(deferred);
	c->in_canceller = true;
	if (kept.waiter.on)
		evert_waiter_move(&kept.waiter, &c->waiter);
	else
		c->outcome = kept.outcome;
	return outcome;
}

static EVERT_APART struct evert_result await_any(struct evert_coroutine *c,
						 struct evert_deferred *deferred)
{
	struct evert_result outcome;

	evert_hand_over_before_waiting();
	if (c->in_canceller)
		return await_in_canceller(c, deferred);
	if (evert_deferred_wait(deferred, &c->waiter, &outcome))
		return outcome;
	if (c->cancel_next) {
		c->cancel_next = false;
		c->in_canceller = true;
		evert_deferred_cancel_at(c->waiter.on, evert_coroutine_place(c));
		c->in_canceller = false;
	}
	return c->waiter.on ? suspend(c) : c->outcome;
}

/* Of one that nobody else has a part in. */
static inline struct evert_result take_outcome(struct evert_deferred *deferred)
{
	return evert_deferred_end_read(deferred, deferred->result);
}

struct evert_result evert_await(struct evert_deferred *deferred)
{
	struct evert_coroutine *c = evert_coroutine_require("evert_await");

	if (evert_handover_loop || c->flags || !deferred)
		return await_any(c, deferred);
	if (evert_deferred_wait_simply(deferred, &c->waiter))
		return suspend(c);
	if (evert_deferred_is_only_read(deferred))
		return take_outcome(deferred);
	return await_any(c, deferred);
}

/* ---- Cancelling ---- */

/* Has it been woken by a cancel that it has not seen yet? */
static bool cancel_is_on_its_way(const struct evert_coroutine *c)
{
	return c->state == EVERT_COROUTINE_READY &&
	       evert_result_failed_with(&c->outcome, EVERT_CANCELLED);
}

/* What it waits for is cancelled instead. It may be woken by that, and end. */
static struct evert_deferred *cancel(void *joint)
{
	struct evert_coroutine *c = joint;

	if (c->state == EVERT_COROUTINE_WAITING)
		return c->waiter.on;
	if (!cancel_is_on_its_way(c))
		c->cancel_next = true;
	return NULL; /* it fires when the body returns */
}

static struct evert_deferred *awaited(const void *joint)
{
	const struct evert_coroutine *c = joint;

	return c->waiter.on;
}

static void describe(const void *joint, struct evert_text *to)
{
	const struct evert_coroutine *c = joint;

	evert_text_add(to, " %s, ", c->name);
	if (c->state == EVERT_COROUTINE_WAITING)
		evert_text_add(to, "waiting since turn %" PRIu64,
			       c->waits_since);
	else
		evert_text_add(to, c->state == EVERT_COROUTINE_READY ?
					   "woken" :
					   "running");
}

const struct evert_joint_class evert_coroutine_joint = {
	.kind = "coroutine",
	.describe = describe,
	.pass = cancel,
	.first = awaited,
};
