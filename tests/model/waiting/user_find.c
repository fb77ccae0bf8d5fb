/* SPDX-License-Identifier: MIT */
/* What the numbers of a step mean. */
#include "user.h"

/* The n-th slot in that state, or -1; of Deferreds other than `id`. */
int user_nth_slot(const struct waiting_world *world, int state, int n, int id)
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

static int nth_scope(const struct waiting_world *world, enum waiting_verb verb,
		     int actor, int n)
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
bool user_find(const struct waiting_world *world,
	       const struct waiting_step *step, int actor,
	       struct waiting_step *meant)
{
	/* These need links of their own, which may find no memory either: it
	   would not be known. */
	if ((step->verb == WAITING_TIMEOUT || step->verb == WAITING_COMBINE) &&
	    world->sequence->fails_forever)
		return false;
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
		meant->number =
			nth_scope(world, step->verb, actor, step->number);
		return meant->number >= 0;
	case WAITING_MAKE:
		meant->firing = nth_firing(world, false, step->firing);
		if (meant->firing < 0)
			return false;
		break;
	default:
		break;
	}
	meant->on = user_nth_slot(world, makes(step->verb) ? FREE : HELD,
				  step->on, -1);
	if (meant->on < 0 && step->verb == WAITING_COMBINE)
		meant->on = user_nth_slot(world, FREE, step->on, -1);
	return meant->on >= 0 || step->verb == WAITING_PUT ||
	       step->verb == WAITING_CLOSE_QUEUE ||
	       (step->verb >= WAITING_GIVE_BACK && step->verb != WAITING_AWAIT);
}
