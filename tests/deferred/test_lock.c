/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/combine.h"
#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/coroutine/shield.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../deferred/lock.h"
#include "../../deferred/queue.h"
#include "../support/death.h"
#include "../support/diary.h"
#include "../support/memory.h"

static struct evert_semaphore *lock;
static char order[64]; /* who got its turn, by one letter each */
static size_t turns;   /* letters in `order` */
static size_t reports; /* of unhandled failures */
static const struct evert_error *failed; /* the kind of the last failure */

static void count_report(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	(void)arg;
	reports++;
}

static void begin(void)
{
	evert_set_unhandled_hook(count_report, NULL);
	lock = evert_lock_create();
}

static void finish(void)
{
	evert_semaphore_destroy(lock);
}

static void note(const char *who)
{
	order[turns++] = *who;
}

/* Its turn has come: it keeps the lock. */
static struct evert_result take_turn(struct evert_result *in, void *who)
{
	evert_semaphore_take(in);
	note(who);
	return evert_result_none();
}

static struct evert_result take_short_turn(struct evert_result *in, void *who)
{
	note(who);
	evert_semaphore_release(evert_semaphore_take(in));
	return evert_result_none();
}

static struct evert_result note_failure(struct evert_result *in, void *arg)
{
	(void)arg;
	failed = evert_result_as_failure(in)->kind;
	return evert_result_none();
}

static void acquire(evert_callback turn, char *who)
{
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	evert_deferred_add_callbacks(d, turn, note_failure, who);
	evert_deferred_release(d);
}

TestSuite(lock, .init = begin, .fini = finish);
TestSuite(semaphore);

Test(lock, p28_is_acquired_at_once_when_it_is_free)
{
	acquire(take_turn, "a");
	cr_assert(eq(str, order, "a"));
	cr_assert(eq(sz, evert_semaphore_available(lock), 0));
}

Test(lock, p28_is_handed_over_first_come_first_served_inside_release)
{
	acquire(take_turn, "a");
	acquire(take_turn, "b");
	acquire(take_turn, "c");
	cr_assert(eq(str, order, "a"));

	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "ab"));

	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "abc"));

	evert_semaphore_release(lock);
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
}

Test(lock, p28_is_handed_on_when_it_is_released_while_handed_over)
{
	acquire(take_turn, "a");
	acquire(take_short_turn, "b");
	acquire(take_short_turn, "c");
	acquire(take_turn, "d");
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "abcd"));
	cr_assert(eq(sz, evert_semaphore_available(lock), 0));
}

static struct evert_result release_and_ask_again(struct evert_result *in,
						 void *who)
{
	note(who);
	evert_semaphore_release(evert_semaphore_take(in));
	acquire(take_turn, "z");
	return evert_result_none();
}

Test(lock, p28_is_not_snatched_from_the_next_by_one_that_released_it)
{
	acquire(take_turn, "a");
	acquire(release_and_ask_again, "b");
	acquire(take_short_turn, "c");
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "abcz"));
}

Test(lock, p28_a_cancelled_waiter_leaves_the_queue)
{
	struct evert_deferred *b;

	acquire(take_turn, "a");
	b = evert_semaphore_acquire(lock);
	acquire(take_turn, "c");
	evert_deferred_cancel(b);
	evert_deferred_add_callbacks(b, take_turn, note_failure, "b");
	evert_deferred_release(b);
	cr_assert(failed == EVERT_CANCELLED);

	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "ac"));
}

Test(lock, p28_any_waiter_may_leave)
{
	struct evert_deferred *all[4];
	size_t i;

	acquire(take_turn, "a");
	for (i = 0; i < 4; i++) {
		all[i] = evert_semaphore_acquire(lock);
		evert_deferred_add_callbacks(all[i], take_turn, note_failure,
					     &"bcde"[i]);
	}
	evert_deferred_cancel(all[3]);
	evert_deferred_cancel(all[0]);
	acquire(take_turn, "f");
	evert_deferred_cancel(all[1]);
	for (i = 0; i < 4; i++)
		evert_deferred_release(all[i]);
	evert_semaphore_release(lock);
	evert_semaphore_release(lock);
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "adf"));
}

static struct evert_result cancel_it(struct evert_result *in, void *waiter)
{
	evert_semaphore_take(in);
	evert_deferred_cancel(waiter);
	return evert_result_none();
}

Test(lock, p28_a_waiter_may_be_cancelled_by_the_one_before_it)
{
	struct evert_deferred *b, *c;

	acquire(take_turn, "a");
	b = evert_semaphore_acquire(lock);
	c = evert_semaphore_acquire(lock);
	evert_deferred_add_callback(b, cancel_it, c);
	evert_deferred_release(b);
	evert_deferred_add_callbacks(c, take_turn, note_failure, "c");
	evert_deferred_release(c);
	acquire(take_turn, "d");
	evert_semaphore_release(lock);
	cr_assert(failed == EVERT_CANCELLED);
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "ad"));
}

