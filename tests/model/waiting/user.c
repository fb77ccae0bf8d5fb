/* SPDX-License-Identifier: MIT */
/* What the user does, in either world, and may do by the headers. */
#include "user.h"

struct waiting_oracle waiting_oracle;

/* ---- With a reading end ---- */

static bool adds(struct waiting_world *world, const struct waiting_step *step)
{
	int slot = step->on, index, code;

	if (!user_holds(world, slot) || world->slots[slot].null ||
	    world->link_count >= WAITING_LINKS)
		return false;
	index = user_new_link(world, step->origin, world->slots[slot].id);
	code = world->does->perform(step, index);
	user_notes(world, 'A', index, code, 0);
	return true;
}

/* Twice, if it is still there. */
static void cancels(struct waiting_world *world,
		    const struct waiting_step *step)
{
	int id = world->slots[step->on].id;

	world->does->perform(step, 0);
	if (step->number % 2 && user_holds(world, step->on) &&
	    world->slots[step->on].id == id)
		world->does->perform(step, 0);
}

static bool does_to_slot(struct waiting_world *world,
			 const struct waiting_step *step)
{
	if (!user_holds(world, step->on))
		return false;
	if (step->verb == WAITING_TIMEOUT &&
	    (world->clock_gone || world->slots[step->on].null ||
	     world->link_count++ >= WAITING_LINKS))
		return false;
	if (step->verb == WAITING_RELEASE)
		world->slots[step->on].state = FREE;
	user_notes(world, 'D', step->on, world->does->perform(step, 0), 0);
	return true;
}

/* ---- Coroutines ---- */

static bool spawns_in_scope(struct waiting_world *world,
			    const struct waiting_step *step)
{
	int scope = step->number % WAITING_SCOPES, index, code;

	if (!world->scopes[scope].open ||
	    world->coroutine_count == WAITING_COROUTINES_MOST)
		return false;
	index = user_new_coroutine(world, step, world->ids++);
	code = world->does->perform(step, index);
	user_notes(world, 'S', index, code, scope);
	return true;
}

static bool cancels_scope(struct waiting_world *world,
			  const struct waiting_step *step)
{
	if (!world->scopes[step->number % WAITING_SCOPES].open)
		return false;
	world->does->perform(step, 0);
	return true;
}

static bool opens(struct waiting_world *world, const struct waiting_step *step,
		  int actor)
{
	int scope = step->number % WAITING_SCOPES;

	if (world->scopes[scope].open)
		return false;
	world->scopes[scope].open = true;
	world->scopes[scope].leaving = false;
	world->scopes[scope].owner = actor;
	world->coroutines[actor].scopes++;
	world->does->perform(step, actor);
	return true;
}

static bool does_in_coroutine(struct waiting_world *world,
			      const struct waiting_step *step, int actor)
{
	int semaphore = world->coroutines[actor].last - PERMIT;

	if (step->verb == WAITING_OPEN)
		return opens(world, step, actor);
	if (step->verb == WAITING_TAKE) {
		if (semaphore < 0 || semaphore >= WAITING_SEMAPHORES)
			return false;
		world->taken[semaphore]++;
	}
	world->coroutines[actor].last = NOTHING;
	world->does->perform(step, actor);
	return true;
}

/* ---- Queues, semaphores, the clock ---- */

/* One, or four. */
static bool puts_items(struct waiting_world *world,
		       const struct waiting_step *step)
{
	int queue = step->number % WAITING_QUEUES, left;

	if (world->queue_gone[queue])
		return false;
	for (left = step->number < 8 ? 1 : 4; left && !world->queue_gone[queue];
	     left--)
		user_notes(world, 'P', queue, world->does->perform(step, 0), 0);
	return true;
}

static bool closes_queue(struct waiting_world *world,
			 const struct waiting_step *step)
{
	int queue = step->number % WAITING_QUEUES;

	if (world->queue_gone[queue])
		return false;
	world->queue_gone[queue] = true;
	world->does->perform(step, 0);
	return true;
}

static bool does_to_semaphore(struct waiting_world *world,
			      const struct waiting_step *step)
{
	int semaphore = step->number % WAITING_SEMAPHORES;

	if (step->verb == WAITING_GIVE_BACK) {
		if (!world->taken[semaphore])
			return false;
		world->taken[semaphore]--;
	} else {
		if (world->semaphore_gone[semaphore])
			return false;
		world->semaphore_gone[semaphore] = true;
	}
	world->does->perform(step, 0);
	return true;
}

