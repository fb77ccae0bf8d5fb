/* SPDX-License-Identifier: MIT */
#include "timer_internal.h"

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

/* As a number is counted up: where there is a pile of that size, both are one
   of the next. */
EVERT_APART void evert_timer_sorter_end_run(struct evert_timer_sorter *sorter)
{
	struct evert_timer *run = sorter->run;
	unsigned i;

	for (i = 0; i < sorter->used && sorter->piles[i]; i++) {
		run = merge(sorter->piles[i], run);
		sorter->piles[i] = NULL;
	}
	if (i == sorter->used)
		sorter->used++;
	sorter->piles[i] = run;
	sorter->run = NULL;
	sorter->left = EVERT_TIMER_RUN;
}

void evert_timer_sorter_merge(struct evert_timer_sorter *sorter,
			      struct evert_timer **list)
{
	struct evert_timer *all = sorter->run;
	unsigned i;

	for (i = 0; i < sorter->used; i++)
		all = merge(sorter->piles[i], all);
	*list = *list ? merge(*list, all) : all;
}
