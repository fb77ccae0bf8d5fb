/* SPDX-License-Identifier: MIT */
/* A scenario that is tried with many seeds: what fails a seed, and what is said
   then. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/reason.h"
#include "../../../reactor/run.h"
#include "../../../reactor/sim/search.h"
#include "../../support/death.h"
#include "../../support/unhandled.h"

/* How a program that simulates was called, and what it does. */
struct search {
	void (*scenario)(struct evert_sim *sim);
	char *arguments[8];
};

static void search(void *arg)
{
	const struct search *search = arg;
	int count = 0, status;

	while (search->arguments[count])
		count++;
	status = evert_sim_search(count, (char **)search->arguments,
				  search->scenario);
	fflush(stdout);
	_exit(status);
}

static void do_nothing(struct evert_sim *sim)
{
	evert_sim_check(sim, true);
}

/* ---- A process that ends ---- */

static void leave(struct evert_sim *sim)
{
	if (evert_sim_seed(sim) == 3)
		_exit(0);
}

static void leave_with_2(struct evert_sim *sim)
{
	if (evert_sim_seed(sim) == 3)
		_exit(2);
}

static void leave_in_order(struct evert_sim *sim)
{
	(void)sim;
	exit(0);
}

static void speak_and_leave(struct evert_sim *sim)
{
	(void)sim;
	printf("the last words\n");
	exit(0);
}

static void leave_quickly(struct evert_sim *sim)
{
	(void)sim;
	quick_exit(0);
}

/* Its stdout is not written line by line. */
static void search_with_one_output(void *arg)
{
	dup2(STDERR_FILENO, STDOUT_FILENO);
	search(arg);
}

Test(search, a_scenario_that_ends_its_process_fails)
{
	struct search well = {do_nothing, {"p", "--seeds", "9"}};
	struct search ended = {leave, {"p", "--seeds", "9"}};

	exits(search, &well, 0, "9 seeds went well");
	exits(search, &ended, 1, "the program ended by exit(0);");
	exits(search, &ended, 1, "simulation with seed 3, at step");
	exits(search, &ended, 1, "--args p --seed 3\n");
	ended.scenario = leave_with_2;
	exits(search, &ended, 1, "the program ended by exit(2)");
}

Test(search, a_seed_alone_that_ends_its_process_fails)
{
	struct search ended = {leave_in_order, {"p", "--seed", "4"}};

	exits(search, &ended, 1, "the program called exit;");
	exits(search, &ended, 1, "simulation with seed 4, at step");
	ended.scenario = leave_quickly;
	exits(search, &ended, 1, "the program called exit;");
}

Test(search, what_a_seed_alone_has_printed_is_seen_though_it_exits)
{
	struct search ended = {speak_and_leave, {"p", "--seed", "4"}};

	exits(search_with_one_output, &ended, 1, "the last words\n");
}

static void destroy(struct evert_sim *sim)
{
	evert_sim_destroy(sim);
}

Test(search, the_search_destroys_its_world)
{
	struct search destroying = {destroy, {"p", "--seed", "1"}};

	dies(search, &destroying, SIGABRT, "was given the world of a search");
}

/* ---- A run that hangs ---- */

/* With so many steps that more of them are left out in turn, each time until it
   is seen to hang, than there is time for. */
static void hang(struct evert_sim *sim)
{
	enum { STEPS = 4096 };
	long i;

	for (i = 0; i < STEPS; i++)
		evert_sim_note(sim, "step", i);
	for (;;)
		evert_sim_random(sim, 2);
}

Test(search, a_run_that_hangs_is_told_of_and_made_smaller_as_long_as_it_took)
{
	struct search hung = {hang, {"p", "--seconds", "1"}};

	exits(search, &hung, 1,
	     "the simulation hung: it had no end after 1 seconds\n");
	exits(search, &hung, 1, "of those that there was time for, has ");
}

/* Whatever it does with its signals, and its descriptors. */
static void hang_deaf(struct evert_sim *sim)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	close_range(3, ~0U, 0);
	hang(sim);
}

Test(search, a_run_that_hangs_and_is_deaf_to_signals_is_told_of)
{
	struct search deaf = {hang_deaf, {"p", "--seconds", "1"}};

	exits(search, &deaf, 1, "the simulation hung: it had no end");
}

/* ---- A run is made smaller ---- */

static size_t rounds;

static struct evert_result go_round(void *sim)
{
	size_t i;

	for (i = 0; i < rounds; i++)
		evert_result_release(evert_await(evert_sleep(1)));
	if (rounds > 10)
		evert_sim_fail(sim, "%zu rounds are too many", rounds);
	evert_sim_check(sim, rounds != 1);
	return evert_result_none();
}

