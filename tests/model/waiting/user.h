/* SPDX-License-Identifier: MIT */
/* The user: how its parts use each other. */
#ifndef TESTS_MODEL_WAITING_USER_H
#define TESTS_MODEL_WAITING_USER_H

#include "world.h"

enum { OUTSIDE = -1 }; /* no coroutine */

/* ---- What is there ---- */

/* What a step means: false, there is no such thing. */
bool user_find(const struct waiting_world *world,
	       const struct waiting_step *step, int actor,
	       struct waiting_step *meant);

/* The n-th slot in that state, or -1; of Deferreds other than `id`. */
int user_nth_slot(const struct waiting_world *world, int state, int n, int id);

static inline bool user_holds(const struct waiting_world *world, int slot)
{
	return world->slots[slot].state == HELD;
}

/* ---- What is done ---- */

/* False: it can't be. */
bool user_tries(struct waiting_world *world, const struct waiting_step *step,
	       int actor);

/* The same, of a step that says what it means. */
bool user_tries_meant(struct waiting_world *world,
		     const struct waiting_step *step, int actor);
bool user_creates(struct waiting_world *world,
		  const struct waiting_step *step);
bool user_shields(struct waiting_world *world,
		  const struct waiting_step *step);
bool user_combines(struct waiting_world *world,
		   const struct waiting_step *step);

/* In a callback, on a coroutine's stack. */
bool user_waits_here(struct waiting_world *world,
		     const struct waiting_step *step);

/* Fires, or gives up, a firing end. */
void user_fires(struct waiting_world *world, const struct waiting_step *step);

/* ---- What is called ---- */

/* The number of one more link, or coroutine. */
int user_new_link(struct waiting_world *world, const struct waiting_step *step,
		  int id);
int user_new_coroutine(struct waiting_world *world,
		       const struct waiting_step *step, int id);

/* Something was seen. */
void user_notes(struct waiting_world *world, int what, int on, int number,
		int state);

#endif
