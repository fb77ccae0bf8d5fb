/* SPDX-License-Identifier: MIT */
#include "scope.h"

#include <errno.h>

#include "../base/bug.h"
#include "../base/flow_internal.h"
#include "../handle_internal.h"
#include "coroutine_internal.h"
#include "scope_internal.h"
#include "../base/memory.h"

/* ---- In use ---- */

/* A function that runs the caller's code may be suspended by it, if it is on a
   coroutine's stack. Meanwhile the scope may be left, and its memory gone. */
struct evert_scope_use {
	struct evert_scope *scope; /* NULL: it was left */
	struct evert_scope_use *next;
};

static void begin_use(struct evert_scope_use *use, struct evert_scope *scope)
{
	use->scope = scope;
	use->next = scope->uses;
	scope->uses = use;
}

/* Returns the scope, or NULL when it was left. */
static struct evert_scope *end_use(struct evert_scope_use *use)
{
	struct evert_scope_use **at;

	if (!use->scope)
		return NULL;
	for (at = &use->scope->uses; *at != use; at = &(*at)->next)
		;
	*at = use->next;
	return use->scope;
}

static void tell_users(struct evert_scope *scope)
{
	struct evert_scope_use *use;

	for (use = scope->uses; use; use = use->next)
		use->scope = NULL;
}

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

/* The next one that has not had the latest cancel, or NULL. */
static struct evert_deferred *next_to_cancel(struct evert_scope *scope)
{
	struct evert_scope_child *child = scope->first;

	if (!child || child->cancels == scope->cancels)
		return NULL;
	child->cancels = scope->cancels;
	unlink_child(child);
	append(child);
	return child->waiter.on;
}

/* Children may end and others may cancel meanwhile. */
void evert_scope_cancel(struct evert_scope *scope)
{
	struct evert_scope_use use;
	struct evert_deferred *child;

	scope->cancels++;
	begin_use(&use, scope);
	evert_coroutine_hold();
	while (use.scope && (child = next_to_cancel(scope)))
		evert_deferred_cancel_at(child, evert_deferred_place(child));
	end_use(&use);
	evert_coroutine_let_run();
}

/* Nobody's: it is reported. */
static void report(const struct evert_result *failure, const char *place)
{
	struct evert_unhandled unhandled = {
		.failure = evert_result_as_failure(failure),
		.deferred_place = place,
	};

	evert_unhandled_report(&unhandled);
}

/* The first failure becomes the outcome. */
static void judge(struct evert_scope *scope, struct evert_result outcome,
		  const char *place)
{
	bool failed = evert_result_is_failure(&outcome);

	if (failed && scope->cancels &&
	    evert_result_failed_with(&outcome, EVERT_CANCELLED))
		failed = false;
	if (failed && evert_result_is_none(&scope->outcome)) {
		scope->outcome = outcome;
		evert_scope_cancel(scope);
		return;
	}
	if (failed)
		report(&outcome, place);
	evert_result_drop(outcome);
}

/* Returns the Deferred to go on with, or NULL. The owner may have to wait for
   its turn to go on; whoever is spawned until then comes too late. */
static struct evert_deferred *end_if_all_ended(struct evert_scope *scope)
{
	if (!scope->leaving || scope->first || scope->starting)
		return NULL;
	scope->all_ended = NULL;
	return evert_deferred_set(&scope->ending, evert_result_none());
}

static struct evert_deferred *ended(struct evert_scope *scope,
				    struct evert_result outcome,
				    const char *place)
{
	struct evert_scope_use use;

	begin_use(&use, scope);
	judge(scope, outcome, place);
	scope = end_use(&use);
	return scope ? end_if_all_ended(scope) : NULL;
}

static struct evert_deferred *child_ended(struct evert_waiter *waiter,
					  struct evert_result outcome)
{
	struct evert_scope_child *child =
		evert_container_of(waiter, struct evert_scope_child, waiter);
	struct evert_scope *scope = child->scope;
	const char *place = child->place;

