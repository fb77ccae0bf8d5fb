/* SPDX-License-Identifier: MIT */
/* A line receiver that answers each name: inside out. */
#include <evert.h>

#include <string.h>

#include "common/serve.h"

struct greeter {
	struct evert_line_receiver base;
};

static void greet(struct evert_line_receiver *base, const char *name,
		  size_t length)
{
	const struct iovec greeting[] = {
		{ (void *)"Hello, ", 7 },
		{ (void *)name, length },
		{ (void *)"!", 1 },
	};

	evert_line_receiver_send_pieces(base, greeting, 3);
}

static const struct evert_line_receiver_ops greeter_ops = {
	.line_received = greet,
	.pause_when_full = true,
};

static struct evert_factory factory =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

int main(void)
{
	return serve(&factory);
}
