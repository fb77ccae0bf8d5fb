/* SPDX-License-Identifier: MIT */
/* The options of a program that tries seeds: what is done by them, and what is
   said of those that are none. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/sim/search.h"
#include "../../support/death.h"

/* How a program that simulates was called, and what it does. */
struct call {
	void (*scenario)(struct evert_sim *sim);
	const char *arguments[8];
};

static void call(void *arg)
{
	const struct call *call = arg;
	int count = 0;

	while (call->arguments[count])
		count++;
	_exit(evert_sim_search(count, (char **)call->arguments,
			       call->scenario));
}

static void do_nothing(struct evert_sim *sim)
{
	evert_sim_check(sim, true);
}

static void fail(struct evert_sim *sim)
{
	evert_sim_fail(sim, "it fails");
}

/* ---- Numbers ---- */

/* An option with a value, or with none. */
static void refuses(const char *option, const char *value, const char *said)
{
	struct call bad = {do_nothing, {"a/path/to/p", option, value}};
	char line[256];

	snprintf(line, sizeof(line), "p: %s%s%s: %s\n", option,
		 value ? " " : "", value ? value : "", said);
	exits(call, &bad, 2, line);
}

Test(search_options, a_value_that_is_no_number_of_an_option_is_named)
{
	static const char *const values[] = {
		"-1", " -1", "1.5", "0x10", "many",
		"",   "1e3", "+1",  "1 ",   "18446744073709551616"};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		refuses("--seeds", values[i],
			"a number from 1 to 2^64-1 is needed");
		refuses("--from", values[i],
			"a number from 0 to 2^64-1 is needed");
		refuses("--seed", values[i],
			"a number from 0 to 2^64-1 is needed");
		refuses("--most", values[i],
			"a number from 0 to 2^64-1 is needed");
		refuses("--calm-after", values[i],
			"a number from 0 to 2^64-1 is needed");
		refuses("--seconds", values[i],
			"a number from 1 to 1000000 is needed");
	}
}

Test(search_options, a_number_out_of_an_options_bounds_is_named)
{
	refuses("--seeds", "0", "a number from 1 to 2^64-1 is needed");
	refuses("--seconds", "0", "a number from 1 to 1000000 is needed");
	refuses("--seconds", "1000001", "a number from 1 to 1000000 is needed");
}

Test(search_options, a_value_that_is_not_there_is_missed)
{
	refuses("--seeds", NULL, "a number from 1 to 2^64-1 is needed");
	refuses("--without", NULL,
		"some of jitter,bandwidth,buffers,cut,loss,duplicate,reorder,"
		"drift are needed");
}

Test(search_options, an_option_that_there_is_not_is_named_with_those_there_are)
{
	static const char *const said =
		"there is no such option, only --seeds N, --from N, --seed N, "
		"--seconds N, --without NAMES, --most N, --calm-after N";

	refuses("--sed", NULL, said);
	refuses("notes", NULL, said);
	refuses("", NULL, said);
}

Test(search_options, a_number_is_decimal_whatever_zeros_stand_before_it)
{
	struct call seed = {do_nothing, {"p", "--seed", "010"}};
	struct call seeds = {do_nothing, {"p", "--seeds", "0008"}};

	exits(call, &seed, 0, "seed 10 went well");
	exits(call, &seeds, 0, "8 seeds went well");
}

Test(search_options, a_seed_may_be_any_number_of_64_bits)
{
	struct call last = {do_nothing,
			    {"p", "--seed", "18446744073709551615"}};

	exits(call, &last, 0, "seed 18446744073709551615 went well");
}

/* ---- Names ---- */

Test(search_options, what_can_not_be_left_out_is_named)
{
	static const char *const values[] = {"",     "foo",	  "jitter,",
					     ",cut", "cut,,loss", "cut loss",
					     "los",  "losses"};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		refuses("--without", values[i],
			"some of jitter,bandwidth,buffers,cut,loss,duplicate,"
			"reorder,drift are needed");
}

Test(search_options, what_is_left_out_is_told_with_the_seed)
{
	struct call failing = {
		fail, {"p", "--seeds", "1", "--without", "loss,cut,drift"}};

	exits(call, &failing, 1,
	      "--args p --seed 0 --without cut,loss,drift\n");
}

/* ---- One seed, and many ---- */

static void excludes(const char *option, const char *value)
{
	struct call both = {do_nothing, {"p", "--seed", "3", option, value}};
	struct call other = {do_nothing, {"p", option, value, "--seed", "3"}};
	char line[128];

	snprintf(line, sizeof(line),
		 "p: --seed 3: one seed alone, so %s %s is not for it\n",
		 option, value);
	exits(call, &both, 2, line);
	exits(call, &other, 2, line);
}

Test(search_options, what_is_for_many_seeds_is_refused_for_one)
{
	excludes("--from", "9");
	excludes("--seeds", "9");
	excludes("--seconds", "9");
}

/* ---- Less ---- */

static void need_no_size(struct evert_sim *sim)
{
	evert_sim_check(sim, evert_sim_size(sim, 0, 100) == 0);
	evert_sim_check(sim, evert_sim_size(sim, 3, 100) == 3);
}

static void need_two_at_most(struct evert_sim *sim)
{
	evert_sim_check(sim, evert_sim_size(sim, 0, 100) <= 2);
}

Test(search_options, the_most_of_a_size_may_be_any_number_down_to_none)
{
	struct call none = {need_no_size,
			    {"p", "--seeds", "50", "--most", "0"}};
	struct call two = {need_two_at_most,
			   {"p", "--seeds", "50", "--most", "2"}};

	exits(call, &none, 0, "50 seeds went well");
	exits(call, &two, 0, "50 seeds went well");
	two.arguments[4] = "3";
	exits(call, &two, 1, "does not hold");
	none.scenario = fail;
	exits(call, &none, 1, "--args p --seed 0 --most 0\n");
}

/* Always, if at all. */
static void need_memory(struct evert_sim *sim)
{
	void *memory;

	evert_sim_limit_memory(sim, 1);
	memory = evert_allocate(1);
	evert_sim_check(sim, memory);
	evert_free(memory);
}

Test(search_options, nothing_fails_after_any_step_from_the_very_first_on)
{
	struct call calm = {need_memory,
			    {"p", "--seeds", "3", "--calm-after", "0"}};
	struct call later = {need_memory, {"p", "--seeds", "3"}};

	exits(call, &calm, 0, "3 seeds went well");
	exits(call, &later, 1, "does not hold");
	calm.scenario = fail;
	exits(call, &calm, 1, "--args p --seed 0 --calm-after 0\n");
}

/* ---- Sizes ---- */

static void draw_sizes(struct evert_sim *sim)
{
	size_t size = evert_sim_size(sim, 0, SIZE_MAX), i;

	for (i = 0; i < 64 && size == evert_sim_size(sim, 0, SIZE_MAX); i++)
		continue;
	evert_sim_check(sim, i < 64);
	evert_sim_check(sim,
			evert_sim_size(sim, SIZE_MAX, SIZE_MAX) == SIZE_MAX);
}

Test(search_options, a_size_may_be_any_there_is)
{
	struct call all = {draw_sizes, {"p", "--seeds", "9"}};

	exits(call, &all, 0, "9 seeds went well");
}
