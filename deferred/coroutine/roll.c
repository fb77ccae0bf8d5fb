/* SPDX-License-Identifier: MIT */
/* All of a thread's coroutines: counted, cancelled, left behind by a fork. */
#include "coroutine_internal.h"

/* Not inlined: GNU ld turns the addition that gives the address of a
   thread-local variable into one that sets no flags, and UBSan has it looked at
   by these. */
EVERT_APART void
evert_coroutine_thread_init(struct evert_coroutine_thread *thread)
{
	*thread = (struct evert_coroutine_thread){ .started = true };
	thread->ready_end = &thread->ready;
	evert_list_init(&thread->all);
}

size_t evert_coroutine_count(void)
{
	const struct evert_list_node *all = &evert_coroutine_thread.all;
	const struct evert_list_node *node;
	size_t count = 0;

	if (evert_coroutine_is_any())
		for (node = all->next; node != all; node = node->next)
			count++;
	return count;
}

/* The next one to be cancelled, or NULL. */
static struct evert_coroutine *next_to_cancel(void)
{
	struct evert_list_node *node = evert_coroutine_thread.to_cancel;

	if (node == &evert_coroutine_thread.all)
		return NULL;
	evert_coroutine_thread.to_cancel = node->previous;
	return evert_container_of(node, struct evert_coroutine, node);
}

void evert_coroutine_cancel_all(void)
{
	struct evert_coroutine *c;

	if (!evert_coroutine_is_any())
		return;
	/* Some may end meanwhile: strike_off looks after the place. */
	evert_coroutine_hold();
	evert_coroutine_thread.to_cancel = evert_coroutine_thread.all.previous;
	while ((c = next_to_cancel()))
		evert_deferred_cancel_at(c->deferred, evert_coroutine_place(c));
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
	evert_coroutine_thread_init(&evert_coroutine_thread);
	evert_flow = NULL;
	return true;
}

void evert_coroutine_return_to_all(void)
{
	const struct left *world = &left[--left_count];

	evert_coroutine_thread = world->thread;
	evert_flow = world->flow;
}
