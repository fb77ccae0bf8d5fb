/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../../deferred/timeout_internal.h"
#include "../../reactor/reactor_internal.h"
#include "scene.h"

/* What it calls; a wait says itself what that is. */
static void read_call(struct scene *scene, struct timer *timer)
{
	if (timer->id & 1)
		READ_FIELD(scene->memory, timer->arg, struct evert_clock_wait,
			   over, &timer->over);
}

static void add_timer(struct scene *scene, const struct reactor *reactor,
		      const struct evert_timer *there)
{
	struct timer *timer;

	scene->timers = scene_add(scene->timers, &scene->timer_count,
				  sizeof(*timer));
	timer = &scene->timers[scene->timer_count - 1];
	*timer = (struct timer){
		.id = there->id,
		.call = address_of((const void *)(uintptr_t)there->call),
		.arg = address_of(there->arg),
		.place = address_of(there->place),
		.when = there->when,
		.now = reactor->now,
	};
	read_call(scene, timer);
}

static bool read_block(struct scene *scene, const struct reactor *reactor,
		       uint64_t at, size_t count)
{
	uint64_t first = address_of(evert_timers_of(
		(struct evert_timer_block *)(uintptr_t)at));
	struct evert_timer timer;
	size_t i;

	for (i = 0; i < count; i++) {
		if (scene->timer_count > MOST_IN_A_LIST ||
		    !READ(scene->memory, first + i * sizeof(timer), &timer))
			return false;
		if (timer.id)
			add_timer(scene, reactor, &timer);
	}
	return true;
}

static int by_time(const void *left, const void *right)
{
	const struct timer *a = left, *b = right;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Those of them that are time-outs: of which Deferreds? */
static void note_timeouts(struct scene *scene, const struct reactor *reactor)
{
	struct where where;
	uint64_t deferred;
	size_t i;

	for (i = reactor->first_timer; i < scene->timer_count; i++) {
		where = target_where(scene->target, scene->timers[i].over);
		if (!strcmp(where.source, "timeout.c") &&
		    READ_FIELD(scene->memory,
			       scene->timers[i].arg -
				       offsetof(struct evert_timeout, wait),
			       struct evert_timeout, deferred, &deferred))
			map_add(&scene->timeout_of, deferred, i);
	}
}

void scene_read_timers(struct scene *scene, struct reactor *reactor)
{
	struct evert_timer_block block;
	struct map met = { 0 };
	uint64_t at;

	reactor->first_timer = scene->timer_count;
	READ_FIELD(scene->memory, reactor->address, struct evert_reactor,
		   clock.wheel.blocks, &at);
	while (at && !reactor->damaged) {
		reactor->damaged = !map_add(&met, at, 0) ||
				   !READ(scene->memory, at, &block) ||
				   !read_block(scene, reactor, at, block.count);
		at = address_of(block.next);
	}
	map_clear(&met);
	reactor->timer_count = scene->timer_count - reactor->first_timer;
	if (reactor->timer_count)
		qsort(scene->timers + reactor->first_timer,
		      reactor->timer_count, sizeof(*scene->timers), by_time);
	note_timeouts(scene, reactor);
}