Test(lock, p23_waiting_for_it_can_time_out)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *b;

	acquire(take_turn, "a");
	b = evert_semaphore_acquire(lock);
	evert_deferred_add_timeout(b, 2.0, clock);
	evert_deferred_add_callbacks(b, take_turn, note_failure, "b");
	evert_deferred_release(b);
	evert_clock_advance(clock, 2.0);
	cr_assert(failed == EVERT_TIMED_OUT);
	evert_semaphore_release(lock);
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
	evert_clock_destroy(clock);
}

Test(lock, p28_released_too_often_stops_the_program, .signal = SIGABRT)
{
	evert_semaphore_release(lock);
}

Test(semaphore, p28_of_0_stops_the_program, .signal = SIGABRT)
{
	evert_semaphore_create(0);
}

Test(semaphore, p28_is_acquired_as_often_as_its_limit)
{
	lock = evert_semaphore_create(2);
	acquire(take_turn, "a");
	acquire(take_turn, "b");
	acquire(take_turn, "c");
	acquire(take_turn, "d");
	cr_assert(eq(str, order, "ab"));
	evert_semaphore_release(lock);
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "abcd"));
	evert_semaphore_release(lock);
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
	evert_semaphore_destroy(lock);
}

Test(semaphore, p28_destroyed_fails_who_waits)
{
	lock = evert_lock_create();
	acquire(take_turn, "a");
	acquire(take_turn, "b");
	evert_semaphore_destroy(lock);
	cr_assert(failed == EVERT_ABANDONED);
	cr_assert(eq(str, order, "a"));
	evert_semaphore_destroy(NULL);
	evert_semaphore_release(lock); /* the first one's */
}

static struct evert_result destroy_it(struct evert_result *in, void *who)
{
	note(who);
	evert_semaphore_destroy(lock);
	cr_assert(in->type == &evert_type_permit);
	return evert_result_none();
}

Test(semaphore, p28_may_be_destroyed_by_one_that_was_just_handed_it)
{
	lock = evert_lock_create();
	acquire(take_turn, "a");
	acquire(destroy_it, "b");
	acquire(take_turn, "c");
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "ab"));
	cr_assert(failed == EVERT_ABANDONED);
}

static struct evert_result count_turn(struct evert_result *in, void *arg)
{
	(void)arg;
	turns++;
	evert_semaphore_release(evert_semaphore_take(in));
	return evert_result_none();
}

Test(lock, p28_is_handed_through_100000_waiters_on_one_stack)
{
	size_t i;

	acquire(take_turn, "a");
	turns = 0;
	for (i = 0; i < 100000; i++)
		acquire(count_turn, NULL);
	evert_semaphore_release(lock);
	cr_assert(eq(sz, turns, 100000));
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
}

/* ---- run ---- */

static struct evert_result available_inside(void *available)
{
	*(size_t *)available = evert_semaphore_available(lock);
	return evert_result_integer(7);
}

static struct evert_result keep(struct evert_result *in, void *kept)
{
	*(struct evert_result *)kept = evert_result_take(in);
	return evert_result_none();
}

/* Lets go of a Deferred that has fired, and says what it came to. */
static struct evert_result outcome_of(struct evert_deferred *d)
{
	struct evert_result kept = evert_result_none();

	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_add_both(d, keep, &kept);
	evert_deferred_release(d);
	return kept;
}

Test(lock, p28_run_holds_it_while_the_function_runs)
{
	size_t inside = 1;
	struct evert_result out = outcome_of(
		evert_semaphore_run(lock, available_inside, &inside));

	cr_assert(eq(sz, inside, 0));
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
	cr_assert(eq(i64, evert_result_as_integer(&out), 7));
}

static struct evert_result wait_on(void *deferred)
{
	note("r");
	return evert_result_wait(deferred);
}

Test(lock, p28_run_holds_it_until_what_the_function_waits_for_has_fired)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = evert_semaphore_run(lock, wait_on, inner);
	struct evert_result out;

	acquire(take_turn, "b");
	cr_assert(eq(str, order, "r"));
	evert_deferred_fire(&slot, evert_result_integer(5));
	cr_assert(eq(str, order, "rb"));
	out = outcome_of(d);
	cr_assert(eq(i64, evert_result_as_integer(&out), 5));
}

Test(lock, p28_run_releases_on_failure)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = evert_semaphore_run(lock, wait_on, inner);
	struct evert_result out;

	evert_deferred_abandon(&slot);
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
	out = outcome_of(d);
	cr_assert(evert_result_failed_with(&out, EVERT_ABANDONED));
	evert_result_release(out);
}

