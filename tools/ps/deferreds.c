/* SPDX-License-Identifier: MIT */
#include "../../deferred/live_internal.h"
#include "scene.h"

static void add_deferred(struct scene *scene, uint64_t node)
{
	struct live *live;
	uint64_t waiter;

	scene->deferreds = scene_add(scene->deferreds, &scene->deferred_count,
				     sizeof(*live));
	live = &scene->deferreds[scene->deferred_count - 1];
	*live = (struct live){
		.address = node + sizeof(struct evert_live_node),
	};
	READ_FIELD(scene->memory, node, struct evert_live_node, thread,
		   &live->thread);
	READ_FIELD(scene->memory, live->address, struct evert_deferred, waiter,
		   &waiter);
	live->awaited = waiter;
}

void scene_read_deferreds(struct scene *scene)
{
	uint64_t at = target_address(scene->target, "evert_live"), node;
	struct ring ring;
	int state;

	if (!at || !memory_read(scene->memory,
				at + offsetof(struct evert_live, state),
				&state, sizeof(state)) ||
	    state != EVERT_LIVE_KEPT)
		return;
	ring_begin(&ring, scene->memory, at + offsetof(struct evert_live, all));
	while ((node = ring_next(&ring)))
		add_deferred(scene,
			     node - offsetof(struct evert_live_node, node));
	scene->deferreds_damaged = ring.damaged;
	scene->damaged |= ring.damaged;
}
