/* SPDX-License-Identifier: MIT */
/* What the user does, in either world, and may do by the contract. */
#include "world.h"

enum {
	LINK_RUNS = 'L',
	CANCELLER_RUNS = 'C',
	REPORT = 'R',
	STATE = 'S',
	STEP_ENDS = 'E',
};

static void write_down(struct world *world, int what, int on, int number,
		       int state)
{
	record_add(&world->record, what, on, number, state,
		   world->does->live());
}

static void write_state(struct world *world, int on)
{
	write_down(world, STATE, on, world->does->result(on),
		   world->does->has_fired(on));
}

static struct outcome give(struct world *world, const struct model_step *step)
{
	struct outcome outcome = { step->give, 0 };

	if (outcome.give == MODEL_VALUE)
		outcome.number = ++world->numbers;
	else if (outcome.give == MODEL_FAIL)
		outcome.number = FAILED - ++world->numbers;
	else if (outcome.give == MODEL_WAIT)
		outcome.number = step->other;
	if (outcome.give != MODEL_WAIT)
		return outcome;
	/* One can wait only for what one holds; what would wait for itself
	   stays ours. */
	if (!world->held[step->other].reading)
		outcome.give = MODEL_PASS;
	else if (step->other != step->on)
		world->held[step->other].reading = false;
	return outcome;
}

struct outcome user_link(struct world *world, const struct model_step *link,
			 int in)
{
	write_down(world, LINK_RUNS, link->on, in,
		   world->does->result(link->on));
	if (link->inside)
		user_does(world, link->inside);
	return give(world, link);
}

static void user_fires(struct world *world, const struct model_step *step)
{
	struct outcome outcome = give(world, step);

	/* After a cancel there is nothing to wait: all that came is released. */
	if (outcome.give == MODEL_WAIT && world->does->has_fired(step->on))
		world->held[step->other].reading = false;
	world->held[step->on].firing = false;
	world->does->fire(step->on, outcome);
}

static void user_abandons(struct world *world, int on)
{
	world->held[on].firing = false;
	world->does->abandon(on);
}

bool user_canceller(struct world *world, int on)
{
	struct model_step deliver = { .on = on, .give = MODEL_VALUE };
	enum model_canceller canceller = world->held[on].canceller;

	write_down(world, CANCELLER_RUNS, on, canceller, 0);
	if (canceller == MODEL_DELIVERS && world->held[on].firing)
		user_fires(world, &deliver);
	else if (canceller == MODEL_GIVES_UP && world->held[on].firing)
		user_abandons(world, on);
	else if (canceller == MODEL_CANCELS)
		world->does->cancel(on);
	return canceller == MODEL_WILL_DELIVER;
}

void user_report(struct world *world, int failure)
{
	write_down(world, REPORT, 0, failure, 0);
}

static bool does_with_firing_end(struct world *world,
				 const struct model_step *step)
{
	int on = step->on;

	if (!world->held[on].firing)
		return false;
	if (step->verb == MODEL_FIRE)
		user_fires(world, step);
	else
		user_abandons(world, on);
	return true;
}

static bool chains(struct world *world, const struct model_step *step)
{
	if (step->on == step->other || !world->held[step->other].firing)
		return false;
	world->held[step->on].reading = false;
	world->held[step->other].firing = false;
	world->does->chain(step->on, step->other);
	return true;
}

static void adds(struct world *world, const struct model_step *step)
{
	int count = step->verb == MODEL_ADD_TABLE ? step->count : 1;

	if (world->links + count > MODEL_LINKS)
		return;
	world->links += count;
	if (step->verb == MODEL_ADD_TABLE)
		world->does->add_table(step);
	else
		world->does->add(step);
}

static bool does_with_reading_end(struct world *world,
				  const struct model_step *step)
{
	int on = step->on;

	if (!world->held[on].reading)
		return false;
	if (step->verb == MODEL_CHAIN)
		return chains(world, step);
	if (step->verb == MODEL_PAUSE) {
		world->held[on].pauses++;
		world->does->pause(on);
	} else if (step->verb == MODEL_RESERVE) {
		world->does->reserve(on, step->count);
	} else if (step->verb == MODEL_RELEASE) {
		world->held[on].reading = false;
		world->does->release(on);
	} else {
		adds(world, step);
	}
	return true;
}

/* Also who has given the reading end up may cancel, until the firing. */
static bool may_cancel(const struct world *world, int on)
{
	return world->held[on].reading || world->held[on].firing;
}

bool user_does(struct world *world, const struct model_step *step)
{
	int on = step->on;

	if (step->verb == MODEL_FIRE || step->verb == MODEL_ABANDON)
		return does_with_firing_end(world, step);
	if (step->verb == MODEL_CANCEL && may_cancel(world, on)) {
		world->does->cancel(on);
		return true;
	}
	if (step->verb == MODEL_UNPAUSE && world->held[on].pauses) {
		world->held[on].pauses--;
		world->does->unpause(on);
		return true;
	}
	if (step->verb == MODEL_CANCEL || step->verb == MODEL_UNPAUSE)
		return false;
	return does_with_reading_end(world, step);
}

void user_looks(struct world *world)
{
	int i;

	for (i = 0; i < world->count; i++) {
		if (world->held[i].reading)
			write_state(world, i);
	}
	write_down(world, STEP_ENDS, -1, 0, 0);
}

void user_begins(struct world *world,
		 const struct model_deferreds *deferreds)
{
	int i;

	world->record.length = 0;
	world->count = deferreds->count;
	world->links = 0;
	world->numbers = 0;
	for (i = 0; i < world->count; i++) {
		world->held[i].reading = true;
		world->held[i].firing = true;
		world->held[i].pauses = 0;
		world->held[i].canceller = deferreds->cancellers[i];
	}
	world->does->begin(deferreds);
}
