/* SPDX-License-Identifier: MIT */
/* Dumps at a signal: EVERT_DUMP_SIGNAL. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/coroutine/coroutine.h"
#include "../../reactor/reactor.h"
#include "../../reactor/watch.h"
#include "../support/death.h"
#include "../support/reactor.h"
#include "../support/unfired.h"

static char said[65536];
static FILE *errors;

/* What stderr is told goes to a file. */
static void begin(void)
{
	setenv("EVERT_DUMP_SIGNAL", "USR1", 1);
	errors = tmpfile();
	dup2(fileno(errors), STDERR_FILENO);
}

TestSuite(dump_signal, .init = begin);

static const char *all_said(void)
{
	size_t length;

	rewind(errors);
	length = fread(said, 1, sizeof(said) - 1, errors);
	said[length] = '\0';
	return said;
}

static size_t count(const char *part)
{
	const char *at = all_said();
	size_t found = 0;

	for (; (at = strstr(at, part)); at += strlen(part))
		found++;
	return found;
}

static void raise_it(void *arg)
{
	(void)arg;
	raise(SIGUSR1);
}

static struct evert_result wait_for(void *deferred)
{
	return evert_await(deferred);
}

Test(dump_signal, shows_what_waits_and_the_loop_goes_on)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	struct evert_deferred *price = unfired_at("p.c:1");
	struct evert_firing *slot = evert_deferred_firing(price);
	struct evert_deferred *clerk =
		evert_spawn_at(wait_for, price, NULL, "clerk", "c.c:1");

	raise(SIGUSR1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made at tests/"), 1));
	cr_assert(eq(sz, count("coroutine clerk, waiting since turn 0\n"), 1));
	cr_assert(zero(sz, count("inside a callback")));
	raise(SIGUSR1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made at"), 2));
	evert_deferred_fire(&slot, evert_result_none());
	evert_deferred_release(clerk);
	evert_reactor_destroy(reactor);
}

static void ignore(struct evert_watcher *watcher, unsigned ready, void *arg)
{
	(void)watcher, (void)ready, (void)arg;
}

enum { MANY = 100 };

/* It is written in pieces, each of whole lines. */
Test(dump_signal, shows_all_of_what_is_long)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	struct evert_watcher *watchers[MANY];
	int ends[2], i, fd;

	cr_assert(zero(int, pipe(ends)));
	for (i = 0; i < MANY; i++) {
		fd = dup(ends[0]);
		watchers[i] = evert_watcher_create(reactor, fd, EVERT_READ,
						   ignore, NULL);
	}
	raise(SIGUSR1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count(": of the program, watcher made at tests/"),
		     MANY));
	cr_assert(eq(sz, count("\n  descriptor "), MANY + 1));
	for (i = 0; i < MANY; i++)
		evert_watcher_destroy(watchers[i]);
	evert_reactor_destroy(reactor);
}

static void *raise_until(void *stop)
{
	kill(getpid(), SIGUSR1);
	return stop;
}

static void raise_in_thread(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, raise_until, arg);
	pthread_join(thread, NULL);
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

Test(dump_signal, wakes_a_loop_that_sleeps)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	struct itimerspec soon = { .it_value.tv_nsec = 20000000 };
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGUSR1,
	};
	timer_t timer;

	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	turn(reactor); /* nothing else wakes it */
	turn_until_idle(reactor);
	timer_delete(timer);
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made at"), 1));
	evert_reactor_destroy(reactor);
}

static void raise_inside(void *reactor)
{
	raise(SIGUSR1);
	cr_assert(eq(sz, count("evert: SIGUSR1: the reactor made at tests/"),
		     1));
	cr_assert(eq(sz,
		     count(" is inside a callback of turn 1, delayed call "
			   "made at tests/reactor/test_dump_signal.c:"),
		     1));
	cr_assert(eq(sz,
		     count(", which has taken 0.0 s; it dumps when that "
			   "returns\n"),
		     1));
	cr_assert(zero(sz, count("calls from threads")));
	evert_reactor_call_later(reactor, 0.01, stop, reactor);
}

