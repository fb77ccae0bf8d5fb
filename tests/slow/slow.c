/* SPDX-License-Identifier: MIT */
/*
 * Holds its loop on purpose, as its argument says: in a callback, a coroutine,
 * a delayed call; or it sleeps, reads, or does many things that are not slow
 * alone. For tests/peers/slow.sh, and to try EVERT_SLOW=50.
 */
#include <evert.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

/* A processor's worth of nothing: where it is busy it takes longer. */
static void __attribute__((noinline)) spin(double seconds)
{
	double end = seconds_of(CLOCK_THREAD_CPUTIME_ID) + seconds;

	while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < end) {
	}
}

/* The same, for so long by the clock. */
static void __attribute__((noinline)) spin_by_the_clock(double seconds)
{
	double end = now() + seconds;

	while (now() < end) {
	}
}

static struct evert_result spin_in_callback(struct evert_result *in, void *arg)
{
	spin(0.3);
	(void)arg;
	return *in;
}

static void fire(void *slot)
{
	struct evert_firing *firing = slot;

	evert_deferred_fire(&firing, evert_result_none());
}

static void in_callback(struct evert_reactor *reactor)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, spin_in_callback, NULL);
	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
	evert_reactor_call_later(reactor, 0, fire, slot);
}

static struct evert_result spin_in_coroutine(void *arg)
{
	evert_result_release(evert_await(evert_sleep(0.001)));
	spin(0.3);
	evert_reactor_stop(arg);
	return evert_result_none();
}

static void spawn(void *reactor)
{
	evert_deferred_release(evert_spawn(spin_in_coroutine, reactor));
}

static void in_coroutine(struct evert_reactor *reactor)
{
	evert_reactor_call_later(reactor, 0, spawn, reactor);
}

/* A signal that came in between would cut that short. */
static void sleep_in_call(void *reactor)
{
	double begun = now();

	usleep(600000);
	printf("slept for %s\n", now() - begun < 0.6 ? "less" : "all of it");
	evert_reactor_stop(reactor);
}

static void asleep(struct evert_reactor *reactor)
{
	evert_reactor_call_later(reactor, 0, sleep_in_call, reactor);
}

/* For a child, which writes after a while. */
static void read_in_call(void *reactor)
{
	int ends[2];
	char byte;

	if (pipe(ends))
		exit(1);
	if (!fork()) {
		usleep(600000);
		_exit(write(ends[1], "", 1) != 1);
	}
	printf("read %zd\n", read(ends[0], &byte, 1));
	wait(NULL);
	evert_reactor_stop(reactor);
}

static void reading(struct evert_reactor *reactor)
{
	evert_reactor_call_later(reactor, 0, read_in_call, reactor);
}

static void spin_a_little(void *arg)
{
	(void)arg;
	spin_by_the_clock(0.01);
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void many(struct evert_reactor *reactor)
{
	int i;

	for (i = 0; i < 30; i++)
		evert_reactor_call_later(reactor, 0, spin_a_little, NULL);
	evert_reactor_call_later(reactor, 0, stop, reactor);
}

static void spin_again(void *arg)
{
	static int times;
	struct evert_reactor *reactor = arg;

	spin_by_the_clock(0.06);
	if (++times == 10)
		evert_reactor_stop(reactor);
	else
		evert_reactor_call_later(reactor, 0, spin_again, reactor);
}

static void again(struct evert_reactor *reactor)
{
	spin_again(reactor);
}

/* The child has a watchdog of its own. */
static void forked(struct evert_reactor *reactor)
{
	if (fork()) {
		wait(NULL);
		exit(0);
	}
	in_callback(reactor);
}

static void *run_another(void *arg)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);

	in_coroutine(reactor);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	return arg;
}

/* Two loops, each held by somebody. */
static void threads(struct evert_reactor *reactor)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_another, NULL))
		exit(1);
	in_callback(reactor);
	evert_reactor_run(reactor);
	pthread_join(thread, NULL);
	evert_reactor_stop(reactor);
}

static const struct {
	const char *name;
	void (*begin)(struct evert_reactor *reactor);
} ways[] = {
	{ "callback", in_callback },
	{ "coroutine", in_coroutine },
	{ "asleep", asleep },
	{ "reading", reading },
	{ "many", many },
	{ "again", again },
	{ "fork", forked },
	{ "threads", threads },
};

int main(int argc, char **argv)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (argc > 1 && !strcmp(argv[1], ways[i].name)) {
			ways[i].begin(reactor);
			evert_reactor_run(reactor);
			evert_reactor_destroy(reactor);
			return 0;
		}
	fprintf(stderr, "usage: slow callback|coroutine|asleep|reading|many|"
			"again|fork|threads\n");
	return 2;
}
