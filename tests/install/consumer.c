/* SPDX-License-Identifier: MIT */
/* A program of somebody who installed evert. consumer.cc is the same. */
#include <evert.h>

static struct evert_result note(struct evert_result *result, void *called)
{
	(void)result;
	*(int *)called = 1;
	return evert_result_none();
}

int main(void)
{
	int called = 0;
	struct evert_firing *firing_end;
	struct evert_deferred *deferred = evert_deferred_create(&firing_end);

	evert_deferred_add_callback(deferred, note, &called);
	evert_deferred_fire(&firing_end, evert_result_none());
	evert_deferred_release(deferred);
	return called ? 0 : 1;
}
