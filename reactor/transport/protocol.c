/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "transport.h"

const struct evert_type evert_type_protocol = { "protocol", NULL };

/* ---- The factory that needs no function ---- */

struct evert_protocol *evert_factory_build(struct evert_factory *factory,
					   const struct evert_address *peer)
{
	struct evert_protocol *protocol;

	(void)peer;
	if (!factory->size || !factory->init)
		evert_bug("evert_factory_build was called with a factory "
			  "that EVERT_FACTORY has not filled in");
	protocol = evert_allocate(factory->size);
	if (!protocol)
		return NULL;
	memset(protocol, 0, factory->size);
	factory->init(protocol, factory->ops);
	return protocol;
}

void evert_protocol_init(struct evert_protocol *protocol, const void *ops)
{
	protocol->ops = (const struct evert_protocol_ops *)ops;
	if (!EVERT_LIKELY(protocol->ops && protocol->ops->data_received))
		evert_protocol_check(protocol);
}

/* ---- What must not be missing ---- */

void evert_protocol_check(const struct evert_protocol *protocol)
{
	if (!protocol)
		evert_bug("a transport was given no protocol");
	if (!protocol->ops)
		evert_bug("a protocol has no table of operations");
	if (!protocol->ops->data_received)
		evert_bug("the operation data_received of a protocol is "
			  "missing");
}

void evert_factory_check(const struct evert_factory *factory)
{
	if (!factory || !factory->build_protocol)
		evert_bug("the operation build_protocol of a factory is "
			  "missing");
}

struct evert_protocol *evert_protocol_last(struct evert_protocol *protocol)
{
	while (protocol->ops->behind)
		protocol = protocol->ops->behind(protocol);
	return protocol;
}

/* ---- One that is owned ---- */

bool evert_owned_protocol_build(struct evert_owned_protocol *owned,
				struct evert_factory *factory,
				const struct evert_address *peer)
{
	struct evert_protocol *protocol =
		factory->build_protocol(factory, peer);

	*owned = (struct evert_owned_protocol){
		.protocol = protocol,
		.destroys = protocol != NULL,
		.frees = protocol && factory->size > 0,
	};
	if (!protocol)
		return false;
	evert_protocol_check(protocol);
	protocol->factory = factory;
	return true;
}

void evert_owned_protocol_release(struct evert_owned_protocol *owned)
{
	struct evert_protocol *protocol = owned->protocol;

	if (!protocol)
		return;
	if (owned->destroys && protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	if (owned->frees)
		evert_free(protocol);
	owned->protocol = NULL;
}

/* ---- Operations that are ready ---- */

void evert_protocol_pause_reading(struct evert_protocol *protocol)
{
	evert_transport_pause_reading(protocol->transport);
}

void evert_protocol_resume_reading(struct evert_protocol *protocol)
{
	evert_transport_resume_reading(protocol->transport);
}
