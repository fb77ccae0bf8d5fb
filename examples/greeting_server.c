/* SPDX-License-Identifier: MIT */
/* Answers every line NAME with "Hello, NAME!". */
#include <evert.h>

#include "common/example.h"

struct greeter {
	struct evert_line_receiver base; /* a greeter is a line receiver */
};

static void greeter_line_received(struct evert_line_receiver *base,
				  const char *name, size_t length)
{
	evert_line_receiver_send_linef(base, "Hello, %.*s!", (int)length,
				       name);
}

static const struct evert_line_receiver_ops greeter_ops = {
	.line_received = greeter_line_received,
	.pause_when_full = true, /* who does not read gets no more */
};

static struct evert_factory greeter_factory =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_add_tls();
	example_server(&wanted, argc, argv,
		       "Answers each line NAME with \"Hello, NAME!\".", "9999");
	return example_serve(&wanted, &greeter_factory);
}
