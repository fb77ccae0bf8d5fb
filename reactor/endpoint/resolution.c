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

static bool is_wanted(int family, int wanted)
{
	if (wanted != AF_UNSPEC)
		return family == wanted;
	return family == AF_INET || family == AF_INET6;
}

static bool is_usable(const struct addrinfo *info, int wanted)
{
	return is_wanted(info->ai_family, wanted) &&
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

/* The next one of the same family, or of another one; of those wanted. */
static const struct addrinfo *find(const struct addrinfo *info, int wanted,
				   int family, bool same)
{
	while (info && (!is_usable(info, wanted) ||
			(info->ai_family == family) != same))
		info = info->ai_next;
	return info;
}

/* The system's order within each family, the families in turn. */
static void interleave(struct evert_resolution *resolution,
		       const struct addrinfo *first)
{
	int family = first->ai_family, wanted = resolution->family;
	const struct addrinfo *one = first;
	const struct addrinfo *other = find(first, wanted, family,
					   false);

	while (one || other) {
		if (one) {
			add(resolution, one);
			one = find(one->ai_next, wanted, family, true);
		}
		if (other) {
			add(resolution, other);
			other = find(other->ai_next, wanted, family, false);
		}
	}
}

static struct evert_failure *
failed(const struct evert_resolution *resolution, int error,
       const char *reason)
{
	struct evert_failure *failure = evert_failure_create_at(
		resolution->place, EVERT_LOOKUP_FAILED, 0,
		"cannot look up %s: %s", resolution->host, reason);

	evert_failure_set_error(failure, error);
	return failure;
}

static struct evert_failure *
no_address(const struct evert_resolution *resolution)
{
	if (resolution->family == AF_INET)
		return failed(resolution, ENOENT, "it has no IPv4 address");
	if (resolution->family == AF_INET6)
		return failed(resolution, ENOENT, "it has no IPv6 address");
	return failed(resolution, ENOENT, "it has no address");
}

static struct evert_failure *
take_addresses(struct evert_resolution *resolution,
	       const struct evert_lookup_result *result)
{
	const struct addrinfo *info;
	const struct addrinfo *first = NULL;
	size_t count = 0;

	if (result->error)
		return failed(resolution, result->error, result->reason);
	for (info = result->addresses; info; info = info->ai_next) {
		if (!is_usable(info, resolution->family))
			continue;
		if (!count++)
			first = info;
	}
	if (!count)
		return no_address(resolution);
	if (!make_room(resolution, count))
		return evert_failure_bare(EVERT_NO_MEMORY);
	interleave(resolution, first);
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
	resolution->lookup =
		evert_lookup_start(resolution->reactor, resolution->host,
				   resolution->port, looked_up, resolution);
	if (!resolution->lookup)
		return failed(resolution, errno, strerror(errno));
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
