/* SPDX-License-Identifier: MIT */
#include "resolution_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../name/lookup_failure.h"
#include "../reason.h"
#include "endpoint.h"

/* For so many, behind those that are used. */
static bool make_room(struct evert_resolution *resolution, size_t count)
{
	struct evert_address *addresses = evert_reallocate(
		resolution->addresses,
		(resolution->used + count) * sizeof(*addresses));

	if (!addresses)
		return false;
	resolution->addresses = addresses;
	resolution->count = resolution->used;
	return true;
}

static bool is_wanted(int family, int wanted)
{
	if (wanted != AF_UNSPEC)
		return family == wanted;
	return family == AF_INET || family == AF_INET6;
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

/* The next one of that family, or of another one; of those wanted. The index
   behind the last: there is none. */
static size_t find(const struct evert_lookup_result *found, size_t i,
		   int wanted, int family, bool same)
{
	int other;

	for (; i < found->count; i++) {
		other = found->addresses[i].as.any.sa_family;
		if (is_wanted(other, wanted) && (other == family) == same)
			break;
	}
	return i;
}

/* The resolver's order within each family, the families in turn. */
static void interleave(struct evert_resolution *resolution,
		       const struct evert_lookup_result *found, size_t first)
{
	struct evert_address *addresses = found->addresses;
	int family = addresses[first].as.any.sa_family;
	int wanted = resolution->family;
	size_t one = first, other = find(found, 0, wanted, family, false);

	while (one < found->count || other < found->count) {
		if (one < found->count) {
			add_address(resolution, &addresses[one]);
			one = find(found, one + 1, wanted, family, true);
		}
		if (other < found->count) {
			add_address(resolution, &addresses[other]);
			other = find(found, other + 1, wanted, family, false);
		}
	}
}

static struct evert_failure *
failed(const struct evert_resolution *resolution,
       const struct evert_error *kind, int error, const char *reason)
{
	struct evert_failure *failure = evert_failure_create_at(
		resolution->place, kind, 0, "cannot look up %s: %s",
		resolution->host, reason);

	evert_failure_set_error(failure, error);
	return failure;
}

static struct evert_failure *
no_address(const struct evert_resolution *resolution)
{
	const char *reason = "it has no address";

	if (resolution->family == AF_INET)
		reason = "it has no IPv4 address";
	if (resolution->family == AF_INET6)
		reason = "it has no IPv6 address";
	return failed(resolution, EVERT_NO_DATA, ENOENT, reason);
}

static struct evert_failure *
take_addresses(struct evert_resolution *resolution,
	       const struct evert_lookup_result *result)
{
	size_t first = 0;

	if (result->kind == EVERT_NO_MEMORY ||
	    result->kind == EVERT_REACTOR_STOPPED)
		return evert_failure_at(resolution->place, result->kind);
	if (result->kind)
		return failed(resolution, result->kind, result->error,
			      result->reason);
	while (first < result->count &&
	       !is_wanted(result->addresses[first].as.any.sa_family,
			  resolution->family))
		first++;
	if (first == result->count)
		return no_address(resolution);
	if (!make_room(resolution, result->count))
		return evert_failure_bare(EVERT_NO_MEMORY);
	interleave(resolution, result, first);
	return NULL;
}

static void looked_up(void *arg, const struct evert_lookup_result *result)
{
	struct evert_resolution *resolution = arg;

	struct evert_failure *failure = take_addresses(resolution, result);

	if (!result->has_more)
		resolution->lookup = NULL;
	if (result->has_more && failure) { /* of no family that is wanted */
		evert_failure_release(failure);
		return;
	}
	/* A part that fails leaves the other one. */
	if (failure && resolution->count) {
		evert_failure_release(failure);
		failure = NULL;
	}
	resolution->done(resolution, failure);
}

static struct evert_failure *begin_lookup(struct evert_resolution *resolution)
{
	resolution->lookup =
		evert_lookup_start(resolution->reactor, resolution->host,
				   resolution->port, resolution->in_parts,
				   looked_up, resolution);
	if (!resolution->lookup)
		return failed(resolution, EVERT_LOOKUP_FAILED, errno,
			      strerror(errno));
	return NULL;
}

/* "Every address" is those of both families. */
static struct evert_failure *add_all(struct evert_resolution *resolution)
{
	static const char *const every[] = { "::", "0.0.0.0" };
	struct evert_address address;
	size_t i;

	if (!make_room(resolution, 2))
		return evert_failure_bare(EVERT_NO_MEMORY);
	for (i = 0; i < 2; i++) {
		evert_address_parse(&address, every[i], resolution->port);
		if (is_wanted(address.as.any.sa_family, resolution->family))
			add_address(resolution, &address);
	}
	return NULL;
}

struct evert_failure *
evert_resolution_set(struct evert_resolution *resolution,
		     const struct evert_address *address)
{
	struct evert_address copy = *address;

	if (!make_room(resolution, 1))
		return evert_failure_bare(EVERT_NO_MEMORY);
	add_address(resolution, &copy);
	return NULL;
}

void evert_resolution_init(struct evert_resolution *resolution,
			   struct evert_reactor *reactor,
			   void (*done)(struct evert_resolution *resolution,
					struct evert_failure *failure),
			   const char *place)
{
	*resolution = (struct evert_resolution){
		.reactor = reactor,
		.done = done,
		.place = place,
		.fd = -1,
	};
}

/* Addresses, and none at all, need no lookup. */
struct evert_failure *
evert_resolution_begin(struct evert_resolution *resolution, const char *host,
		       uint16_t port, int family)
{
	struct evert_address address;

	resolution->host = host;
	resolution->port = port;
	resolution->family = family;
	if (!*host)
		return add_all(resolution);
	if (evert_address_parse(&address, host, port))
		return begin_lookup(resolution);
	if (!is_wanted(address.as.any.sa_family, family))
		return no_address(resolution);
	return evert_resolution_set(resolution, &address);
}

void evert_resolution_finish(struct evert_resolution *resolution)
{
	if (resolution->lookup)
		evert_lookup_cancel(resolution->lookup);
	evert_free(resolution->addresses);
}
