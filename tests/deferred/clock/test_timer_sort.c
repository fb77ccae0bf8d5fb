/* SPDX-License-Identifier: MIT */
/* Few and many, close together and far apart, come in order and all of them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/timer_internal.h"

enum { MOST = 3000 };

static struct evert_timer timers[MOST];
static uint64_t chance = 1;

static uint64_t draw(uint64_t below)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (chance >> 20) % below;
}

/* So many, due within the span, in any order. */
static struct evert_timer *make(size_t count, uint64_t span)
{
	struct evert_timer *list = NULL;
	size_t i, other;

	for (i = 0; i < count; i++) {
		timers[i].id = (i + 1) << 8;
		timers[i].when = (int64_t)(draw(span) - span / 2);
	}
	for (i = count; i > 1; i--) {
		struct evert_timer last = timers[i - 1];

		other = draw(i);
		timers[i - 1] = timers[other];
		timers[other] = last;
	}
	for (i = 0; i < count; i++) {
		timers[i].next = list;
		list = &timers[i];
	}
	return list;
}

static bool are_in_order(const struct evert_timer *list, size_t count)
{
	for (; list && list->next; list = list->next, count--)
		if (!evert_timer_is_before(list, list->next))
			return false;
	return list ? count == 1 : count == 0;
}

Test(timer_sort, whatever_they_are_they_come_in_order)
{
	static const size_t counts[] = { 1,   2,   15,	16,  17,  31,  32,
					 33,  100, 127, 128, 129, 130, 256,
					 257, 500, 1000, MOST };
	static const uint64_t spans[] = { 1,	2,   255, 256, 257,
					  258,	511, 513, 514, 100000,
					  (uint64_t)1 << 40,
					  (uint64_t)1 << 62 };
	size_t i, j;

	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		for (j = 0; j < sizeof(spans) / sizeof(*spans); j++)
			cr_assert(are_in_order(
					  evert_timer_sort(make(counts[i],
								spans[j]),
							   counts[i]),
					  counts[i]),
				  "%zu within %zu", counts[i],
				  (size_t)spans[j]);
}

Test(timer_sort, none_is_none)
{
	cr_assert(evert_timer_sort(NULL, 0) == NULL);
}
