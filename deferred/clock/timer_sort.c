/* SPDX-License-Identifier: MIT */
/*
 * Timers are put in order by insertion where they are few. More are runs of a
 * few, which are merged; and many are laid out in piles by their times first,
 * which parts them into few, unless they are due at one instant.
 */
#include "timer_internal.h"

enum {
	RUN = 16, /* timers */
	RUNS = 32, /* lists, each of twice as many as the one before it */
	PILES = 256,
	MANY = PILES / 2,
};

/* One list of two that are in order. */
static struct evert_timer *merge(struct evert_timer *one,
				 struct evert_timer *other)
{
	struct evert_timer *first, **link = &first, *later;

	while (one && other) {
		if (evert_timer_is_before(other, one)) {
			later = one;
			one = other;
			other = later;
		}
		*link = one;
		link = &one->next;
		one = one->next;
	}
	*link = one ? one : other;
	return first;
}

/* Takes the first of a list out of it. */
static inline struct evert_timer *take_run(struct evert_timer **list)
{
	struct evert_timer *first = NULL, **link, *timer, *next;
	unsigned left;

	for (left = RUN; left && (timer = *list); left--) {
		*list = timer->next;
		link = &first;
		while ((next = *link) && evert_timer_is_before(next, timer))
			link = &next->next;
		timer->next = next;
		*link = timer;
	}
	return first;
}

/* As a number is counted up: where there are runs of one length, both are one
   of twice the length. */
static EVERT_APART struct evert_timer *sort_runs(struct evert_timer *run,
						 struct evert_timer *list)
{
	struct evert_timer *runs[RUNS];
	unsigned used = 0, i;

	for (; run; run = take_run(&list)) {
		for (i = 0; i < used && runs[i]; i++) {
			run = merge(runs[i], run);
			runs[i] = NULL;
		}
		if (i == used)
			used++;
		runs[i] = run;
	}
	for (i = 0; i < used; i++)
		run = merge(runs[i], run);
	return run;
}

static inline struct evert_timer *sort(struct evert_timer *list)
{
	struct evert_timer *run = take_run(&list);

	return list ? sort_runs(run, list) : run;
}

/* The first time in a list, and how far to shift what is later than that, for
   the last one to be a pile's number. */
static int64_t find_span(const struct evert_timer *list, unsigned *shift)
{
	int64_t first = list->when, last = first;

	for (; list; list = list->next) {
		first = list->when < first ? list->when : first;
		last = list->when > last ? list->when : last;
	}
	*shift = 64 - (unsigned)__builtin_clzll(
			      (uint64_t)(last - first) / PILES | 1);
	return first;
}

static EVERT_APART struct evert_timer *sort_piles(struct evert_timer *list)
{
	struct evert_timer *piles[PILES] = { NULL }, *all, **end = &all, *timer;
	unsigned shift;
	int64_t first = find_span(list, &shift);
	size_t i;

	while ((timer = list)) {
		list = timer->next;
		i = (size_t)(timer->when - first) >> shift;
		timer->next = piles[i];
		piles[i] = timer;
	}
	for (i = 0; i < PILES; i++) {
		*end = piles[i] ? sort(piles[i]) : NULL;
		while (*end)
			end = &(*end)->next;
	}
	return all;
}

struct evert_timer *evert_timer_sort(struct evert_timer *list, size_t count)
{
	return count > MANY ? sort_piles(list) : sort(list);
}