Test(lock, p28_run_releases_when_cancelled_while_the_function_waits)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = evert_semaphore_run(lock, wait_on, inner);
	struct evert_result out;

	evert_deferred_cancel(d);
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
	out = outcome_of(d);
	cr_assert(evert_result_failed_with(&out, EVERT_CANCELLED));
	evert_result_release(out);
	evert_deferred_abandon(&slot);
}

Test(lock, p28_run_cancelled_while_it_waits_for_the_lock_never_calls)
{
	struct evert_deferred *d;
	struct evert_result out;

	acquire(take_turn, "a");
	d = evert_semaphore_run(lock, wait_on, NULL);
	evert_deferred_cancel(d);
	out = outcome_of(d);
	cr_assert(evert_result_failed_with(&out, EVERT_CANCELLED));
	evert_result_release(out);
	evert_semaphore_release(lock);
	cr_assert(eq(str, order, "a"));
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
}

Test(lock, p28_run_needs_no_reader)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);

	evert_deferred_release(evert_semaphore_run(lock, wait_on, inner));
	cr_assert(eq(sz, evert_semaphore_available(lock), 0));
	evert_deferred_fire(&slot, evert_result_none());
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
}

Test(semaphore, p28_a_run_outlives_the_semaphore_it_began_with)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *runs, *waits;
	struct evert_result out;

	lock = evert_lock_create();
	runs = evert_semaphore_run(lock, wait_on, inner);
	waits = evert_semaphore_run(lock, wait_on, NULL);
	evert_semaphore_destroy(lock);
	out = outcome_of(waits);
	cr_assert(evert_result_failed_with(&out, EVERT_ABANDONED));
	evert_result_release(out);

	evert_deferred_fire(&slot, evert_result_integer(3));
	out = outcome_of(runs);
	cr_assert(eq(i64, evert_result_as_integer(&out), 3));
	cr_assert(eq(str, order, "r"));
}

static struct evert_result count_run(void *arg)
{
	(void)arg;
	turns++;
	return evert_result_none();
}

Test(lock, p28_100000_runs_follow_each_other_on_one_stack)
{
	size_t i;

	acquire(take_turn, "a");
	turns = 0;
	for (i = 0; i < 100000; i++)
		evert_deferred_release(
			evert_semaphore_run(lock, count_run, NULL));
	evert_semaphore_release(lock);
	cr_assert(eq(sz, turns, 100000));
}

/* ---- Permits that nobody wants ---- */

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

static void release_handled(struct evert_deferred *d)
{
	evert_deferred_add_errback(d, ignore, NULL);
	evert_deferred_release(d);
}

static void assert_free(void)
{
	cr_assert(eq(sz, evert_semaphore_available(lock), 1));
}

Test(lock, p89_a_result_that_is_forgotten_gives_it_back)
{
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	cr_assert(eq(sz, evert_semaphore_available(lock), 0));
	evert_deferred_release(d);
	assert_free();
}

Test(lock, p89_one_that_loses_a_race_gives_it_back)
{
	struct evert_deferred *both[] = {
		evert_deferred_create_fired(evert_result_integer(1)),
		evert_semaphore_acquire(lock),
	};

	evert_deferred_release(evert_race(both, 2));
	assert_free();
}

Test(lock, p89_one_that_loses_a_race_after_waiting_gives_it_back)
{
	struct evert_deferred *both[2], *d;
	struct evert_firing *slot;

	acquire(take_turn, "a");
	both[0] = evert_shield(evert_semaphore_acquire(lock));
	both[1] = evert_deferred_create(&slot);
	d = evert_race(both, 2);
	evert_deferred_fire(&slot, evert_result_integer(1));
	evert_deferred_release(d);
	evert_semaphore_release(lock);
	assert_free();
}

Test(lock, p89_all_that_a_failing_gather_had_are_given_back)
{
	struct evert_deferred *three[] = {
		evert_semaphore_acquire(lock),
		evert_deferred_create_fired(
			evert_result_fail(EVERT_ERROR, 0, "planned")),
		evert_semaphore_acquire(lock),
	};

	release_handled(evert_gather(three, 3, EVERT_CANCEL_REST));
	assert_free();
}

Test(lock, p89_one_that_is_cancelled_after_the_hand_over_gives_it_back)
{
	struct evert_deferred *shielded;

	acquire(take_turn, "a");
	shielded = evert_shield(evert_semaphore_acquire(lock));
	evert_deferred_cancel(shielded);
	release_handled(shielded);
	evert_semaphore_release(lock);
	assert_free();
}

