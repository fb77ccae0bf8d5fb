/* SPDX-License-Identifier: MIT */
/*
 * Answers that are kept for as long as they say (RFC 1035, 7.4): at most a
 * day, "no" at most three hours (RFC 2308, 5). When it is full, what was not
 * asked for the longest goes.
 */
#ifndef EVERT_REACTOR_CACHE_INTERNAL_H
#define EVERT_REACTOR_CACHE_INTERNAL_H

#include "answer_internal.h"

enum {
	EVERT_CACHE_MOST_SECONDS = 86400,
	EVERT_CACHE_MOST_SECONDS_OF_NO = 10800,
};

struct evert_dns_cache {
	size_t most; /* answers; 0: it keeps none */
	size_t count;
	uint32_t seed;
	size_t mask;
	struct evert_answer **buckets; /* NULL until there is one */
	struct evert_list_node all;    /* the one asked for last at the end */
};

void evert_dns_cache_init(struct evert_dns_cache *cache, size_t most,
			  uint32_t seed);

/* Releases all answers, and the table. It may be used again. */
void evert_dns_cache_clear(struct evert_dns_cache *cache);

/* The answer, if it holds at `now`, or NULL. It stays the cache's. */
struct evert_answer *evert_dns_cache_find(struct evert_dns_cache *cache,
					  const struct evert_name_key *key,
					  int64_t now);

/* Keeps it, if it holds for a while; without memory it does not. There is none
   yet: who asked for one that is kept was given that. */
void evert_dns_cache_keep(struct evert_dns_cache *cache,
			  struct evert_answer *answer);

#endif
