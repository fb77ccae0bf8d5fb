/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <netinet/tcp.h>

#include "../../deferred/base/format_internal.h"

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
