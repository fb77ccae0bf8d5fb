/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../../deferred/coroutine/scope.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/diary.h"

/* A fiber of ThreadSanitizer is as heavy as a thread; AddressSanitizer has more
   to do for each stack. */
#if defined(EVERT_TSAN)
enum { MANY = 1000 };
#elif defined(EVERT_ASAN)
enum { MANY = 10000 };
#else
enum { MANY = 100000 };
#endif

TestSuite(coroutine, .init = diary_unhandled);

static void write_down(const char *name, struct evert_result result)
{
	diary_end(&result, (char *)name);
	evert_result_release(result);
}

/* What a body waits for, in the tests that need one such. */
static struct evert_firing *slot;

static struct evert_deferred *make(void)
{
	return evert_deferred_create(&slot);
}

/* Awaits `make()`, and says what it got. */
static struct evert_result await_once(void *name)
{
	diary_add("%s:starts", (char *)name);
	write_down(name, evert_await(make()));
	return evert_result_integer(7);
}

static void watch(struct evert_deferred *deferred)
{
	evert_deferred_add_both(deferred, diary_end, "ended");
	evert_deferred_release(deferred);
}

/* ---- Bodies ---- */

Test(coroutine, p30_the_body_runs_at_once_up_to_its_first_wait)
{
	struct evert_deferred *d = evert_spawn(await_once, "a");

	cr_assert(eq(str, diary, "a:starts"));
	cr_assert(not(evert_deferred_has_fired(d)));

	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:starts a:1"));
	evert_deferred_release(d);
}

static struct evert_result return_argument(void *arg)
{
	return evert_result_borrowed(arg);
}

Test(coroutine, p30_a_body_that_does_not_wait_has_ended_when_spawn_returns)
{
	int here;
	struct evert_deferred *d = evert_spawn(return_argument, &here);

	cr_assert(evert_deferred_has_fired(d));
	cr_assert(eq(ptr, evert_result_as_borrowed(evert_deferred_result(d)),
		     &here));
	evert_deferred_release(d);
}

Test(coroutine, p32_its_deferred_fires_with_what_the_body_returns)
{
	watch(evert_spawn(await_once, "a"));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:starts a:1 ended:7"));
}

static struct evert_result fail(void *arg)
{
	(void)arg;
	return plain_failure();
}

Test(coroutine, p32_a_failure_that_the_body_returns_is_the_errbacks_side)
{
	struct evert_deferred *d = evert_spawn(fail, NULL);

	evert_deferred_add_errback(d, diary_end, "errback");
	cr_assert(eq(str, diary, "errback:ERROR"));
	evert_deferred_release(d);
}

Test(coroutine, p32_a_failure_that_nobody_handles_is_reported)
{
	evert_deferred_release(evert_spawn(fail, NULL));
	cr_assert(eq(str, diary, "unhandled:ERROR"));
}

static struct evert_result return_wait(void *arg)
{
	(void)arg;
	return evert_result_wait(make());
}

Test(coroutine, p32_a_body_may_return_a_deferred_to_wait_for)
{
	watch(evert_spawn(return_wait, NULL));
	cr_assert(eq(str, diary, ""));
	fire(&slot, 3);
	cr_assert(eq(str, diary, "ended:3"));
}

static struct evert_result tell_name(void *arg)
{
	(void)arg;
	diary_add("%s", evert_coroutine_name());
	return evert_result_none();
}

Test(coroutine, is_named_after_its_body)
{
	evert_deferred_release(evert_spawn(tell_name, NULL));
	cr_assert(eq(str, diary, "tell_name"));
	cr_assert(zero(ptr, (void *)evert_coroutine_name()));
}

Test(coroutine, is_named_as_the_options_say)
{
	struct evert_spawn_options options = { .name = "Ada" };

	evert_deferred_release(evert_spawn_with(tell_name, NULL, &options));
	cr_assert(eq(str, diary, "Ada"));
}

static struct evert_result check_stack_is_back(struct evert_result *in,
					       void *in_use)
{
	size_t now = evert_stack_pool_usage().warm_bytes;

	if (now == *(size_t *)in_use + EVERT_STACK_SIZE)
		diary_add("back");
	return *in;
}

static struct evert_result use_stack(void *arg)
{
	size_t size = *(size_t *)arg;
	volatile char *bytes = __builtin_alloca(size);
	size_t i;

