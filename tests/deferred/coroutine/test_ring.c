/* SPDX-License-Identifier: MIT */
/* Promise 88: waiting in a ring fails, whatever stands in it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "../../../deferred/combine.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/scope.h"
#include "../../../deferred/coroutine/shield.h"
#include "../../../deferred/links_internal.h"
#include "../../../deferred/lock.h"
#include "../../support/diary.h"

TestSuite(ring, .init = diary_unhandled);

static struct evert_firing *gate;
static struct evert_deferred *tasks[3];

/* What stands between a coroutine and what it waits for. */
typedef struct evert_deferred *(*wrapper)(struct evert_deferred *d);

static struct evert_deferred *plain(struct evert_deferred *d)
{
	return d;
}

static struct evert_deferred *in_shield(struct evert_deferred *d)
{
	return evert_shield(d);
}

static struct evert_deferred *in_race(struct evert_deferred *d)
{
	return evert_race(&d, 1);
}

static struct evert_deferred *in_chain(struct evert_deferred *d)
{
	struct evert_firing *slot;
	struct evert_deferred *outer = evert_deferred_create(&slot);

	evert_deferred_chain(d, &slot);
	return outer;
}

static struct evert_result await_it(void *d)
{
	return evert_await(d);
}

static struct evert_deferred *in_coroutine(struct evert_deferred *d)
{
	return evert_spawn(await_it, d);
}

static wrapper wrap;

/* Waits for the gate, then for another task. */
static struct evert_result await_task(void *number)
{
	struct evert_result outcome;

	evert_result_release(evert_await(evert_deferred_create(&gate)));
	outcome = evert_await(wrap(tasks[*(int *)number]));
	return diary_pass(&outcome, "end");
}

static int numbers[] = { 0, 1, 2 };

/* Each of `count` tasks waits for the next one, the last for the first. */
static void close_ring(int count, wrapper between)
{
	struct evert_firing *gates[3];
	int i;

	wrap = between;
	for (i = 0; i < count; i++) {
		tasks[i] = evert_spawn(await_task, &numbers[(i + 1) % count]);
		gates[i] = gate;
	}
	for (i = 0; i < count; i++)
		evert_deferred_fire(&gates[i], evert_result_none());
}

