/* SPDX-License-Identifier: MIT */
/* All of a thread's coroutines: counted, cancelled, left behind by a fork. */
#include "coroutine_internal.h"

size_t evert_coroutine_count(void)
{
	return evert_coroutine_thread.count;
}

void evert_coroutine_cancel_all(void)
{
	struct evert_coroutine_thread *thread = &evert_coroutine_thread;
	struct evert_coroutine *c;

	/* Some may end meanwhile: strike_off looks after the place. */
	evert_coroutine_hold();
	thread->to_cancel = thread->newest;
	while ((c = thread->to_cancel)) {
		thread->to_cancel = c->older;
		evert_deferred_cancel_at(c->deferred, c->place);
	}
	evert_coroutine_let_run();
}

/* A fork's child may leave its parent's coroutines where they are, perhaps on
   top of one of them, and have its own: here is what it left. */
enum { MOST_LEFT = 3 };
static _Thread_local struct left {
	struct evert_coroutine_thread thread;
	const void *flow;
} left[MOST_LEFT];
static _Thread_local unsigned left_count;

bool evert_coroutine_leave_all(void)
{
	struct left *world = &left[left_count];

	if (left_count == MOST_LEFT)
		return false;
	left_count++;
	world->thread = evert_coroutine_thread;
	world->flow = evert_flow;
	evert_coroutine_thread = (struct evert_coroutine_thread){ .started = true };
	evert_coroutine_thread.ready_end = &evert_coroutine_thread.ready;
	evert_flow = NULL;
	return true;
}

void evert_coroutine_return_to_all(void)
{
	const struct left *world = &left[--left_count];

	evert_coroutine_thread = world->thread;
	evert_flow = world->flow;
}
