/* SPDX-License-Identifier: MIT */
/* What is told of a loop that is held, while it is, by a clock that is moved.
   The watchdog looks all the time, and each of its looks asks the clock. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/slow_internal.h"
#include "../../support/child.h"

static _Atomic(int64_t) time_now = 1000; /* milliseconds */
static atomic_uint asked;
static int reader;
static char said[8192];

static int64_t now(void)
{
	atomic_fetch_add(&asked, 1);
	return atomic_load(&time_now) * 1000000;
}

static void begin(void)
{
	int ends[2];

	cr_assert(pipe(ends) == 0);
	reader = ends[0];
	cr_assert(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	close(ends[1]);
	setenv("EVERT_SLOW", "1", 1);
	evert_running_clock = now;
}

static void finish(void)
{
	close(reader);
}

TestSuite(watchdog, .init = begin, .fini = finish, .timeout = 60);

/* ---- A loop that is held ---- */

static struct evert_running_mark turn, callback;

static void hold(void)
{
	evert_slow_start();
	evert_running_turn_begin(&turn, "main.c:1");
	evert_running_wait_begin(&turn);
	evert_running_wait_end(&turn);
	evert_running_begin(&callback, "callback", "show", NULL, NULL);
}

/* No further than what is taken for a process that was stopped. */
static void work(int64_t milliseconds)
{
	atomic_fetch_add(&time_now, milliseconds);
}

static bool is_something_said(void)
{
	struct pollfd pipe = { .fd = reader, .events = POLLIN };

	return poll(&pipe, 1, 0) == 1;
}

/* The first line, and what has come with it. */
static const char *read_said(void)
{
	ssize_t size = read(reader, said, sizeof(said) - 1);

	said[size > 0 ? size : 0] = '\0';
	return said;
}

/* At work: a thread that sleeps would not be asked for a backtrace. */
static const char *is_told(void)
{
	while (!is_something_said())
		continue;
	return read_said();
}

/* In several looks: each asks the clock three times. */
static void is_not_told(void)
{
	unsigned before = atomic_load(&asked);

	while (atomic_load(&asked) - before < 12)
		cr_assert(not(is_something_said()));
}

/* ---- What is told ---- */

Test(watchdog, a_loop_that_works_is_told_of_with_a_backtrace)
{
	hold();
	work(500);
	cr_assert(strstr(is_told(),
			 "evert: slow: callback show, in turn of the reactor "
			 "made at main.c:1: the loop has been held for 500 "
			 "ms\n\t#0 ") == said,
		  "%s", said);
}

/* It may be told of before it sleeps, but not each time. */
Test(watchdog, a_loop_that_sleeps_is_told_of_by_what_it_sleeps_in)
{
	struct pollfd pipe = { .events = POLLIN };
	int times;

	pipe.fd = reader;
	hold();
	for (times = 0; times < 5 && !strstr(said, " ms, in p"); times++) {
		while (poll(&pipe, 1, 10) == 0)
			work(900);
		read_said();
	}
	cr_assert(strstr(said, " ms, in poll\n") != NULL ||
			  strstr(said, " ms, in ppoll\n") != NULL,
		  "%s", said);
}

Test(watchdog, a_program_that_has_use_for_the_signal_keeps_it)
{
	signal(SIGURG, SIG_IGN);
	hold();
	work(500);
	cr_assert(strstr(is_told(),
			 " for 500 ms, and no backtrace is to be had\n") !=
			  NULL,
		  "%s", said);
	cr_assert(signal(SIGURG, SIG_DFL) == SIG_IGN);
}

Test(watchdog, what_is_not_slow_is_not_told_of)
{
	hold();
	is_not_told();
}

/* ---- How often ---- */

Test(watchdog, what_goes_on_is_told_of_again_after_twice_the_time)
{
	hold();
	work(500);
	is_told();
	work(900);
	is_not_told();
	work(200); /* 1.6 s */
	is_told();
	work(900);
	is_not_told();
	work(600); /* 3.1 s, more than a second after it was told of */
	is_not_told();
	work(100);
	cr_assert(strstr(is_told(), " for 3200 ms") != NULL, "%s", said);
}

/* ---- Forks ---- */

static bool is_told_of_in_a_child(void)
{
	hold();
	work(500);
	return strstr(is_told(), " for 500 ms") != NULL;
}

/* Forked when the thread looks: one that starts may have a lock of the
   sanitizer's, which the child would wait for. */
Test(watchdog, a_child_has_one_of_its_own)
{
	hold();
	evert_running_end(&callback);
	evert_running_turn_end(&turn);
	is_not_told();
	cr_assert(child(is_told_of_in_a_child));
}
