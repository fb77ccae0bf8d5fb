/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/clock/clock.h"
#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/queue.h"
#include "../support/diary.h"
#include "../support/memory.h"

static struct evert_queue *queue;
static int64_t got[16]; /* the integers that came out, in order */
static size_t got_count;
static const struct evert_error *failed; /* the kind of the last failure */
static size_t in;			 /* waiting puts that went in */

static void begin(void)
{
	queue = evert_queue_create(EVERT_QUEUE_UNLIMITED,
				   EVERT_QUEUE_UNLIMITED);
}

static void begin_bounded(void)
{
	queue = evert_queue_create(2, 2);
}

static void finish(void)
{
	evert_queue_destroy(queue);
}

static struct evert_result take(struct evert_result *item, void *arg)
{
	(void)arg;
	got[got_count++] = evert_result_as_integer(item);
	return evert_result_none();
}

static struct evert_result count_in(struct evert_result *none, void *arg)
{
	(void)arg;
	cr_assert(evert_result_is_none(none));
	in++;
	return evert_result_none();
}

static struct evert_result note_failure(struct evert_result *failure, void *arg)
{
	(void)arg;
	failed = evert_result_as_failure(failure)->kind;
	return evert_result_none();
}

static void watch(struct evert_deferred *d, evert_callback callback)
{
	evert_deferred_add_callbacks(d, callback, note_failure, NULL);
	evert_deferred_release(d);
}

static void get(void)
{
	watch(evert_queue_get(queue), take);
}

static int put(int64_t integer)
{
	return evert_queue_put(queue, evert_result_integer(integer));
}

static void put_wait(int64_t integer)
{
	watch(evert_queue_put_wait(queue, evert_result_integer(integer)),
	      count_in);
}

TestSuite(queue, .init = begin, .fini = finish);
TestSuite(bounded_queue, .init = begin_bounded, .fini = finish);
TestSuite(queues);

Test(queue, p29_gives_the_items_in_the_order_they_were_put)
{
	put(1);
	put(2);
	cr_assert(eq(sz, evert_queue_count(queue), 2));
	get();
	get();
	cr_assert(eq(i64, got[0], 1));
	cr_assert(eq(i64, got[1], 2));
	cr_assert(eq(sz, evert_queue_count(queue), 0));
}

Test(queue, p29_gives_an_item_to_the_get_that_has_waited_longest)
{
	struct evert_deferred *first = evert_queue_get(queue);
	struct evert_deferred *second = evert_queue_get(queue);

	put(1);
	cr_assert(evert_deferred_has_fired(first));
	cr_assert(not(evert_deferred_has_fired(second)));
	put(2);
	watch(second, take);
	watch(first, take);
	cr_assert(eq(i64, got[0], 2));
	cr_assert(eq(i64, got[1], 1));
}

Test(queue, p29_keeps_the_order_while_it_grows_and_wraps_around)
{
	int64_t next_in = 0, next_out = 0;
	struct evert_deferred *d;
	int round;

	for (round = 0; round < 1000; round++) {
		put(next_in++);
		put(next_in++);
		d = evert_queue_get(queue);
		cr_assert(eq(i64,
			     evert_result_as_integer(evert_deferred_result(d)),
			     next_out++));
		evert_deferred_release(d);
	}
	cr_assert(eq(sz, evert_queue_count(queue), 1000));
}

Test(bounded_queue, p29_refuses_an_item_more_than_its_size)
{
	cr_assert(eq(int, put(1), 0));
	cr_assert(eq(int, put(2), 0));
	cr_assert(eq(int, put(3), -ENOBUFS));
	cr_assert(eq(sz, evert_queue_count(queue), 2));
	get();
	cr_assert(eq(int, put(3), 0));
}

static int released;

static void count_release(void *pointer)
{
	(void)pointer;
	released++;
}

static const struct evert_type counted = { "counted", count_release };

static struct evert_result item(void)
{
	return evert_result_of(&counted, NULL);
}

