/* SPDX-License-Identifier: MIT */
/* What came of a question: records, or why there are none. Shared by the
   cache and those who are told; not changed once it is made. */
#ifndef EVERT_REACTOR_ANSWER_INTERNAL_H
#define EVERT_REACTOR_ANSWER_INTERNAL_H

#include "../../deferred/base/list_internal.h"
#include "../dns/record.h"
#include "key_internal.h"
#include "lookup_failure.h"
#include "query_internal.h"

struct evert_answer {
	unsigned users;
	uint16_t type;
	uint16_t size; /* of the block */
	int64_t made, expires; /* by the reactor's clock, in nanoseconds */
	/* The way there, CNAME by CNAME, and what is at its end; or NULL, and
	   the kind of failure. */
	struct evert_dns_records *records;
	const struct evert_error *kind;
	int error;
	const char *words; /* for a person; NULL where there are records */
	/* The cache's. */
	struct evert_list_node node;
	struct evert_answer *next, **at; /* in a bucket: what points to it */
	uint32_t hash;
	uint8_t name[]; /* that was asked for; behind it the words */
};

/* Has one user, and its own copy of name and words, which may be NULL; `made`
   and `expires` are left to set. NULL, errno ENOMEM. */
struct evert_answer *evert_answer_create(const struct evert_name_key *key,
					 const char *words);

static inline struct evert_answer *
evert_answer_use(struct evert_answer *answer)
{
	answer->users++;
	return answer;
}

/* A user less. NULL does nothing. */
void evert_answer_release(struct evert_answer *answer);

/*
 * The records for who asked at `now`, with the name as he spelt it: they live
 * as much shorter as they are old. The caller destroys them; where nothing is
 * different they are the answer's. NULL, errno ENOMEM.
 */
struct evert_dns_records *evert_answer_give(const struct evert_answer *answer,
					    const uint8_t *name, int64_t now)
	EVERT_MUST_USE;

#endif
