/* SPDX-License-Identifier: MIT */
/*
 * Threads that ask the reactor and wait: what is asked runs at most once, and
 * never after the asking has returned; the answer comes once; and nobody waits
 * for ever, whatever ends meanwhile.
 */
#include "../meet.h"

#include "../../../deferred/handle_internal.h"
#include "../../../reactor/thread/call_and_wait.h"
#include "../../../reactor/thread/thread_pool.h"

static struct {
	struct evert_reactor *reactor;
	struct evert_thread_pool *pool;
	struct evert_firing *slot;
	bool has_begun;
	bool is_asking; /* what is asked may use it so long */
	int ran, answered, failed;
} self;

static void begin(void)
{
	self.reactor = meet_reactor();
	self.pool = NULL;
	self.slot = NULL;
	self.has_begun = self.is_asking = false;
	self.ran = self.answered = self.failed = 0;
}

/* On the reactor's thread: what the argument points to is in use. */
static struct evert_result answer(void *arg)
{
	meet_assert(*(bool *)arg);
	self.ran++;
	return evert_result_integer(7);
}

static void note(struct evert_result result)
{
	if (evert_result_is_failure(&result)) {
		self.failed++;
		evert_result_drop(result);
	} else {
		meet_assert(evert_result_as_integer(&result) == 7);
		self.answered++;
	}
}

static void ask(struct evert_result (*call)(void *arg))
{
	self.is_asking = true;
	note(evert_reactor_call_and_wait(self.reactor, call,
					 &self.is_asking));
	self.is_asking = false;
}

static void stop(void *arg)
{
	(void)arg;
	evert_reactor_stop(self.reactor);
}

static void ask_and_stop(void *arg)
{
	(void)arg;
	ask(answer);
	meet_assert(!evert_reactor_call_from_thread(self.reactor, stop, NULL));
}

static void answered(void)
{
	unsigned thread;

	begin();
	thread = meet_start(ask_and_stop, NULL);
	meet_assert(!evert_reactor_run(self.reactor));
	meet_wait_for(thread);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.ran == 1 && self.answered == 1 && !self.failed);
}

/* ---- For a time ---- */

static void ask_for_a_time(void *arg)
{
	(void)arg;
	self.is_asking = true;
	note(evert_reactor_call_and_wait_for(self.reactor, answer,
					     &self.is_asking, 1.0));
	self.is_asking = false;
	meet_assert(!evert_reactor_call_from_thread(self.reactor, stop, NULL));
}

static void time_is_over(void)
{
	unsigned thread;

	begin();
	thread = meet_start(ask_for_a_time, NULL);
	meet_assert(!evert_reactor_run(self.reactor));
	meet_wait_for(thread);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.answered + self.failed == 1);
	meet_assert(self.ran >= self.answered && self.ran <= 1);
}

/* ---- With a Deferred ---- */

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	evert_deferred_abandon(&self.slot);
	return false;
}

static void fire(void *arg)
{
	(void)arg;
	if (self.slot)
		evert_deferred_fire(&self.slot, evert_result_integer(7));
}

/* It fires in the next turn. */
static struct evert_result wait_for_it(void *arg)
{
	struct evert_deferred *deferred;

	meet_assert(*(bool *)arg);
	self.ran++;
	deferred = evert_deferred_create_cancellable(&self.slot, cancelled,
						     NULL);
	meet_assert(!evert_reactor_call_from_thread(self.reactor, fire, NULL));
	return evert_result_wait(deferred);
}

static void ask_for_a_deferred(void *arg)
{
	(void)arg;
	self.is_asking = true;
	note(evert_reactor_call_and_wait_for(self.reactor, wait_for_it,
					     &self.is_asking, 1.0));
	self.is_asking = false;
	meet_assert(!evert_reactor_call_from_thread(self.reactor, stop, NULL));
}

/* The time is over, or it fires, or both. */
static void deferred_meets_time(void)
{
	unsigned thread;

	begin();
	thread = meet_start(ask_for_a_deferred, NULL);
	meet_assert(!evert_reactor_run(self.reactor));
	meet_wait_for(thread);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.answered + self.failed == 1 && !self.slot);
}

/* ---- The reactor never runs, and is destroyed ---- */

static void ask_only(void *arg)
{
	(void)arg;
	self.has_begun = true;
	ask(answer);
}

static struct evert_result ask_in_pool(void *arg)
{
	ask_only(arg);
	return evert_result_none();
}

static struct evert_result come(struct evert_result *in, void *arg)
{
	(void)arg;
	if (evert_result_is_failure(in))
		evert_result_drop(evert_result_take(in));
	if (evert_reactor_is_running(self.reactor))
		evert_reactor_stop(self.reactor);
	return evert_result_none();
}

static struct evert_deferred *defer(void)
{
	struct evert_thread_pool_options options = { .threads = 1 };
	struct evert_deferred *deferred;

	self.pool = evert_thread_pool_create(self.reactor, &options);
	deferred = evert_defer_to_pool(self.pool, ask_in_pool, NULL);
	evert_deferred_add_both(deferred, come, NULL);
	return deferred;
}

/* The pool's end waits for its thread, which waits for this one. */
static void pool_is_destroyed(void)
{
	begin();
	evert_deferred_release(defer());
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	meet_assert(!self.ran && !self.answered);
	meet_assert(self.failed == self.has_begun);
}

static void reactor_is_destroyed(void)
{
	begin();
	evert_deferred_release(defer());
	evert_reactor_destroy(self.reactor);
	evert_thread_pool_destroy(self.pool);
	meet_assert(!self.ran && !self.answered);
	meet_assert(self.failed == self.has_begun);
}

static void from_a_pool(void)
{
	begin();
	evert_deferred_release(defer());
	meet_assert(!evert_reactor_run(self.reactor));
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.ran == 1 && self.answered == 1 && !self.failed);
}

/* Let go while it waits, or before, or after. */
static void is_cancelled(void)
{
	struct evert_deferred *deferred;

	begin();
	deferred = defer();
	evert_deferred_cancel(deferred);
	evert_deferred_release(deferred);
	evert_thread_pool_destroy(self.pool);
	evert_reactor_destroy(self.reactor);
	meet_assert(!self.ran && !self.answered);
	meet_assert(self.failed == self.has_begun);
}

const struct meet_scenario meet_asking[] = {
	{ "asking/answered", answered, false },
	{ "asking/time", time_is_over, false },
	{ "asking/deferred", deferred_meets_time, false },
	{ "asking/pool", from_a_pool, false },
	{ "asking/cancelled", is_cancelled, false },
	{ "asking/destroyed", pool_is_destroyed, false },
	{ "asking/reactor", reactor_is_destroyed, false },
	{ NULL, NULL, false },
};
