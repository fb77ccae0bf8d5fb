/* SPDX-License-Identifier: MIT */
/* What is asked for, by which it is found among questions and answers. */
#ifndef EVERT_REACTOR_KEY_INTERNAL_H
#define EVERT_REACTOR_KEY_INTERNAL_H

#include "../dns/name_internal.h"

struct evert_name_key {
	const uint8_t *name;
	uint16_t length; /* of the name */
	uint16_t type;
	uint32_t hash;
};

static inline struct evert_name_key
evert_name_key(const uint8_t *name, uint16_t type, uint32_t seed)
{
	size_t length = evert_dns_name_length(name);

	return (struct evert_name_key){
		.name = name,
		.length = (uint16_t)length,
		.type = type,
		.hash = evert_dns_name_hash_of(name, length, seed) ^
			type * 2654435761u,
	};
}

/* Is it for this name and type? */
static inline bool evert_name_key_is(const struct evert_name_key *key,
				     const uint8_t *name, uint16_t type)
{
	return key->type == type && evert_dns_name_is_equal(key->name, name);
}

#endif