	for (i = 0; i < size; i += 512)
		bytes[i] = 1;
	return evert_result_integer(bytes[0]);
}

Test(coroutine, has_the_stack_it_was_spawned_with)
{
	static const size_t sizes[] = { 16384, 65536, 1 << 20, 8 << 20 };
	struct evert_spawn_options options = { .name = "user" };
	size_t i, used;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		options.stack_size = sizes[i];
		used = sizes[i] - 8192;
		evert_deferred_release(
			evert_spawn_with(use_stack, &used, &options));
	}
}

Test(coroutine, gives_its_stack_back_before_its_deferred_fires)
{
	struct evert_deferred *d = evert_spawn(await_once, "a");
	size_t in_use = evert_stack_pool_usage().warm_bytes;

	evert_deferred_add_callback(d, check_stack_is_back, &in_use);
	evert_deferred_release(d);
	fire(&slot, 0);
	cr_assert(eq(str, diary, "a:starts a:0 back"));
}

Test(coroutine, a_stack_that_the_system_cannot_give_is_no_memory)
{
	struct evert_spawn_options options = { .stack_size = SIZE_MAX / 8 };

	cr_assert(zero(ptr, evert_spawn_with(tell_name, NULL, &options)));
	cr_assert(eq(int, errno, ENOMEM));
	options.stack_size = SIZE_MAX;
	cr_assert(zero(ptr, evert_spawn_with(tell_name, NULL, &options)));
	cr_assert(eq(str, diary, ""));
}

/* ---- Awaiting ---- */

static struct evert_result await(void *deferred)
{
	return evert_await(deferred);
}

Test(coroutine, p31_awaiting_a_fired_deferred_gives_its_result_at_once)
{
	watch(evert_spawn(await, fired(5)));
	cr_assert(eq(str, diary, "ended:5"));
}

Test(coroutine, p31_a_failure_is_returned)
{
	watch(evert_spawn(await_once, "a"));
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "a:starts a:ERROR ended:7"));
}

Test(coroutine, p31_awaiting_no_deferred_is_a_failure_no_memory)
{
	watch(evert_spawn(await, NULL));
	cr_assert(eq(str, diary, "ended:NO_MEMORY"));
}

static void await_twice(void *arg)
{
	struct evert_deferred *d = make();

	(void)arg;
	evert_spawn(await, d);
	evert_spawn(await, d);
}

Test(coroutine, p31_awaiting_consumes_the_reading_end)
{
	dies(await_twice, NULL, SIGABRT, "given up before");
}

Test(coroutine, p31_the_links_that_were_there_run_before_it_goes_on)
{
	struct evert_deferred *d = make();

	evert_deferred_add_both(d, diary_pass, "link");
	watch(evert_spawn(await, d));
	fire(&slot, 2);
	cr_assert(eq(str, diary, "link:2 ended:2"));
}

Test(coroutine, p31_a_deferred_that_waits_for_another_is_waited_for)
{
	struct evert_deferred *outer = fired(0), *inner = make();

	evert_deferred_add_callback(outer, wait_for, inner);
	watch(evert_spawn(await, outer));
	fire(&slot, 4);
	cr_assert(eq(str, diary, "ended:4"));
}

Test(coroutine, may_wait_for_another_one)
{
	watch(evert_spawn(await, evert_spawn(await_once, "a")));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:starts a:1 ended:7"));
}

static struct evert_result await_own(void *deferred)
{
	evert_result_release(evert_await(make()));
	write_down("own", evert_await(*(struct evert_deferred **)deferred));
	return evert_result_none();
}

Test(coroutine, p11_awaiting_its_own_deferred_fails)
{
	struct evert_deferred *own = NULL;

	own = evert_spawn(await_own, &own);
	fire(&slot, 0);
	cr_assert(eq(str, diary, "own:DEADLOCK"));
}

static struct evert_result await_many(void *arg)
{
	int64_t i;

	(void)arg;
	for (i = 0; i < MANY; i++)
		evert_result_release(evert_await(fired(i)));
	return evert_result_integer(i);
}

Test(coroutine, p10_awaiting_many_fired_deferreds_takes_no_stack)
{
	struct evert_deferred *d = evert_spawn(await_many, NULL);

	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     MANY));
	evert_deferred_release(d);
}

static void await_outside(void *deferred)
{
	evert_await(deferred);
}

