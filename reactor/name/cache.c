/* SPDX-License-Identifier: MIT */
#include "cache_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

void evert_dns_cache_init(struct evert_dns_cache *cache, size_t most,
			  uint32_t seed)
{
	*cache = (struct evert_dns_cache){ .most = most, .seed = seed };
	evert_list_init(&cache->all);
}

static struct evert_answer **bucket_of(const struct evert_dns_cache *cache,
				       uint32_t hash)
{
	return &cache->buckets[hash & cache->mask];
}

static void drop(struct evert_dns_cache *cache, struct evert_answer *answer)
{
	struct evert_answer **at = bucket_of(cache, answer->hash);

	while (*at != answer)
		at = &(*at)->next;
	*at = answer->next;
	evert_list_remove(&answer->node);
	cache->count--;
	evert_answer_release(answer);
}

static struct evert_answer *first(struct evert_dns_cache *cache)
{
	return evert_container_of(cache->all.next, struct evert_answer, node);
}

void evert_dns_cache_clear(struct evert_dns_cache *cache)
{
	while (cache->count)
		drop(cache, first(cache));
	evert_free(cache->buckets);
	cache->buckets = NULL;
}

static struct evert_answer *find(struct evert_dns_cache *cache,
				 const struct evert_name_key *key)
{
	struct evert_answer *answer;

	if (!cache->buckets)
		return NULL;
	answer = *bucket_of(cache, key->hash);
	while (answer && (answer->hash != key->hash ||
			  !evert_name_key_is(key, answer->name, answer->type)))
		answer = answer->next;
	return answer;
}

struct evert_answer *evert_dns_cache_find(struct evert_dns_cache *cache,
					  const struct evert_name_key *key,
					  int64_t now)
{
	struct evert_answer *answer = find(cache, key);

	if (!answer)
		return NULL;
	if (answer->expires <= now) {
		drop(cache, answer);
		return NULL;
	}
	evert_list_remove(&answer->node);
	evert_list_append(&cache->all, &answer->node);
	return answer;
}

/* A table for as many as there may ever be: it never grows. */
static bool has_table(struct evert_dns_cache *cache)
{
	size_t size = 16;

	if (cache->buckets)
		return true;
	while (size < cache->most)
		size *= 2;
	cache->mask = size - 1;
	cache->buckets = evert_allocate(size * sizeof(*cache->buckets));
	if (cache->buckets)
		memset(cache->buckets, 0, size * sizeof(*cache->buckets));
	return cache->buckets;
}

void evert_dns_cache_keep(struct evert_dns_cache *cache,
			  struct evert_answer *answer)
{
	struct evert_answer **bucket;

	if (!cache->most || answer->expires <= answer->made ||
	    !has_table(cache))
		return;
	if (cache->count == cache->most)
		drop(cache, first(cache));
	bucket = bucket_of(cache, answer->hash);
	answer->next = *bucket;
	*bucket = evert_answer_use(answer);
	evert_list_append(&cache->all, &answer->node);
	cache->count++;
}
