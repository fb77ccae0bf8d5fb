/* SPDX-License-Identifier: MIT */
#include "system_answer_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "lookup_failure.h"

static int errno_of(const struct evert_system_answer *answer)
{
	switch (answer->code) {
	case EAI_SYSTEM:
		return answer->error;
	case EAI_MEMORY:
		return ENOMEM;
	case EAI_AGAIN:
		return EAGAIN;
	default:
		return ENOENT;
	}
}

static const struct evert_error *
kind_of(const struct evert_system_answer *answer)
{
	switch (answer->code) {
	case EAI_NONAME:
		return EVERT_NO_NAME;
	case EAI_NODATA:
		return EVERT_NO_DATA;
	case EAI_AGAIN:
		return EVERT_SERVER_FAILED;
	case EAI_MEMORY:
		return EVERT_NO_MEMORY;
	default:
		return EVERT_LOOKUP_FAILED;
	}
}

static bool is_usable(const struct addrinfo *info)
{
	return (info->ai_family == AF_INET || info->ai_family == AF_INET6) &&
	       info->ai_addrlen <= sizeof(((struct evert_address *)NULL)->as);
}

static void take_addresses(const struct addrinfo *info,
			   struct evert_lookup_result *result)
{
	struct evert_address *address;

	for (; info; info = info->ai_next) {
		if (!is_usable(info))
			continue;
		address = &result->addresses[result->count++];
		address->length = info->ai_addrlen;
		memcpy(&address->as, info->ai_addr, info->ai_addrlen);
	}
}

static void succeed(const struct evert_system_answer *answer,
		    struct evert_lookup_result *result)
{
	const struct addrinfo *info;
	size_t count = 0;

	for (info = answer->addresses; info; info = info->ai_next)
		count += is_usable(info);
	if (!count) {
		result->kind = EVERT_NO_DATA;
		result->error = ENOENT;
		result->reason = "it has no address";
		return;
	}
	result->addresses = evert_allocate(count * sizeof(*result->addresses));
	if (result->addresses)
		take_addresses(answer->addresses, result);
	else
		result->kind = EVERT_NO_MEMORY;
}

static void fail(const struct evert_system_answer *answer,
		 struct evert_lookup_result *result)
{
	result->kind = kind_of(answer);
	result->error = errno_of(answer);
	result->reason = answer->code == EAI_SYSTEM
				 ? strerror(answer->error)
				 : gai_strerror(answer->code);
}

void evert_system_answer_take(const struct evert_system_answer *answer,
			      struct evert_lookup_result *result)
{
	if (answer->code)
		fail(answer, result);
	else
		succeed(answer, result);
}