Test(coroutine, p34_awaiting_outside_a_coroutine_says_what_to_do)
{
	dies(await_outside, NULL, SIGABRT,
	     "evert_await was called outside a coroutine; call it from a body "
	     "that evert_spawn runs, or add a callback");
}

static struct evert_result await_in_callback(struct evert_result *in, void *arg)
{
	(void)in;
	return evert_await(arg);
}

static void await_in_callback_of_coroutine(void *arg)
{
	struct evert_deferred *d = evert_spawn(await_once, "a");

	(void)arg;
	evert_deferred_add_both(d, await_in_callback, fired(1));
	fire(&slot, 0);
}

Test(coroutine, p34_a_callback_of_a_coroutines_deferred_is_outside)
{
	dies(await_in_callback_of_coroutine, NULL, SIGABRT,
	     "outside a coroutine");
}

/* ---- Who runs when ---- */

static struct evert_result await_named(void *arg)
{
	struct evert_firing **end = arg;

	write_down("woken", evert_await(evert_deferred_create(end)));
	return evert_result_none();
}

static struct evert_firing *slots[3];

static struct evert_result fire_slots(void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < 3; i++)
		fire(&slots[i], (int64_t)i);
	diary_add("fired");
	return evert_result_none();
}

static void spawn_waiting_on_slots(void)
{
	size_t i;

	for (i = 0; i < 3; i++)
		evert_deferred_release(evert_spawn(await_named, &slots[i]));
}

Test(coroutine, woken_from_the_threads_own_stack_goes_on_at_once)
{
	spawn_waiting_on_slots();
	fire(&slots[1], 1);
	cr_assert(eq(str, diary, "woken:1"));
	fire(&slots[0], 0);
	fire(&slots[2], 2);
}

Test(coroutine, woken_by_another_goes_on_after_it_in_the_order_of_waking)
{
	spawn_waiting_on_slots();
	evert_deferred_release(evert_spawn(fire_slots, NULL));
	cr_assert(eq(str, diary, "fired woken:0 woken:1 woken:2"));
}

static struct evert_result spawn_firing(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_spawn(fire_slots, NULL));
	diary_add("spawned");
	return evert_result_none();
}

Test(coroutine, one_spawned_by_another_runs_at_once_and_who_it_wakes_later)
{
	spawn_waiting_on_slots();
	evert_deferred_release(evert_spawn(spawn_firing, NULL));
	cr_assert(eq(str, diary, "fired spawned woken:0 woken:1 woken:2"));
}

static struct evert_result fire_slot(struct evert_result *in, void *which)
{
	fire(which, 9);
	diary_add("fired");
	return *in;
}

Test(coroutine, woken_by_a_callback_of_one_that_ended_goes_on_after_it)
{
	struct evert_deferred *d = evert_spawn(await_once, "a");

	spawn_waiting_on_slots();
	evert_deferred_add_both(d, fire_slot, &slots[0]);
	evert_deferred_release(d);
	fire(&slot, 0);
	cr_assert(eq(str, diary, "a:starts a:0 fired woken:9"));
	fire(&slots[1], 1);
	fire(&slots[2], 2);
}

static struct evert_result pass_on(void *before)
{
	struct evert_result result = evert_await(before);
	int64_t value = evert_result_as_integer(&result);

	return evert_result_integer(value + 1);
}

static void *run_chain(void *arg)
{
	struct evert_deferred *d = make();
	int i;

	(void)arg;
	for (i = 0; i < MANY; i++)
		d = evert_spawn(pass_on, d);
	fire(&slot, 0);
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     MANY));
	evert_deferred_release(d);
	return NULL;
}

Test(coroutine, a_long_chain_of_them_ends_on_a_small_stack)
{
	run_on_small_stack(run_chain, NULL);
}

static struct evert_result double_it(void *awaited)
{
	struct evert_firing **end = awaited;
	struct evert_result result = evert_await(evert_deferred_create(end));

	return evert_result_integer(evert_result_as_integer(&result) * 2);
}

Test(coroutine, many_can_wait_at_the_same_time)
{
	struct evert_firing **ends = calloc(MANY, sizeof(*ends));
	struct evert_deferred **coroutines = calloc(MANY, sizeof(*ends));
	int64_t i, sum = 0;

	for (i = 0; i < MANY; i++) {
		coroutines[i] = evert_spawn(double_it, &ends[i]);
		cr_assert(coroutines[i] != NULL);
	}
	cr_assert(eq(sz, evert_coroutine_count(), MANY));
	for (i = 0; i < MANY; i++) {
		fire(&ends[i], i);
		sum += evert_result_as_integer(
			evert_deferred_result(coroutines[i]));
		evert_deferred_release(coroutines[i]);
	}
	cr_assert(eq(i64, sum, (int64_t)MANY * (MANY - 1)));
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	free(coroutines);
	free(ends);
}

