/* SPDX-License-Identifier: MIT */
/* What the user does, in either world, and may do by the headers. */
#include "world.h"

enum {
	OUTSIDE = -1
}; /* no coroutine */

struct waiting_oracle waiting_oracle;

static void note(struct waiting_world *world, int what, int on, int number,
		 int state)
{
	record_add(&world->record, what, on, number, state,
		   world->does->live());
}

static bool does(struct waiting_world *world, const struct waiting_step *step,
		 int actor);

/* ---- What is meant ---- */

/* The n-th slot in that state, or -1; of Deferreds other than `id`. */
static int nth_slot(const struct waiting_world *world, int state, int n, int id)
{
	int found[WAITING_SLOTS], count = 0, i;

	for (i = 0; i < WAITING_SLOTS; i++)
		if ((int)world->slots[i].state == state &&
		    (state != HELD || world->slots[i].id != id))
			found[count++] = i;
	return count ? found[n % count] : -1;
}

static int nth_firing(const struct waiting_world *world, bool held, int n)
{
	int found[WAITING_FIRINGS], count = 0, i;

	for (i = 0; i < WAITING_FIRINGS; i++)
		if (world->firings[i].held == held)
			found[count++] = i;
	return count ? found[n % count] : -1;
}

/* That can be left by its owner; or that is open or not, for anybody. */
static bool is_scope_for(const struct waiting_world *world, int scope,
			 enum waiting_verb verb, int actor)
{
	if (verb == WAITING_LEAVE)
		return world->scopes[scope].open &&
		       !world->scopes[scope].leaving &&
		       world->scopes[scope].owner == actor;
	return world->scopes[scope].open == (verb != WAITING_OPEN);
}

static int nth_scope(const struct waiting_world *world,
		     enum waiting_verb verb, int actor, int n)
{
	int found[WAITING_SCOPES], count = 0, i;

	for (i = 0; i < WAITING_SCOPES; i++)
		if (is_scope_for(world, i, verb, actor))
			found[count++] = i;
	return count ? found[n % count] : -1;
}

static bool makes(enum waiting_verb verb)
{
	return verb == WAITING_MAKE || verb == WAITING_SLEEP ||
	       verb == WAITING_SPAWN || verb == WAITING_PUT_WAIT ||
	       verb == WAITING_GET || verb == WAITING_ACQUIRE ||
	       verb == WAITING_RUN || verb == WAITING_START;
}

/* False: there is no such thing. */
static bool find(const struct waiting_world *world,
		 const struct waiting_step *step, int actor,
		 struct waiting_step *meant)
{
	*meant = *step;
	meant->origin = step;
	switch (step->verb) {
	case WAITING_FIRE:
	case WAITING_ABANDON:
		meant->firing = nth_firing(world, true, step->firing);
		return meant->firing >= 0;
	case WAITING_SCOPE_SPAWN:
	case WAITING_SCOPE_CANCEL:
	case WAITING_OPEN:
	case WAITING_LEAVE:
		meant->number = nth_scope(world, step->verb, actor,
					  step->number);
		return meant->number >= 0;
	case WAITING_MAKE:
		meant->firing = nth_firing(world, false, step->firing);
		if (meant->firing < 0)
			return false;
		break;
	default:
		break;
	}
	meant->on = nth_slot(world, makes(step->verb) ? FREE : HELD, step->on,
			     -1);
	if (meant->on < 0 && step->verb == WAITING_COMBINE)
		meant->on = nth_slot(world, FREE, step->on, -1);
	return meant->on >= 0 || step->verb == WAITING_PUT ||
	       step->verb == WAITING_CLOSE_QUEUE ||
	       (step->verb >= WAITING_GIVE_BACK &&
		step->verb != WAITING_AWAIT);
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
	outcome.number = nth_slot(world, HELD, step->other, id);
	if (outcome.number < 0)
		return (struct outcome){ MODEL_PASS, 0 };
	world->slots[outcome.number].state = FREE;
	return outcome;
}

/* ---- What is called back ---- */

static int new_link(struct waiting_world *world,
		    const struct waiting_step *step, int id)
{
	world->links[world->link_count].step = step;
	world->links[world->link_count].id = id;
	return world->link_count++;
}

struct outcome waiting_link_runs(struct waiting_world *world, int index, int in)
{
	const struct waiting_step *step = world->links[index].step;

	note(world, 'L', index, in, 0);
	if (step->inside && (step->verb != WAITING_START ||
			     world->ticks++ < WAITING_TICKS))
		does(world, step->inside, OUTSIDE);
	return waiting_gives(world, step, world->links[index].id);
}

/* The firing end is the world's to use in the call. */
static void fires(struct waiting_world *world, const struct waiting_step *step)
{
	world->firings[step->firing].held = false;
	world->does->perform(step, 0);
}

bool waiting_canceller_runs(struct waiting_world *world, int firing)
{
	enum model_canceller canceller = world->firings[firing].canceller;
	struct waiting_step step = {
		.verb = WAITING_FIRE,
		.firing = firing,
		.give = MODEL_VALUE,
	};

	note(world, 'C', firing, canceller, 0);
	if (!world->firings[firing].held)
		return false;
	if (canceller == MODEL_GIVES_UP)
		step.verb = WAITING_ABANDON;
	if (canceller == MODEL_GIVES_UP || canceller == MODEL_DELIVERS)
		fires(world, &step);
	return canceller == MODEL_WILL_DELIVER;
}

void waiting_reports(struct waiting_world *world, int failure)
{
	note(world, 'R', 0, failure, 0);
}

