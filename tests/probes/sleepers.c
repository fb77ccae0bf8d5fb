/* SPDX-License-Identifier: MIT */
/* Coroutines that wait, for tools/probes/awaits.bt: for tests/probes/run. */
#include <evert.h>

static struct evert_result sleep_well(void *arg)
{
	int times = 20;

	while (times--)
		evert_result_release(evert_await(evert_sleep(0.3)));
	return evert_result_none();
	(void)arg;
}

static struct evert_result sleep_for_ever(void *arg)
{
	for (;;) {
		evert_result_release(evert_await(evert_sleep(0.1)));
		evert_result_release(evert_await(evert_sleep(3600)));
	}
	return *(struct evert_result *)arg;
}

static struct evert_result sleep_all(void *arg)
{
	int i;

	for (i = 0; i < 3; i++)
		evert_deferred_release(evert_spawn(sleep_well, NULL));
	evert_result_release(evert_await(evert_sleep(3)));
	evert_deferred_release(evert_spawn(sleep_for_ever, NULL));
	return evert_await(evert_spawn(sleep_for_ever, arg));
}

int main(void)
{
	return evert_run(sleep_all, NULL);
}
