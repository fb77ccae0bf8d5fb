/* SPDX-License-Identifier: MIT */
#include "handshake_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/reactor.h"

/* Which is long for a machine, and not too long for who holds a connection that
   does nothing. */
#define HANDSHAKE_SECONDS 30.0

/* ---- Its end ---- */

/* Nobody waits any more when this returns. */
static struct evert_firing *finish(struct evert_tls *tls)
{
	struct evert_tls_handshake *handshake = tls->handshake;
	struct evert_firing *done = handshake->done;

	tls->handshake = NULL;
	tls->waits = false;
	evert_delayed_call_cancel(handshake->timer);
	if (handshake->release)
		handshake->release(handshake);
	else
		evert_free(handshake);
	return done;
}

void evert_tls_handshake_end(struct evert_tls *tls,
			     struct evert_failure *reason)
{
	struct evert_firing *done = finish(tls);

	evert_deferred_fire(&done, evert_result_failure(reason));
}

/* What was written before goes first, whatever is written now. */
static void open_up(struct evert_tls *tls)
{
	bool begins = !tls->handshake->in_the_middle;
	struct evert_firing *done = finish(tls);
	struct evert_protocol *protocol = tls->base.protocol;

	evert_tls_flush(tls);
	if (begins && protocol->ops->connection_made)
		protocol->ops->connection_made(protocol);
	evert_tls_heed_below(tls);
	evert_deferred_fire(&done, evert_result_of(&evert_type_protocol,
						   protocol));
}

/* ---- Going on ---- */

bool evert_tls_handshake_go_on(struct evert_tls *tls)
{
	if (tls->waits || tls->broken)
		return false;
	switch (evert_tls_engine_handshake(&tls->engine)) {
	case EVERT_TLS_DONE:
		open_up(tls);
		return true;
	case EVERT_TLS_STARVED:
		return false;
	case EVERT_TLS_WAITS:
		tls->waits = true;
		return false;
	default:
		evert_tls_break(tls);
		return false;
	}
}

void evert_tls_handshake_resume(SSL *ssl)
{
	struct evert_tls_engine *engine = evert_tls_engine_of(ssl);
	struct evert_tls *tls;

	if (!engine)
		return;
	tls = evert_container_of(engine, struct evert_tls, engine);
	tls->waits = false;
	evert_tls_plan(tls);
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
	struct evert_reactor *reactor =
		evert_transport_reactor(evert_tls_lower(tls));

	if (!reactor)
		reactor = evert_reactor_current();
	handshake->seconds = HANDSHAKE_SECONDS;
	handshake->timer = evert_reactor_call_later(reactor, handshake->seconds,
						    timed_out, handshake);
	if (!evert_delayed_call_active(handshake->timer))
		evert_tls_starve(tls);
}

/* It goes on as the one below was left: by its protocol, where TLS begins in the
   middle. */
static void take_over(struct evert_tls *tls)
{
	struct evert_transport *lower = evert_tls_lower(tls);
	size_t high, low;

	evert_transport_write_marks(lower, &high, &low);
	tls->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	tls->low = low < UINT32_MAX ? (uint32_t)low : UINT32_MAX;
	tls->paused = tls->handshake->in_the_middle &&
		      !evert_transport_is_reading(lower);
	tls->reads = evert_transport_is_reading(lower);
	tls->base.full = tls->handshake->in_the_middle && lower->full;
}

/* A client speaks first. */
void evert_tls_handshake_begin(struct evert_tls *tls)
{
	take_over(tls);
	set_timer(tls);
	tls->busy = true;
	evert_tls_handshake_go_on(tls);
	tls->busy = false;
	evert_tls_steer(tls);
}
