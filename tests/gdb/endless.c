/* SPDX-License-Identifier: MIT */
/* Stuck on purpose: a callback that does not return. For the test of what a
   signal says then. */
#include <evert.h>

#include <stdio.h>

static struct evert_result count_for_ever(struct evert_result *in, void *arg)
{
	volatile unsigned long count = 0;

	(void)in, (void)arg;
	puts("counts");
	fflush(stdout);
	for (;;)
		count++;
	return evert_result_none();
}

int main(void)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_deferred *d =
		evert_clock_sleep(evert_reactor_clock(reactor), 0);

	evert_deferred_add_callback(d, count_for_ever, NULL);
	evert_deferred_release(d);
	return evert_reactor_run(reactor);
}
