/* SPDX-License-Identifier: MIT */
#include "opening_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "endpoint.h"

struct evert_firing *evert_opening_end(struct evert_opening *o)
{
	if (o->kind->stop)
		o->kind->stop(o);
	evert_delayed_call_cancel(o->too_late);
	evert_task_cancel(&o->tell);
	evert_failure_release(o->failure);
	o->failure = NULL;
	evert_member_leave(&o->member);
	evert_resolution_finish(&o->resolution);
	evert_endpoint_release(o->endpoint);
	return o->slot;
}

void evert_opening_fire(struct evert_opening *o, struct evert_result result)
{
	struct evert_firing *slot = evert_opening_end(o);

	evert_free(o);
	evert_deferred_fire(&slot, result);
}

/* Who connects again in the errback must not do so on top of this. */
void evert_opening_fail(struct evert_opening *o, struct evert_failure *failure)
{
	if (o->beginning && o->kind->from_loop) {
		o->failure = failure;
		evert_task_plan(o->reactor, &o->tell);
		return;
	}
	evert_opening_fire(o, evert_result_failure(failure));
}

void evert_opening_plan_later(struct evert_opening *o)
{
	evert_task_plan(o->reactor, &o->tell);
}

static void tell(struct evert_task *task)
{
	struct evert_opening *o =
		evert_container_of(task, struct evert_opening, tell);
	struct evert_failure *failure = o->failure;

	o->failure = NULL;
	if (failure)
		evert_opening_fire(o, evert_result_failure(failure));
	else
		o->kind->later(o);
}

const char *evert_opening_name(const struct evert_opening *o, char *text)
{
	o->source->name(o->endpoint, text, EVERT_OPENING_NAME_SIZE);
	return text;
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct evert_opening *o = arg;
	struct evert_firing *slot;

	(void)deferred;
	if (o->kind->may_cancel && !o->kind->may_cancel(o))
		return false;
	slot = evert_opening_end(o);
	evert_deferred_abandon(&slot);
	evert_free(o);
	return false;
}

static void shut_down(struct evert_member *member)
{
	struct evert_opening *o =
		evert_container_of(member, struct evert_opening, member);

	evert_opening_fire(o, evert_result_failure(evert_failure_at(
				      o->place, EVERT_REACTOR_STOPPED)));
}

static void resolved(struct evert_resolution *resolution,
		     struct evert_failure *failure)
{
	struct evert_opening *o = evert_container_of(
		resolution, struct evert_opening, resolution);

	if (failure)
		evert_opening_fail(o, failure);
	else
		o->kind->found(o);
}

static void time_is_over(void *arg)
{
	struct evert_opening *o = arg;
	char name[EVERT_OPENING_NAME_SIZE];
	struct evert_failure *failure = evert_failure_create_at(
		o->place, EVERT_CONNECT_TIMED_OUT, 0,
		"cannot connect to %s within %g seconds%s",
		evert_opening_name(o, name), o->timeout,
		o->resolution.count ? "" :
				      ": its name was not looked up by then");

	evert_failure_set_error(failure, ETIMEDOUT);
	if (o->kind->too_late)
		o->kind->too_late(o, failure);
	evert_opening_fire(o, evert_result_failure(failure));
}

static struct evert_failure *set_timeout(struct evert_opening *o,
					 double timeout)
{
	if (timeout <= 0)
		return NULL;
	o->timeout = timeout;
	o->too_late = evert_reactor_call_later(o->reactor, timeout,
					       time_is_over, o);
	return evert_delayed_call_active(o->too_late) ?
		       NULL :
		       evert_failure_bare(EVERT_NO_MEMORY);
}

static struct evert_failure *begin(struct evert_opening *o,
				   struct evert_opening_plan *plan)
{
	struct evert_failure *failure = plan->failure;

	if (!failure)
		failure = set_timeout(o, plan->timeout);
	if (!failure && o->reactor->shutting_down)
		failure = evert_failure_at(o->place, EVERT_REACTOR_STOPPED);
	if (!failure)
		failure = o->source->find(&o->resolution, o->endpoint);
	return failure;
}

static void init(struct evert_opening *o, const struct evert_opening_kind *kind,
		 const struct evert_opening_plan *plan)
{
	memset(o, 0, kind->size);
	o->kind = kind;
	o->reactor = plan->reactor;
	o->place = plan->place;
	o->source = plan->source;
	if (plan->endpoint)
		o->endpoint = evert_endpoint_keep(plan->endpoint);
	evert_resolution_init(&o->resolution, plan->reactor, resolved,
			      plan->place);
	o->resolution.in_parts = kind->in_parts;
	evert_task_init(&o->tell, tell);
	evert_member_join(plan->reactor, &o->member, shut_down);
}

struct evert_deferred *
evert_opening_create(const struct evert_opening_kind *kind,
		     struct evert_opening_plan *plan,
		     struct evert_opening **made)
{
	struct evert_opening *o = evert_allocate(kind->size);
	struct evert_deferred *deferred = NULL;
	struct evert_firing *slot;

	if (o)
		deferred = evert_deferred_create_at(&slot, plan->place,
						    cancelled, o);
	if (!deferred) {
		evert_free(o);
		evert_failure_release(plan->failure);
		return NULL;
	}
	init(o, kind, plan);
	o->slot = slot;
	*made = o;
	return deferred;
}

void evert_opening_start(struct evert_opening *o,
			 struct evert_opening_plan *plan)
{
	bool from_loop = o->kind->from_loop;
	struct evert_failure *failure;

	o->beginning = true;
	failure = begin(o, plan);
	if (failure || o->resolution.count)
		resolved(&o->resolution, failure);
	if (from_loop) /* else it may be gone */
		o->beginning = false;
}

void evert_stream_plan_check(struct evert_stream_plan *plan,
			     struct evert_socket_plan *socket)
{
	if (!plan->base.failure)
		plan->base.failure = evert_socket_plan_init(
			socket, plan->options, plan->base.place);
}
