/* SPDX-License-Identifier: MIT */
#include "resolution_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../reason.h"
#include "endpoint.h"

static bool make_room(struct evert_resolution *resolution, size_t count)
{
	resolution->addresses =
		evert_allocate(count * sizeof(*resolution->addresses));
	return resolution->addresses;
}

static bool is_usable(const struct addrinfo *info)
{
	return (info->ai_family == AF_INET || info->ai_family == AF_INET6) &&
	       info->ai_addrlen <=
		       sizeof(((struct evert_address *)NULL)->as);
}

/* Doubles are taken out: "localhost" may be 127.0.0.1 twice. */
static void add_address(struct evert_resolution *resolution,
			struct evert_address *address)
{
	size_t i;

	evert_address_unmap(address);
	for (i = 0; i < resolution->count; i++)
		if (evert_address_is_equal(&resolution->addresses[i], address))
			return;
	resolution->addresses[resolution->count++] = *address;
}

static void add(struct evert_resolution *resolution,
		const struct addrinfo *info)
{
	struct evert_address address = { .length = info->ai_addrlen };

	memcpy(&address.as, info->ai_addr, info->ai_addrlen);
	add_address(resolution, &address);
}

/* The next one of the same family, or of another one. */
static const struct addrinfo *find(const struct addrinfo *info, int family,
				   bool same)
{
	while (info && (!is_usable(info) ||
			(info->ai_family == family) != same))
		info = info->ai_next;
	return info;
}

/* The system's order within each family, the families in turn. */
static void interleave(struct evert_resolution *resolution,
		       const struct addrinfo *first)
{
	int family = first->ai_family;
	const struct addrinfo *one = first;
	const struct addrinfo *other = find(first, family, false);

	while (one || other) {
		if (one) {
			add(resolution, one);
			one = find(one->ai_next, family, true);
		}
		if (other) {
			add(resolution, other);
			other = find(other->ai_next, family, false);
		}
	}
}

static struct evert_failure *
failed(const struct evert_resolution *resolution, int error,
       const char *reason)
{
	struct evert_failure *failure = evert_failure_create_at(
		resolution->place, EVERT_LOOKUP_FAILED, 0,
		"cannot look up %s: %s", resolution->endpoint.host, reason);

	evert_failure_set_error(failure, error);
	return failure;
}

static struct evert_failure *
take_addresses(struct evert_resolution *resolution,
	       const struct evert_lookup_result *result)
{
	const struct addrinfo *info;
	size_t count = 0;

	if (result->error)
		return failed(resolution, result->error, result->reason);
	for (info = result->addresses; info; info = info->ai_next)
		count += is_usable(info);
	if (!count)
		return failed(resolution, ENOENT, "it has no address");
	if (!make_room(resolution, count))
		return evert_failure_bare(EVERT_NO_MEMORY);
	info = result->addresses;
	while (!is_usable(info))
		info = info->ai_next;
	interleave(resolution, info);
	return NULL;
}

static void looked_up(void *arg, const struct evert_lookup_result *result)
{
	struct evert_resolution *resolution = arg;

	resolution->lookup = NULL;
	resolution->done(resolution, take_addresses(resolution, result));
}

static struct evert_failure *begin_lookup(struct evert_resolution *resolution)
{
	resolution->lookup = evert_lookup_start(
		resolution->reactor, resolution->endpoint.host,
		resolution->endpoint.port, looked_up, resolution);
	if (!resolution->lookup)
		return failed(resolution, errno, strerror(errno));
	return NULL;
}

/* To connect, all of it is needed. */
static struct evert_failure *
check_complete(const struct evert_resolution *resolution)
{
	const struct evert_endpoint *endpoint = &resolution->endpoint;
	char text[EVERT_ENDPOINT_TEXT_SIZE];

	if (*endpoint->host && endpoint->port)
		return NULL;
	return evert_failure_create_at(
		resolution->place, EVERT_BAD_ENDPOINT, 0,
		"bad endpoint \"tcp:%s\": to connect, it needs a %s",
		evert_endpoint_text(endpoint, text),
		*endpoint->host ? "port" : "host");
}

/* The hosts that need no lookup: addresses, and none at all. */
static struct evert_failure *find_host(struct evert_resolution *resolution)
{
	const struct evert_endpoint *endpoint = &resolution->endpoint;
	const char *host = *endpoint->host ? endpoint->host : "::";
	struct evert_address address;

	if (evert_address_parse(&address, host, endpoint->port))
		return begin_lookup(resolution);
	if (!make_room(resolution, 2))
		return evert_failure_bare(EVERT_NO_MEMORY);
	add_address(resolution, &address);
	/* "Every address" is those of both families. */
	if (!*endpoint->host) {
		evert_address_parse(&address, "0.0.0.0", endpoint->port);
		add_address(resolution, &address);
	}
	return NULL;
}

struct evert_failure *
evert_resolution_begin(struct evert_resolution *resolution,
		       struct evert_reactor *reactor, const char *text,
		       bool passive,
		       void (*done)(struct evert_resolution *resolution,
				    struct evert_failure *failure),
		       const char *place)
{
	struct evert_failure *failure;

	resolution->reactor = reactor;
	resolution->lookup = NULL;
	resolution->done = done;
	resolution->place = place;
	resolution->addresses = NULL;
	resolution->count = 0;
	failure = evert_endpoint_parse(&resolution->endpoint, text, place);
	if (!failure && !passive)
		failure = check_complete(resolution);
	if (!failure && reactor->shutting_down)
		failure = evert_failure_bare(EVERT_REACTOR_STOPPED);
	return failure ? failure : find_host(resolution);
}

void evert_resolution_finish(struct evert_resolution *resolution)
{
	if (resolution->lookup)
		evert_lookup_cancel(resolution->lookup);
	evert_free(resolution->addresses);
}
