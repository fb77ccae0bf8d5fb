/* SPDX-License-Identifier: MIT */
/*
 * Whose fault is it? A test goes on with the NULL that it was given instead of
 * a Deferred, or with a connection that it was told is gone, or waits for what
 * it was told will not come: that is the test's.
 * evert's is what happens inside the call that met the failure, or in its own
 * loop, and all that is no NULL.
 */
#include "torture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

const char *const verdict_names[VERDICTS] = {
	[WENT_WELL] = "went-well",
	[NOTICED] = "noticed",
	[NOT_FAILED] = "not-failed",
	[TEST_WENT_ON] = "test-went-on",
	[TEST_CLUNG] = "test-clung",
	[TEST_WAITED] = "test-waited",
	[CRASHED] = "CRASHED",
	[REPORTED] = "REPORTED",
	[ACCUSED] = "ACCUSED",
	[LEAKED] = "LEAKED",
	[KEPT_DESCRIPTORS] = "KEPT-DESCRIPTORS",
	[HUNG] = "HUNG",
	[ENDED] = "ENDED",
};

/* The frame of the test that called evert, last of all; or that died itself.
   Counted from the outermost, 0; or -1. */
static long caller(const struct stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++) {
		if (owner_of(stack->frames[i].ip) == OWNER_TEST)
			return (long)(stack->count - 1 - i);
	}
	return -1;
}

static const struct frame *from_outside(const struct stack *stack, long i)
{
	return &stack->frames[stack->count - 1 - (size_t)i];
}

/* How many frames both have, from the outermost. */
static long common(const struct stack *a, const struct stack *b)
{
	long i = 0;

	while (i < (long)a->count && i < (long)b->count &&
	       from_outside(a, i)->ip == from_outside(b, i)->ip &&
	       from_outside(a, i)->cfa == from_outside(b, i)->cfa)
		i++;
	return i;
}

/* Is evert on the stack inside the innermost frame of the test? */
static bool is_in_evert(const struct stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++) {
		enum owner owner = owner_of(stack->frames[i].ip);

		if (owner != OWNER_OTHER)
			return owner == OWNER_EVERT;
	}
	return false;
}

/* Had the call that met the failure gone back to the test, or was evert itself
   still at it? */
static bool had_returned(void)
{
	long called = caller(&the_record->end);

	return !is_in_evert(&the_record->end) ||
	       (called >= 0 &&
		called >= common(&the_record->end, &the_record->failure));
}

/* Did evert itself, in its loop, meet the failure, and the test was not at
   hand? */
static bool met_in_the_same_call(void)
{
	long met = caller(&the_record->failure);

	return met < common(&the_record->end, &the_record->failure) &&
	       is_in_evert(&the_record->end);
}

/* Somebody was, who does not listen. */
static bool was_told(const struct run *run)
{
	return strstr(run->said, "evert: unhandled failure") != NULL;
}

/* With NULL, or a result that is no such one; or Criterion with what the test
   has not said. */
static bool is_of_the_test(const struct run *run)
{
	return the_record->used_null ||
	       strstr(run->said, "null pointer passed as argument") ||
	       strstr(run->said, "bug in the calling program") ||
	       (WTERMSIG(run->status) == SIGPIPE &&
		!is_in_evert(&the_record->end));
}

/* Did the function itself that the test called meet it, in what it was given,
   or in something of evert's own? */
static bool is_stale(void)
{
	size_t i, depth = 0;

	for (i = 0; i < the_record->end.count; i++) {
		enum owner owner = owner_of(the_record->end.frames[i].ip);

		if (owner == OWNER_TEST)
			break;
		depth += owner == OWNER_EVERT;
	}
	return depth <= 1;
}

/* The test itself: a model of its own stops so. */
static bool has_given_up(const struct run *run)
{
	return WTERMSIG(run->status) == SIGABRT &&
	       !is_in_evert(&the_record->end) && !the_record->used_null &&
	       !strstr(run->said, "ERROR: ") &&
	       !strstr(run->said, "runtime error: ");
}

static enum verdict judge_signal(const struct run *run)
{
	if (has_given_up(run))
		return NOTICED;
	if (is_of_the_test(run) && had_returned())
		return TEST_WENT_ON;
	if (is_stale() && strstr(run->said, "use-after-free") && had_returned())
		return TEST_CLUNG;
	if (WTERMSIG(run->status) != SIGABRT)
		return CRASHED;
	return strstr(run->said, "bug in the calling") ? ACCUSED : REPORTED;
}

enum verdict judge(const struct run *run)
{
	if (run->n && !the_record->failed &&
	    (run->hung || the_record->how == HOW_PASSED))
		return NOT_FAILED;
	if (run->hung)
		return !met_in_the_same_call() || was_told(run) ? TEST_WAITED
								: HUNG;
	if (WIFSIGNALED(run->status))
		return judge_signal(run);
	switch (the_record->how) {
	case HOW_NOTICED:
	case HOW_SKIPPED:
		return NOTICED;
	case HOW_LEAKED:
		return LEAKED;
	case HOW_PASSED:
		return the_record->descriptors > run->descriptors
			       ? KEPT_DESCRIPTORS
			       : WENT_WELL;
	default:
		return ENDED;
	}
}
