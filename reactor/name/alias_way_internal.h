/* SPDX-License-Identifier: MIT */
/* From alias to alias (CNAME), by what one message after the other says, to the
   records that are wanted. */
#ifndef EVERT_REACTOR_ALIAS_WAY_INTERNAL_H
#define EVERT_REACTOR_ALIAS_WAY_INTERNAL_H

#include "../dns/message.h"
#include "../dns/records_internal.h"

enum {
	EVERT_ALIASES = 16, /* in a row; RFC 1034 names no number */
};

struct evert_alias_way {
	uint16_t type;
	/* So far: sets of one CNAME, the last is what was wanted. */
	struct evert_dns_records *sets[EVERT_ALIASES + 1];
	size_t set_count;
	uint32_t ttl; /* the smallest of these */
	const uint8_t *end; /* where it has led to: in the last set */
};

/* `name` lives as long as the way. */
void evert_alias_way_init(struct evert_alias_way *way, const uint8_t *name,
			  uint16_t type);
void evert_alias_way_finish(struct evert_alias_way *way);

/* Goes as far as this message leads: 1, what was wanted is there; 0: not, or
   -ENOMEM; -ELOOP: too far. */
int evert_alias_way_go(struct evert_alias_way *way,
		       const struct evert_dns_message *message);

/* All sets in one, the caller's. NULL: ENOMEM. */
struct evert_dns_records *evert_alias_way_join(struct evert_alias_way *way);

#endif