Test(bounded_queue, p29_releases_the_item_that_it_refuses)
{
	put(1);
	put(2);
	cr_assert(eq(int, evert_queue_put(queue, item()), -ENOBUFS));
	cr_assert(eq(int, released, 1));
}

Test(bounded_queue, p29_fails_a_get_more_than_its_backlog)
{
	get();
	get();
	cr_assert(failed == NULL);
	get();
	cr_assert(failed == EVERT_QUEUE_UNDERFLOW);
	put(1);
	put(2);
	cr_assert(eq(sz, got_count, 2));
}

Test(queues, p29_of_size_0_passes_items_from_hand_to_hand)
{
	queue = evert_queue_create(0, 1);
	cr_assert(eq(int, put(1), -ENOBUFS));
	get();
	cr_assert(eq(int, put(2), 0));
	cr_assert(eq(i64, got[0], 2));
	put_wait(3);
	get();
	cr_assert(eq(i64, got[1], 3));
	cr_assert(eq(sz, in, 1));
	evert_queue_destroy(queue);
}

Test(queues, p29_without_backlog_lets_nobody_wait)
{
	queue = evert_queue_create(1, 0);
	get();
	cr_assert(failed == EVERT_QUEUE_UNDERFLOW);
	put_wait(1);
	put_wait(2);
	cr_assert(failed == EVERT_QUEUE_OVERFLOW);
	get();
	cr_assert(eq(i64, got[0], 1));
	evert_queue_destroy(queue);
}

Test(queue, p29_a_cancelled_get_takes_no_item)
{
	struct evert_deferred *d = evert_queue_get(queue);

	get();
	evert_deferred_cancel(d);
	watch(d, take);
	cr_assert(failed == EVERT_CANCELLED);
	put(1);
	put(2);
	cr_assert(eq(sz, got_count, 1));
	cr_assert(eq(i64, got[0], 1));
	cr_assert(eq(sz, evert_queue_count(queue), 1));
}

static const char *failed_at;

static struct evert_result note_place(struct evert_result *failure, void *arg)
{
	(void)arg;
	failed_at = evert_result_as_failure(failure)->place;
	return evert_result_none();
}

static void note_places(struct evert_deferred *d)
{
	evert_deferred_add_errback(d, note_place, NULL);
	evert_deferred_release(d);
}

Test(queue, p20_a_cancelled_get_says_where_it_was_cancelled)
{
	struct evert_deferred *d = evert_queue_get(queue);

	evert_deferred_cancel_at(d, "here");
	note_places(d);
	cr_assert(eq(str, (char *)failed_at, "here"));
}

static struct evert_result get_another(struct evert_result *failure, void *arg)
{
	(void)failure;
	(void)arg;
	note_places(evert_queue_get_at(queue, "there"));
	return evert_result_none();
}

Test(queue, p85_a_get_while_it_is_destroyed_says_where_it_was_made)
{
	struct evert_deferred *d = evert_queue_get(queue);

	evert_deferred_add_errback(d, get_another, NULL);
	evert_deferred_release(d);
	evert_queue_destroy(queue);
	queue = NULL;
	cr_assert(eq(str, (char *)failed_at, "there"));
}

Test(queue, p23_a_get_that_timed_out_takes_no_item)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *d = evert_queue_get(queue);

	evert_deferred_add_timeout(d, 1.0, clock);
	watch(d, take);
	evert_clock_advance(clock, 1.0);
	cr_assert(failed == EVERT_TIMED_OUT);
	put(1);
	cr_assert(eq(sz, evert_queue_count(queue), 1));
	evert_clock_destroy(clock);
}

Test(bounded_queue, p29_a_cancelled_get_makes_room_in_the_backlog)
{
	struct evert_deferred *d = evert_queue_get(queue);

	get();
	evert_deferred_cancel(d);
	watch(d, take);
	failed = NULL;
	get();
	cr_assert(failed == NULL);
}

static struct evert_result put_two(struct evert_result *first, void *arg)
{
	take(first, arg);
	put(2);
	put(3);
	return evert_result_none();
}

