/* SPDX-License-Identifier: MIT */
/* Answers that are kept, by what was asked. */
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/cache_internal.h"
#include "../../support/memory.h"

enum { MANY = 1000 };

static struct evert_dns_cache cache;

static void begin(void)
{
	evert_dns_cache_init(&cache, MANY, 1);
}

static void finish(void)
{
	evert_dns_cache_clear(&cache);
}

TestSuite(cache, .init = begin, .fini = finish);

static struct evert_name_key key_of(size_t i)
{
	static uint8_t name[EVERT_DNS_NAME_SIZE];
	char text[32];

	sprintf(text, "n%zu.example", i);
	cr_assert(evert_dns_name_parse(name, text, NULL) == 0);
	return evert_name_key(name, EVERT_DNS_A, cache.seed);
}

static void keep(size_t i)
{
	struct evert_name_key key = key_of(i);
	struct evert_answer *answer = evert_answer_create(&key, "words");

	cr_assert(answer != NULL);
	answer->made = 0;
	answer->expires = 10;
	evert_dns_cache_keep(&cache, answer);
	evert_answer_release(answer);
}

static bool is_kept(size_t i)
{
	struct evert_name_key key = key_of(i);

	return evert_dns_cache_find(&cache, &key, 5);
}

Test(cache, finds_each_of_many)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		keep(i);
	for (i = 0; i < MANY; i++)
		cr_assert(is_kept(i), "%zu", i);
	cr_assert(not(is_kept(MANY)));
}

Test(cache, loses_the_oldest_wherever_they_are)
{
	size_t i;

	for (i = 0; i < 3 * MANY; i++)
		keep(i);
	for (i = 0; i < 2 * MANY; i++)
		cr_assert(not(is_kept(i)), "%zu", i);
	for (; i < 3 * MANY; i++)
		cr_assert(is_kept(i), "%zu", i);
	cr_assert(eq(sz, cache.count, MANY));
}

Test(cache, another_type_of_the_name_is_another)
{
	struct evert_name_key key = key_of(1);

	keep(1);
	key.type = EVERT_DNS_AAAA;
	cr_assert(evert_dns_cache_find(&cache, &key, 5) == NULL);
}

/* As much as there is room for: what is not kept is asked for again. */
static void fill(void *unused)
{
	struct evert_name_key key;
	struct evert_answer *answer;
	size_t i;

	(void)unused;
	begin();
	for (i = 0; i < 200; i++) {
		key = key_of(i);
		answer = evert_answer_create(&key, NULL);
		if (!answer)
			continue;
		answer->made = 0;
		answer->expires = 10;
		evert_dns_cache_keep(&cache, answer);
		cr_assert(is_kept(i) || !cache.buckets);
		evert_answer_release(answer);
	}
	finish();
}

Test(cache, survives_whichever_allocation_fails)
{
	fail_every_allocation(fill, NULL);
}
