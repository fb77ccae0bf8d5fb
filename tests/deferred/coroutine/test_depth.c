/* SPDX-License-Identifier: MIT */
/* Promise 87: whatever is nested however deeply, the stack does not grow. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "../../../deferred/base/sanitizer_internal.h"
#include "../../../deferred/combine.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/shield.h"
#include "../../support/diary.h"

TestSuite(depth, .init = diary_unhandled);

/* Sanitizers take more time for each, and more stack, if it grows. */
#ifdef EVERT_SANITIZED
enum { DEEP = 30000 };
#else
enum { DEEP = 100000 };
#endif

static struct evert_firing *slot;
static int cancels;

static bool count_cancel(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	cancels++;
	return false;
}

static struct evert_deferred *innermost(void)
{
	return evert_deferred_create_cancellable(&slot, count_cancel, NULL);
}

/* ---- One around another ---- */

typedef struct evert_deferred *(*wrapper)(struct evert_deferred *d);

static struct evert_deferred *in_shield(struct evert_deferred *d)
{
	return evert_shield(d);
}

static struct evert_deferred *in_gather(struct evert_deferred *d)
{
	return evert_gather(&d, 1, 0);
}

static struct evert_deferred *in_list(struct evert_deferred *d)
{
	return evert_deferred_list(&d, 1, EVERT_CONSUME_FAILURES);
}

static struct evert_deferred *in_race(struct evert_deferred *d)
{
	return evert_race(&d, 1);
}

static struct evert_deferred *in_chain(struct evert_deferred *d)
{
	struct evert_firing *firing;
	struct evert_deferred *outer = evert_deferred_create(&firing);

	evert_deferred_chain(d, &firing);
	return outer;
}

static const wrapper wrappers[] = { in_shield, in_gather, in_list, in_race,
				    in_chain };

static struct evert_deferred *nest(struct evert_deferred *d, wrapper wrap,
				   int depth)
{
	while (depth--)
		d = wrap(d);
	return d;
}

/* All kinds in turn, around the innermost. */
static struct evert_deferred *mixed(struct evert_deferred *d, int depth)
{
	while (depth--)
		d = wrappers[depth % 5](d);
	return d;
}

static void *fire_all(void *arg)
{
	(void)arg;
	evert_deferred_fire(&slot, evert_result_integer(1));
	return NULL;
}

static void *fail_all(void *arg)
{
	(void)arg;
	evert_deferred_fire(&slot, plain_failure());
	return NULL;
}

static void *cancel_it(void *d)
{
	evert_deferred_cancel(d);
	return NULL;
}

static void *release_it(void *d)
{
	evert_deferred_release(d);
	return NULL;
}

static struct evert_result count(struct evert_result *in, void *counter)
{
	++*(int *)counter;
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

/* Builds, lets `work` do it, and looks whether the outermost has fired. */
static void check(struct evert_deferred *d, void *(*work)(void *arg))
{
	int fired = 0;

	evert_deferred_add_both(d, count, &fired);
	run_on_small_stack(work, d);
	cr_assert(eq(int, fired, 1));
	run_on_small_stack(release_it, d);
}

static void check_each(wrapper wrap)
{
	check(nest(innermost(), wrap, DEEP), fire_all);
	check(nest(innermost(), wrap, DEEP), fail_all);
	cr_assert(eq(int, cancels, 0));
	check(nest(innermost(), wrap, DEEP), cancel_it);
	cr_assert(eq(int, cancels, wrap != in_shield));
	evert_deferred_abandon(&slot);
}

Test(depth, p87_shields_pass_outcomes_and_answer_a_cancel)
{
	check_each(in_shield);
}

Test(depth, p87_gathers_pass_outcomes_and_cancels)
{
	check_each(in_gather);
}

Test(depth, p87_lists_pass_outcomes_and_cancels)
{
	check_each(in_list);
}

Test(depth, p87_races_pass_outcomes_and_cancels)
{
	check_each(in_race);
}

Test(depth, p87_chained_ones_pass_outcomes_and_cancels)
{
	check_each(in_chain);
}

Test(depth, p87_mixed_nests_pass_values_and_failures)
{
	check(mixed(innermost(), DEEP), fire_all);
	check(mixed(innermost(), DEEP), fail_all);
	check(mixed(innermost(), DEEP), cancel_it);
	evert_deferred_abandon(&slot);
}

/* ---- With neighbours ---- */

static struct evert_firing *left[DEEP];
static int lefts;

static struct evert_deferred *beside(struct evert_deferred *d, unsigned options)
{
	struct evert_deferred *pair[2] = {
		evert_deferred_create(&left[lefts++]), d
	};

