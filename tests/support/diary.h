/* SPDX-License-Identifier: MIT */
/* For tests of Deferreds: what happened, written down as it happens. */
#ifndef TESTS_SUPPORT_DIARY_H
#define TESTS_SUPPORT_DIARY_H

#include "unfired.h"

/* What happened so far: words with blanks between them. */
extern char diary[];

void diary_add(const char *format, ...) EVERT_PRINTF(1, 2);
void diary_clear(void);

/*
 * Links whose argument is a name. Each adds "NAME:RESULT", where the result is
 * a number, a text, "nothing", or the kind of a failure.
 *
 * diary_pass passes the result on; diary_end leaves nothing of it.
 */
struct evert_result diary_pass(struct evert_result *in, void *name);
struct evert_result diary_end(struct evert_result *in, void *name);

/* Links that add nothing to the diary: they fail with a plain EVERT_ERROR, or
   wait for the Deferred that is the argument. */
struct evert_result fail_plainly(struct evert_result *in, void *arg);
struct evert_result wait_for(struct evert_result *in, void *inner);

/* A value with a name: when it is released, "freed:NAME" is added. */
struct evert_result diary_value(const char *name);

/* From now on a failure that nobody handled adds "unhandled:KIND". */
void diary_unhandled(void);

/* What most tests begin with. */
static inline struct evert_deferred *fired(int64_t value)
{
	return evert_deferred_create_fired(evert_result_integer(value));
}

static inline struct evert_result plain_failure(void)
{
	return evert_result_fail(EVERT_ERROR, 0, "planned");
}

static inline void fire(struct evert_firing **slot, int64_t value)
{
	evert_deferred_fire(slot, evert_result_integer(value));
}

/* Runs `work(arg)` on a stack so small that recursion over a long chain would
   run into its end. */
void run_on_small_stack(void *(*work)(void *arg), void *arg);

#endif
