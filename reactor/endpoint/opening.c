/* SPDX-License-Identifier: MIT */
#include "opening_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"

struct evert_firing *evert_opening_end(struct evert_opening *o)
{
	if (o->kind->stop)
		o->kind->stop(o);
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
	evert_opening_fire(
		evert_container_of(member, struct evert_opening, member),
		evert_result_failure(evert_failure_bare(EVERT_REACTOR_STOPPED)));
}

static void resolved(struct evert_resolution *resolution,
		     struct evert_failure *failure)
{
	struct evert_opening *o = evert_container_of(
		resolution, struct evert_opening, resolution);

	o->kind->found(o, failure);
}

static struct evert_failure *begin(struct evert_opening *o,
				   struct evert_opening_plan *plan)
{
	struct evert_failure *failure = plan->failure;

	if (!failure)
		failure = evert_socket_plan_init(&o->socket, plan->options,
						 plan->place);
	if (!failure && o->reactor->shutting_down)
		failure = evert_failure_bare(EVERT_REACTOR_STOPPED);
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
	o->factory = plan->factory;
	o->place = plan->place;
	o->source = plan->source;
	if (plan->endpoint)
		o->endpoint = evert_endpoint_keep(plan->endpoint);
	evert_resolution_init(&o->resolution, plan->reactor, resolved,
			      plan->place);
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
	struct evert_failure *failure = begin(o, plan);

	if (failure || o->resolution.count)
		o->kind->found(o, failure);
}