Test(queue, p29_may_be_filled_from_inside_a_get)
{
	watch(evert_queue_get(queue), put_two);
	get();
	put(1);
	get();
	cr_assert(eq(sz, got_count, 3));
	cr_assert(eq(i64, got[0], 1));
	cr_assert(eq(i64, got[1], 2));
	cr_assert(eq(i64, got[2], 3));
}

Test(queue, p29_a_failure_put_in_fails_the_get_that_takes_it)
{
	evert_queue_put(queue, evert_result_fail(EVERT_ERROR, 0, "the end"));
	get();
	cr_assert(failed == EVERT_ERROR);
}

Test(queue, p29_destroyed_releases_items_and_fails_who_waits)
{
	struct evert_queue *other = evert_queue_create(1, 1);
	struct evert_queue *empty = evert_queue_create(1, 1);

	evert_queue_put(other, item());
	watch(evert_queue_put_wait(other, item()), count_in);
	evert_queue_destroy(other);
	cr_assert(eq(int, released, 2));
	cr_assert(failed == EVERT_ABANDONED);

	failed = NULL;
	watch(evert_queue_get(empty), take);
	evert_queue_destroy(empty);
	cr_assert(failed == EVERT_ABANDONED);
	evert_queue_destroy(NULL);
}

/* ---- Waiting for room ---- */

Test(bounded_queue, p29_put_wait_is_done_at_once_while_there_is_room)
{
	put_wait(1);
	cr_assert(eq(sz, in, 1));
	get();
	get();
	put_wait(2);
	cr_assert(eq(sz, in, 2));
	cr_assert(eq(i64, got[1], 2));
}

Test(bounded_queue, p29_put_wait_goes_in_when_an_item_is_taken)
{
	put(1);
	put(2);
	put_wait(3);
	put_wait(4);
	cr_assert(eq(sz, in, 0));
	get();
	cr_assert(eq(sz, in, 1));
	get();
	get();
	get();
	cr_assert(eq(sz, in, 2));
	cr_assert(eq(i64, got[2], 3));
	cr_assert(eq(i64, got[3], 4));
}

Test(bounded_queue, p29_put_does_not_pass_a_waiting_put)
{
	put(1);
	put(2);
	put_wait(3);
	get();
	cr_assert(eq(int, put(4), -ENOBUFS));
	get();
	get();
	cr_assert(eq(i64, got[2], 3));
}

Test(bounded_queue, p29_put_wait_fails_when_the_backlog_waits_already)
{
	put(1);
	put(2);
	put_wait(3);
	put_wait(4);
	watch(evert_queue_put_wait(queue, item()), count_in);
	cr_assert(failed == EVERT_QUEUE_OVERFLOW);
	cr_assert(eq(int, released, 1));
}

Test(bounded_queue, p29_a_cancelled_put_wait_takes_its_item_back)
{
	struct evert_deferred *d;

	put(1);
	put(2);
	d = evert_queue_put_wait(queue, item());
	put_wait(3);
	evert_deferred_cancel(d);
	cr_assert(eq(int, released, 1));
	watch(d, count_in);
	cr_assert(failed == EVERT_CANCELLED);
	get();
	get();
	get();
	cr_assert(eq(i64, got[2], 3));
}

static struct evert_result put_another(struct evert_result *none, void *arg)
{
	put_wait(5);
	return count_in(none, arg);
}

Test(bounded_queue, p29_put_wait_may_be_called_from_inside_one_that_went_in)
{
	put(1);
	put(2);
	watch(evert_queue_put_wait(queue, evert_result_integer(3)),
	      put_another);
	get();
	cr_assert(eq(sz, in, 1));
	get();
	cr_assert(eq(sz, in, 2));
	get();
	get();
	cr_assert(eq(i64, got[3], 5));
}

static struct evert_result destroy_it(struct evert_result *first, void *arg)
{
	(void)first;
	(void)arg;
	evert_queue_destroy(queue);
	return evert_result_none();
}

