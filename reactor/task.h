/* SPDX-License-Identifier: MIT */
/*
 * Tasks: what is to be done before the loop sleeps, once, however often it was
 * planned. For who makes a kind of transport: what a program writes in a turn
 * is gathered, and sent by a task.
 *
 *	struct evert_task flush;
 *
 *	evert_task_init(&my->flush, flush_mine);
 *	...
 *	evert_task_plan(reactor, &my->flush);
 *
 * A task is embedded in what it is about, and needs no memory of its own. It
 * belongs to its owner, who cancels it before the memory goes. One that is
 * planned keeps the loop awake. Tasks run in the order in which they were
 * planned, after what was ready, calls from threads and delayed calls; one
 * that is planned meanwhile runs in the next turn, which follows at once.
 * A reactor that shuts down runs all there are; one that is destroyed runs
 * none.
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_TASK_H
#define EVERT_REACTOR_TASK_H

#include "../deferred/base/list.h"

EVERT_BEGIN

struct evert_reactor;

/* A task: what is run, and its place among those that are planned. */
struct evert_task {
	struct evert_list_node node;
	void (*run)(struct evert_task *task);
};

/* Initialises a task that is not planned. */
static inline void evert_task_init(struct evert_task *task,
				   void (*run)(struct evert_task *task))
{
	evert_list_init(&task->node);
	task->run = run;
}

/* Plans a task: it runs once before the loop sleeps; a task that is planned
   stays so, where it is in the order. */
void evert_task_plan_anew(struct evert_reactor *reactor,
			  struct evert_task *task);
static inline void evert_task_plan(struct evert_reactor *reactor,
				   struct evert_task *task)
{
	if (evert_list_is_empty(&task->node))
		evert_task_plan_anew(reactor, task);
}

/* Plans a task for when the turn has ended, last of all: to free what nobody on
   the stack may have in hand. It must not be planned. */
void evert_task_plan_last(struct evert_reactor *reactor,
			  struct evert_task *task);

/* A task that was planned does not run. Harmless on one that is not planned. */
static inline void evert_task_cancel(struct evert_task *task)
{
	evert_list_remove(&task->node);
}

EVERT_END

#endif
