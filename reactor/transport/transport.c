/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <netinet/tcp.h>

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
