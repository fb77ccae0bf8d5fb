/* SPDX-License-Identifier: MIT */
/* What a coroutine does, and its scopes. */
#include "user.h"

int user_new_coroutine(struct waiting_world *world,
		       const struct waiting_step *step, int id)
{
	int index = world->coroutine_count++;

	world->coroutines[index].program =
		&world->sequence->programs[step->program];
	world->coroutines[index].next = 0;
	world->coroutines[index].id = id;
	world->coroutines[index].last = NOTHING;
	world->coroutines[index].scopes = 0;
	return index;
}

/* ---- A coroutine ---- */

/* Leaves one that it has opened and not left. */
static bool leaves(struct waiting_world *world, int scope, int coroutine)
{
	if (!world->scopes[scope].open || world->scopes[scope].leaving ||
	    world->scopes[scope].owner != coroutine)
		return false;
	world->scopes[scope].leaving = true;
	return true;
}

static bool must_wait(struct waiting_world *world,
		      const struct waiting_step *step, int coroutine,
		      enum waiting_action *action)
{
	if (step->verb == WAITING_AWAIT) {
		world->slots[step->on].state = FREE;
		*action = AWAITS;
		return true;
	}
	if (step->verb == WAITING_NAP && !world->clock_gone) {
		*action = NAPS;
		return true;
	}
	*action = LEAVES;
	return step->verb == WAITING_LEAVE &&
	       leaves(world, step->number, coroutine);
}

/* In a callback, on a coroutine's stack: for time only, since what else it
   waited for might wait for the callback. What found no memory is not known
   before it returns. */
bool user_waits_here(struct waiting_world *world,
		     const struct waiting_step *step)
{
	int flow = world->does->flow();
	struct waiting_step meant;
	enum waiting_action action;

	if (flow < 0 || world->sequence->fails_at ||
	    !user_find(world, step, OUTSIDE, &meant) ||
	    !must_wait(world, &meant, OUTSIDE, &action))
		return false;
	user_notes(world, 'V', flow, 0, 0);
	user_notes(world, 'W', flow, world->does->wait(action, &meant), 0);
	return true;
}

/* Before the end all that it has opened are left. */
static bool has_to_leave(struct waiting_world *world, int coroutine,
			 const struct waiting_step **step)
{
	static const struct waiting_step leave[WAITING_SCOPES] = {
		{ .verb = WAITING_LEAVE, .number = 0 },
		{ .verb = WAITING_LEAVE, .number = 1 },
		{ .verb = WAITING_LEAVE, .number = 2 },
	};
	int i;

	for (i = 0; i < WAITING_SCOPES; i++) {
		*step = &leave[i];
		if (leaves(world, i, coroutine))
			return true;
	}
	return false;
}

enum waiting_action waiting_goes_on(struct waiting_world *world, int coroutine,
				    const struct waiting_step **step,
				    struct outcome *outcome)
{
	const struct waiting_program *program =
		world->coroutines[coroutine].program;
	struct waiting_step *meant = &world->coroutines[coroutine].step;
	enum waiting_action action;

	if (!world->coroutines[coroutine].next)
		user_notes(world, 'B', coroutine, 0, 0);
	while (world->coroutines[coroutine].next < program->count) {
		*step = &program->steps[world->coroutines[coroutine].next++];
		if (!user_find(world, *step, coroutine, meant))
			continue;
		*step = meant;
		if (must_wait(world, meant, coroutine, &action))
			return action;
		user_tries_meant(world, meant, coroutine);
	}
	if (has_to_leave(world, coroutine, step))
		return LEAVES;
	*outcome = (struct outcome){ MODEL_PASS, 0 };
	if (program->count)
		*outcome = waiting_gives(world, &program->steps[0],
					 world->coroutines[coroutine].id);
	return ENDS;
}

void waiting_awaited(struct waiting_world *world, int coroutine, int result)
{
	int i;

	world->coroutines[coroutine].last = result;
	for (i = 0; i < WAITING_SCOPES; i++)
		if (world->scopes[i].leaving &&
		    world->scopes[i].owner == coroutine)
			world->scopes[i].open = world->scopes[i].leaving =
				false;
	user_notes(world, 'W', coroutine, result, 0);
}
