/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <netinet/tcp.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/format_internal.h"
#include "writing_internal.h"

int evert_transport_vwritef(struct evert_transport *transport,
			    const char *format, va_list args)
{
	struct evert_formatted formatted;
	int error = evert_format(&formatted, format, args);

	if (error)
		return error;
	error = evert_transport_write(transport, formatted.text,
				      formatted.length);
	evert_formatted_release(&formatted);
	return error;
}

int evert_transport_writef(struct evert_transport *transport,
			   const char *format, ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = evert_transport_vwritef(transport, format, args);
	va_end(args);
	return error;
}

void evert_transport_fail(struct evert_transport *transport,
			  struct evert_failure *failure)
{
	struct evert_failure *before;

	if (!evert_failure_is(failure, EVERT_CONNECTION_LOST))
		evert_bug("evert_transport_fail was given a failure, made at "
			  "%s, that is no EVERT_CONNECTION_LOST",
			  failure->place);
	if (transport->closing) {
		evert_failure_release(failure);
		return;
	}
	before = transport->why;
	transport->why = failure;
	if (before)
		transport->why = evert_transport_reason(transport, before);
	evert_transport_lose_connection(transport);
}

struct evert_failure *evert_transport_reason(struct evert_transport *transport,
					     struct evert_failure *reason)
{
	struct evert_failure *why = transport->why;

	if (!why)
		return reason;
	transport->why = NULL;
	if (evert_failure_is(reason, EVERT_CONNECTION_DONE))
		evert_failure_release(reason);
	else
		evert_failure_add_cause(why, reason);
	return why;
}

void evert_transport_write_marks(const struct evert_transport *transport,
				 size_t *high, size_t *low)
{
	*high = EVERT_HIGH_MARK;
	*low = EVERT_LOW_MARK;
	if (transport->ops->marks)
		transport->ops->marks(transport, high, low);
}

struct evert_reactor *
evert_transport_reactor(const struct evert_transport *transport)
{
	return transport->ops->reactor ? transport->ops->reactor(transport) :
					 NULL;
}

int evert_transport_stand_before(struct evert_transport *transport,
				 struct evert_protocol *protocol,
				 struct evert_owned_protocol *former)
{
	evert_protocol_check(protocol);
	if (!transport->ops->set_protocol)
		return -EOPNOTSUPP;
	return transport->ops->set_protocol(transport, protocol, former);
}

int evert_transport_set_protocol(struct evert_transport *transport,
				 struct evert_protocol *protocol,
				 struct evert_owned_protocol *former)
{
	int error = evert_transport_stand_before(transport, protocol, former);

	if (error)
		return error;
	while (former->protocol->ops->step_aside)
		former->protocol->ops->step_aside(former->protocol, former);
	return 0;
}

int evert_transport_set_no_delay(struct evert_transport *transport, bool on)
{
	return transport->ops->set_option(transport, IPPROTO_TCP, TCP_NODELAY,
					  on);
}

int evert_transport_set_keep_alive(struct evert_transport *transport, bool on)
{
	return transport->ops->set_option(transport, SOL_SOCKET, SO_KEEPALIVE,
					  on);
}