	return evert_gather(pair, 2, options);
}

static void *fire_outermost_left(void *arg)
{
	(void)arg;
	evert_deferred_fire(&left[lefts - 1], plain_failure());
	return NULL;
}

static void check_neighbours(unsigned options, void *(*work)(void *arg))
{
	struct evert_deferred *d = innermost();

	for (lefts = 0; lefts < DEEP;)
		d = beside(d, options);
	check(d, work);
	cr_assert(eq(int, cancels, 1));
	evert_deferred_abandon(&slot);
	while (lefts)
		evert_deferred_abandon(&left[--lefts]);
}

Test(depth, p87_cancelling_goes_down_beside_neighbours)
{
	check_neighbours(0, cancel_it);
}

Test(depth, p87_cancelling_goes_down_where_each_failure_cancels_the_rest)
{
	check_neighbours(EVERT_CANCEL_REST, cancel_it);
}

Test(depth, p87_a_failure_cancels_down_where_each_cancels_the_rest)
{
	check_neighbours(EVERT_CANCEL_REST, fire_outermost_left);
}

/* ---- What comes out ---- */

static void *print_and_copy(void *arg)
{
	const struct evert_failure *failure = arg;
	struct evert_failure *copy = evert_failure_copy(failure);
	FILE *to = fopen("/dev/null", "w");
	const struct evert_failure *at;
	int depth = 0;

	for (at = copy; at; at = at->cause)
		depth++;
	cr_assert(eq(int, depth, DEEP + 1));
	evert_failure_print(copy, to);
	fclose(to);
	evert_failure_release(copy);
	return NULL;
}

Test(depth, p87_failures_are_copied_printed_and_released)
{
	struct evert_deferred *d = nest(innermost(), in_gather, DEEP);

	evert_deferred_fire(&slot, plain_failure());
	run_on_small_stack(print_and_copy,
			   (void *)evert_result_as_failure(
				   evert_deferred_result(d)));
	cr_assert(lt(sz,
		     strlen(evert_result_as_failure(evert_deferred_result(d))
				    ->message),
		     60));
	evert_deferred_add_errback(d, count, &cancels);
	run_on_small_stack(release_it, d);
}

static void *dump(void *d)
{
	FILE *to = fopen("/dev/null", "w");

	evert_deferred_dump(d, to);
	fclose(to);
	return NULL;
}

Test(depth, p87_nests_are_dumped)
{
	struct evert_deferred *d = mixed(innermost(), DEEP);

	run_on_small_stack(dump, d);
	evert_deferred_release(d);
	evert_deferred_fire(&slot, evert_result_integer(1));
}

Test(depth, p87_lists_are_released_in_order)
{
	struct evert_list *top = evert_list_create(3);
	struct evert_list *inner = evert_list_create(2);

	inner->items[0] = diary_value("b");
	inner->items[1] = diary_value("c");
	top->items[0] = diary_value("a");
	top->items[1] = evert_result_of(&evert_type_list, inner);
	top->items[2] = diary_value("d");
	evert_result_release(evert_result_of(&evert_type_list, top));
	cr_assert(eq(str, diary, "freed:a freed:b freed:c freed:d"));
}

/* ---- On a coroutine's stack ---- */

static struct evert_result nest_here(void *arg)
{
	struct evert_deferred *d;
	size_t i;

	(void)arg;
	for (i = 0; i < 5; i++) {
		d = nest(innermost(), wrappers[i], DEEP);
		fire_all(NULL);
		evert_deferred_release(d);
		d = nest(innermost(), wrappers[i], DEEP);
		evert_deferred_add_both(d, count, &cancels);
		evert_deferred_cancel(d);
		evert_deferred_release(d);
		evert_deferred_abandon(&slot);
	}
	return evert_result_none();
}

Test(depth, p87_nests_are_fired_and_cancelled_on_a_coroutines_stack)
{
	struct evert_deferred *d = evert_spawn(nest_here, NULL);

	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
}

/* ---- Coroutines that await each other ---- */

enum { MANY = 20000 };

static struct evert_result await_it(void *d)
{
	return evert_await(d);
}

static struct evert_deferred *coroutines(void)
{
	static const struct evert_spawn_options small = { .stack_size = 8192 };
	struct evert_deferred *d = innermost();
	int i;

	for (i = 0; i < MANY; i++)
		d = evert_spawn_with(await_it, d, &small);
	return d;
}

Test(depth, p87_a_cancel_passes_through_coroutines)
{
	struct evert_deferred *d = coroutines();
	int fired = 0;

	evert_deferred_add_both(d, count, &fired);
	evert_deferred_cancel(d);
	cr_assert(eq(int, fired, 1));
	cr_assert(eq(int, cancels, 1));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(depth, p87_a_value_passes_through_coroutines)
{
	struct evert_deferred *d = coroutines();
	int fired = 0;

	evert_deferred_add_both(d, count, &fired);
	fire(&slot, 1);
	cr_assert(eq(int, fired, 1));
	evert_deferred_release(d);
}
