/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "../../reactor/reactor_internal.h"
#include "report.h"

/* ---- Lists ---- */

void ring_begin(struct ring *ring, struct memory *memory, uint64_t head)
{
	*ring = (struct ring){
		.memory = memory,
		.head = head,
		.node = head,
	};
}

uint64_t ring_next(struct ring *ring)
{
	uint64_t before = ring->node;
	struct evert_list_node node;

	ring->damaged = !READ(ring->memory, before, &node);
	ring->node = address_of(node.next);
	if (!ring->damaged && ring->node != ring->head)
		ring->damaged = !map_add(&ring->met, ring->node, 0) ||
				ring->met.count > MOST_IN_A_LIST ||
				!READ(ring->memory, ring->node, &node) ||
				address_of(node.previous) != before;
	if (!ring->damaged && ring->node != ring->head)
		return ring->node;
	map_clear(&ring->met);
	return 0;
}

/* The room is a power of two, and grows when the count is one. */
void *scene_add(void *array, size_t *count, size_t size)
{
	size_t n = (*count)++;

	if (n && n & (n - 1))
		return array;
	return resize(array, n ? n * 2 : 1, size);
}

/* ---- Reactors ---- */

static bool flag(struct scene *scene, uint64_t at)
{
	unsigned char byte;

	return memory_read(scene->memory, at, &byte, 1) && byte;
}

static const char *state_of(struct scene *scene, uint64_t reactor)
{
	if (flag(scene, reactor + offsetof(struct evert_reactor,
					   shutting_down)))
		return "shutting down";
	if (flag(scene, reactor + offsetof(struct evert_reactor, stopping)))
		return "stopping";
	if (flag(scene, reactor + offsetof(struct evert_reactor, running)))
		return "running";
	return "not running";
}

static void read_reactor(struct scene *scene, uint64_t at)
{
	struct memory *memory = scene->memory;
	struct reactor *reactor;

	scene->reactors = scene_add(scene->reactors, &scene->reactor_count,
				    sizeof(*reactor));
	reactor = &scene->reactors[scene->reactor_count - 1];
	*reactor = (struct reactor){ .address = at };
	READ_FIELD(memory, at, struct evert_reactor, place, &reactor->place);
	READ_FIELD(memory, at, struct evert_reactor, thread, &reactor->thread);
	READ_FIELD(memory, at, struct evert_reactor, turns, &reactor->turn);
	READ_FIELD(memory, at, struct evert_reactor, slots, &reactor->slots);
	READ_FIELD(memory, at, struct evert_reactor, slot_count,
		   &reactor->slot_count);
	READ_FIELD(memory, at, struct evert_reactor, clock.now, &reactor->now);
	READ_FIELD(memory, at, struct evert_reactor, gathering,
		   &reactor->gathering);
	READ_FIELD(memory, at, struct evert_reactor, window.used,
		   &reactor->gathered);
	reactor->state = state_of(scene, at);
}

static void read_reactors(struct scene *scene)
{
	struct ring ring;
	uint64_t node;

	ring_begin(&ring, scene->memory, scene->target->reactors);
	while ((node = ring_next(&ring)))
		read_reactor(scene,
			     node - offsetof(struct evert_reactor, sibling));
	scene->reactors_damaged = scene->damaged = ring.damaged;
}

static bool shares_thread(const struct scene *scene,
			  const struct reactor *reactor)
{
	const struct reactor *other;

	for (other = scene->reactors; other < reactor; other++)
		if (other->thread == reactor->thread)
			return true;
	return false;
}

void scene_read(struct scene *scene, struct target *target)
{
	size_t i;

	*scene = (struct scene){
		.target = target,
		.memory = target->memory,
	};
	read_reactors(scene);
	for (i = 0; i < scene->reactor_count; i++) {
		struct reactor *reactor = &scene->reactors[i];

		scene_read_timers(scene, reactor);
		scene_read_watches(scene, reactor);
		reactor->shares_thread = shares_thread(scene, reactor);
		if (!reactor->shares_thread)
			scene_read_coroutines(scene, reactor);
		scene->damaged |= reactor->damaged;
	}
	scene_read_deferreds(scene);
}

void scene_free(struct scene *scene)
{
	free(scene->reactors);
	free(scene->timers);
	free(scene->watches);
	free(scene->coroutines);
	free(scene->deferreds);
	map_clear(&scene->coroutine_at);
	map_clear(&scene->timeout_of);
	map_clear(&scene->connection_over);
	map_clear(&scene->met);
	map_clear(&scene->lines);
	map_clear(&scene->numbers);
	*scene = (struct scene){ 0 };
}
