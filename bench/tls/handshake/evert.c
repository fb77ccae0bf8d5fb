/* SPDX-License-Identifier: MIT */
/* A protocol that greets, and closes. */
#include <evert.h>

#include <string.h>

#include "common/serve.h"

static void greet(struct evert_protocol *protocol)
{
	static const char greeting[] = "Hello, World!\r\n";

	evert_transport_write(protocol->transport, greeting, strlen(greeting));
	evert_transport_lose_connection(protocol->transport);
}

/* Nothing is asked. */
static void receive(struct evert_protocol *protocol, const char *data,
		    size_t length)
{
	(void)protocol;
	(void)data;
	(void)length;
}

static const struct evert_protocol_ops greeter_ops = {
	.connection_made = greet,
	.data_received = receive,
};

struct greeter {
	struct evert_protocol base;
};

static struct evert_factory factory =
	EVERT_FACTORY(struct greeter, base, &greeter_ops);

int main(void)
{
	return serve(&factory);
}
