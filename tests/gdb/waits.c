/* SPDX-License-Identifier: MIT */
/* Coroutines that wait in each of several ways, for the test of evert-gdb.py. It
   has no lock: what a program does not call is not in it. */
#include <evert.h>

#include <stdio.h>

static struct evert_queue *queue;
static struct evert_firing *answer;

static struct evert_result ask(void *arg, unsigned long count)
{
	(void)arg;
	(void)count;
	return evert_result_wait(evert_deferred_create(&answer));
}

static struct evert_result sleep_on(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_result_release(*in);
	return evert_result_wait(evert_sleep(50));
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)arg;
	return *in;
}

static struct evert_result get(void *arg)
{
	(void)arg;
	return evert_await(evert_queue_get(queue));
}

static struct evert_result tick(void *arg)
{
	return evert_await(evert_periodic_start(arg, 1, true));
}

static struct evert_result chain(void *arg)
{
	struct evert_deferred *d = evert_deferred_create_fired(
		evert_result_none());

	(void)arg;
	evert_deferred_add_callback(d, sleep_on, NULL);
	evert_deferred_add_callback(d, ignore, NULL);
	return evert_await(d);
}

static struct evert_result pause_it(void *arg)
{
	struct evert_deferred *d = evert_deferred_create_fired(
		evert_result_none());

	(void)arg;
	evert_deferred_pause(d);
	return evert_await(d);
}

static struct evert_result read_input(void *arg)
{
	(void)arg;
	return evert_await(evert_wait_readable(0));
}

static struct evert_result combine(void *arg)
{
	struct evert_deferred *both[2] = {
		evert_sleep(70),
		evert_shield(evert_sleep(80)),
	};

	(void)arg;
	return evert_await(evert_gather(both, 2, 0));
}

static struct evert_result wait_in_all_ways(void *arg)
{
	evert_body ways[] = { get, tick, chain, pause_it, read_input, combine };
	struct evert_scope scope;
	size_t i;
	int error = 0;

	evert_scope_init(&scope);
	for (i = 0; !error && i < sizeof(ways) / sizeof(ways[0]); i++)
		error = evert_scope_spawn(&scope, ways[i], arg);
	puts("waits");
	fflush(stdout);
	return evert_scope_leave(&scope);
}

static struct evert_result run(void *arg)
{
	(void)arg;
	queue = evert_queue_create(1, 1);
	return wait_in_all_ways(evert_periodic_create(
		evert_reactor_clock(evert_reactor_current()), ask, NULL));
}

int main(void)
{
	return evert_run(run, NULL);
}
