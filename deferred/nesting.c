/* SPDX-License-Identifier: MIT */
#include "nesting_internal.h"

#include "base/flow_internal.h"

enum { DEEPEST = 16 };

/* In another flow there are loops of its own: these may be suspended. */
struct evert_handover_loop {
	const void *flow;
	int depth; /* in this flow */
	struct evert_handover *postponed, **end;
	struct evert_handover_loop *outer, *inner; /* of any flow */
};

_Thread_local struct evert_handover_loop *evert_handover_loop;

static struct evert_handover_loop *find_loop(const void *flow)
{
	struct evert_handover_loop *loop = evert_handover_loop;

	while (loop && loop->flow != flow)
		loop = loop->outer;
	return loop;
}

static void enter(struct evert_handover_loop *loop,
		  const struct evert_handover_loop *around)
{
	*loop = (struct evert_handover_loop){
		.flow = evert_flow,
		.depth = around ? around->depth + 1 : 1,
		.end = &loop->postponed,
		.outer = evert_handover_loop,
	};
	if (evert_handover_loop)
		evert_handover_loop->inner = loop;
	evert_handover_loop = loop;
}

static void leave(struct evert_handover_loop *loop)
{
	*(loop->inner ? &loop->inner->outer : &evert_handover_loop) =
		loop->outer;
	if (loop->outer)
		loop->outer->inner = loop->inner;
}

static bool postpone(struct evert_handover *handover,
		     struct evert_handover_loop *loop)
{
	if (handover->postponed)
		return false;
	handover->postponed = true;
	handover->after = NULL;
	*loop->end = handover;
	loop->end = &handover->after;
	return true;
}

static struct evert_handover *take_postponed(struct evert_handover_loop *loop)
{
	struct evert_handover *handover = loop->postponed;

	if (!handover)
		return NULL;
	loop->postponed = handover->after;
	if (!loop->postponed)
		loop->end = &loop->postponed;
	handover->postponed = false;
	return handover;
}

void evert_hand_over_postponed(void)
{
	struct evert_handover_loop *loop = find_loop(evert_flow);
	struct evert_handover *handover;

	while (loop && (handover = take_postponed(loop)))
		handover->run(handover);
}

bool evert_hand_over(struct evert_handover *handover)
{
	struct evert_handover_loop *around = find_loop(evert_flow), loop;

	if (around && around->depth == DEEPEST)
		return postpone(handover, around);
	enter(&loop, around);
	do
		handover->run(handover);
	while ((handover = take_postponed(&loop)));
	leave(&loop);
	return true;
}
