/* SPDX-License-Identifier: MIT */
/* Scopes and shields. */
#include <errno.h>
#include <stdlib.h>

#include "modelled.h"

enum {
	CHILDREN = WAITING_COROUTINES_MOST,
	SHIELDS = WAITING_MOST
};

static struct scope {
	int owner;     /* its Deferred */
	int all_ended; /* a Deferred; NOBODY before the first child, and
			  when all have ended */
	int opening; /* the how many-th of all: it may be left, and opened
			again, while somebody runs the user's code */
	int outcome;
	int cancels;		       /* so far */
	int children[CHILDREN], count; /* that run */
	int starting;
	bool leaving, walking;
	int canceller; /* a coroutine, or NOBODY */
} scopes[WAITING_SCOPES];

static struct child {
	struct scope *scope; /* NULL: it has ended */
	int deferred;
	int cancels; /* of the scope, that it has had */
} children[CHILDREN];

static struct {
	int deferred, shielded;
	bool cancelled;
} shields[SHIELDS];
static int shield_count, openings;

void modelled_scope_begin(void)
{
	shield_count = openings = 0;
}

/* ---- Cancelling ---- */

/* One that has not had the latest; those that had it stand behind. */
static struct child *next_to_cancel(struct scope *scope)
{
	int number = scope->children[0], i;

	if (!scope->count || children[number].cancels == scope->cancels)
		return NULL;
	children[number].cancels = scope->cancels;
	for (i = 1; i < scope->count; i++)
		scope->children[i - 1] = scope->children[i];
	scope->children[scope->count - 1] = number;
	return &children[number];
}

/* False: meanwhile it was left. */
static bool cancel_all(struct scope *scope)
{
	struct child *child;
	int opening = scope->opening;

	while (scope->opening == opening && (child = next_to_cancel(scope)))
		promised_cancel(child->deferred);
	return scope->opening == opening;
}

void modelled_scope_cancel(int scope)
{
	scopes[scope].cancels++;
	modelled_hold();
	cancel_all(&scopes[scope]);
	modelled_let_run();
}

/* ---- The end of a child ---- */

static void end_if_all_ended(struct scope *scope)
{
	int all_ended = scope->all_ended;

	if (!scope->leaving || scope->count || scope->starting ||
	    all_ended == NOBODY)
		return;
	scope->all_ended = NOBODY; /* who comes now comes too late */
	promised_fire(all_ended, (struct outcome){ MODEL_PASS, 0 });
}

static void judge(struct scope *scope, int outcome)
{
	bool failed = outcome < 0 && !(scope->cancels && outcome == CANCELLED);

	if (failed && !scope->outcome) {
		scope->outcome = outcome;
		modelled_scope_cancel((int)(scope - scopes));
	} else if (failed) {
		modelled_report(outcome);
	}
	modelled_drop(outcome);
}

/* Unless it was left meanwhile. */
static void judge_last(struct scope *scope, int outcome)
{
	int opening = scope->opening;

	judge(scope, outcome);
	if (scope->opening == opening)
		end_if_all_ended(scope);
}

static void child_ended(int number, int outcome)
{
	struct scope *scope = children[number].scope;
	int i, kept = 0;

	for (i = 0; i < scope->count; i++)
		if (scope->children[i] != number)
			scope->children[kept++] = scope->children[i];
	scope->count = kept;
	judge_last(scope, outcome);
}

/* ---- Spawning ---- */

static bool cancelled_while_leaving(int number)
{
	struct scope *scope = &scopes[number];

	if (scope->walking) {
		/* In a canceller this is nothing new, in another flow it is. */
		scope->cancels += scope->canceller != modelled_flow;
		return true;
	}
	if (!scope->outcome)
		scope->outcome = CANCELLED;
	scope->cancels++;
	scope->walking = true;
	scope->canceller = modelled_flow;
	if (cancel_all(scope))
		scope->walking = false;
	return true;
}

static int child_of(int scope, int k)
{
	return k < scopes[scope].count
		       ? children[scopes[scope].children[k]].deferred
		       : NOBODY;
}

/* Only when its first stretch has run it is in the scope. */
static void enter(struct scope *scope, int number, int deferred)
{
	struct promised_waiter waiter = { child_ended, number, scope->all_ended };
	int outcome;

	if (scope->leaving)
		promised_break_ring(scope->owner, deferred);
	scope->starting--;
	children[number] = (struct child){ scope, deferred, 0 };
	if (promised_wait(deferred, waiter, &outcome)) {
		judge_last(scope, outcome);
		return;
	}
	scope->children[scope->count++] = number;
	if (scope->cancels)
		promised_cancel(deferred);
}

int modelled_scope_spawn(int number, int coroutine)
{
	static const struct promised_work work = {
		.cancel = cancelled_while_leaving,
		.waits_for = child_of,
		.is_joint = true,
		.walks = true,
	};
	struct scope *scope = &scopes[number];

	if (scope->cancels || (scope->leaving && scope->all_ended == NOBODY))
		return -ECANCELED;
	if (scope->all_ended == NOBODY)
		scope->all_ended = promised_create(&work, number);
	modelled_hold();
	scope->starting++;
	enter(scope, coroutine, modelled_spawn(coroutine));
	modelled_let_run();
	return 0;
}

/* ---- The owner ---- */

void modelled_scope_open(int scope, int coroutine)
{
	scopes[scope] = (struct scope){ .all_ended = NOBODY };
	scopes[scope].opening = ++openings;
	scopes[scope].owner = modelled_deferred_of(coroutine);
}

bool modelled_scope_leave(int number, int *all_ended)
{
	struct scope *scope = &scopes[number];

	scope->leaving = true;
	*all_ended = scope->all_ended;
	if (scope->all_ended == NOBODY)
		return true;
	end_if_all_ended(scope);
	promised_break_ring(scope->owner, *all_ended);
	return false;
}

int modelled_scope_left(int scope)
{
	scopes[scope].opening = 0;
	return scopes[scope].outcome;
}

/* ---- Shields ---- */

static bool cancel_shield(int number)
{
	shields[number].cancelled = true;
	promised_fail(shields[number].shielded, CANCELLED);
	return true;
}

static void pass_on(int number, int outcome)
{
	shields[number].deferred = NOBODY;
	if (!shields[number].cancelled) {
		promised_fire(shields[number].shielded,
			      (struct outcome){ MODEL_VALUE, outcome });
		return;
	}
	if (outcome < 0)
		modelled_report(outcome);
	modelled_drop(outcome);
}

static int shielded_by(int number, int k)
{
	return k ? NOBODY : shields[number].deferred;
}

int modelled_shield(int deferred)
{
	static const struct promised_work work = {
		.cancel = cancel_shield,
		.waits_for = shielded_by,
		.is_joint = true,
	};
	int number = shield_count++, outcome;

	if (number == SHIELDS)
		abort();
	shields[number].deferred = NOBODY;
	shields[number].cancelled = false;
	shields[number].shielded = promised_create(&work, number);
	if (promised_wait(deferred,
			  (struct promised_waiter){ pass_on, number,
						   shields[number].shielded },
			  &outcome))
		pass_on(number, outcome);
	else
		shields[number].deferred = deferred;
	return shields[number].shielded;
}