Test(ring, p88_two_coroutines_that_await_each_other)
{
	close_ring(2, plain);
	cr_assert(eq(str, diary, "end:DEADLOCK end:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_three_coroutines_in_a_ring)
{
	close_ring(3, plain);
	cr_assert(eq(str, diary, "end:DEADLOCK end:DEADLOCK end:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_a_coroutine_that_awaits_itself)
{
	close_ring(1, plain);
	cr_assert(eq(str, diary, "end:DEADLOCK unhandled:DEADLOCK"));
}

Test(ring, p88_through_shields)
{
	close_ring(2, in_shield);
	cr_assert(eq(str, diary, "end:DEADLOCK end:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_through_races)
{
	close_ring(2, in_race);
	cr_assert(ne(ptr, strstr(diary, "end:ALL_FAILED"), NULL));
}

Test(ring, p88_through_chains)
{
	close_ring(2, in_chain);
	cr_assert(eq(str, diary, "end:DEADLOCK end:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_through_more_coroutines)
{
	close_ring(2, in_coroutine);
	cr_assert(ne(ptr, strstr(diary, "end:DEADLOCK"), NULL));
}

Test(ring, p88_a_gather_of_what_waits_for_it)
{
	struct evert_firing *slot, *other;
	struct evert_deferred *inputs[2];
	struct evert_deferred *all;

	inputs[0] = evert_deferred_create(&other);
	inputs[1] = evert_deferred_create(&slot);
	all = evert_gather(inputs, 2, EVERT_CANCEL_REST);
	evert_deferred_chain(all, &slot);
	cr_assert(eq(str, diary, "unhandled:FIRST_FAILURE"));
	evert_deferred_abandon(&other);
}

Test(ring, no_ring_is_seen_where_there_is_none)
{
	struct evert_firing *slots[3];
	struct evert_deferred *inputs[2], *all;

	inputs[0] = evert_deferred_create(&slots[0]);
	inputs[1] = evert_deferred_create(&slots[1]);
	all = evert_gather(inputs, 2, 0);
	evert_deferred_chain(evert_shield(evert_deferred_create(&slots[2])),
			     &slots[1]);
	fire(&slots[0], 1);
	cr_assert(not(evert_deferred_has_fired(all)));
	fire(&slots[2], 2);
	cr_assert(evert_deferred_has_fired(all));
	evert_deferred_release(all);
}

/* ---- Scopes ---- */

static struct evert_deferred *owner;
static struct evert_scope *scope;

static struct evert_result await_owner(void *arg)
{
	struct evert_result outcome;

	(void)arg;
	evert_result_release(evert_await(evert_deferred_create(&gate)));
	outcome = evert_await(owner);
	return diary_pass(&outcome, "child");
}

static struct evert_result await_owner_now(void *arg)
{
	struct evert_result outcome = evert_await(owner);

	(void)arg;
	return diary_pass(&outcome, "child");
}

static struct evert_result idle(void *arg)
{
	(void)arg;
	return evert_await(evert_deferred_create(&gate));
}

static struct evert_result own_idle(void *arg)
{
	struct evert_scope own_scope;
	struct evert_result outcome;

	(void)arg;
	scope = &own_scope;
	evert_scope_init(scope);
	evert_scope_spawn(scope, idle, NULL);
	outcome = evert_scope_leave(scope);
	return diary_pass(&outcome, "owner");
}

static struct evert_result own(void *arg)
{
	struct evert_scope own_scope;
	struct evert_result outcome;

	scope = &own_scope;
	evert_scope_init(scope);
	evert_scope_spawn(scope, await_owner, NULL);
	if (arg) /* the child waits for us before we leave */
		evert_result_release(evert_await(evert_deferred_create(arg)));
	outcome = evert_scope_leave(scope);
	return diary_pass(&outcome, "owner");
}

Test(ring, p88_a_child_that_awaits_the_owner_that_leaves)
{
	owner = evert_spawn(own, NULL);
	evert_deferred_fire(&gate, evert_result_none());
	cr_assert(eq(str, diary, "child:DEADLOCK owner:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_an_owner_that_leaves_while_a_child_awaits_it)
{
	struct evert_firing *slot;

	owner = evert_spawn(own, &slot);
	evert_deferred_fire(&gate, evert_result_none());
	cr_assert(eq(str, diary, ""));
	evert_deferred_fire(&slot, evert_result_none());
	cr_assert(eq(str, diary, "child:DEADLOCK owner:DEADLOCK "
				 "unhandled:DEADLOCK"));
}

Test(ring, p88_a_child_spawned_while_the_owner_leaves)
{
	owner = evert_spawn(own_idle, NULL);
	cr_assert(zero(int, evert_scope_spawn(scope, await_owner_now, NULL)));
	cr_assert(eq(str, diary, "child:DEADLOCK owner:DEADLOCK "
				 "unhandled:DEADLOCK"));
	evert_deferred_abandon(&gate);
}

/* ---- Locks that evert_semaphore_run has ---- */

static struct evert_semaphore *locks[2];

static struct evert_result nothing(void *arg)
{
	(void)arg;
	diary_add("ran");
	return evert_result_none();
}

static struct evert_result run_again(void *arg)
{
	(void)arg;
	return evert_result_wait(
		evert_semaphore_run(locks[0], nothing, NULL));
}

Test(ring, p88_a_run_inside_itself)
{
	struct evert_deferred *d;

	locks[0] = evert_lock_create();
	d = evert_semaphore_run(locks[0], run_again, NULL);
	evert_deferred_add_both(d, diary_end, "run");
	cr_assert(eq(str, diary, "ran run:DEADLOCK"));
	cr_assert(eq(sz, evert_semaphore_available(locks[0]), 1));
	evert_deferred_release(d);
	evert_semaphore_destroy(locks[0]);
}

/* In a coroutine that has one lock: waits for the gate, then for the other. */
static struct evert_result have_and_want(void *number)
{
	struct evert_result outcome;
	int other = 1 - *(int *)number;

	evert_result_release(evert_await(evert_deferred_create(&gate)));
	outcome = evert_await(
		wrap(evert_semaphore_run(locks[other], nothing, NULL)));
	return diary_pass(&outcome, "end");
}

static struct evert_result in_task(void *number)
{
	return evert_result_wait(evert_spawn(have_and_want, number));
}

static void cross_locks(wrapper between)
{
	struct evert_firing *gates[2];
	struct evert_deferred *d[2];
	int i;

	wrap = between;
	for (i = 0; i < 2; i++) {
		locks[i] = evert_lock_create();
		d[i] = evert_semaphore_run(locks[i], in_task, &numbers[i]);
		gates[i] = gate;
	}
	for (i = 0; i < 2; i++)
		evert_deferred_fire(&gates[i], evert_result_none());
	for (i = 0; i < 2; i++) {
		evert_deferred_add_both(d[i], diary_end, "done");
		evert_deferred_release(d[i]);
		evert_semaphore_destroy(locks[i]);
	}
}

Test(ring, p88_two_that_want_each_others_lock)
{
	cross_locks(plain);
	cr_assert(ne(ptr, strstr(diary, "end:DEADLOCK"), NULL));
	cr_assert(ne(ptr, strstr(diary, "end:nothing"), NULL));
}

Test(ring, p88_the_same_through_shields)
{
	cross_locks(in_shield);
	cr_assert(ne(ptr, strstr(diary, "end:DEADLOCK"), NULL));
}

static struct evert_result wait_for_it(void *d)
{
	return evert_result_wait(d);
}

Test(ring, waiting_for_a_lock_that_another_one_has_is_none)
{
	struct evert_firing *free_it;
	struct evert_deferred *first, *second;

	locks[0] = evert_lock_create();
	locks[1] = evert_lock_create();
	first = evert_semaphore_run(locks[0], wait_for_it,
				    evert_deferred_create(&free_it));
	second = evert_semaphore_run(locks[1], run_again, NULL);
	cr_assert(eq(str, diary, ""));
	fire(&free_it, 1);
	cr_assert(eq(str, diary, "ran"));
	evert_deferred_release(first);
	evert_deferred_release(second);
	evert_semaphore_destroy(locks[0]);
	evert_semaphore_destroy(locks[1]);
}

/* ---- Long chains: how many steps to see that there is no ring? ---- */

enum { CHAIN = 2000, STEPS_EACH = 10 };

static struct evert_semaphore *chain[CHAIN];
static struct evert_deferred *runs[CHAIN];
static struct evert_firing *gates[CHAIN];
static unsigned long steps_before;

static void begin_chain(void)
{
	size_t i;

	for (i = 0; i < CHAIN; i++)
		chain[i] = evert_lock_create();
	steps_before = evert_ring_steps;
}

static void check_chain(void)
{
	size_t i;

	cr_assert(lt(ulong, evert_ring_steps - steps_before,
		     CHAIN * STEPS_EACH));
	for (i = 0; i < CHAIN; i++)
		evert_deferred_fire(&gates[i], evert_result_none());
	for (i = 0; i < CHAIN; i++) {
		cr_assert(eq(sz, evert_semaphore_available(chain[i]), 1));
		evert_semaphore_destroy(chain[i]);
	}
	cr_assert(eq(str, diary, ""));
}

Test(ring, runs_that_wait_for_one_another_take_linear_time)
{
	struct evert_deferred *d;
	size_t i;

	begin_chain();
	d = evert_deferred_create(&gates[0]);
	for (i = 0; i < CHAIN; i++)
		d = evert_semaphore_run(chain[i], wait_for_it, d);
	evert_deferred_release(d);
	check_chain();
}

static struct evert_result do_nothing(void *arg)
{
	(void)arg;
	return evert_result_none();
}

static struct evert_result want_lock(struct evert_result *in, void *lock)
{
	(void)in;
	return evert_result_wait(evert_semaphore_run(lock, do_nothing, NULL));
}

/* Each run has a lock and, when its gate opens, wants that of the next. */
static void make_runs(void)
{
	struct evert_deferred *d;
	size_t i;

	for (i = 0; i < CHAIN; i++) {
		d = evert_deferred_create(&gates[i]);
		if (i + 1 < CHAIN)
			evert_deferred_add_callback(d, want_lock, chain[i + 1]);
		runs[i] = evert_semaphore_run(chain[i], wait_for_it, d);
	}
}

static void release_runs(void)
{
	size_t i;

	for (i = 0; i < CHAIN; i++)
		evert_deferred_release(runs[i]);
}

Test(ring, locks_that_wait_for_one_another_take_linear_time_from_the_first_on)
{
	size_t i;

	begin_chain();
	make_runs();
	for (i = 0; i + 1 < CHAIN; i++)
		evert_deferred_fire(&gates[i], evert_result_none());
	release_runs();
	check_chain();
}

Test(ring, locks_that_wait_for_one_another_take_linear_time_from_the_last_on)
{
	size_t i;

	begin_chain();
	make_runs();
	for (i = CHAIN - 1; i-- > 0;)
		evert_deferred_fire(&gates[i], evert_result_none());
	release_runs();
	check_chain();
}

static struct evert_result note_kind(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("%s", evert_result_as_failure(in)->kind->name);
	return evert_result_none();
}

Test(ring, p88_a_long_ring_of_locks)
{
	struct evert_deferred *last;
	size_t i;

	begin_chain();
	make_runs();
	for (i = 0; i + 1 < CHAIN; i++)
		evert_deferred_fire(&gates[i], evert_result_none());
	/* The last one wants the lock of the first. */
	last = evert_deferred_create_fired(evert_result_none());
	evert_deferred_add_callback(last, want_lock, chain[0]);
	evert_deferred_fire(&gates[CHAIN - 1], evert_result_wait(last));
	evert_deferred_add_errback(runs[CHAIN - 1], note_kind, NULL);
	release_runs();
	cr_assert(eq(str, diary, "DEADLOCK"));
	for (i = 0; i < CHAIN; i++)
		evert_semaphore_destroy(chain[i]);
}
