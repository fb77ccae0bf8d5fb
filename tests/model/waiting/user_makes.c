/* SPDX-License-Identifier: MIT */
/* What makes a Deferred. */
#include "user.h"

static bool may_create(const struct waiting_world *world,
		       const struct waiting_step *step)
{
	switch (step->verb) {
	case WAITING_MAKE:
		return !world->firings[step->firing].held;
	case WAITING_SLEEP:
		return !world->clock_gone;
	case WAITING_SPAWN:
		return world->coroutine_count < WAITING_COROUTINES_MOST;
	case WAITING_PUT_WAIT:
	case WAITING_GET:
		return !world->queue_gone[step->number % WAITING_QUEUES];
	case WAITING_START:
		/* It would not be known when it finds no memory. */
		return !world->periodic_gone && !world->clock_gone &&
		       !world->sequence->fails_at &&
		       world->link_count < WAITING_LINKS;
	case WAITING_RUN:
		if (world->link_count >= WAITING_LINKS)
			return false;
		/* fall through */
	case WAITING_ACQUIRE:
		return !world->semaphore_gone[step->number %
					      WAITING_SEMAPHORES];
	default:
		return true;
	}
}

/* The number by which the world knows what it makes, or calls back. */
static int new_index(struct waiting_world *world,
		     const struct waiting_step *step, int id)
{
	if (step->verb == WAITING_SPAWN)
		return user_new_coroutine(world, step, id);
	if (step->verb == WAITING_RUN || step->verb == WAITING_START)
		return user_new_link(world, step->origin, id);
	return id;
}

static void create(struct waiting_world *world, const struct waiting_step *step)
{
	int slot = step->on, id = world->ids++;
	int index = new_index(world, step, id);
	bool made;

	world->slots[slot].state = RESERVED;
	if (step->verb == WAITING_MAKE) {
		world->firings[step->firing].held = false;
		world->firings[step->firing].canceller = step->canceller;
		world->firings[step->firing].id = id;
	}
	made = world->does->create(step, index);
	world->slots[slot].state = HELD;
	world->slots[slot].id = id;
	world->slots[slot].null = !made;
	if (step->verb == WAITING_MAKE)
		world->firings[step->firing].held = made;
	user_notes(world, 'M', slot, made, 0);
}

bool user_creates(struct waiting_world *world, const struct waiting_step *step)
{
	if (world->slots[step->on].state != FREE || !may_create(world, step))
		return false;
	create(world, step);
	return true;
}

/* Takes a reading end, and makes one in its place. */
bool user_shields(struct waiting_world *world, const struct waiting_step *step)
{
	if (!user_holds(world, step->on))
		return false;
	create(world, step);
	return true;
}

/* The reading ends leave their slots; the outcome gets the first one's. */
bool user_combines(struct waiting_world *world, const struct waiting_step *step)
{
	int slot = step->on, count = 1 + step->program % WAITING_COMBINED, i;

	world->input_count = 0;
	for (i = 0; i < count && slot >= 0; i++) {
		if (!user_holds(world, slot))
			break;
		world->slots[slot].state = RESERVED;
		world->inputs[world->input_count++] = slot;
		slot = user_nth_slot(world, HELD, step->other, -1);
	}
	for (i = 0; i < world->input_count; i++)
		world->slots[world->inputs[i]].state = FREE;
	create(world, step);
	return true;
}
