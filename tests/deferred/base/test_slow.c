/* SPDX-License-Identifier: MIT */
/* Who holds the loop, by a clock that is moved. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/slow_internal.h"
#include "../../support/child.h"
#include "../../support/memory.h"

#define SLOW "100000" /* so that the watchdog does not wake in a test */

static int64_t time_now = 1; /* seconds */
static int reader;
static char said[8192];

static int64_t now(void)
{
	return time_now * 1000000000;
}

static void begin(void)
{
	int ends[2];

	cr_assert(pipe(ends) == 0);
	reader = ends[0];
	cr_assert(fcntl(reader, F_SETFL, O_NONBLOCK) == 0);
	cr_assert(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	close(ends[1]);
	setenv("EVERT_SLOW", SLOW, 1);
	evert_running_clock = now;
}

static void finish(void)
{
	close(reader);
}

TestSuite(slow, .init = begin, .fini = finish);

/* What was said since it was last asked. */
static const char *read_said(void)
{
	ssize_t size = read(reader, said, sizeof(said) - 1);

	said[size > 0 ? size : 0] = '\0';
	return said;
}

static void says(const char *text)
{
	cr_assert(strstr(read_said(), text) != NULL, "%s", said);
}

static void work(int64_t seconds)
{
	time_now += seconds;
}

static struct evert_running_mark turn;

static void begin_turn(void)
{
	evert_slow_start();
	evert_running_turn_begin(&turn, "main.c:1");
	evert_running_wait_begin(&turn);
	evert_running_wait_end(&turn);
}

static void end_turn(void)
{
	evert_running_turn_end(&turn);
}

static void run_for(const char *name, int64_t seconds)
{
	struct evert_running_mark mark;

	evert_running_begin(&mark, "callback", name,
			    " of the Deferred made at ", "main.c:2");
	work(seconds);
	evert_running_end(&mark);
}

/* ---- What is told ---- */

Test(slow, what_has_taken_long_is_told_of_with_what_it_ran_in)
{
	begin_turn();
	run_for("show", 120);
	end_turn();
	cr_assert(eq(str, (char *)read_said(),
		     "evert: slow: callback show of the Deferred made at "
		     "main.c:2, in turn of the reactor made at main.c:1, held "
		     "the loop for 120000 ms\n"));
}

Test(slow, what_has_not_taken_long_is_not_told_of)
{
	begin_turn();
	run_for("show", 99);
	end_turn();
	cr_assert(eq(str, (char *)read_said(), ""));
}

Test(slow, what_was_not_asked_for_is_not_told_of)
{
	unsetenv("EVERT_SLOW");
	begin_turn();
	run_for("show", 120);
	end_turn();
	cr_assert(eq(str, (char *)read_said(), ""));
}

Test(slow, a_protocols_function_is_told_of_by_its_descriptor)
{
	struct evert_running_mark mark;

	begin_turn();
	evert_running_begin_for(&mark, "data_received", 7);
	work(120);
	evert_running_end(&mark);
	end_turn();
	says("data_received for descriptor 7, in ");
}

Test(slow, outside_of_a_turn_nobody_holds_a_loop)
{
	run_for("show", 120);
	begin_turn();
	end_turn();
	run_for("show", 120);
	cr_assert(eq(str, (char *)read_said(), ""));
}

Test(slow, the_innermost_is_told_of_and_not_those_around_it)
{
	struct evert_running_mark mark;

	begin_turn();
	evert_running_begin_for(&mark, "data_received", 7);
	work(50);
	run_for("show", 120);
	work(49);
	evert_running_end(&mark);
	end_turn();
	says("callback show");
	cr_assert(strchr(said, '\n')[1] == '\0');
}

Test(slow, one_around_it_is_told_of_for_its_own_time)
{
	struct evert_running_mark mark;

	begin_turn();
	evert_running_begin_for(&mark, "data_received", 7);
	run_for("show", 120);
	work(110);
	evert_running_end(&mark);
	end_turn();
	says("data_received for descriptor 7, in turn "
				      "of the reactor made at main.c:1, held "
				      "the loop for 110000 ms\n");
}

Test(slow, a_turn_of_many_things_that_are_not_slow_is_told_of)
{
	begin_turn();
	run_for("one", 60);
	run_for("two", 60);
	end_turn();
	cr_assert(eq(str, (char *)read_said(),
		     "evert: slow: turn of the reactor made at main.c:1, took "
		     "120000 ms, by nothing that is slow alone\n"));
}

Test(slow, waiting_is_not_work)
{
	evert_slow_start();
	evert_running_turn_begin(&turn, "main.c:1");
	evert_running_wait_begin(&turn);
	cr_assert(zero(i64, evert_running_here()->busy_since));
	work(200);
	evert_running_wait_end(&turn);
	cr_assert(eq(i64, evert_running_here()->busy_since, now()));
	end_turn();
	cr_assert(eq(str, (char *)read_said(), ""));
	cr_assert(zero(i64, evert_running_here()->busy_since));
}

Test(slow, a_loop_that_another_one_runs_in_is_held_by_it)
{
	struct evert_running_mark call, inner;

	begin_turn();
	evert_running_begin(&call, "delayed call", NULL, " made at ",
			    "main.c:3");
	evert_running_turn_begin(&inner, "inner.c:1");
	evert_running_wait_begin(&inner);
	work(120);
	evert_running_wait_end(&inner);
	evert_running_turn_end(&inner);
	evert_running_end(&call);
	cr_assert(ne(i64, evert_running_here()->busy_since, 0));
	end_turn();
	says("delayed call made at main.c:3, in turn "
				      "of the reactor made at main.c:1, held");
}

Test(slow, time_for_which_the_process_was_stopped_is_not_counted)
{
	struct evert_running_mark mark;

	begin_turn();
	evert_running_begin_for(&mark, "data_received", 7);
	work(3600);
	evert_running_was_stopped(3550LL * 1000000000);
	evert_running_end(&mark);
	end_turn();
	cr_assert(eq(str, (char *)read_said(), ""));
}

/* ---- How often ---- */

Test(slow, the_same_is_told_of_once_a_second_with_how_often_it_was_not)
{
	/* In one instant: the clock stands still, and the limit is passed. */
	struct evert_running_mark mark;
	struct evert_running *running;
	int i;

	begin_turn();
	for (i = 0; i < 5; i++) {
		evert_running_begin_for(&mark, "data_received", 7);
		running = &evert_running_here()->stack[mark.depth];
		running->begun -= (120 + i) * 1000000000LL;
		evert_running_end(&mark);
	}
	says(" held the loop for 120000 ms\n");
	cr_assert(strchr(said, '\n')[1] == '\0');
	evert_running_begin_for(&mark, "data_received", 7);
	work(120);
	evert_running_end(&mark);
	says(" held the loop for 120000 ms; 4 more "
				      "since it was last told of, the longest "
				      "for 124000 ms\n");
	end_turn();
}

/* More than are kept account of; returns how many were told of. */
static int tell_of_many_places(void)
{
	static char names[40][4];
	int i, told = 0;

	for (i = 0; i < 40; i++) {
		names[i][0] = (char)('A' + i);
		run_for(names[i], 120);
		told += *read_said() != '\0';
	}
	return told;
}

/* Each is told of once, and not again because of the other. */
Test(slow, of_two_that_take_turns_each_is_told_of_once_a_second)
{
	static const char *const names[] = { "one", "two" };
	struct evert_running_mark mark;
	int i;

	begin_turn();
	tell_of_many_places();
	for (i = 0; i < 6; i++) {
		evert_running_begin(&mark, "callback", names[i % 2], NULL,
				    NULL);
		evert_running_here()->stack[mark.depth].begun -=
			120 * 1000000000LL;
		evert_running_end(&mark);
	}
	says("callback one");
	cr_assert(strstr(strstr(said, "callback one") + 1, "callback one") ==
		  NULL);
	cr_assert(strstr(strstr(said, "callback two") + 1, "callback two") ==
		  NULL);
	end_turn();
}

static bool ends_with_some_left(void)
{
	struct evert_running_mark mark;
	int i;

	begin_turn();
	for (i = 0; i < 3; i++) {
		evert_running_begin_for(&mark, "data_received", 7);
		evert_running_here()->stack[mark.depth].begun -=
			120 * 1000000000LL;
		evert_running_end(&mark);
	}
	end_turn();
	return true;
}

Test(slow, at_the_end_of_the_program_what_was_not_told_of_is_counted)
{
	cr_assert(child_exits(ends_with_some_left));
	says("evert: slow: data_received; 2 more since "
				      "it was last told of, the longest for "
				      "120000 ms\n");
}

Test(slow, there_may_be_more_places_than_are_kept_account_of)
{
	begin_turn();
	cr_assert(eq(int, tell_of_many_places(), 40));
	end_turn();
}

/* ---- Coroutines, depth ---- */

Test(slow, what_a_coroutine_took_along_when_it_was_left_ends_nothing_later)
{
	struct evert_running_mark coroutine, callback, another;

	begin_turn();
	evert_running_begin(&coroutine, "coroutine", "a", NULL, NULL);
	evert_running_begin(&callback, "callback", "b", NULL, NULL);
	evert_running_end(&coroutine);
	evert_running_begin(&another, "coroutine", "c", NULL, NULL);
	evert_running_begin(&coroutine, "coroutine", "a", NULL, NULL);
	evert_running_end(&callback);
	work(120);
	evert_running_end(&coroutine);
	evert_running_end(&another);
	end_turn();
	says("slow: coroutine a, in coroutine c, in ");
}

static void nest(unsigned levels)
{
	struct evert_running_mark mark;

	evert_running_begin(&mark, "callback", "deep", NULL, NULL);
	if (levels)
		nest(levels - 1);
	else
		work(120);
	evert_running_end(&mark);
}

Test(slow, what_is_nested_deeply_is_told_of_once)
{
	begin_turn();
	nest(3 * EVERT_RUNNING_DEPTH);
	cr_assert(eq(u32, evert_running_here()->depth, 1));
	end_turn();
	says("slow: callback deep, in callback deep, in callback deep, in "
	     "callback deep, in 27 more, in turn of the reactor");
	cr_assert(strchr(said, '\n')[1] == '\0');
}

/* ---- Forks, memory ---- */

static bool is_told_of_in_a_child(void)
{
	run_for("show", 120);
	return strstr(read_said(), "callback show") != NULL;
}

static bool turns_in_a_child(void)
{
	begin_turn();
	run_for("show", 120);
	end_turn();
	return strstr(read_said(), "callback show") != NULL;
}

Test(slow, a_child_tells_of_its_own)
{
	begin_turn();
	cr_assert(child(is_told_of_in_a_child));
	end_turn();
	cr_assert(child(turns_in_a_child));
}

Test(slow, without_memory_for_it_nothing_is_told_of)
{
	failing_allocator_start(1, true);
	begin_turn();
	cr_assert(eq(ptr, evert_running_here(), NULL));
	run_for("show", 120);
	end_turn();
	failing_allocator_stop();
	cr_assert(eq(str, (char *)read_said(), ""));
}

/* ---- What is asked for ---- */

static void refuse(const char *value)
{
	setenv("EVERT_SLOW", value, 1);
	evert_slow_start();
	cr_assert(not(evert_is_observed()));
	says("is no number of milliseconds");
	cr_assert(strstr(said, value) != NULL);
}

Test(slow, a_word_is_refused)
{
	refuse("often");
}

Test(slow, a_number_with_a_unit_is_refused)
{
	refuse("5ms");
}

Test(slow, nothing_is_not_slow)
{
	refuse("0");
}

Test(slow, less_than_nothing_is_refused)
{
	refuse("-1");
}

Test(slow, a_number_that_is_too_large_is_refused)
{
	refuse("99999999999999999999");
}

Test(slow, an_empty_value_is_none)
{
	setenv("EVERT_SLOW", "", 1);
	evert_slow_start();
	cr_assert(not(evert_is_observed()));
	cr_assert(eq(str, (char *)read_said(), ""));
}