Test(dump_signal, of_one_that_is_inside_a_callback_says_that_at_once)
{
	struct evert_reactor *reactor = make_reactor(NULL);

	evert_reactor_call_later(reactor, 0, raise_inside, reactor);
	run_reactor(reactor);
	cr_assert(eq(sz, count("calls from threads"), 1));
	evert_reactor_destroy(reactor);
}

static void raise_in_thread_inside(void *reactor)
{
	raise_in_thread(NULL);
	evert_reactor_call_later(reactor, 0.01, stop, reactor);
}

Test(dump_signal, that_another_thread_catches_is_for_all_the_same)
{
	struct evert_reactor *reactor = make_reactor(NULL);

	evert_reactor_call_later(reactor, 0, raise_in_thread_inside, reactor);
	run_reactor(reactor);
	cr_assert(eq(sz, count("inside a callback"), 1));
	cr_assert(eq(sz, count("calls from threads"), 1));
	evert_reactor_destroy(reactor);
}

Test(dump_signal, is_for_every_reactor_of_the_process)
{
	struct evert_reactor *one = make_reactor(NULL);
	struct evert_reactor *other = make_reactor(NULL);

	raise(SIGUSR1);
	turn_until_idle(one);
	cr_assert(eq(sz, count("calls from threads"), 1));
	turn_until_idle(other);
	cr_assert(eq(sz, count("calls from threads"), 2));
	evert_reactor_destroy(one);
	raise(SIGUSR1);
	turn_until_idle(other);
	cr_assert(eq(sz, count("calls from threads"), 3));
	evert_reactor_destroy(other);
	raise(SIGUSR1);
	cr_assert(eq(sz, count("calls from threads"), 3));
}

static void do_nothing(void *arg)
{
	(void)arg;
}

Test(dump_signal, is_not_for_a_reactor_that_comes_later)
{
	struct evert_reactor *reactor = make_reactor(NULL);

	raise(SIGUSR1);
	evert_reactor_destroy(reactor);
	reactor = make_reactor(NULL);
	/* So that it is woken, and looks. */
	evert_reactor_call_from_thread(reactor, do_nothing, NULL);
	turn_until_idle(reactor);
	cr_assert(zero(sz, count("calls from threads")));
	evert_reactor_destroy(reactor);
}

enum { ROUNDS = 200, REACTORS = 100 };

static void *raise_on(void *told)
{
	while (!atomic_load((atomic_bool *)told))
		raise(SIGUSR1);
	return NULL;
}

Test(dump_signal, does_no_harm_to_reactors_that_come_and_go)
{
	atomic_bool told = false;
	struct evert_reactor *reactor;
	pthread_t thread;
	int i;

	reactor = make_reactor(NULL);
	pthread_create(&thread, NULL, raise_on, &told);
	for (i = 0; i < ROUNDS; i++) {
		evert_reactor_destroy(reactor);
		reactor = make_reactor(NULL);
		turn_until_idle(reactor);
	}
	atomic_store(&told, true);
	pthread_join(thread, NULL);
	evert_reactor_destroy(reactor);
}

/* ThreadSanitizer looks on. */
Test(dump_signal, does_no_harm_to_a_reactor_at_work_on_another_thread)
{
	atomic_bool told = false;
	struct evert_reactor *reactor;
	pthread_t thread;
	int i;

	reactor = make_reactor(NULL);
	pthread_create(&thread, NULL, raise_on, &told);
	for (i = 0; i < ROUNDS; i++) {
		evert_reactor_call_later(reactor, 0, stop, reactor);
		run_reactor(reactor);
	}
	atomic_store(&told, true);
	pthread_join(thread, NULL);
	evert_reactor_destroy(reactor);
}

