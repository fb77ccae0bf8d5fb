/* SPDX-License-Identifier: MIT */
/* A frame is where the caller's frame is, and where that goes on. The outermost
   one of a coroutine is evert_context_begin's, whose frame pointer is 0: only a
   chain that comes to it is one. */
#include "frames.h"

#include <string.h>

enum { MOST_FRAMES = 64 };

struct frames {
	const struct symbol *functions[MOST_FRAMES]; /* the innermost first */
	size_t count;
};

/* evert's own, at either end. */
static bool is_of_switch(const struct symbol *function)
{
	return !strcmp(function->name, "evert_await") ||
	       !strcmp(function->source, "await.c") ||
	       !strcmp(function->source, "coroutine.c");
}

/* False: this is no function. */
static bool add(struct scene *scene, struct frames *frames, uint64_t goes_on_at)
{
	const struct symbol *function =
		goes_on_at ? images_function(&scene->target->images,
					     goes_on_at - 1) :
			     NULL;

	if (!function || frames->count == MOST_FRAMES)
		return false;
	frames->functions[frames->count++] = function;
	return true;
}

static bool walk(struct scene *scene, const struct coroutine *c,
		 struct frames *frames)
{
	uint64_t frame[2] = { c->frame, c->goes_on_at }, before = c->stack;

	while (add(scene, frames, frame[1])) {
		if (!strcmp(frames->functions[frames->count - 1]->name,
			    "evert_context_begin"))
			return !frame[0];
		if (frame[0] < before || frame[0] >= c->address ||
		    frame[0] % 8)
			return false;
		before = frame[0] + sizeof(frame);
		READ(scene->memory, frame[0], &frame);
	}
	return false;
}

void frames_line(struct scene *scene, struct tree *tree,
		 const struct coroutine *c)
{
	struct frames frames = { .count = 0 };
	char text[600];
	size_t first = 0, i;
	int length = 0;

	if (!walk(scene, c, &frames))
		return;
	frames.count--;
	while (frames.count && is_of_switch(frames.functions[frames.count - 1]))
		frames.count--;
	while (first < frames.count && is_of_switch(frames.functions[first]))
		first++;
	if (frames.count - first < 2)
		return;
	for (i = first; i < frames.count && length < (int)sizeof(text) - 1; i++)
		length += snprintf(text + length,
				   sizeof(text) - (size_t)length, "%s%.80s",
				   i > first ? ", called by " : "in ",
				   frames.functions[i]->name);
	tree_line(tree, "%s", text);
}
