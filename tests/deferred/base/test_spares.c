/* SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/deferred.h"
#include "../../../deferred/base/sanitizer_internal.h"
#include "../../../deferred/base/spares_internal.h"
#include "../../../deferred/base/thread_end_internal.h"

#include "../../support/death.h"
#include "../../support/memory.h"

enum { SIZE = 64, MANY = 3000 };

static struct evert_spares *spares(void)
{
	return &evert_spares[EVERT_SPARES_DEFERRED];
}

static void *take(void)
{
	return evert_spares_take(EVERT_SPARES_DEFERRED, SIZE);
}

static void give(void *block)
{
	evert_spares_give(EVERT_SPARES_DEFERRED, block);
}

static size_t count_kept(void)
{
	const struct evert_spare *spare;
	size_t count = 0;

	for (spare = spares()->first; spare; spare = spare->next)
		count++;
	return count;
}

#if defined(EVERT_ASAN)

Test(spares, none_are_kept_where_a_use_after_free_is_to_be_seen)
{
	give(take());
	cr_assert(zero(sz, count_kept()));
}

#else

/* EVERT_DEBUG: what is given back is not the next that is taken. */
Test(spares, none_are_used_again_soon_when_asked_to_debug)
{
	struct evert_firing *slot;
	struct evert_deferred *dead, *next;
	int i;

	setenv("EVERT_DEBUG", "1", 1);
	dead = evert_deferred_create(&slot);
	evert_deferred_release(dead);
	evert_deferred_fire(&slot, evert_result_none());
	for (i = 0; i < 1000; i++) {
		next = evert_deferred_create(&slot);
		cr_assert(ne(ptr, next, dead));
		evert_deferred_release(next);
		evert_deferred_fire(&slot, evert_result_none());
	}
	cr_assert(zero(sz, count_kept()));
}

/* In bytes. */
static size_t held_back_of(size_t count)
{
	size_t before = mallinfo2().uordblks, i;

	for (i = 0; i < count; i++)
		evert_deferred_release(
			evert_deferred_create_fired(evert_result_none()));
	return mallinfo2().uordblks - before;
}

/* By far more than memory may be given back at the end of the thread. */
static void *holds_no_more_than_a_number(void *arg)
{
	size_t once = held_back_of(5000);

	cr_assert(gt(sz, once, 4096 * SIZE));
	cr_assert(lt(sz, held_back_of(5000), 1000));
	return arg;
}

Test(spares, when_asked_to_debug_no_more_are_held_back_than_a_number)
{
	size_t before;
	pthread_t thread;

	setenv("EVERT_DEBUG", "1", 1);
	before = mallinfo2().uordblks;
	pthread_create(&thread, NULL, holds_no_more_than_a_number, NULL);
	pthread_join(thread, NULL);
	cr_assert(lt(sz, mallinfo2().uordblks - before, 10000));
}

static void release_dead(void *arg)
{
	struct evert_firing *slot;
	struct evert_deferred *dead = evert_deferred_create(&slot);

	(void)arg;
	setenv("EVERT_DEBUG", "1", 1);
	evert_deferred_fire(&slot, evert_result_none());
	evert_deferred_release(dead);
	evert_deferred_release(
		evert_deferred_create_fired(evert_result_none()));
	evert_deferred_release(dead);
}

Test(spares, a_dead_deferred_is_known_as_such_when_asked_to_debug)
{
	dies(release_dead, NULL, SIGABRT, "was given up before");
}

Test(spares, what_was_given_back_last_is_taken_first)
{
	void *a = take(), *b = take(), *c;

	give(a);
	give(b);
	c = take();
	cr_assert(eq(ptr, c, b));
	give(c);
	cr_assert(eq(sz, count_kept(), 2));
}

Test(spares, a_block_is_used_again_for_one_of_about_its_size)
{
	void *block = evert_block_take(136), *other;

	evert_block_give(block, 136);
	other = evert_block_take(137);
	cr_assert(ne(ptr, other, block));
	evert_block_give(other, 137);
	cr_assert(eq(ptr, evert_block_take(121), block));
	evert_block_give(block, 121);
	/* Nobody keeps a large one. */
	block = evert_block_take(100000);
	evert_block_give(block, 100000);
}

Test(spares, no_more_are_kept_than_a_number)
{
	static void *blocks[MANY];
	size_t i;

	for (i = 0; i < MANY; i++)
		blocks[i] = take();
	for (i = 0; i < MANY; i++)
		give(blocks[i]);
	cr_assert(zero(sz, spares()->room));
	cr_assert(eq(sz, count_kept(), 1024));
	give(take());
	cr_assert(eq(sz, count_kept(), 1024));
}

Test(spares, a_deferred_that_is_gone_is_the_next_one)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_fire(&slot, evert_result_none());
	evert_deferred_release(d);
	cr_assert(eq(ptr, evert_deferred_create(&slot), d));
	evert_deferred_release(d);
	evert_deferred_fire(&slot, evert_result_none());
}

#endif

/* ---- Threads ---- */

static bool ended, was_empty;

static void look(void)
{
	was_empty = !spares()->first && !spares()->room;
	ended = true;
}

static void *give_and_end(void *block)
{
	static _Thread_local struct evert_thread_end end;

	/* The last added is the first called. */
	cr_assert(evert_thread_end_add(&end, look));
	give(block);
	return NULL;
}

static void in_a_thread(void *(*run)(void *arg), void *arg)
{
	pthread_t thread;

	cr_assert(zero(int, pthread_create(&thread, NULL, run, arg)));
	pthread_join(thread, NULL);
}

Test(spares, a_thread_that_ends_keeps_none)
{
	in_a_thread(give_and_end, take());
	cr_assert(ended);
	cr_assert(was_empty);
}

static int times;

static void count_end(void)
{
	times++;
}

static void *add_twice(void *unused)
{
	static _Thread_local struct evert_thread_end end;

	cr_assert(evert_thread_end_add(&end, count_end));
	cr_assert(evert_thread_end_add(&end, count_end));
	return unused;
}

Test(thread_end, is_called_once_however_often_it_was_added)
{
	in_a_thread(add_twice, NULL);
	cr_assert(eq(int, times, 1));
}

static void *add_again_at_the_end(void *unused);
static _Thread_local struct evert_thread_end again;

static void add_again(void)
{
	if (++times < 3)
		add_again_at_the_end(NULL);
}

static void *add_again_at_the_end(void *unused)
{
	cr_assert(evert_thread_end_add(&again, add_again));
	return unused;
}

Test(thread_end, may_be_added_again_by_what_is_called)
{
	in_a_thread(add_again_at_the_end, NULL);
	cr_assert(eq(int, times, 3));
}

/* ---- An allocator of one's own ---- */

static void use_deferreds(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	int i;

	for (i = 0; i < 20; i++)
		evert_deferred_add_callback(d, NULL, NULL);
	evert_deferred_fire(&slot, evert_result_none());
	evert_deferred_release(d);
}

Test(spares, an_allocator_of_ones_own_gives_and_gets_every_block)
{
	struct memory_counts counts;

	use_deferreds(); /* malloc's, of which some are kept */
	failing_allocator_start(0, false);
	use_deferreds();
	use_deferreds();
	counts = failing_allocator_stop();
	cr_assert(eq(sz, counts.requests, 4));
	cr_assert(zero(sz, counts.live));
	use_deferreds();
}