	unlink_child(child);
	evert_free(child);
	return ended(scope, outcome, place);
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_scope_child, waiter)
		->scope->all_ended;
}

static struct evert_deferred *next(const struct evert_waiter *waiter)
{
	const struct evert_scope_child *child =
		evert_container_of(waiter, struct evert_scope_child, waiter);

	return child->next ? child->next->waiter.on : NULL;
}

static const struct evert_waiter_class child_class = {
	.deliver = child_ended,
	.outer = outer,
	.next = next,
};

/* ---- The owner ---- */

void evert_scope_init(struct evert_scope *scope)
{
	struct evert_coroutine *owner =
		evert_coroutine_require("evert_scope_init");

	*scope = (struct evert_scope){ .owner = owner };
	owner->open_scopes++;
}

/* The owner was cancelled while leaving. */
static void begin_cancel(void *joint)
{
	struct evert_scope *scope = joint;

	if (evert_result_is_none(&scope->outcome))
		scope->outcome = evert_cancelled();
	scope->cancels++;
	scope->canceller = evert_flow;
}

static struct evert_deferred *cancel_next(void *joint)
{
	return next_to_cancel(joint);
}

static void cancel_again(void *joint)
{
	struct evert_scope *scope = joint;

	if (scope->canceller != evert_flow)
		scope->cancels++;
}

static struct evert_deferred *first(const void *joint)
{
	const struct evert_scope *scope = joint;

	return scope->first ? scope->first->waiter.on : NULL;
}

static const struct evert_joint_class joint_class = {
	.kind = "scope",
	.begin = begin_cancel,
	.next = cancel_next,
	.again = cancel_again,
	.first = first,
};

/* Made ahead, so that leaving needs no memory. */
static bool prepare_leaving(struct evert_scope *scope)
{
	if (!scope->all_ended)
		scope->all_ended = evert_deferred_create_joint_at(
			&scope->ending, EVERT_HERE, &joint_class, scope);
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
			  owner->name, evert_coroutine_place(owner));
	scope->leaving = true;
	if (all_ended) {
		evert_deferred_go_on(end_if_all_ended(scope));
		/* Who waits for the owner from in here would wait for ever. */
		evert_ring_break(owner->deferred, all_ended);
		evert_result_release(evert_await(all_ended));
	}
	tell_users(scope);
	owner->open_scopes--;
	scope->owner = NULL;
	return evert_result_take(&scope->outcome);
}

/* ---- Spawning ---- */

/* The first stretch of `child` has run. Only now it is in the scope. */
static void enter(struct evert_scope_child *child,
		  struct evert_deferred *deferred)
{
	struct evert_scope *scope = child->scope;
	struct evert_result outcome;

	if (scope->leaving)
		evert_ring_break(scope->owner->deferred, deferred);
	scope->starting--;
	if (evert_deferred_wait(deferred, &child->waiter, &outcome)) {
		evert_deferred_go_on(ended(scope, outcome, child->place));
		evert_free(child);
		return;
	}
	append(child);
	if (scope->cancels) /* while it ran */
		evert_deferred_cancel(deferred);
}

/* Spawns `child` into its scope. False: there was no memory. */
static bool start(struct evert_scope_child *child, evert_body body, void *arg,
		  const struct evert_spawn_options *options, const char *name,
		  const char *place)
{
	struct evert_scope *scope = child->scope;
	struct evert_deferred *deferred;

	scope->starting++;
	deferred = evert_spawn_at(body, arg, options, name, place);
	if (deferred) {
		enter(child, deferred);
		return true;
	}
	evert_free(child);
	scope->starting--;
	evert_deferred_go_on(end_if_all_ended(scope));
	return false;
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
	*child = (struct evert_scope_child){
		.waiter = { .class = &child_class },
		.scope = scope,
		.place = place,
	};
	/* None of the others ends before this one stands among them. */
	evert_coroutine_hold();
	started = start(child, body, arg, options, name, place);
	evert_coroutine_let_run();
	return started ? 0 : -ENOMEM;
}
