/* SPDX-License-Identifier: MIT */
#include <execinfo.h>
#include <fenv.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/switch_internal.h"
#include "../../support/diary.h"

/* The switch is told to the sanitizers by coroutines only; so these tests go
   through coroutines, too. */

static struct evert_firing *slot;

static void wait(void)
{
	evert_result_release(evert_await(evert_deferred_create(&slot)));
}

/* More than there are registers, across a wait; `*seed` keeps the compiler
   from knowing them. */
static struct evert_result keep_values(void *seed)
{
	volatile int *start = seed;
	int64_t a = *start + 1, b = *start + 2, c = *start + 3, d = *start + 4;
	int64_t e = *start + 5, f = *start + 6, g = *start + 7, h = *start + 8;
	int64_t i = *start + 9, j = *start + 10, k = *start + 11;
	double x = *start + 0.5, y = *start + 1.5, z = *start + 2.5;

	wait();
	cr_assert(eq(dbl, x + y + z, 3 * *start + 4.5));
	return evert_result_integer(a + b + c + d + e + f + g + h + i + j + k);
}

Test(switch, keeps_the_values_of_both_sides)
{
	volatile int seeds[] = { 100, 200 };
	struct evert_deferred *first, *second;
	struct evert_firing *first_slot;
	int64_t one, two;

	first = evert_spawn(keep_values, (void *)&seeds[0]);
	first_slot = slot;
	second = evert_spawn(keep_values, (void *)&seeds[1]);
	fire(&first_slot, 0);
	fire(&slot, 0);
	one = evert_result_as_integer(evert_deferred_result(first));
	two = evert_result_as_integer(evert_deferred_result(second));
	cr_assert(eq(i64, one, 1166));
	cr_assert(eq(i64, two, 2266));
	evert_deferred_release(first);
	evert_deferred_release(second);
}

static struct evert_result align(void *arg)
{
	_Alignas(64) volatile char aligned[64];

	(void)arg;
	aligned[0] = 1;
	return evert_result_integer((int64_t)((uintptr_t)aligned % 64) +
				    aligned[0] - 1);
}

Test(switch, starts_on_an_aligned_stack)
{
	struct evert_deferred *d = evert_spawn(align, NULL);

	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     0));
	evert_deferred_release(d);
}

/* Volatile, so that it is divided when the program runs. */
static volatile double one = 1, three = 3;

static double third(void)
{
	return one / three;
}

static struct evert_result round_up(void *below)
{
	cr_assert(eq(int, fegetround(), FE_TONEAREST));
	fesetround(FE_UPWARD);
	cr_assert(third() > *(double *)below);
	wait();
	cr_assert(eq(int, fegetround(), FE_UPWARD));
	cr_assert(third() > *(double *)below);
	return evert_result_none();
}

Test(switch, the_rounding_mode_is_each_sides_own)
{
	double below = third();
	struct evert_deferred *d = evert_spawn(round_up, &below);

	cr_assert(eq(int, fegetround(), FE_TONEAREST));
	cr_assert(eq(dbl, third(), below));
	fire(&slot, 0);
	cr_assert(eq(int, fegetround(), FE_TONEAREST));
	cr_assert(eq(dbl, third(), below));
	evert_deferred_release(d);
}

static struct evert_result tell_rounding(void *arg)
{
	(void)arg;
	return evert_result_integer(fegetround());
}

Test(switch, starts_with_the_rounding_mode_of_who_spawns)
{
	struct evert_deferred *d;

	fesetround(FE_DOWNWARD);
	d = evert_spawn(tell_rounding, NULL);
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     FE_DOWNWARD));
	cr_assert(eq(int, fegetround(), FE_DOWNWARD));
	evert_deferred_release(d);
}

static struct evert_result wait_with_default(void *arg)
{
	(void)arg;
	wait();
	return evert_result_none();
}

Test(switch, ending_gives_the_rounding_mode_back)
{
	struct evert_deferred *d = evert_spawn(wait_with_default, NULL);

	fesetround(FE_TOWARDZERO);
	fire(&slot, 0);
	cr_assert(eq(int, fegetround(), FE_TOWARDZERO));
	evert_deferred_release(d);
}

/* ---- Backtraces: gdb and the sanitizers read the same tables ---- */

#ifndef EVERT_SWITCH_UCONTEXT

enum { FRAMES = 100 };

struct frames {
	void *at[FRAMES];
	int count;
};

static struct frames look(void)
{
	struct frames frames;

	frames.count = backtrace(frames.at, FRAMES);
	return frames;
}

/* Is `inner` deeper, and ends with the frames of `outer`? Not with those that
   differ anyway: backtrace (a sanitizer's, too), look, and who called it. */
static bool goes_on_with(const struct frames *inner, const struct frames *outer)
{
	int i = inner->count, o = outer->count;

	while (i && o && inner->at[i - 1] == outer->at[o - 1]) {
		i--;
		o--;
	}
	return i > o && o <= 3 && o < outer->count;
}

static struct evert_result look_twice(void *seen)
{
	struct frames *frames = seen;

	frames[0] = look();
	wait();
	frames[1] = look();
	return evert_result_none();
}

Test(switch, a_backtrace_goes_on_with_who_lets_it_run)
{
	struct frames inner[2], outer = look();
	struct evert_deferred *d = evert_spawn(look_twice, inner);

	fire(&slot, 0);
	cr_assert(goes_on_with(&inner[0], &outer));
	cr_assert(goes_on_with(&inner[1], &outer));
	evert_deferred_release(d);
}

#endif