Test(lock, p89_one_that_waits_in_a_queue_gives_it_back)
{
	struct evert_queue *queue = evert_queue_create(1, 1);
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	evert_queue_put(queue, evert_result_wait(d));
	cr_assert(eq(sz, evert_semaphore_available(lock), 0));
	evert_queue_destroy(queue);
	assert_free();
}

static struct evert_result hold_while_sleeping(void *clock)
{
	struct evert_result permit =
		evert_await(evert_semaphore_acquire(lock));
	struct evert_result slept = evert_await(evert_clock_sleep(clock, 5));

	note("h");
	evert_result_release(slept);
	evert_result_release(permit);
	return evert_result_none();
}

Test(lock, p89_a_coroutine_holds_it_as_long_as_the_result)
{
	struct evert_clock *clock = evert_clock_create();

	evert_deferred_release(evert_spawn(hold_while_sleeping, clock));
	acquire(take_short_turn, "b");
	cr_assert(eq(str, order, ""));
	evert_clock_advance(clock, 5);
	cr_assert(eq(str, order, "hb"));
	assert_free();
	evert_clock_destroy(clock);
}

Test(semaphore, p85_a_permit_may_outlive_it)
{
	struct evert_deferred *d;

	lock = evert_semaphore_create(2);
	d = evert_semaphore_acquire(lock);
	acquire(take_turn, "a");
	evert_semaphore_destroy(lock);
	evert_deferred_release(d);
	evert_semaphore_release(lock);
}

static void take_twice(void *arg)
{
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	(void)arg;
	evert_semaphore_release(lock); /* what the result still holds */
	evert_deferred_release(d);
}

Test(lock, p89_to_release_what_a_result_holds_is_a_bug)
{
	dies(take_twice, NULL, SIGABRT, "evert_semaphore_take took it out");
}

/* ---- Memory ---- */

static struct evert_result text(void *arg)
{
	(void)arg;
	turns++;
	return evert_result_text("text", 4);
}

/* Whatever was refused for want of memory, the lock is free in the end. */
static void use_a_lock(void *arg)
{
	struct evert_deferred *first;
	struct evert_semaphore *mine = evert_lock_create();

	(void)arg;
	if (!mine)
		return;
	first = evert_semaphore_acquire(mine);
	release_handled(evert_semaphore_run(mine, text, NULL));
	release_handled(evert_semaphore_run(mine, text, NULL));
	release_handled(evert_semaphore_acquire(mine));
	release_handled(first);
	cr_assert(eq(sz, evert_semaphore_available(mine), 1));
	evert_semaphore_destroy(mine);
}

Test(semaphore, p28_is_released_whichever_allocation_fails)
{
	evert_set_unhandled_hook(count_report, NULL);
	fail_every_allocation(use_a_lock, NULL);
	cr_assert(ne(sz, turns, 0));
	cr_assert(eq(sz, reports, 0));
}

/* ---- Locks that wait for locks ---- */

enum { LOCKS = 2000 };

static struct evert_semaphore *locks[LOCKS + 1];
static int ends;

static struct evert_result count_end(struct evert_result *in, void *arg)
{
	(void)arg;
	ends++;
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

static struct evert_result nothing(void *arg)
{
	(void)arg;
	return evert_result_none();
}

static struct evert_result wait_for_lock(void *before)
{
	return evert_result_wait(
		evert_semaphore_run(*(struct evert_semaphore **)before, nothing,
				    NULL));
}

/* Whoever has one waits for the one before; the first is taken. */
static struct evert_deferred *take_in_turn(void)
{
	struct evert_deferred *first, *d;
	int i;

	for (i = 0; i <= LOCKS; i++)
		locks[i] = evert_lock_create();
	first = evert_semaphore_acquire(locks[0]);
	for (i = 0; i < LOCKS; i++) {
		d = evert_semaphore_run(locks[i + 1], wait_for_lock, &locks[i]);
		evert_deferred_add_both(d, count_end, NULL);
		evert_deferred_release(d);
	}
	return first;
}

static void *release_first(void *first)
{
	evert_deferred_release(first);
	return NULL;
}

static void *destroy_first(void *first)
{
	(void)first;
	evert_semaphore_destroy(locks[0]);
	locks[0] = NULL;
	return NULL;
}

static void destroy_locks(void)
{
	int i;

	for (i = 0; i <= LOCKS; i++)
		evert_semaphore_destroy(locks[i]);
}

Test(lock, p87_each_release_lets_another_one_be_released)
{
	run_on_small_stack(release_first, take_in_turn());
	cr_assert(eq(int, ends, LOCKS));
	destroy_locks();
}

Test(lock, p87_a_lock_that_goes_releases_one_after_the_other)
{
	struct evert_deferred *first = take_in_turn();

	run_on_small_stack(destroy_first, first);
	cr_assert(eq(int, ends, LOCKS));
	evert_deferred_release(first);
	destroy_locks();
}
