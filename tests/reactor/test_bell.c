/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/bell_internal.h"
#include "../support/memory.h"

static struct evert_bell bell;
static struct evert_deferred *waiters[3];
static char events[16]; /* who heard what, a letter each */

static void note(const char *letter)
{
	cr_assert(strlen(events) + 1 < sizeof(events));
	events[strlen(events)] = *letter;
}

static struct evert_result hear(struct evert_result *in, void *letter)
{
	cr_assert(evert_result_is_none(in));
	note(letter);
	return evert_result_none();
}

static struct evert_result fail(struct evert_result *in, void *letter)
{
	(void)in;
	(void)letter;
	note("!");
	return evert_result_none();
}

static void wait_for_it(size_t i, const char *letter)
{
	waiters[i] = evert_bell_wait(&bell, EVERT_HERE);
	evert_deferred_add_callbacks(waiters[i], hear, fail, (void *)letter);
}

static void begin(void)
{
	wait_for_it(0, "a");
	wait_for_it(1, "b");
	wait_for_it(2, "c");
}

static void finish(void)
{
	size_t i;

	for (i = 0; i < 3; i++)
		evert_deferred_release(waiters[i]);
	evert_bell_ring(&bell);
}

TestSuite(bell, .init = begin, .fini = finish);
TestSuite(bells);

Test(bell, tells_all_who_wait_in_the_order_of_asking)
{
	cr_assert(eq(str, events, ""));
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "abc"));
}

Test(bell, tells_each_once)
{
	evert_bell_ring(&bell);
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "abc"));
}

Test(bell, does_not_tell_who_was_cancelled)
{
	evert_deferred_cancel(waiters[1]);
	cr_assert(eq(str, events, "!"));
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "!ac"));
}

static struct evert_result cancel_last(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_deferred_cancel(waiters[2]);
	return *in;
}

Test(bell, one_who_is_told_may_cancel_another)
{
	evert_deferred_add_both(waiters[0], cancel_last, NULL);
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "a!b"));
}

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	struct evert_deferred *d = evert_bell_wait(&bell, EVERT_HERE);

	(void)arg;
	evert_deferred_add_both(d, hear, "d");
	evert_deferred_release(d);
	return *in;
}

Test(bell, who_asks_while_it_rings_waits_for_the_next_time)
{
	evert_deferred_add_both(waiters[0], ask_again, NULL);
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "abc"));
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "abcd"));
}

static struct evert_result ring_again(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_bell_ring(&bell);
	return *in;
}

Test(bell, may_be_rung_by_one_who_is_told)
{
	evert_deferred_add_both(waiters[0], ring_again, NULL);
	evert_bell_ring(&bell);
	cr_assert(eq(str, events, "abc"));
}

Test(bell, can_tell_a_failure)
{
	struct evert_failure *failure =
		evert_failure_create(EVERT_ERROR, 0, "broken");

	evert_bell_fail(&bell, failure);
	evert_failure_release(failure);
	cr_assert(eq(str, events, "!!!"));
}

Test(bells, that_nobody_waits_for_may_ring)
{
	evert_bell_ring(&bell);
	evert_bell_fail(&bell, evert_failure_bare(EVERT_ERROR));
}

static void wait_and_ring(void *arg)
{
	struct evert_deferred *d = evert_bell_wait(&bell, EVERT_HERE);

	evert_deferred_add_callbacks(d, hear, fail, arg);
	evert_deferred_release(d);
	evert_bell_ring(&bell);
	memset(events, 0, sizeof(events));
}

Test(bells, hold_no_memory_once_rung_whichever_allocation_fails)
{
	fail_every_allocation(wait_and_ring, "a");
}
