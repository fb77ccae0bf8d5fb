/* SPDX-License-Identifier: MIT */
#include "start_internal.h"

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/endpoint/connect.h"
#include "error_internal.h"
#include "handshake_internal.h"

/* It is the factory of the one below, and then the handshake. */
struct connecting {
	struct evert_tls_handshake base;
	struct evert_factory below;
	struct evert_factory *factory; /* of the protocols */
	SSL *ssl; /* until the transport has it */
	struct evert_deferred *lower; /* the one below */
	bool builds; /* the protocol, */
	bool over;   /* and meanwhile it was cancelled */
};

static void release(struct evert_tls_handshake *handshake)
{
	struct connecting *connecting =
		evert_container_of(handshake, struct connecting, base);

	SSL_free(connecting->ssl);
	evert_free(connecting);
}

/* False: there is none, or nobody wants it any more. */
static bool build_upper(struct connecting *connecting,
			struct evert_owned_protocol *upper,
			const struct evert_address *peer)
{
	bool built;

	connecting->builds = true;
	built = evert_owned_protocol_build(upper, connecting->factory, peer);
	connecting->builds = false;
	if (!connecting->over)
		return built;
	if (built)
		evert_owned_protocol_release(upper);
	release(&connecting->base);
	return false;
}

static struct evert_protocol *build(struct evert_factory *below,
				    const struct evert_address *peer)
{
	struct connecting *connecting =
		evert_container_of(below, struct connecting, below);
	struct evert_owned_protocol upper;
	struct evert_tls *tls;

	if (!build_upper(connecting, &upper, peer))
		return NULL;
	tls = evert_tls_create(connecting->ssl);
	connecting->ssl = NULL;
	if (!tls) {
		evert_owned_protocol_release(&upper);
		return NULL;
	}
	evert_tls_own(tls, &upper);
	tls->handshake = &connecting->base;
	connecting->base.tls = tls;
	return &tls->below;
}

/* The one below is connected, and the handshake has begun; or it is not. */
static struct evert_result connected(struct evert_result *in, void *arg)
{
	struct connecting *connecting = arg;
	struct evert_deferred *lower = connecting->lower;
	struct evert_firing *done = connecting->base.done;

	connecting->lower = NULL;
	if (evert_result_is_failure(in)) {
		connecting->over = true;
		if (!connecting->builds)
			release(&connecting->base);
		evert_deferred_fire(&done, evert_result_take(in));
	}
	evert_deferred_release(lower);
	return evert_result_none();
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct connecting *connecting = arg;
	struct evert_tls *tls = connecting->base.tls;

	(void)deferred;
	if (!tls) {
		evert_deferred_cancel(connecting->lower);
		return false;
	}
	evert_deferred_abandon(&connecting->base.done);
	evert_transport_abort(&tls->base);
	return false;
}

static struct evert_deferred *connect_lower(struct evert_reactor *reactor,
					    const struct evert_tls_target *to,
					    struct evert_factory *below,
					    const char *place)
{
	if (to->string)
		return evert_connect_with_at(reactor, to->string, below,
					     to->options, place);
	return evert_endpoint_connect(reactor, to->endpoint, below,
				      to->options, place);
}

static struct connecting *prepare(struct evert_factory *factory, SSL *ssl,
				  const char *place)
{
	struct connecting *connecting = evert_allocate(sizeof(*connecting));

	if (!connecting) {
		SSL_free(ssl);
		return NULL;
	}
	*connecting = (struct connecting){
		.base.place = place,
		.base.release = release,
		.below.build_protocol = build,
		.factory = factory,
		.ssl = ssl,
	};
	return connecting;
}

struct evert_deferred *
evert_tls_connect_to(struct evert_reactor *reactor,
		     const struct evert_tls_target *target,
		     struct evert_factory *factory,
		     struct evert_tls_context *context, const char *name,
		     const char *place)
{
	struct connecting *connecting;
	struct evert_deferred *deferred;
	struct evert_failure *failure;
	SSL *ssl;

	evert_factory_check(factory);
	if (!context || context->side != EVERT_TLS_CLIENT)
		evert_bug("connecting over TLS at %s %s", place,
			  context ? "by a server's context, which checks nobody"
				  : "without a context");
	failure = evert_tls_failure_at(
		evert_tls_context_session(context, name, &ssl), place);
	if (failure)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(failure));
	connecting = prepare(factory, ssl, place);
	if (!connecting)
		return NULL;
	deferred = evert_deferred_create_at(&connecting->base.done, place,
					    cancel, connecting);
	if (!deferred) {
		release(&connecting->base);
		return NULL;
	}
	connecting->lower = connect_lower(reactor, target, &connecting->below,
					  place);
	evert_deferred_add_both(connecting->lower, connected, connecting);
	return deferred;
}

struct evert_deferred *
evert_tls_connect_at(struct evert_reactor *reactor, const char *endpoint,
		     struct evert_factory *factory,
		     struct evert_tls_context *context, const char *name,
		     const char *place)
{
	struct evert_tls_target target = { .string = endpoint };

	return evert_tls_connect_to(reactor, &target, factory, context, name,
				    place);
}
