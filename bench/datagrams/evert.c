/* SPDX-License-Identifier: MIT */
/* A protocol that answers each datagram with itself. */
#include <evert.h>

#include <errno.h>
#include <stdio.h>

#include "common/announce.h"

#ifndef JOIN
#define JOIN false
#endif

static void echo(struct evert_datagram_protocol *protocol,
		 const struct evert_datagram *datagram)
{
	(void)protocol;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

static const struct evert_datagram_protocol_ops echo_ops = {
	.datagram_received = echo,
};

int main(void)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_datagram_protocol protocol = { .ops = &echo_ops };
	struct evert_datagram_transport *transport;
	struct evert_datagram_options options = { .join = JOIN };
	struct evert_address host;

	evert_address_parse(&host, "127.0.0.1", 0);
	transport = evert_datagram_open(reactor, &host, NULL, &options,
					&protocol);
	if (!transport)
		fail("evert_datagram_open", errno);
	evert_datagram_host(transport, &host);
	printf("%d\n", evert_address_port(&host));
	fflush(stdout);
	return evert_reactor_run(reactor) != 0;
}
