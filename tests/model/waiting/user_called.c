/* SPDX-License-Identifier: MIT */
/* What is given, and what is called back. */
#include "user.h"

void user_notes(struct waiting_world *world, int what, int on, int number,
		int state)
{
	record_add(&world->record, what, on, number, state,
		   world->does->live());
}

/* ---- What is given ---- */

/* One can wait only for what one holds; and not for what it is given to,
   `id`. */
struct outcome waiting_gives(struct waiting_world *world,
			     const struct waiting_step *step, int id)
{
	struct outcome outcome = { step->give, 0 };

	if (outcome.give == MODEL_VALUE)
		outcome.number = ++world->numbers;
	else if (outcome.give == MODEL_FAIL)
		outcome.number = FAILED - ++world->numbers;
	if (outcome.give != MODEL_WAIT)
		return outcome;
	outcome.number = user_nth_slot(world, HELD, step->other, id);
	if (outcome.number < 0)
		return (struct outcome){ MODEL_PASS, 0 };
	world->slots[outcome.number].state = FREE;
	return outcome;
}

/* ---- What is called back ---- */

int user_new_link(struct waiting_world *world, const struct waiting_step *step,
		  int id)
{
	world->links[world->link_count].step = step;
	world->links[world->link_count].id = id;
	return world->link_count++;
}

struct outcome waiting_link_runs(struct waiting_world *world, int index, int in)
{
	const struct waiting_step *step = world->links[index].step;

	user_notes(world, 'L', index, in, 0);
	if (step->inside &&
	    (step->verb != WAITING_START || world->ticks++ < WAITING_TICKS))
		user_tries(world, step->inside, OUTSIDE);
	return waiting_gives(world, step, world->links[index].id);
}

/* The firing end is the world's to use in the call. */
void user_fires(struct waiting_world *world, const struct waiting_step *step)
{
	world->firings[step->firing].held = false;
	world->does->perform(step, 0);
}

bool waiting_canceller_runs(struct waiting_world *world, int firing)
{
	enum model_canceller canceller = world->firings[firing].canceller;
	static const struct waiting_step nap = {.verb = WAITING_NAP,
						.number = 1};
	int id = world->firings[firing].id;
	struct waiting_step step = {
		.verb = WAITING_FIRE,
		.firing = firing,
		.give = MODEL_VALUE,
	};

	user_notes(world, 'C', firing, canceller, 0);
	if (canceller == MODEL_CANCELS)
		user_waits_here(world, &nap);
	if (!world->firings[firing].held || world->firings[firing].id != id)
		return false;
	if (canceller == MODEL_GIVES_UP)
		step.verb = WAITING_ABANDON;
	if (canceller == MODEL_GIVES_UP || canceller == MODEL_DELIVERS ||
	    canceller == MODEL_CANCELS)
		user_fires(world, &step);
	return canceller == MODEL_WILL_DELIVER;
}

void waiting_reports(struct waiting_world *world, int failure)
{
	user_notes(world, 'R', 0, failure, 0);
}