/* ---- Making Deferreds ---- */

static bool is_held(const struct waiting_world *world, int slot)
{
	return world->slots[slot].state == HELD;
}

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

static int new_coroutine(struct waiting_world *world,
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

/* The number by which the world knows what it makes, or calls back. */
static int new_index(struct waiting_world *world,
		     const struct waiting_step *step, int id)
{
	if (step->verb == WAITING_SPAWN)
		return new_coroutine(world, step, id);
	if (step->verb == WAITING_RUN || step->verb == WAITING_START)
		return new_link(world, step->origin, id);
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
	note(world, 'M', slot, made, 0);
}

static bool creates(struct waiting_world *world,
		    const struct waiting_step *step)
{
	if (world->slots[step->on].state != FREE || !may_create(world, step))
		return false;
	create(world, step);
	return true;
}

/* Takes a reading end, and makes one in its place. */
static bool shields(struct waiting_world *world,
		    const struct waiting_step *step)
{
	if (!is_held(world, step->on))
		return false;
	create(world, step);
	return true;
}

/* The reading ends leave their slots; the outcome gets the first one's. */
static bool combines(struct waiting_world *world,
		     const struct waiting_step *step)
{
	int slot = step->on, count = 1 + step->program % WAITING_COMBINED, i;

	world->input_count = 0;
	for (i = 0; i < count && slot >= 0; i++) {
		if (!is_held(world, slot))
			break;
		world->slots[slot].state = RESERVED;
		world->inputs[world->input_count++] = slot;
		slot = nth_slot(world, HELD, step->other, -1);
	}
	for (i = 0; i < world->input_count; i++)
		world->slots[world->inputs[i]].state = FREE;
	create(world, step);
	return true;
}

/* ---- With a reading end ---- */

static bool adds(struct waiting_world *world, const struct waiting_step *step)
{
	int slot = step->on, index, code;

	if (!is_held(world, slot) || world->slots[slot].null ||
	    world->link_count >= WAITING_LINKS)
		return false;
	index = new_link(world, step->origin, world->slots[slot].id);
	code = world->does->perform(step, index);
	note(world, 'A', index, code, 0);
	return true;
}

/* Twice, if it is still there. */
static void cancels(struct waiting_world *world,
		    const struct waiting_step *step)
{
	int id = world->slots[step->on].id;

	world->does->perform(step, 0);
	if (step->number % 2 && is_held(world, step->on) &&
	    world->slots[step->on].id == id)
		world->does->perform(step, 0);
}

static bool does_to_slot(struct waiting_world *world,
			 const struct waiting_step *step)
{
	if (!is_held(world, step->on))
		return false;
	if (step->verb == WAITING_TIMEOUT &&
	    (world->clock_gone || world->slots[step->on].null ||
	     world->link_count++ >= WAITING_LINKS))
		return false;
	if (step->verb == WAITING_RELEASE)
		world->slots[step->on].state = FREE;
	note(world, 'D', step->on, world->does->perform(step, 0), 0);
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
	index = new_coroutine(world, step, world->ids++);
	code = world->does->perform(step, index);
	note(world, 'S', index, code, scope);
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
	for (left = step->number < 8 ? 1 : 4;
	     left && !world->queue_gone[queue]; left--)
		note(world, 'P', queue, world->does->perform(step, 0), 0);
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

static bool does_meant(struct waiting_world *world,
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
		return creates(world, step);
	case WAITING_SHIELD:
		return shields(world, step);
	case WAITING_COMBINE:
		return combines(world, step);
	case WAITING_ADD:
		return adds(world, step);
	case WAITING_CANCEL:
		if (!is_held(world, step->on))
			return false;
		cancels(world, step);
		return true;
	case WAITING_RELEASE:
	case WAITING_TIMEOUT:
		return does_to_slot(world, step);
	case WAITING_FIRE:
	case WAITING_ABANDON:
		fires(world, step);
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

static bool does(struct waiting_world *world, const struct waiting_step *step,
		 int actor)
{
	struct waiting_step meant;

	return find(world, step, actor, &meant) &&
	       does_meant(world, &meant, actor);
}

bool waiting_does(struct waiting_world *world, const struct waiting_step *step)
{
	if (step->verb == WAITING_ADVANCE || step->verb == WAITING_END_CLOCK)
		return moves_clock(world, step);
	return does(world, step, OUTSIDE);
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
		note(world, 'B', coroutine, 0, 0);
	while (world->coroutines[coroutine].next < program->count) {
		*step = &program->steps[world->coroutines[coroutine].next++];
		if (!find(world, *step, coroutine, meant))
			continue;
		*step = meant;
		if (must_wait(world, meant, coroutine, &action))
			return action;
		does_meant(world, meant, coroutine);
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
	note(world, 'W', coroutine, result, 0);
}

/* ---- Beginning and looking ---- */

void waiting_looks(struct waiting_world *world)
{
	int i;

	for (i = 0; i < WAITING_SLOTS; i++)
		if (is_held(world, i) && !world->slots[i].null)
			note(world, 'H', i, world->does->result(i),
			     world->does->has_fired(i));
	for (i = 0; i < WAITING_QUEUES; i++)
		if (!world->queue_gone[i])
			note(world, 'Q', i, (int)world->does->queue_count(i),
			     0);
	for (i = 0; i < WAITING_SEMAPHORES; i++)
		if (!world->semaphore_gone[i])
			note(world, 'F', i, (int)world->does->available(i), 0);
	note(world, 'E', 0, (int)world->does->coroutines(),
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
