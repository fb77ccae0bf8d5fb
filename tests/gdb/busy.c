/* SPDX-License-Identifier: MIT */
/* Never the same twice: of many coroutines, each sleeps again and again; and a
   thread has another one. For the test of evert-ps, which has to stop
   it to see one moment of it. */
#include <evert.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct evert_result sleep_well(void *arg)
{
	(void)arg;
	return evert_await(evert_sleep(3600));
}

static struct evert_result nap(void *arg)
{
	struct evert_result r = evert_result_none();

	(void)arg;
	while (!evert_result_is_failure(&r)) {
		evert_result_release(r);
		r = evert_await(evert_sleep(0));
	}
	return r;
}

static struct evert_result crowd(void *arg)
{
	struct evert_scope scope;
	long count = *(long *)arg;
	int error = 0;

	evert_scope_init(&scope);
	for (; !error && count; count--)
		error = evert_scope_spawn(&scope, sleep_well, NULL);
	if (!error)
		error = evert_scope_spawn(&scope, nap, NULL);
	puts("busy");
	fflush(stdout);
	return evert_scope_leave(&scope);
}

/* Another thread's coroutine. */
static struct evert_result apart(void *arg)
{
	return sleep_well(arg);
}

static void *run_apart(void *arg)
{
	evert_run(apart, NULL);
	return arg;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 1;
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_apart, NULL))
		return 1;
	return evert_run(crowd, &count);
}
