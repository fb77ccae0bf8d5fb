/* SPDX-License-Identifier: MIT */
/*
 * Who is handed what he waited for, a lock or an item, may hand on another
 * thing himself, to one who hands on a third. So that the stack does not grow
 * with how many there are, hand-overs stand only so deep in one another: the
 * innermost then does, one after the other, what would be deeper.
 */
#ifndef EVERT_DEFERRED_NESTING_INTERNAL_H
#define EVERT_DEFERRED_NESTING_INTERNAL_H

#include "base/base.h"

/* Embedded in what is handed over. `run` is set, it begins as zero else; from
   then on `run` may free it. */
struct evert_handover {
	void (*run)(struct evert_handover *handover);
	struct evert_handover *after; /* of those postponed */
	bool postponed;
};

/*
 * Runs it, once, before the outermost hand-over of this flow returns: now, or,
 * where it is too deep for that, later. False: it was postponed before, and
 * runs only that once. Needs no memory.
 */
bool evert_hand_over(struct evert_handover *handover);

/* The innermost loop of hand-overs in this thread. */
extern _Thread_local struct evert_handover_loop *evert_handover_loop;

EVERT_APART void evert_hand_over_postponed(void);

/* For a flow that is going to be suspended, perhaps until that is done which
   it has postponed: does it now. */
static inline void evert_hand_over_before_waiting(void)
{
	if (evert_handover_loop)
		evert_hand_over_postponed();
}

#endif