static bool stops(struct waiting_world *world, const struct waiting_step *step)
{
	if (world->periodic_gone)
		return false;
	if (step->verb == WAITING_END_PERIODIC)
		world->periodic_gone = true;
	world->does->perform(step, 0);
	return true;
}

static bool moves_clock(struct waiting_world *world,
			const struct waiting_step *step)
{
	if (world->clock_gone)
		return false;
	if (step->verb == WAITING_END_CLOCK)
		world->clock_gone = true;
	world->does->perform(step, 0);
	return true;
}

/* ---- */

bool user_tries_meant(struct waiting_world *world,
		      const struct waiting_step *step, int actor)
{
	switch (step->verb) {
	case WAITING_MAKE:
	case WAITING_SLEEP:
	case WAITING_SPAWN:
	case WAITING_PUT_WAIT:
	case WAITING_GET:
	case WAITING_ACQUIRE:
	case WAITING_RUN:
	case WAITING_START:
		return user_creates(world, step);
	case WAITING_SHIELD:
		return user_shields(world, step);
	case WAITING_COMBINE:
		return user_combines(world, step);
	case WAITING_ADD:
		return adds(world, step);
	case WAITING_CANCEL:
		if (!user_holds(world, step->on))
			return false;
		cancels(world, step);
		return true;
	case WAITING_RELEASE:
	case WAITING_TIMEOUT:
		return does_to_slot(world, step);
	case WAITING_FIRE:
	case WAITING_ABANDON:
		user_fires(world, step);
		return true;
	case WAITING_SCOPE_SPAWN:
		return spawns_in_scope(world, step);
	case WAITING_SCOPE_CANCEL:
		return cancels_scope(world, step);
	case WAITING_PUT:
		return puts_items(world, step);
	case WAITING_CLOSE_QUEUE:
		return closes_queue(world, step);
	case WAITING_STOP:
	case WAITING_END_PERIODIC:
		return stops(world, step);
	case WAITING_GIVE_BACK:
	case WAITING_CLOSE_SEMAPHORE:
		return does_to_semaphore(world, step);
	default:
		return actor != OUTSIDE && step->verb > WAITING_NAP &&
		       step->verb != WAITING_LEAVE &&
		       does_in_coroutine(world, step, actor);
	}
}

bool user_tries(struct waiting_world *world, const struct waiting_step *step,
		int actor)
{
	struct waiting_step meant;

	if (step->verb == WAITING_NAP)
		return user_waits_here(world, step);
	return user_find(world, step, actor, &meant) &&
	       user_tries_meant(world, &meant, actor);
}

bool waiting_does(struct waiting_world *world, const struct waiting_step *step)
{
	if (step->verb == WAITING_ADVANCE || step->verb == WAITING_END_CLOCK)
		return moves_clock(world, step);
	return user_tries(world, step, OUTSIDE);
}

/* ---- Beginning and looking ---- */

void waiting_looks(struct waiting_world *world)
{
	int i;

	for (i = 0; i < WAITING_SLOTS; i++)
		if (user_holds(world, i) && !world->slots[i].null)
			user_notes(world, 'H', i, world->does->result(i),
				   world->does->has_fired(i));
	for (i = 0; i < WAITING_QUEUES; i++)
		if (!world->queue_gone[i])
			user_notes(world, 'Q', i,
				   (int)world->does->queue_count(i), 0);
	for (i = 0; i < WAITING_SEMAPHORES; i++)
		if (!world->semaphore_gone[i])
			user_notes(world, 'F', i,
				   (int)world->does->available(i), 0);
	user_notes(world, 'E', 0, (int)world->does->coroutines(),
		   !world->periodic_gone && world->does->is_running());
}

void waiting_begins(struct waiting_world *world,
		    const struct waiting_sequence *sequence)
{
	const struct waiting_class *class = world->does;
	int i;

	world->record.length = 0;
	world->link_count = world->coroutine_count = 0;
	world->ids = world->numbers = 0;
	world->clock_gone = world->periodic_gone = false;
	world->ticks = 0;
	for (i = 0; i < WAITING_SLOTS; i++)
		world->slots[i].state = FREE;
	for (i = 0; i < WAITING_FIRINGS; i++)
		world->firings[i].held = false;
	for (i = 0; i < WAITING_SCOPES; i++)
		world->scopes[i].open = world->scopes[i].leaving = false;
	for (i = 0; i < WAITING_QUEUES; i++)
		world->queue_gone[i] = false;
	for (i = 0; i < WAITING_SEMAPHORES; i++) {
		world->semaphore_gone[i] = false;
		world->taken[i] = 0;
	}
	world->sequence = sequence;
	class->begin(sequence);
}