Test(queues, p29_may_be_destroyed_from_inside_a_get)
{
	begin();
	watch(evert_queue_get(queue), destroy_it);
	get();
	cr_assert(eq(int, put(1), 0));
	cr_assert(failed == EVERT_ABANDONED);
}

/* ---- Memory ---- */

static struct evert_result count_any(struct evert_result *in_or_failure,
				     void *calls)
{
	(void)in_or_failure;
	++*(size_t *)calls;
	return evert_result_none();
}

/* Every item is released once and every chain runs once. */
static void use_a_queue(void *arg)
{
	struct evert_queue *mine = evert_queue_create(9, 2);
	struct evert_deferred *d;
	size_t i, calls = 0;

	(void)arg;
	if (!mine)
		return;
	released = 0;
	for (i = 0; i < 24; i++) {
		d = i % 12 < 2 || i % 12 > 8 ?
			    evert_queue_get(mine) :
			    evert_queue_put_wait(mine, item());
		evert_deferred_add_both(d, count_any, &calls);
		evert_deferred_release(d);
	}
	for (i = 0; i < 12; i++)
		evert_queue_put(mine, item());
	evert_queue_destroy(mine);
	cr_assert(eq(sz, calls, 24));
	cr_assert(eq(int, released, 14 + 12));
}

Test(queues, p29_loses_no_item_and_no_callback_whichever_allocation_fails)
{
	fail_every_allocation(use_a_queue, NULL);
}

