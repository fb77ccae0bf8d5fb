/* SPDX-License-Identifier: MIT */
#include "permits.h"

#include "../../deferred/coroutine/coroutine_internal.h"

/* Bytes: of more than that is looked at what was used last. */
enum { MOST_OF_A_STACK = 256 * 1024 };

static bool is_suspended(const struct coroutine *c)
{
	return c->state == WAITS || c->state == READY;
}

/* Is it on its stack, which ends at the coroutine, or in its frame pointer? */
static bool has(struct scene *scene, const struct coroutine *c, uint64_t value)
{
	uint64_t words[32], at = c->stack & ~(uint64_t)7, end = c->address;
	size_t count, i;

	if (c->frame == value)
		return true;
	if (end > at && end - at > MOST_OF_A_STACK)
		end = at + MOST_OF_A_STACK;
	for (; at < end; at += count * sizeof(words[0])) {
		count = (end - at) / sizeof(words[0]);
		if (count > sizeof(words) / sizeof(words[0]))
			count = sizeof(words) / sizeof(words[0]);
		if (!count || !memory_read(scene->memory, at, words,
					   count * sizeof(words[0])))
			return false;
		for (i = 0; i < count; i++)
			if (words[i] == value)
				return true;
	}
	return false;
}

/* Once for all: most have none. */
static void find_permits(struct scene *scene)
{
	uint64_t type = target_address(scene->target, "evert_type_permit");
	size_t i;

	scene->permits_found = true;
	for (i = 0; i < scene->coroutine_count; i++) {
		struct coroutine *c = &scene->coroutines[i];

		c->has_permit = type && is_suspended(c) && has(scene, c, type);
	}
}

struct coroutine *permits_holder(struct scene *scene, uint64_t semaphore,
				 size_t *at)
{
	struct coroutine *c;

	if (!scene->permits_found)
		find_permits(scene);
	while (*at < scene->coroutine_count) {
		c = &scene->coroutines[(*at)++];
		if (c->has_permit && has(scene, c, semaphore))
			return c;
	}
	return NULL;
}
