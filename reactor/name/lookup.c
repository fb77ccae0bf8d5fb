/* SPDX-License-Identifier: MIT */
#include "lookup_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "host_internal.h"

struct own_lookup {
	struct evert_lookup base;
	struct evert_host_lookup host;
	uint16_t port;
	evert_lookup_done done;
	void *arg;
};

static void release(struct own_lookup *lookup)
{
	evert_host_lookup_end(&lookup->host);
	evert_free(lookup);
}

static void cancel(struct evert_lookup *base)
{
	release(evert_container_of(base, struct own_lookup, base));
}

/* Where the port stands is the same in both families. */
static void set_ports(struct evert_host_lookup *host, uint16_t port)
{
	size_t i;

	for (i = 0; i < host->count; i++)
		host->addresses[i].as.ip4.sin_port = htons(port);
}

static void done(struct evert_host_lookup *host)
{
	struct own_lookup *lookup =
		evert_container_of(host, struct own_lookup, host);
	const struct evert_lookup_result result = {
		.addresses = host->addresses,
		.count = host->count,
		.kind = host->failure.kind,
		.error = host->failure.error,
		.reason = host->failure.words,
		.has_more = host->has_more,
	};

	set_ports(host, lookup->port);
	lookup->done(lookup->arg, &result);
	if (!result.has_more) /* else it may be gone */
		release(lookup);
}

static struct evert_lookup *start(struct evert_resolver *resolver,
				  const char *host, uint16_t port,
				  bool in_parts, evert_lookup_done call,
				  void *arg)
{
	struct own_lookup *lookup = evert_allocate(sizeof(*lookup));
	int error;

	if (!lookup)
		return NULL;
	lookup->base.cancel = cancel;
	lookup->port = port;
	lookup->done = call;
	lookup->arg = arg;
	error = evert_host_lookup_begin(&lookup->host, resolver, host,
					in_parts, done);
	if (!error)
		return &lookup->base;
	evert_free(lookup);
	errno = -error;
	return NULL;
}

/* What the environment says, for a reactor that was told nothing. */
static bool is_systems_at_once(const struct evert_reactor *reactor)
{
	const char *way = getenv("EVERT_RESOLVER");

	return !reactor->resolver && !reactor->system->ops->names && way &&
	       !strcmp(way, "system");
}

struct evert_lookup *evert_lookup_start(struct evert_reactor *reactor,
					const char *host, uint16_t port,
					bool in_parts, evert_lookup_done call,
					void *arg)
{
	struct evert_resolver *resolver;

	if (is_systems_at_once(reactor))
		return evert_system_lookup_start(reactor, host, port, call,
						 arg);
	resolver = evert_resolver_ready(reactor);
	if (!resolver)
		return NULL;
	if (evert_resolver_is_systems(resolver))
		return evert_system_lookup_start(reactor, host, port, call,
						 arg);
	return start(resolver, host, port, in_parts, call, arg);
}
