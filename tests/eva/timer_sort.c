/* SPDX-License-Identifier: MIT */
/*
 * Timers due at any times, put in order: few, as many as make a run, and one
 * more.
 *
 * sources: deferred/clock/timer_sort.c
 * options: -eva-slevel 50 -eva-min-loop-unroll 20
 */
#include "../../deferred/clock/timer_internal.h"

static struct evert_timer timers[18];

static void sort_any(size_t count)
{
	struct evert_timer *list = NULL;

	for (size_t i = 0; i < count; i++) {
		timers[i] = (struct evert_timer){
			.next = list,
			.id = (i + 1) * EVERT_TIMER_IDS,
			.when = any(0, 1000),
		};
		list = &timers[i];
	}
	list = evert_timer_sort(list, count);
	while (list)
		list = list->next;
}

int main(void)
{
	sort_any(1);
	sort_any(2);
	sort_any(4);
	sort_any(17);
	return 0;
}
