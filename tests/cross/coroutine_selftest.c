/* SPDX-License-Identifier: MIT */
/*
 * What Criterion's tests of coroutines show on the machine that builds, in a
 * program that needs nothing but libc: for other processors, under an
 * emulator. Prints what failed, and ends with the number of failures.
 */
#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/coroutine/scope.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../deferred/coroutine/switch_internal.h"

enum { MANY = 2000 };

static int failures;

#define CHECK(truth) check(truth, #truth, EVERT_HERE)

static void check(bool truth, const char *text, const char *place)
{
	if (truth)
		return;
	failures++;
	printf("%s: not so: %s\n", place, text);
}

static struct evert_firing *slot;

static struct evert_result await_slot(void)
{
	return evert_await(evert_deferred_create(&slot));
}

static void fire(int64_t value)
{
	evert_deferred_fire(&slot, evert_result_integer(value));
}

static int64_t outcome(struct evert_deferred *deferred)
{
	const struct evert_result *result = evert_deferred_result(deferred);
	int64_t value = -1;

	if (result && result->type == &evert_type_integer)
		value = evert_result_as_integer(result);
	evert_deferred_release(deferred);
	return value;
}

/* ---- Registers ---- */

/* More values than there are registers that a call keeps. */
static struct evert_result keep_values(void *seed)
{
	const volatile double *from = seed;
	double d[12];
	int64_t i[16], sum = 0;
	int n;

	for (n = 0; n < 12; n++)
		d[n] = *from * n;
	for (n = 0; n < 16; n++)
		i[n] = (int64_t)*from + n;
	evert_result_release(await_slot());
	for (n = 0; n < 12; n++)
		sum += (int64_t)d[n];
	for (n = 0; n < 16; n++)
		sum += i[n];
	return evert_result_integer(sum);
}

/* Floating-point values across a call, which then live in d8 to d15. */
static double add_up(const volatile double *from)
{
	double a = from[0], b = from[1], c = from[2], d = from[3];
	double e = from[4], f = from[5], g = from[6], h = from[7];

	evert_result_release(await_slot());
	return a + 2 * b + 4 * c + 8 * d + 16 * e + 32 * f + 64 * g + 128 * h;
}

static struct evert_result keep_doubles(void *from)
{
	return evert_result_integer((int64_t)add_up(from));
}

static double clobber(const volatile double *from)
{
	double a = from[0] + 1, b = from[1] + 2, c = from[2] + 3;
	double d = from[3] + 4, e = from[4] + 5, f = from[5] + 6;
	double g = from[6] + 7, h = from[7] + 8;

	fire(0);
	return a + b + c + d + e + f + g + h;
}

static void test_registers(void)
{
	double seed = 1000, ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct evert_deferred *d = evert_spawn(keep_values, &seed);

	fire(0);
	CHECK(outcome(d) == 66 * 1000 + 16 * 1000 + 120);
	d = evert_spawn(keep_doubles, ones);
	CHECK(clobber(ones) == 44);
	CHECK(outcome(d) == 255);
}

static struct evert_result round_up(void *arg)
{
	(void)arg;
	fesetround(FE_UPWARD);
	evert_result_release(await_slot());
	return evert_result_integer(fegetround());
}

static void test_rounding(void)
{
	struct evert_deferred *d = evert_spawn(round_up, NULL);

	CHECK(fegetround() == FE_TONEAREST);
	fire(0);
	CHECK(fegetround() == FE_TONEAREST);
	CHECK(outcome(d) == FE_UPWARD);
}

/* ---- Unwinding ---- */

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context,
				       void *count)
{
	(void)context;
	++*(int *)count;
	return _URC_NO_REASON;
}

static int count_frames(void)
{
	int count = 0;

	_Unwind_Backtrace(count_frame, &count);
	return count;
}

static struct evert_result count_frames_twice(void *counts)
{
	((int *)counts)[0] = count_frames();
	evert_result_release(await_slot());
	((int *)counts)[1] = count_frames();
	return evert_result_none();
}