static void begin_to_go_round(struct evert_reactor *reactor, void *sim)
{
	struct evert_deferred *d = evert_spawn(go_round, sim);

	evert_deferred_add_both(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
}

static void start_to_go_round(struct evert_sim *sim)
{
	rounds = evert_sim_size(sim, 1, 100);
	evert_sim_start(evert_sim_add_host(sim, "a", "10.0.0.1"),
			begin_to_go_round, sim);
	evert_sim_run(sim, 1000);
}

/* With one round it would fail, too, but otherwise. */
Test(search, a_run_is_made_smaller_only_as_long_as_it_fails_by_the_same)
{
	struct search failing = {start_to_go_round, {"p"}};

	exits(search, &failing, 1, " --most 32");
	exits(search, &failing, 1, "the smallest run that fails so has ");
}

Test(search, what_the_smallest_run_did_is_told_last)
{
	struct search failing = {start_to_go_round, {"p"}};

	exits(search, &failing, 1, "simulation failed: 12 rounds are too many");
}

/* ---- A failure that nobody handles ---- */

static void give_up_a_failure(struct evert_sim *sim)
{
	(void)sim;
	evert_deferred_release(evert_deferred_create_fired(
		evert_result_failure(evert_failure_create(
			EVERT_CONNECTION_LOST, 0, "nobody"))));
}

Test(search, a_failure_that_nobody_handles_fails_the_run)
{
	struct search failing = {give_up_a_failure, {"p"}};

	exits(search, &failing, 1, "a failure that nobody handled");
	exits(search, &failing, 1, "--seed 0");
}

static void give_up_a_failure_knowingly(struct evert_sim *sim)
{
	ignore_unhandled();
	give_up_a_failure(sim);
}

Test(search, a_scenario_may_handle_such_failures_itself)
{
	struct search well = {give_up_a_failure_knowingly, {"p"}};

	exits(search, &well, 0, "1000 seeds went well");
}

static void keep_memory(struct evert_sim *sim)
{
	(void)sim;
	evert_allocate(10);
	evert_allocate(10);
}

Test(search, memory_that_is_kept_fails_the_run)
{
	struct search failing = {keep_memory, {"p"}};

	exits(search, &failing, 1, "the programs have 2 blocks of memory");
	exits(search, &failing, 1, "--seed 0");
}

Test(search, without_a_scenario_there_is_none)
{
	struct search none = {NULL, {"p"}};

	dies(search, &none, SIGABRT, "evert_sim_search was given no scenario");
}

/* ---- What is said ---- */

static void fail(struct evert_sim *sim)
{
	evert_sim_fail(sim, "it fails");
}

Test(search, the_command_that_replays_is_one_for_a_shell)
{
	struct search failing = {fail, {"it's a/program"}};

	exits(search, &failing, 1, "--args 'it'\\''s a/program' --seed 0");
	failing.arguments[0] = "";
	exits(search, &failing, 1, "--args '' --seed 0");
}

static void fail_once(struct evert_sim *sim)
{
	static bool was_here;

	if (was_here)
		evert_sim_fail(sim, "it was here before");
	was_here = true;
}

Test(search, what_fails_by_another_seed_alone_is_not_made_smaller)
{
	struct search failing = {fail_once, {"p"}};

	exits(search, &failing, 1, "tried once more, alone, it went well");
}

static void print_and_abort(struct evert_sim *sim)
{
	(void)sim;
	printf("printed\n");
	abort();
}

Test(search, what_was_printed_is_seen_whatever_comes)
{
	struct search printing = {print_and_abort, {"p", "--seeds", "1"}};

	exits(search_with_one_output, &printing, 1, "printed\n");
}

/* ---- Another world ---- */

static void make_another_and_fail(struct evert_sim *sim)
{
	evert_sim_note(sim, "noted", 1);
	evert_sim_destroy(evert_sim_create(777));
	evert_sim_check(sim, evert_sim_steps(sim) == 1);
	fail(sim);
}

static void fail_in_another(struct evert_sim *sim)
{
	(void)sim;
	evert_sim_fail(evert_sim_create(777), "it fails");
}

Test(search, a_scenario_that_makes_another_world_is_replayed_by_its_own_seed)
{
	struct search failing = {make_another_and_fail,
				 {"p", "--seeds", "5", "--from", "3"}};

	exits(search, &failing, 1, "failed: it fails");
	exits(search, &failing, 1, "with seed 3, at step 1");
	exits(search, &failing, 1, "--args p --seed 3\n");
	failing.scenario = fail_in_another;
	exits(search, &failing, 1, "with seed 777, at step 0");
	exits(search, &failing, 1, "--args p --seed 3\n");
}

/* ---- The environment ---- */

static void stop(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_reactor_stop(reactor);
}

static void run_a_program(struct evert_sim *sim)
{
	evert_sim_start(evert_sim_add_host(sim, "host", "10.0.0.1"), stop,
			NULL);
	evert_sim_check(sim, !evert_sim_run(sim, 1));
}

static void search_while_watched(void *arg)
{
	setenv("EVERT_SLOW", "60000", 1);
	search(arg);
}

static void search_to_be_dumped(void *arg)
{
	setenv("EVERT_DUMP_SIGNAL", "USR1", 1);
	search(arg);
}

Test(search, who_looks_on_takes_nothing_of_the_programs_memory)
{
	struct search well = {run_a_program, {"p", "--seeds", "2"}};

	exits(search_while_watched, &well, 0, "2 seeds went well");
	exits(search_to_be_dumped, &well, 0, "2 seeds went well");
}
