/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/combine.h"
#include "../../deferred/live_internal.h"
#include "../support/memory.h"
#include "../support/unfired.h"
#include "../support/unhandled.h"

enum { THREADS = 4, ROUNDS = 500 };

static void keep(void)
{
	ignore_unhandled();
	unsetenv("EVERT_DEBUG");
	setenv("EVERT_DUMP_SIGNAL", "USR1", 1);
}

TestSuite(live, .init = keep);

/* How many this thread has made. */
static size_t count(void)
{
	const struct evert_deferred *d = NULL;
	size_t found = 0;

	while ((d = evert_live_next(d)))
		found++;
	return found;
}

/* All there are. */
static size_t count_all(void)
{
	const struct evert_list_node *node = evert_live.all.next;
	size_t found = 0;

	for (; node != &evert_live.all; node = node->next)
		found++;
	return found;
}

static void finish(struct evert_deferred *d)
{
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_fire(&slot, evert_result_none());
	evert_deferred_release(d);
}

static void end_all(void)
{
	const struct evert_deferred *d = evert_live_next(NULL);
	struct evert_firing *slot;

	while (d) {
		while (d->is_joint)
			d = evert_live_next(d);
		slot = evert_deferred_firing((struct evert_deferred *)d);
		evert_deferred_fire(&slot, evert_result_none());
		d = evert_live_next(NULL);
	}
}

/* ---- Whether it is kept ---- */

static bool is_kept_with(const char *debug, const char *signal)
{
	struct evert_deferred *d;
	bool found;

	setenv("EVERT_DEBUG", debug, 1);
	setenv("EVERT_DUMP_SIGNAL", signal, 1);
	d = unfired();
	found = count() == 1;
	finish(d);
	cr_assert(eq(int, found, evert_live_is_kept()));
	return found;
}

Test(live, is_kept_with_a_signal_to_dump_by)
{
	cr_assert(is_kept_with("", "USR1"));
}

Test(live, is_kept_when_asked_to_debug)
{
	cr_assert(is_kept_with("1", ""));
}

Test(live, is_not_kept_else)
{
	cr_assert(not(is_kept_with("0", "")));
	cr_assert(eq(int, atomic_load(&evert_live.state),
		     EVERT_LIVE_NOT_KEPT));
}

/* ---- What is on it ---- */

Test(live, lists_from_the_oldest_to_the_newest)
{
	struct evert_deferred *first = unfired(), *second = unfired();
	struct evert_deferred *third = evert_deferred_create_fired_at(
		EVERT_HERE, evert_result_integer(3));

	cr_assert(eq(ptr, (void *)evert_live_next(NULL), first));
	cr_assert(eq(ptr, (void *)evert_live_next(first), second));
	cr_assert(eq(ptr, (void *)evert_live_next(second), third));
	cr_assert(eq(ptr, (void *)evert_live_next(third), NULL));
	finish(first);
	finish(second);
	evert_deferred_release(third);
}

Test(live, one_that_is_freed_is_no_more_on_it)
{
	struct evert_deferred *first = unfired(), *second = unfired();

	finish(first);
	cr_assert(eq(ptr, (void *)evert_live_next(NULL), second));
	finish(second);
	cr_assert(zero(sz, count()));
}

Test(live, one_that_nobody_reads_is_on_it_until_it_fires)
{
	struct evert_firing *slot;

	evert_deferred_release(evert_deferred_create(&slot));
	cr_assert(eq(sz, count(), 1));
	evert_deferred_fire(&slot, evert_result_none());
	cr_assert(zero(sz, count()));
}

Test(live, many_come_and_go_without_becoming_spare)
{
	struct evert_deferred *stays = unfired();
	int i;

	for (i = 0; i < 10000; i++)
		finish(unfired());
	cr_assert(eq(sz, count(), 1));
	finish(stays);
}

Test(live, a_combination_tells_what_it_is)
{
	struct evert_deferred *inputs[] = { unfired(), unfired() };
	struct evert_deferred *all = evert_gather(inputs, 2, 0);
	const struct evert_deferred *d = NULL;
	const char *kind = "";

	while ((d = evert_live_next(d)))
		if (d == all)
			kind = d->joint->kind;
	cr_assert(eq(str, (char *)kind, "combination"));
	evert_deferred_release(all);
	end_all();
	cr_assert(zero(sz, count()));
}

/* Whatever there was memory for is on the list. */
static void make_and_end_some(void *arg)
{
	struct evert_deferred *inputs[3];
	size_t i;

	(void)arg;
	for (i = 0; i < 3; i++)
		inputs[i] = unfired();
	evert_deferred_release(inputs[0]);
	evert_deferred_release(evert_gather(inputs + 1, 2, 0));
	end_all();
}

Test(live, is_right_whatever_finds_no_memory)
{
	fail_every_allocation(make_and_end_some, NULL);
	cr_assert(zero(sz, count_all()));
}

/* ---- Threads and forks ---- */

static void *make_one(void *arg)
{
	*(struct evert_deferred **)arg = unfired();
	return (void *)count();
}

static void *in_thread(void *(*body)(void *), void *arg)
{
	pthread_t thread;
	void *outcome;

	cr_assert(zero(int, pthread_create(&thread, NULL, body, arg)));
	pthread_join(thread, &outcome);
	return outcome;
}

Test(live, a_thread_is_shown_what_it_has_made_itself)
{
	struct evert_deferred *mine = unfired(), *other;

	cr_assert(eq(sz, (size_t)in_thread(make_one, &other), 1));
	cr_assert(eq(sz, count(), 1));
	cr_assert(eq(sz, count_all(), 2));
	finish(mine);
	finish(other); /* which another thread has made */
	cr_assert(zero(sz, count_all()));
}

static void *make_many(void *arg)
{
	struct evert_deferred *stays = unfired();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		finish(unfired());
		if (count() != 1)
			return arg;
	}
	finish(stays);
	return NULL;
}

Test(live, threads_make_and_free_at_once)
{
	pthread_t threads[THREADS];
	void *failed;
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, make_many, threads);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		cr_assert(eq(ptr, failed, NULL));
	}
	cr_assert(zero(sz, count_all()));
}

static void *make_until_told(void *told)
{
	while (!atomic_load((atomic_bool *)told))
		finish(unfired());
	return NULL;
}

/* In its child the list is never locked by a thread that is not there. */
Test(live, a_fork_amid_it_all_leaves_a_list_in_the_child)
{
	struct evert_deferred *d = unfired();
	atomic_bool told = false;
	pthread_t thread;
	int i, status = 0;
	pid_t child;

	cr_assert(zero(int, pthread_create(&thread, NULL, make_until_told,
					   &told)));
	for (i = 0; i < 100 && !status; i++) {
		child = fork();
		if (!child)
			_exit(count() == 1 ? 0 : 1);
		waitpid(child, &status, 0);
	}
	atomic_store(&told, true);
	pthread_join(thread, NULL);
	cr_assert(zero(int, status));
	finish(d);
}
