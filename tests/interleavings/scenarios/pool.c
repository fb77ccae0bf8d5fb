/* SPDX-License-Identifier: MIT */
/*
 * Calls in threads: each runs once or is failed, its outcome comes once; and
 * whenever a pool, or its reactor, is destroyed, nothing is touched afterwards.
 */
#include "../meet.h"

#include "../../../deferred/handle_internal.h"
#include "../../../reactor/reason.h"
#include "../../../reactor/thread/thread_pool.h"

enum { MOST = 3 };

static struct {
	struct evert_reactor *reactor;
	struct evert_thread_pool *pool;
	int ran[MOST], released[MOST];
	int came, wanted;
} self;

static int numbers[MOST] = { 0, 1, 2 };

static struct evert_result work(void *arg)
{
	int i = *(int *)arg;

	self.ran[i]++;
	return evert_result_integer(i);
}

static void release(void *arg)
{
	self.released[*(int *)arg]++;
}

static struct evert_result come(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_result_drop(evert_result_take(in));
	if (++self.came == self.wanted)
		evert_reactor_stop(self.reactor);
	return evert_result_none();
}

static void begin(unsigned threads, int wanted)
{
	struct evert_thread_pool_options options = { .threads = threads };

	self.reactor = meet_reactor();
	self.pool = evert_thread_pool_create(self.reactor, &options);
	meet_assert(self.pool);
	self.came = 0;
	self.wanted = wanted;
	for (int i = 0; i < MOST; i++)
		self.ran[i] = self.released[i] = 0;
}

static struct evert_deferred *defer(int i)
{
	struct evert_deferred *deferred = evert_defer_to_pool_with(
		self.pool, work, &numbers[i], release);

	meet_assert(deferred);
	evert_deferred_add_both(deferred, come, NULL);
	return deferred;
}

/* Of `count` calls all came, each once, and ran, or never did. */
static void end(int count)
{
	meet_assert(self.came == count);
	for (int i = 0; i < count; i++)
		meet_assert(self.ran[i] + self.released[i] == 1);
}

static void run(void)
{
	meet_assert(!evert_reactor_run(self.reactor));
}

/* ---- They run ---- */

static void all_run(unsigned threads, int calls)
{
	begin(threads, calls);
	for (int i = 0; i < calls; i++)
		evert_deferred_release(defer(i));
	run();
	meet_assert(self.released[0] == 0);
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(calls);
}

static void one_call(void)
{
	all_run(1, 1);
}

static void two_calls_one_thread(void)
{
	all_run(1, 2);
}

static void two_calls_two_threads(void)
{
	all_run(2, 2);
}

/* ---- They are cancelled ---- */

static void cancelled(void)
{
	struct evert_deferred *deferred[2];
	int i;

	begin(1, 2);
	for (i = 0; i < 2; i++)
		deferred[i] = defer(i);
	for (i = 2; i-- > 0;) {
		evert_deferred_cancel(deferred[i]);
		evert_deferred_release(deferred[i]);
	}
	meet_assert(self.came == 2);
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(2);
}

/* ---- The end comes at any time ---- */

static void pool_is_destroyed(void)
{
	begin(2, 2);
	evert_deferred_release(defer(0));
	evert_deferred_release(defer(1));
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(2);
}

static void reactor_is_destroyed(void)
{
	begin(1, 3);
	evert_deferred_release(defer(0));
	evert_deferred_release(defer(1));
	evert_reactor_destroy(self.reactor);
	evert_thread_pool_destroy(self.pool);
	end(2);
}

/* The run ends while they wait, or run, or have run. */
static void run_ends(void)
{
	begin(1, 3);
	evert_deferred_release(defer(0));
	evert_deferred_release(defer(1));
	meet_assert(!evert_reactor_call_from_thread(
		self.reactor, (void (*)(void *))evert_reactor_stop,
		self.reactor));
	run();
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(2);
}

/* Fewer threads are wanted, while they work. */
static void fewer_threads(void)
{
	begin(2, 2);
	evert_deferred_release(defer(0));
	evert_deferred_release(defer(1));
	evert_thread_pool_set_threads(self.pool, 1);
	run();
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(2);
}

/* A call comes when a thread that has been idle for long may be about to
   end. */
static void thread_is_idle(void)
{
	begin(1, 1);
	evert_deferred_release(defer(0));
	run();
	self.wanted = 2;
	evert_deferred_release(defer(1));
	run();
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(2);
}

/* Threads without work are woken when there is some, and at the end, though
   they would wait for ever. */
static void woken(void)
{
	meet_be_patient();
	begin(1, 1);
	evert_deferred_release(defer(0));
	run();
	self.wanted = 3;
	evert_deferred_release(defer(1));
	evert_deferred_release(defer(2));
	run();
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	end(3);
}

const struct meet_scenario meet_pool[] = {
	{ "pool/1", one_call, false },
	{ "pool/2", two_calls_one_thread, false },
	{ "pool/2on2", two_calls_two_threads, true },
	{ "pool/cancelled", cancelled, false },
	{ "pool/destroyed", pool_is_destroyed, true },
	{ "pool/reactor", reactor_is_destroyed, true },
	{ "pool/stopped", run_ends, true },
	{ "pool/fewer", fewer_threads, true },
	{ "pool/idle", thread_is_idle, true },
	{ "pool/patient", woken, false },
	{ NULL, NULL, false },
};
