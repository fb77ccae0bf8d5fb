/* SPDX-License-Identifier: MIT */
#include "handshake_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/reactor.h"
#include "session_internal.h"

/* ---- Its end ---- */

/* It is over; who waits may still cancel it. */
static struct evert_tls_handshake *take_out(struct evert_tls *tls)
{
	struct evert_tls_handshake *handshake = tls->handshake;

	tls->handshake = NULL;
	tls->waits = false;
	evert_delayed_call_cancel(handshake->timer);
	return handshake;
}

static void finish(struct evert_tls_handshake *handshake,
		   struct evert_result result)
{
	struct evert_firing *done = handshake->done;

	if (handshake->release)
		handshake->release(handshake);
	else
		evert_free(handshake);
	evert_deferred_fire(&done, result);
}

static const struct evert_tls_context *context_of(const struct evert_tls *tls)
{
	return evert_tls_session_of(tls->engine.ssl)->context;
}

static void tell_owner(const struct evert_tls *tls,
		       const struct evert_failure *reason)
{
	const struct evert_tls_context *context = context_of(tls);
	struct evert_address peer;
	bool known = !evert_transport_peer(&tls->base, &peer);

	if (context->handshake_failed)
		context->handshake_failed(context->arg, reason,
					  known ? &peer : NULL);
}

void evert_tls_handshake_end(struct evert_tls *tls,
			     struct evert_failure *reason)
{
	struct evert_tls_handshake *handshake = take_out(tls);

	if (handshake->listens)
		tell_owner(tls, reason);
	finish(handshake, evert_result_failure(reason));
}

/* What was written before goes first, whatever is written now. */
static void open_up(struct evert_tls *tls)
{
	struct evert_tls_handshake *handshake = take_out(tls);
	struct evert_protocol *protocol = tls->base.protocol;
	struct evert_protocol *of_program = evert_protocol_last(protocol);

	evert_tls_flush(tls);
	if (!handshake->in_the_middle && protocol->ops->connection_made)
		protocol->ops->connection_made(protocol);
	evert_tls_heed_below(tls);
	finish(handshake, evert_result_of(&evert_type_protocol, of_program));
}

/* ---- Going on ---- */

/* From whatever has chosen. */
static void chosen(void *arg)
{
	struct evert_tls *tls = arg;

	tls->waits = false;
	tls->resumes = true;
	evert_tls_plan(tls);
}

/* Which context the client gets is asked for on this thread. */
static bool choose(struct evert_tls *tls)
{
	tls->waits = true;
	if (!evert_tls_session_choose(tls->engine.ssl, chosen, tls))
		return false;
	tls->waits = false;
	return evert_tls_handshake_go_on(tls);
}

bool evert_tls_handshake_heed(struct evert_tls *tls,
			      enum evert_tls_outcome outcome,
			      struct evert_failure *failure)
{
	switch (outcome) {
	case EVERT_TLS_DONE:
		open_up(tls);
		return true;
	case EVERT_TLS_STARVED:
		return false;
	case EVERT_TLS_WAITS:
		return choose(tls);
	default:
		if (failure)
			evert_tls_fail(tls, failure);
		else
			evert_tls_break(tls);
		return false;
	}
}

bool evert_tls_handshake_go_on(struct evert_tls *tls)
{
	if (tls->waits || tls->broken)
		return false;
	if (context_of(tls)->handshake_in_threads) {
		evert_tls_handshake_give_to_thread(tls);
		return false;
	}
	return evert_tls_handshake_heed(
		tls, evert_tls_engine_handshake(&tls->engine), NULL);
}

/* ---- Its begin ---- */

static void timed_out(void *arg)
{
	struct evert_tls_handshake *handshake = arg;
	struct evert_tls *tls = handshake->tls;

	evert_tls_fail(tls, evert_failure_create_at(
				    handshake->place, EVERT_TLS_TIMED_OUT,
				    ETIMEDOUT,
				    "the TLS handshake took more than %g "
				    "seconds", handshake->seconds));
	evert_transport_abort(evert_tls_lower(tls));
}

static void set_timer(struct evert_tls *tls)
{
	struct evert_tls_handshake *handshake = tls->handshake;

	handshake->seconds = context_of(tls)->handshake_seconds;
	handshake->timer = evert_reactor_call_later(evert_tls_reactor(tls),
						    handshake->seconds,
						    timed_out, handshake);
	if (!evert_delayed_call_active(handshake->timer))
		evert_tls_lose(tls, ENOMEM);
}

/* It goes on as the one below was left: by its protocol, where TLS begins in
   the middle. */
static void take_over(struct evert_tls *tls)
{
	struct evert_transport *lower = evert_tls_lower(tls);
	size_t high, low;

	evert_transport_write_marks(lower, &high, &low);
	tls->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	tls->low = low < UINT32_MAX ? (uint32_t)low : UINT32_MAX;
	tls->paused = tls->handshake->in_the_middle &&
		      !evert_transport_is_reading(lower);
	tls->stops = !evert_transport_is_reading(lower);
	tls->base.full = tls->handshake->in_the_middle && lower->full;
}

/* A client speaks first. */
void evert_tls_handshake_begin(struct evert_tls *tls)
{
	struct evert_tls_input nothing = { .at = "" };

	take_over(tls);
	set_timer(tls);
	tls->busy = true;
	tls->engine.input = &nothing;
	evert_tls_handshake_go_on(tls);
	tls->engine.input = NULL;
	tls->busy = false;
	evert_tls_steer(tls);
}