/* ---- All of them ---- */

Test(coroutine, all_can_be_cancelled)
{
	struct evert_firing *first;

	watch(evert_spawn(await_once, "a"));
	first = slot;
	watch(evert_spawn(await_once, "b"));
	diary_clear();
	evert_coroutine_cancel_all();
	cr_assert(eq(str, diary,
		     "b:CANCELLED ended:7 a:CANCELLED ended:7"));
	evert_deferred_abandon(&first);
	evert_deferred_abandon(&slot);
}

/* ---- Threads ---- */

static void *fire_on_other_thread(void *arg)
{
	(void)arg;
	fire(&slot, 0);
	return NULL;
}

static void wake_from_other_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	evert_spawn(await_once, "a");
	pthread_create(&thread, NULL, fire_on_other_thread, NULL);
	pthread_join(thread, NULL);
}

Test(coroutine, woken_on_another_thread_stops_the_program)
{
	dies(wake_from_other_thread, NULL, SIGABRT,
	     "the coroutine await_once (spawned at ");
}

/* Spawns, waits, and ends a few, on a thread of its own. */
static void *work(void *count)
{
	struct evert_clock *clock = evert_clock_create();
	int i;

	for (i = 0; i < *(int *)count; i++)
		evert_deferred_release(
			evert_spawn(await, evert_clock_sleep(clock, i)));
	evert_clock_advance(clock, *(int *)count);
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	evert_clock_destroy(clock);
	return NULL;
}

Test(coroutine, threads_do_not_disturb_each_other)
{
	pthread_t threads[4];
	int i, count = 100;

	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, work, &count);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* Of address space, in pages. */
static long program_size(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size = 0;

	cr_assert(file != NULL);
	cr_assert(fscanf(file, "%ld", &size) == 1);
	fclose(file);
	return size;
}

static void run_threads(int count)
{
	pthread_t thread;
	int one = 1;

	while (count--) {
		pthread_create(&thread, NULL, work, &one);
		pthread_join(thread, NULL);
	}
}

Test(coroutine, a_thread_that_ends_gives_its_stacks_back)
{
	enum { THREADS = 50, PAGES = EVERT_STACKS_PER_SLAB * 65536 / 4096 };
	long before;

	run_threads(1);
	before = program_size();
	run_threads(THREADS);
	cr_assert(lt(long, program_size() - before, THREADS / 2 * PAGES));
}

/* ---- Memory ---- */

static struct evert_result sleep_once(void *clock)
{
	return evert_await(evert_clock_sleep(clock, 1));
}

static struct evert_result sleep_and_spawn(void *clock)
{
	evert_result_release(evert_await(evert_clock_sleep(clock, 1)));
	return evert_await(evert_spawn(sleep_once, clock));
}

static void sleep_with_timeout(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *d;

	(void)arg;
	if (!clock)
		return;
	d = evert_spawn(sleep_and_spawn, clock);
	evert_deferred_add_timeout(d, 1.5, clock);
	evert_deferred_add_both(d, diary_end, "slept");
	evert_deferred_release(d);
	evert_clock_advance(clock, 3);
	cr_assert(eq(sz, evert_clock_pending(clock), 0));
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	evert_clock_destroy(clock);
	diary_clear();
}

Test(coroutine, gives_all_back_whichever_allocation_fails)
{
	fail_every_allocation(sleep_with_timeout, NULL);
}

Test(coroutine, without_memory_it_is_not_spawned)
{
	failing_allocator_start(1, true);
	errno = 0;
	cr_assert(zero(ptr, evert_spawn(tell_name, NULL)));
	cr_assert(eq(int, errno, ENOMEM));
	cr_assert(eq(sz, failing_allocator_stop().failed, 1));
	cr_assert(zero(sz, evert_coroutine_count()));
	cr_assert(eq(str, diary, ""));
}

Test(coroutine, takes_one_allocation_and_none_to_wait)
{
	failing_allocator_start(3, true);
	watch(evert_spawn(await, make()));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "ended:1"));
	cr_assert(eq(sz, failing_allocator_counts().requests, 2));
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}
