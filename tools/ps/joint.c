/* SPDX-License-Identifier: MIT */
#include "joint.h"

#include <string.h>

#include "../../deferred/combination_internal.h"
#include "../../deferred/coroutine/scope_internal.h"
#include "../../deferred/coroutine/shield_internal.h"
#include "../../deferred/periodic_internal.h"

/* ---- Kinds ---- */

enum joint_kind joint_kind_of(struct scene *scene, uint64_t class)
{
	static const struct {
		const char *name;
		enum joint_kind kind;
	} kinds[] = {
		{ "coroutine", JOINT_COROUTINE },
		{ "in line", JOINT_IN_LINE },
		{ "combination", JOINT_COMBINATION },
		{ "scope", JOINT_SCOPE },
		{ "shield", JOINT_SHIELD },
		{ "periodic calls", JOINT_PERIODIC },
	};
	char text[TEXT_SIZE];
	const char *name;
	uint64_t at;
	size_t i;

	READ_FIELD(scene->memory, class, struct evert_joint_class, kind, &at);
	name = memory_text(scene->memory, at, text);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(name, kinds[i].name))
			return kinds[i].kind;
	return JOINT_UNKNOWN;
}

const char *joint_words(enum joint_kind kind)
{
	switch (kind) {
	case JOINT_COMBINATION:
		return "combines";
	case JOINT_SCOPE:
		return "is a scope's, of";
	case JOINT_SHIELD:
		return "shields";
	case JOINT_PERIODIC:
		return "is of periodic calls, of";
	default:
		return "waits for";
	}
}

/* ---- What they wait for ---- */

struct inner {
	uint64_t *deferreds;
	size_t count;
	bool damaged;
};

/* What the waiter waits for. False: there can't be more. */
static bool add(struct scene *scene, struct inner *inner, uint64_t waiter)
{
	uint64_t on;

	if (!READ_FIELD(scene->memory, waiter, struct evert_waiter, on, &on) ||
	    inner->count > MOST_IN_A_LIST) {
		inner->damaged = true;
		return false;
	}
	if (on) {
		inner->deferreds = scene_add(inner->deferreds, &inner->count,
					     sizeof(on));
		inner->deferreds[inner->count - 1] = on;
	}
	return true;
}

static void add_combined(struct scene *scene, struct inner *inner,
			 uint64_t joint)
{
	size_t count, i;

	READ_FIELD(scene->memory, joint, struct evert_combination, count,
		   &count);
	for (i = 0; i < count; i++)
		if (!add(scene, inner,
			 joint + offsetof(struct evert_combination, inputs) +
				 i * sizeof(struct evert_combined) +
				 offsetof(struct evert_combined, waiter)))
			return;
}

static void add_children(struct scene *scene, struct inner *inner,
			 uint64_t joint)
{
	struct map met = { 0 };
	uint64_t child;

	READ_FIELD(scene->memory, joint, struct evert_scope, first, &child);
	while (child && !inner->damaged) {
		inner->damaged = !map_add(&met, child, 0);
		if (!inner->damaged)
			add(scene, inner,
			    child + offsetof(struct evert_scope_child, waiter));
		READ_FIELD(scene->memory, child, struct evert_scope_child,
			   next, &child);
	}
	map_clear(&met);
}

uint64_t *joint_inner(struct scene *scene, enum joint_kind kind, uint64_t joint,
		      size_t *count, bool *damaged)
{
	struct inner inner = { 0 };

	if (kind == JOINT_COMBINATION)
		add_combined(scene, &inner, joint);
	else if (kind == JOINT_SCOPE)
		add_children(scene, &inner, joint);
	else if (kind == JOINT_SHIELD)
		add(scene, &inner,
		    joint + offsetof(struct evert_shield, waiter));
	else if (kind == JOINT_PERIODIC)
		add(scene, &inner, joint + offsetof(struct evert_round,
						    called));
	*count = inner.count;
	*damaged = inner.damaged;
	return inner.deferreds;
}
