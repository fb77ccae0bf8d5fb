/* SPDX-License-Identifier: MIT */
/* TLS in the middle of a connection. */
#include "tls.h"

#include <errno.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "error_internal.h"
#include "handshake_internal.h"

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_tls_handshake *handshake = arg;
	struct evert_tls *tls = handshake->tls;

	(void)deferred;
	evert_deferred_abandon(&handshake->done);
	evert_transport_abort(&tls->base);
	return false;
}

/* May it begin? NULL, or why not. */
static struct evert_failure *check(struct evert_transport *transport,
				   const char *place)
{
	size_t unread;

	/* What a stream that was reset in the meantime gives. */
	if (!transport)
		return evert_failure_create_at(place, EVERT_TLS_FAILED,
					       ENOTCONN,
					       "TLS was to begin on a "
					       "connection that is gone");
	if (transport->closing || transport->write_ended || transport->ended)
		return evert_failure_create_at(place, EVERT_TLS_FAILED, EPIPE,
					       "TLS was to begin on a "
					       "connection that is closing");
	unread = evert_protocol_unread(transport->protocol);
	if (unread)
		return evert_failure_create_at(
			place, EVERT_TLS_NOT_TLS, 0,
			"%zu bytes of plain text came behind what was to be "
			"followed by TLS", unread);
	return NULL;
}

/* A handshake that is nobody's yet: NULL, or the failure. */
static struct evert_failure *prepare(struct evert_tls_handshake **made,
				     struct evert_tls_context *context,
				     const char *name, const char *place)
{
	struct evert_tls_handshake *handshake;
	struct evert_failure *failure;
	SSL *ssl;

	if (!context)
		evert_bug("TLS was to begin at %s without a context", place);
	failure = evert_tls_failure_at(
		evert_tls_context_session(context, name, &ssl), place);
	if (failure)
		return failure;
	handshake = evert_allocate(sizeof(*handshake));
	if (!handshake) {
		SSL_free(ssl);
		return evert_failure_bare(EVERT_NO_MEMORY);
	}
	*handshake = (struct evert_tls_handshake){
		.tls = evert_tls_create(ssl),
		.place = place,
		.in_the_middle = true,
	};
	if (!handshake->tls) {
		evert_free(handshake);
		return evert_failure_bare(EVERT_NO_MEMORY);
	}
	*made = handshake;
	return NULL;
}

/* Takes the place of the protocol, which becomes ours. */
static struct evert_failure *stand_between(struct evert_tls *tls,
					   struct evert_transport *transport,
					   const char *place)
{
	struct evert_owned_protocol upper;
	bool held = transport->held;
	int error = evert_transport_stand_before(transport, &tls->below,
						 &upper);

	if (error)
		return evert_failure_create_at(place, EVERT_TLS_FAILED, error,
					       "TLS can't begin");
	evert_tls_own(tls, &upper);
	evert_protocol_last(upper.protocol); /* all have the new transport */
	tls->base.held = held;
	return NULL;
}

static struct evert_failure *begin(struct evert_tls_handshake *handshake,
				   struct evert_transport *transport)
{
	struct evert_tls *tls = handshake->tls;
	struct evert_failure *failure =
		stand_between(tls, transport, handshake->place);

	if (failure)
		return failure;
	tls->handshake = handshake;
	evert_tls_handshake_begin(tls);
	return NULL;
}

/* Nothing goes on in plain text. */
static void end_for(struct evert_transport *transport,
		    const struct evert_failure *failure, const char *place)
{
	struct evert_failure *told;

	if (evert_failure_is(failure, EVERT_CONNECTION_LOST)) {
		told = evert_failure_copy(failure);
	} else {
		told = evert_failure_create_at(place, EVERT_TLS_FAILED, 0,
					       "TLS can't begin");
		evert_failure_add_cause(told, evert_failure_copy(failure));
	}
	evert_transport_fail(transport, told);
}

static struct evert_deferred *refuse(struct evert_transport *transport,
				     struct evert_failure *failure,
				     const char *place)
{
	if (transport)
		end_for(transport, failure, place);
	return evert_deferred_create_fired_at(place,
					      evert_result_failure(failure));
}

/* Without a handshake, after all. */
static void give_up(struct evert_tls_handshake *handshake,
		    struct evert_failure *failure)
{
	struct evert_firing *done = handshake->done;

	evert_tls_destroy(handshake->tls);
	evert_free(handshake);
	evert_deferred_fire(&done, evert_result_failure(failure));
}

struct evert_deferred *evert_tls_start_at(struct evert_transport *transport,
					  struct evert_tls_context *context,
					  const char *name, const char *place)
{
	struct evert_tls_handshake *handshake = NULL;
	struct evert_deferred *deferred;
	struct evert_failure *failure = check(transport, place);

	if (!failure)
		failure = prepare(&handshake, context, name, place);
	if (failure)
		return refuse(transport, failure, place);
	deferred = evert_deferred_create_at(&handshake->done, place, cancel,
					    handshake);
	failure = deferred ? begin(handshake, transport) :
			     evert_failure_bare(EVERT_NO_MEMORY);
	if (!failure)
		return deferred;
	end_for(transport, failure, place);
	give_up(handshake, failure);
	return deferred;
}