/* It goes on with the frames of who lets the coroutine run. */
static void test_unwinding(void)
{
	int inside[2], outside = count_frames();
	struct evert_deferred *d = evert_spawn(count_frames_twice, inside);

	fire(0);
	evert_deferred_release(d);
#ifndef EVERT_SWITCH_UCONTEXT
	CHECK(inside[0] > outside + 2);
	CHECK(inside[1] > outside + 2);
#else
	CHECK(inside[0] > 0 && inside[1] > 0 && outside > 0);
#endif
}

/* ---- Coroutines ---- */

static struct evert_result pass_on(void *before)
{
	struct evert_result result = evert_await(before);

	return evert_result_integer(evert_result_as_integer(&result) + 1);
}

static void test_chain(void)
{
	struct evert_deferred *d = evert_deferred_create(&slot);
	int i;

	for (i = 0; i < MANY; i++)
		d = evert_spawn(pass_on, d);
	fire(0);
	CHECK(outcome(d) == MANY);
}

/* Sleeps in two coroutines, and counts those that woke. */
struct sleepers {
	struct evert_clock *clock;
	int woken;
};

static struct evert_result sleep_and_count(void *arg)
{
	struct sleepers *sleepers = arg;
	struct evert_result woken =
		evert_await(evert_clock_sleep(sleepers->clock, 1));

	sleepers->woken++;
	return woken;
}

static struct evert_result own_scope(void *sleepers)
{
	struct evert_scope scope;

	evert_scope_init(&scope);
	CHECK(!evert_scope_spawn(&scope, sleep_and_count, sleepers));
	CHECK(!evert_scope_spawn(&scope, sleep_and_count, sleepers));
	return evert_scope_leave(&scope);
}

static struct evert_result forget(struct evert_result *failure, void *arg)
{
	(void)failure;
	(void)arg;
	return evert_result_none();
}

static void test_scope(void)
{
	struct sleepers sleepers = { .clock = evert_clock_create() };
	struct evert_deferred *d = evert_spawn(own_scope, &sleepers);

	evert_clock_advance(sleepers.clock, 1);
	CHECK(sleepers.woken == 2);
	CHECK(evert_deferred_has_fired(d));
	evert_deferred_release(d);

	d = evert_spawn(own_scope, &sleepers);
	evert_deferred_add_timeout(d, 0.5, sleepers.clock);
	evert_clock_advance(sleepers.clock, 0.5);
	CHECK(sleepers.woken == 4);
	CHECK(evert_result_failed_with(evert_deferred_result(d),
				       EVERT_TIMED_OUT));
	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_release(d);
	evert_clock_destroy(sleepers.clock);
}

/* ---- The end of the stack ---- */

/* Deeper than any stack. */
static int descend(int depth)
{
	volatile char frame[512];

	memset((char *)frame, depth, sizeof(frame));
	return depth ? descend(depth - 1) + frame[0] : 0;
}

static struct evert_result overflow(void *arg)
{
	(void)arg;
	return evert_result_integer(descend(1000000));
}

static void test_overflow(void)
{
	char said[512] = "";
	int output[2], status = 0;
	pid_t child;

	CHECK(pipe(output) == 0);
	child = fork();
	if (child == 0) {
		dup2(output[1], STDERR_FILENO);
		evert_deferred_release(evert_spawn(overflow, NULL));
		_exit(0);
	}
	close(output[1]);
	CHECK(read(output[0], said, sizeof(said) - 1) > 0);
	close(output[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(strstr(said, "coroutine overflow") != NULL);
	CHECK(strstr(said, "end of its stack of 65536 bytes") != NULL);
}

int main(void)
{
	test_registers();
	test_rounding();
	test_unwinding();
	test_chain();
	test_scope();
	test_overflow();
	printf("coroutine_selftest: %d failures\n", failures);
	return failures != 0;
}
