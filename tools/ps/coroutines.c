/* SPDX-License-Identifier: MIT */
/* The coroutines of a reactor's thread. A thread is known by the address of a
   variable that each has; how far from there the list of its coroutines is, is
   the same in all. */
#include "../../deferred/coroutine/coroutine_internal.h"
#include "../../deferred/links_internal.h"
#include "scene.h"

/* Its stack pointer, its frame pointer, where it goes on. */
static void read_side(struct memory *memory, uint64_t at, struct coroutine *c)
{
#if defined(EVERT_SWITCH_UCONTEXT) && defined(__x86_64__)
	uint64_t context = at + offsetof(struct evert_coroutine,
					 context.inside.uc_mcontext.gregs);

	READ(memory, context + 8 * REG_RSP, &c->stack);
	READ(memory, context + 8 * REG_RBP, &c->frame);
	READ(memory, context + 8 * REG_RIP, &c->goes_on_at);
#elif defined(EVERT_SWITCH_UCONTEXT)
	(void)memory;
	(void)at;
	(void)c;
#else
	READ_FIELD(memory, at, struct evert_coroutine,
		   context.inside.stack_pointer, &c->stack);
	READ_FIELD(memory, at, struct evert_coroutine,
		   context.inside.frame_pointer, &c->frame);
	READ_FIELD(memory, at, struct evert_coroutine,
		   context.inside.goes_on_at, &c->goes_on_at);
#endif
}

static enum coroutine_state state_of(struct memory *memory, uint64_t at)
{
	unsigned state;

	READ_FIELD(memory, at, struct evert_coroutine, state, &state);
	return state == EVERT_COROUTINE_WAITING ? WAITS :
	       state == EVERT_COROUTINE_READY	? READY :
	       state == EVERT_COROUTINE_ENDED	? ENDED :
						  RUNS;
}

static void add_coroutine(struct scene *scene, uint64_t at)
{
	struct memory *memory = scene->memory;
	struct coroutine *c;

	map_add(&scene->coroutine_at, at, scene->coroutine_count);
	scene->coroutines = scene_add(scene->coroutines,
				      &scene->coroutine_count, sizeof(*c));
	c = &scene->coroutines[scene->coroutine_count - 1];
	*c = (struct coroutine){
		.address = at,
		.state = state_of(memory, at),
	};
	READ_FIELD(memory, at, struct evert_coroutine, name, &c->name);
	READ_FIELD(memory, at, struct evert_coroutine, body, &c->body);
	READ_FIELD(memory, at, struct evert_coroutine, deferred, &c->deferred);
	READ_FIELD(memory, at, struct evert_coroutine, waiter.on, &c->awaited);
	READ_FIELD(memory, at, struct evert_coroutine, waits_since, &c->since);
	READ_FIELD(memory, c->deferred, struct evert_deferred, place,
		   &c->place);
	read_side(memory, at, c);
}

void scene_read_coroutines(struct scene *scene, struct reactor *reactor)
{
	unsigned char started;
	int64_t distance;
	struct ring ring;
	uint64_t at, node;

	reactor->first_coroutine = scene->coroutine_count;
	if (!target_thread_distance(scene->target, "evert_thread_mark",
				    "evert_coroutine_thread", &distance))
		return; /* the program has no coroutines */
	at = reactor->thread + (uint64_t)distance;
	if (!memory_read(scene->memory,
			 at + offsetof(struct evert_coroutine_thread, started),
			 &started, 1) ||
	    started != 1)
		return; /* this thread has none, or it is gone */
	ring_begin(&ring, scene->memory,
		   at + offsetof(struct evert_coroutine_thread, all));
	while ((node = ring_next(&ring)))
		add_coroutine(scene,
			      node - offsetof(struct evert_coroutine, node));
	reactor->damaged |= ring.damaged;
	reactor->coroutine_count =
		scene->coroutine_count - reactor->first_coroutine;
}
