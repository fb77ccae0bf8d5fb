/* SPDX-License-Identifier: MIT */
#include "start_internal.h"

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/endpoint/listen.h"
#include "handshake_internal.h"

/* It lives as long as the port that it is the factory of. */
struct listening {
	struct evert_factory below;
	struct evert_factory *factory; /* of the protocols */
	struct evert_tls_context *context;
	const char *place;
};

static void release(struct listening *listening)
{
	evert_tls_context_release(listening->context);
	evert_free(listening);
}

/* ---- A connection ---- */

static struct evert_tls *make(struct listening *listening)
{
	struct evert_tls_handshake *handshake;
	struct evert_tls *tls;
	SSL *ssl;

	evert_failure_release(
		evert_tls_context_session(listening->context, NULL, &ssl));
	tls = ssl ? evert_tls_create(ssl) : NULL;
	if (!tls)
		return NULL;
	handshake = evert_allocate(sizeof(*handshake));
	if (!handshake) {
		evert_tls_destroy(tls);
		return NULL;
	}
	*handshake = (struct evert_tls_handshake){
		.tls = tls,
		.place = listening->place,
		.listens = true,
	};
	tls->handshake = handshake;
	return tls;
}

static struct evert_protocol *build(struct evert_factory *below,
				    const struct evert_address *peer)
{
	struct listening *listening =
		evert_container_of(below, struct listening, below);
	struct evert_owned_protocol upper;
	struct evert_tls *tls;

	if (!evert_owned_protocol_build(&upper, listening->factory, peer))
		return NULL;
	tls = make(listening);
	if (!tls) {
		evert_owned_protocol_release(&upper);
		return NULL;
	}
	evert_tls_own(tls, &upper);
	return &tls->below;
}

/* ---- The port ---- */

static struct evert_result closed(struct evert_result *in, void *arg)
{
	(void)in;
	release(arg);
	return evert_result_none();
}

/* Without memory to wait for its end there is no port. */
static struct evert_result listens(struct evert_result *in, void *arg)
{
	struct evert_port *port = evert_result_as_port(in);
	struct evert_deferred *end = port ? evert_port_closed(port) : NULL;

	if (port && !end) {
		evert_deferred_release(evert_port_stop_listening(port));
		release(arg);
		return evert_result_no_memory();
	}
	evert_deferred_add_both(end, closed, arg);
	evert_deferred_release(end);
	return evert_result_take(in);
}

static struct evert_result does_not(struct evert_result *in, void *arg)
{
	release(arg);
	return evert_result_take(in);
}

static struct evert_deferred *listen_lower(struct evert_reactor *reactor,
					   const struct evert_tls_target *on,
					   struct evert_factory *below,
					   const char *place)
{
	if (on->string)
		return evert_listen_with_at(reactor, on->string, below,
					    on->options, place);
	return evert_endpoint_listen(reactor, on->endpoint, below, on->options,
				     place);
}

struct evert_deferred *
evert_tls_listen_on(struct evert_reactor *reactor,
		    const struct evert_tls_target *target,
		    struct evert_factory *factory,
		    struct evert_tls_context *context, const char *place)
{
	struct listening *listening = evert_allocate(sizeof(*listening));
	struct evert_deferred *deferred;

	evert_factory_check(factory);
	if (!context || context->side != EVERT_TLS_SERVER)
		evert_bug("listening over TLS at %s %s", place,
			  context ? "by a client's context"
				  : "without a context");
	if (!listening)
		return NULL;
	*listening = (struct listening){
		.below.build_protocol = build,
		.factory = factory,
		.context = evert_tls_context_keep(context),
		.place = place,
	};
	deferred = listen_lower(reactor, target, &listening->below, place);
	evert_deferred_add_callbacks(deferred, listens, does_not, listening);
	return deferred;
}

struct evert_deferred *
evert_tls_listen_at(struct evert_reactor *reactor, const char *endpoint,
		    struct evert_factory *factory,
		    struct evert_tls_context *context, const char *place)
{
	struct evert_tls_target target = { .string = endpoint };

	return evert_tls_listen_on(reactor, &target, factory, context, place);
}
