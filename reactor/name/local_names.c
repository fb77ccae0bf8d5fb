/* SPDX-License-Identifier: MIT */
/* "localhost" and what is below it (RFC 6761, 6.3). */
#include <errno.h>

#include "resolver_internal.h"

enum { LOCAL_TTL = 86400 };

static const uint8_t localhost[] = "\x09localhost";

/* Few names have a length of "localhost" at that place. */
bool evert_name_is_local(const uint8_t *name, size_t length)
{
	return length >= sizeof(localhost) &&
	       name[length - sizeof(localhost)] == localhost[0] &&
	       evert_dns_name_is_below(name, localhost);
}

static struct evert_dns_records *loopback(const uint8_t *name, uint16_t type)
{
	static const uint8_t ip4[4] = { 127, 0, 0, 1 };
	static const uint8_t ip6[16] = { [15] = 1 };
	const struct evert_dns_record record = {
		.name = name,
		.data = type == EVERT_DNS_A ? ip4 : ip6,
		.length = type == EVERT_DNS_A ? sizeof(ip4) : sizeof(ip6),
		.type = type,
		.dns_class = EVERT_DNS_CLASS_IN,
		.ttl = LOCAL_TTL,
	};

	return evert_dns_records_copy(&record, 1);
}

static struct evert_answer *say_no(const struct evert_name_key *key,
				   int64_t now)
{
	struct evert_answer *answer = evert_answer_create(
		key, "it is this machine, which has addresses only");

	if (!answer)
		return NULL;
	answer->made = answer->expires = now;
	answer->kind = EVERT_NO_DATA;
	answer->error = ENODATA;
	return answer;
}

struct evert_answer *evert_local_answer(const struct evert_name_key *key,
					int64_t now)
{
	struct evert_answer *answer;

	if (key->type != EVERT_DNS_A && key->type != EVERT_DNS_AAAA)
		return say_no(key, now);
	answer = evert_answer_create(key, NULL);
	if (!answer)
		return NULL;
	answer->made = answer->expires = now;
	answer->records = loopback(key->name, key->type);
	if (answer->records)
		return answer;
	evert_answer_release(answer);
	return NULL;
}
