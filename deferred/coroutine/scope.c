/* SPDX-License-Identifier: MIT */
#include "scope.h"

#include <errno.h>

#include "../base/bug_internal.h"
#include "coroutine_internal.h"
#include "../base/memory.h"

struct evert_scope_child {
	struct evert_scope *scope;
	struct evert_scope_child *previous, *next;
	struct evert_deferred *deferred; /* alive until `ended` has run */
	unsigned cancels; /* of the scope, that it has had */
};

/* ---- Children ---- */

/* At the end: those that had the latest cancel stand behind the others. */
static void append(struct evert_scope_child *child)
{
	struct evert_scope *scope = child->scope;

	child->previous = scope->last;
	child->next = NULL;
	if (scope->last)
		scope->last->next = child;
	else
		scope->first = child;
	scope->last = child;
}

static void unlink_child(struct evert_scope_child *child)
{
	struct evert_scope *scope = child->scope;

	if (child->previous)
		child->previous->next = child->next;
	else
		scope->first = child->next;
	if (child->next)
		child->next->previous = child->previous;
	else
		scope->last = child->previous;
}

/*
 * Children may end and others may cancel meanwhile, but the owner does not go
 * on before we are through: the scope stays in place.
 */
void evert_scope_cancel(struct evert_scope *scope)
{
	struct evert_scope_child *child;
	unsigned cancels = ++scope->cancels;

	evert_coroutine_hold();
	while ((child = scope->first) && child->cancels < cancels) {
		child->cancels = cancels;
		unlink_child(child);
		append(child);
		evert_deferred_cancel(child->deferred);
	}
	evert_coroutine_let_run();
}

static void fire_if_all_ended(struct evert_scope *scope)
{
	if (scope->leaving && !scope->first)
		evert_deferred_fire(&scope->ending, evert_result_none());
}

/* The first failure becomes the outcome. Returns what is nobody's: it passes
   on, and where it is a failure, it is reported. */
static struct evert_result judge(struct evert_scope *scope,
				 struct evert_result *outcome)
{
	if (!evert_result_is_failure(outcome))
		return *outcome;
	if (scope->cancels &&
	    evert_result_failed_with(outcome, EVERT_CANCELLED))
		return evert_result_none();
	if (!evert_result_is_none(&scope->outcome))
		return *outcome;
	scope->outcome = evert_result_take(outcome);
	evert_scope_cancel(scope);
	return evert_result_none();
}

/* Runs on a coroutine's stack, or for one that just ended, or in a hold: the
   owner does not go on before this returns. */
static struct evert_result ended(struct evert_result *outcome, void *arg)
{
	struct evert_scope_child *child = arg;
	struct evert_scope *scope = child->scope;
	struct evert_result out;

	unlink_child(child);
	evert_free(child);
	out = judge(scope, outcome);
	fire_if_all_ended(scope);
	return out;
}

/* ---- The owner ---- */

void evert_scope_init(struct evert_scope *scope)
{
	struct evert_coroutine *owner =
		evert_coroutine_require("evert_scope_init");

	*scope = (struct evert_scope){ .owner = owner };
	owner->open_scopes++;
}

/* The owner was cancelled while leaving. */
static bool cancel_leaving(struct evert_deferred *deferred, void *arg)
{
	struct evert_scope *scope = arg;

	(void)deferred;
	if (evert_result_is_none(&scope->outcome))
		scope->outcome = evert_result_failure(
			evert_failure_bare(EVERT_CANCELLED));
	evert_scope_cancel(scope);
	return true;
}

/* Made ahead, so that leaving needs no memory. */
static bool prepare_leaving(struct evert_scope *scope)
{
	if (!scope->all_ended)
		scope->all_ended = evert_deferred_create_cancellable(
			&scope->ending, cancel_leaving, scope);
	return scope->all_ended;
}

struct evert_result evert_scope_leave(struct evert_scope *scope)
{
	struct evert_coroutine *owner =
		evert_coroutine_require("evert_scope_leave");
	struct evert_deferred *all_ended = scope->all_ended;

	if (owner != scope->owner)
		evert_bug("the coroutine %s (spawned at %s) leaves a scope "
			  "that it did not open, or has left",
			  owner->name, owner->place);
	scope->leaving = true;
	if (all_ended) {
		fire_if_all_ended(scope);
		evert_result_release(evert_await(all_ended));
	}
	owner->open_scopes--;
	scope->owner = NULL;
	return evert_result_take(&scope->outcome);
}

/* ---- Spawning ---- */

/* Spawns `child` into its scope. False: there was no memory. */
static bool start(struct evert_scope_child *child, evert_body body, void *arg,
		  const struct evert_spawn_options *options, const char *name,
		  const char *place)
{
	struct evert_deferred *deferred =
		evert_spawn_at(body, arg, options, name, place);

	if (!deferred) {
		evert_free(child);
		return false;
	}
	append(child);
	child->deferred = deferred;
	if (child->scope->cancels) /* while it ran */
		evert_deferred_cancel(deferred);
	evert_deferred_add_both(deferred, ended, child);
	evert_deferred_release(deferred);
	return true;
}

int evert_scope_spawn_at(struct evert_scope *scope, evert_body body, void *arg,
			 const struct evert_spawn_options *options,
			 const char *name, const char *place)
{
	struct evert_scope_child *child;
	bool started;

	if (scope->cancels || (scope->leaving && !scope->all_ended))
		return -ECANCELED;
	if (!prepare_leaving(scope))
		return -ENOMEM;
	child = evert_allocate(sizeof(*child));
	if (!child)
		return -ENOMEM;
	*child = (struct evert_scope_child){ .scope = scope };
	/* None of the others ends before this one stands among them. */
	evert_coroutine_hold();
	started = start(child, body, arg, options, name, place);
	evert_coroutine_let_run();
	return started ? 0 : -ENOMEM;
}