Test(queues, p29_a_get_without_memory_leaves_the_item)
{
	failing_allocator_start(0, false);
	begin();
	put(1);
	failing_allocator_fail(1, false);
	cr_assert(evert_queue_get(queue) == NULL);
	get();
	cr_assert(eq(i64, got[0], 1));
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(queues, p29_a_put_without_memory_is_an_error_and_releases_the_item)
{
	failing_allocator_start(0, false);
	begin();
	failing_allocator_fail(1, true);
	cr_assert(eq(int, evert_queue_put(queue, item()), -ENOMEM));
	cr_assert(eq(int, released, 1));
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

/* ---- What is called while somebody is being served ---- */

static struct evert_deferred *waiting_put;

static void cancel_put(void *pointer)
{
	(void)pointer;
	evert_deferred_cancel(waiting_put);
}

static const struct evert_type cancelling_type = { "cancelling", cancel_put };

static struct evert_result cancelling(void)
{
	return evert_result_of(&cancelling_type, NULL);
}

/* A put waits for room with `offer`. */
static void wait_for_room(struct evert_result offer)
{
	waiting_put = evert_queue_put_wait(queue, offer);
	evert_deferred_add_callbacks(waiting_put, count_in, note_failure,
				     NULL);
}

Test(queues, p29_a_put_whose_item_is_in_is_not_cancelled,
     .init = begin_bounded,
     .fini = finish)
{
	struct evert_deferred *d = evert_deferred_create_fired(cancelling());

	(void)evert_queue_put(queue, evert_result_wait(d));
	put(2);
	wait_for_room(evert_result_integer(3));
	/* Its item's release cancels the put, whose item is in by then. */
	evert_deferred_release(evert_queue_get(queue));
	cr_assert(eq(sz, in, 1));
	cr_assert(eq(sz, evert_queue_count(queue), 2));
	evert_deferred_release(waiting_put);
}

Test(queues, p85_the_release_of_an_offer_may_cancel_its_put,
     .init = begin_bounded)
{
	put(1);
	put(2);
	wait_for_room(cancelling());
	evert_queue_destroy(queue);
	cr_assert(failed == EVERT_ABANDONED);
	evert_deferred_release(waiting_put);
}

Test(queues, p24_the_release_of_an_offer_may_cancel_its_put_again,
     .init = begin_bounded, .fini = finish)
{
	put(1);
	put(2);
	wait_for_room(cancelling());
	evert_deferred_cancel(waiting_put);
	cr_assert(failed == EVERT_CANCELLED);
	evert_deferred_release(waiting_put);
}

/* ---- Used while it is destroyed ---- */

static struct evert_result put_more(struct evert_result *failure, void *arg)
{
	struct evert_deferred *d = evert_queue_put_wait(queue, item());

	(void)arg;
	(void)failure;
	cr_assert(eq(int, evert_queue_put(queue, item()), -ECANCELED));
	cr_assert(eq(int, released, 2));
	watch(d, count_in);
	watch(evert_queue_get(queue), take);
	return evert_result_none();
}

Test(queues, p85_destroyed_it_takes_nothing_and_says_so)
{
	struct evert_deferred *first;

	queue = evert_queue_create(2, 2);
	first = evert_queue_get(queue);
	evert_deferred_add_errback(first, put_more, NULL);
	watch(evert_queue_get(queue), take); /* it waits meanwhile */
	evert_queue_destroy(queue);
	cr_assert(zero(sz, in));
	cr_assert(zero(sz, got_count));
	cr_assert(failed == EVERT_ABANDONED);
	evert_deferred_release(first);
}

static void note_report(const struct evert_unhandled *report, void *arg)
{
	(void)arg;
	failed = report->failure->kind;
}

Test(queue, p88_an_item_that_waits_for_the_get_that_takes_it_fails_and_is_gone)
{
	struct evert_deferred *d = evert_queue_get(queue);

	evert_set_unhandled_hook(note_report, NULL);
	evert_deferred_add_callback(d, take, NULL);
	cr_assert(zero(int, evert_queue_put(queue, evert_result_wait(d))));
	cr_assert(failed == EVERT_DEADLOCK);
	evert_set_unhandled_hook(NULL, NULL);
}

/* ---- Queues that fill queues ---- */

enum { QUEUES = 100000 };

static struct evert_queue **row;
static size_t filled; /* how many of the row, in order */

static size_t place_in_row(void *queue_in_row)
{
	return (size_t)((struct evert_queue **)queue_in_row - row);
}

static struct evert_result pass_on(struct evert_result *taken, void *at)
{
	cr_assert(eq(sz, place_in_row(at), filled));
	if (++filled < QUEUES)
		cr_assert(zero(int, evert_queue_put(row[filled],
						    evert_result_take(taken))));
	return evert_result_none();
}

static struct evert_result take_from_next(struct evert_result *taken, void *at)
{
	(void)taken;
	cr_assert(eq(sz, place_in_row(at), filled));
	if (++filled < QUEUES)
		evert_deferred_release(evert_queue_get(row[filled]));
	return evert_result_none();
}

static void make_row(void)
{
	size_t i;

	row = evert_allocate(QUEUES * sizeof(*row));
	for (i = 0; i < QUEUES; i++)
		row[i] = evert_queue_create(0, 1);
}

static void destroy_row(void)
{
	size_t i;

	for (i = 0; i < QUEUES; i++)
		evert_queue_destroy(row[i]);
	evert_free(row);
}

static void *put_first(void *arg)
{
	(void)arg;
	cr_assert(zero(int, evert_queue_put(row[0], item())));
	return NULL;
}

static void *get_first(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_queue_get(row[0]));
	return NULL;
}

Test(queues, p29_an_item_passes_100000_queues_on_one_stack)
{
	struct evert_deferred *d;
	size_t i;

	make_row();
	for (i = 0; i < QUEUES; i++) {
		d = evert_queue_get(row[i]);
		evert_deferred_add_callback(d, pass_on, &row[i]);
		evert_deferred_release(d);
	}
	run_on_small_stack(put_first, NULL);
	cr_assert(eq(sz, filled, QUEUES));
	cr_assert(eq(int, released, 1));
	destroy_row();
}

Test(queues, p29_room_is_made_in_100000_queues_on_one_stack)
{
	struct evert_deferred *d;
	size_t i;

	make_row();
	for (i = 0; i < QUEUES; i++) {
		d = evert_queue_put_wait(row[i], item());
		evert_deferred_add_callback(d, take_from_next, &row[i]);
		evert_deferred_release(d);
	}
	run_on_small_stack(get_first, NULL);
	cr_assert(eq(sz, filled, QUEUES));
	cr_assert(eq(int, released, QUEUES));
	destroy_row();
}

/* ---- Handed over deep down ---- */

enum { DEEP = 40 };

static struct evert_queue *deep[DEEP];

static struct evert_result go_deeper(struct evert_result *taken, void *at)
{
	struct evert_queue **here = at;

	(void)taken;
	if (here + 1 < deep + DEEP)
		cr_assert(zero(int, evert_queue_put(here[1], item())));
	put(1);
	put(2);
	return evert_result_none();
}

Test(queue, p29_keeps_the_order_however_deep_the_puts_are)
{
	struct evert_deferred *d;
	int64_t i;

	for (i = 0; i < DEEP; i++) {
		deep[i] = evert_queue_create(1, 1);
		d = evert_queue_get(deep[i]);
		evert_deferred_add_callback(d, go_deeper, &deep[i]);
		evert_deferred_release(d);
	}
	for (i = 0; i < 4; i++)
		get();
	cr_assert(zero(int, evert_queue_put(deep[0], item())));
	for (i = 0; i < 4; i++)
		cr_assert(eq(i64, got[i], i % 2 + 1));
	cr_assert(eq(sz, evert_queue_count(queue), 2 * DEEP - 4));
	for (i = 0; i < DEEP; i++)
		evert_queue_destroy(deep[i]);
}

static struct evert_deferred *late;

static struct evert_result put_and_cancel(struct evert_result *taken, void *at)
{
	struct evert_queue **here = at;

	(void)taken;
	if (here + 1 < deep + DEEP) {
		cr_assert(zero(int, evert_queue_put(here[1], item())));
		return evert_result_none();
	}
	put(7);
	evert_deferred_cancel(late);
	evert_queue_destroy(queue);
	queue = NULL;
	return evert_result_none();
}

Test(queue, p29_a_get_that_has_its_item_is_not_cancelled_however_deep)
{
	struct evert_deferred *d;
	int i;

	for (i = 0; i < DEEP; i++) {
		deep[i] = evert_queue_create(1, 1);
		d = evert_queue_get(deep[i]);
		evert_deferred_add_callback(d, put_and_cancel, &deep[i]);
		evert_deferred_release(d);
	}
	late = evert_queue_get(queue);
	evert_deferred_add_callbacks(late, take, note_failure, NULL);
	cr_assert(zero(int, evert_queue_put(deep[0], item())));
	cr_assert(eq(i64, got[0], 7));
	cr_assert(failed == NULL);
	evert_deferred_release(late);
	for (i = 0; i < DEEP; i++)
		evert_queue_destroy(deep[i]);
}

static struct evert_result put_and_await(struct evert_result *taken, void *at)
{
	struct evert_queue **here = at;
	struct evert_result last;

	(void)taken;
	if (here + 1 < deep + DEEP) {
		cr_assert(zero(int, evert_queue_put(here[1], item())));
		return evert_result_none();
	}
	put(7);
	last = evert_await(late);
	got[got_count++] = evert_result_as_integer(&last);
	return evert_result_none();
}

static struct evert_result put_deep(void *arg)
{
	struct evert_deferred *d = evert_deferred_create_fired(
		evert_result_none());

	(void)arg;
	cr_assert(zero(int, evert_queue_put(deep[0], item())));
	return evert_await(d);
}

Test(queue, p29_a_coroutine_may_await_what_it_has_put_however_deep)
{
	struct evert_deferred *d;
	int i;

	for (i = 0; i < DEEP; i++) {
		deep[i] = evert_queue_create(1, 1);
		d = evert_queue_get(deep[i]);
		evert_deferred_add_callback(d, put_and_await, &deep[i]);
		evert_deferred_release(d);
	}
	late = evert_queue_get(queue);
	d = evert_spawn(put_deep, NULL);
	cr_assert(evert_deferred_has_fired(d));
	cr_assert(eq(i64, got[0], 7));
	evert_deferred_release(d);
	for (i = 0; i < DEEP; i++)
		evert_queue_destroy(deep[i]);
}
