/* SPDX-License-Identifier: MIT */
/* Opening what an endpoint of evert's own schemes names: their kinds say in
   what they differ. */
#include "builtin_internal.h"
#include "options_internal.h"

/* 0: none are given, or the scheme has no such parameter. */
static double seconds(const struct evert_endpoint *e, const char *name)
{
	const struct evert_value *value = evert_endpoint_given(e, name);

	return value ? value->number : 0;
}

static struct evert_failure *check(const struct evert_endpoint *e,
				   bool has_options, const char *place)
{
	const struct evert_builtin_kind *kind = evert_builtin_of(e)->kind;

	if (kind->is_there && has_options)
		return evert_failure_create_at(
			place, EVERT_BAD_OPTION, 0,
			"bad socket option: a socket that is there already "
			"(%s) takes none", evert_endpoint_string(e));
	return kind->check ? kind->check(e, place) : NULL;
}

static struct evert_opening_plan plan_of(struct evert_reactor *reactor,
					 const struct evert_endpoint *e,
					 bool has_options, const char *place)
{
	return (struct evert_opening_plan){
		.reactor = reactor,
		.endpoint = e,
		.place = place,
		.source = evert_builtin_of(e)->kind->source,
		.failure = check(e, has_options, place),
		.timeout = seconds(e, "timeout"),
	};
}

struct evert_deferred *evert_builtin_stream(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_stream_plan plan = {
		.base = plan_of(reactor, e, options, place),
		.factory = factory,
		.options = &all,
		.attempt_delay = seconds(e, "attempt-delay"),
	};

	evert_take_socket_options(&all, options, e);
	return evert_endpoint_listens(e) ? evert_listening_begin(&plan) :
					   evert_attempts_begin(&plan);
}

struct evert_deferred *evert_builtin_seqpacket(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_datagram_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_stream_plan plan = {
		.base = plan_of(reactor, e, options, place),
		.packets = factory,
		.options = &all,
	};

	evert_take_socket_options(&all, options, e);
	return evert_listening_begin(&plan);
}

struct evert_deferred *evert_builtin_datagram(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_datagram_protocol *protocol,
	const struct evert_datagram_options *options, const char *place)
{
	const struct evert_builtin_kind *kind = evert_builtin_of(e)->kind;
	struct evert_datagram_options all;
	struct evert_datagram_plan plan = {
		.base = plan_of(reactor, e, options, place),
		.connects = !evert_endpoint_listens(e),
		.protocol = protocol,
		.options = &all,
	};
	struct evert_failure **failure = &plan.base.failure;

	if (kind->datagram_source)
		plan.base.source = kind->datagram_source;
	if (!*failure)
		*failure = evert_take_datagram_options(&all, options, e, place);
	if (!*failure && kind->add_datagram)
		*failure = kind->add_datagram(&plan, &all);
	all.seqpacket = kind->seqpacket;
	return evert_datagram_opening_begin(&plan);
}