Test(dump_signal, is_not_heard_by_more_reactors_than_there_are_places)
{
	struct evert_reactor *reactors[REACTORS];
	int i;

	for (i = 0; i < REACTORS; i++)
		reactors[i] = make_reactor(NULL);
	raise(SIGUSR1);
	for (i = 0; i < REACTORS; i++)
		turn_until_idle(reactors[i]);
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made"), 64));
	for (i = 0; i < REACTORS; i++)
		evert_reactor_destroy(reactors[i]);
}

/* ---- Forks ---- */

Test(dump_signal, in_a_fork_is_heard_when_the_child_runs_its_copy)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	int status;
	pid_t child = fork();

	if (!child) {
		raise(SIGUSR1);
		turn_until_idle(reactor);
		evert_reactor_destroy(reactor);
		_exit(0);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(zero(int, status));
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made"), 1));
	turn_until_idle(reactor); /* not woken */
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made"), 1));
	evert_reactor_destroy(reactor);
}

enum { FORKS = 100 };

/* The child has none of the threads whose handlers the fork found at work. */
Test(dump_signal, that_a_thread_is_at_does_not_hold_up_a_fork, .timeout = 20)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	atomic_bool told = false;
	pthread_t thread;
	int i, status;
	pid_t child;

	pthread_create(&thread, NULL, raise_on, &told);
	for (i = 0; i < FORKS; i++) {
		child = fork();
		if (!child) {
			evert_reactor_destroy(reactor);
			_exit(0);
		}
		cr_assert(eq(int, waitpid(child, &status, 0), child));
		cr_assert(zero(int, status));
	}
	atomic_store(&told, true);
	pthread_join(thread, NULL);
	evert_reactor_destroy(reactor);
}

/* ---- Which signal ---- */

static void dump_by(const char *name)
{
	setenv("EVERT_DUMP_SIGNAL", name, 1);
	evert_reactor_destroy(make_reactor(NULL));
}

Test(dump_signal, may_be_called_by_its_whole_name)
{
	dump_by("SIGHUP");
	raise(SIGHUP);
	cr_assert(zero(sz, strlen(all_said())));
}

Test(dump_signal, of_a_wrong_name_is_told)
{
	dump_by("TERM");
	cr_assert(eq(str, (char *)all_said(),
		     "evert: EVERT_DUMP_SIGNAL=TERM is no signal to dump by, "
		     "nothing is dumped; it may be USR1, USR2, HUP, QUIT, IO, "
		     "PWR, WINCH\n"));
}

static void do_without(void *arg)
{
	dump_by("0");
	raise_it(arg);
}

Test(dump_signal, is_left_alone_when_none_is_wanted)
{
	dies(do_without, NULL, SIGUSR1, "");
}

static volatile sig_atomic_t own;

static void on_own(int number)
{
	(void)number;
	own++;
}

Test(dump_signal, that_the_program_handles_is_the_programs)
{
	signal(SIGUSR1, on_own);
	dump_by("USR1");
	raise(SIGUSR1);
	cr_assert(eq(int, own, 1));
	cr_assert(eq(str, (char *)all_said(),
		     "evert: EVERT_DUMP_SIGNAL=USR1: the program handles that "
		     "signal itself, nothing is dumped\n"));
}

Test(dump_signal, that_the_program_handles_later_is_the_programs)
{
	struct evert_reactor *reactor = make_reactor(NULL);

	signal(SIGUSR1, on_own);
	raise(SIGUSR1);
	turn_until_idle(reactor);
	cr_assert(eq(int, own, 1));
	cr_assert(zero(sz, strlen(all_said())));
	evert_reactor_destroy(reactor);
}

Test(dump_signal, that_was_ignored_is_heard)
{
	struct evert_reactor *reactor;

	signal(SIGUSR1, SIG_IGN);
	reactor = make_reactor(NULL);
	raise(SIGUSR1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count("evert: SIGUSR1: reactor made"), 1));
	evert_reactor_destroy(reactor);
}
