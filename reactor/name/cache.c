/* SPDX-License-Identifier: MIT */
#include "cache_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

enum { FIRST_SIZE = 32 };

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

static void put(const struct evert_dns_cache *cache,
		struct evert_answer *answer)
{
	struct evert_answer **bucket = bucket_of(cache, answer->hash);

	answer->next = *bucket;
	answer->at = bucket;
	if (answer->next)
		answer->next->at = &answer->next;
	*bucket = answer;
}

/* Without a look at the others of its bucket, which may be far from here. */
static void drop(struct evert_dns_cache *cache, struct evert_answer *answer)
{
	*answer->at = answer->next;
	if (answer->next)
		answer->next->at = answer->at;
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

static void put_all(struct evert_dns_cache *cache)
{
	struct evert_list_node *node = cache->all.next;

	for (; node != &cache->all; node = node->next)
		put(cache, evert_container_of(node, struct evert_answer, node));
}

/* Half of the buckets stay empty: so the most that are looked for and not there
   are not compared with any. Without memory it stays as it is. */
static bool has_table(struct evert_dns_cache *cache)
{
	size_t size = cache->buckets ? 2 * (cache->mask + 1) : FIRST_SIZE;
	struct evert_answer **buckets;

	if (cache->buckets && 2 * cache->count <= cache->mask + 1)
		return true;
	buckets = evert_allocate(size * sizeof(*buckets));
	if (!buckets)
		return cache->buckets;
	memset(buckets, 0, size * sizeof(*buckets));
	evert_free(cache->buckets);
	cache->buckets = buckets;
	cache->mask = size - 1;
	put_all(cache);
	return true;
}

void evert_dns_cache_keep(struct evert_dns_cache *cache,
			  struct evert_answer *answer)
{
	if (!cache->most || answer->expires <= answer->made ||
	    !has_table(cache))
		return;
	if (cache->count == cache->most)
		drop(cache, first(cache));
	put(cache, evert_answer_use(answer));
	evert_list_append(&cache->all, &answer->node);
	cache->count++;
}
