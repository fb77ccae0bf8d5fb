/* SPDX-License-Identifier: MIT */
/* A line receiver that answers each name: inside out. */
#include <evert.h>

#include <stdlib.h>
#include <string.h>

#include "common/serve.h"

struct greeter {
	struct evert_line_receiver base;
};

static void greet(struct evert_line_receiver *base, const char *name,
		  size_t length)
{
	char greeting[EVERT_LINE_LIMIT + sizeof("Hello, !")];

	memcpy(greeting, "Hello, ", 7);
	memcpy(greeting + 7, name, length);
	greeting[7 + length] = '!';
	evert_line_receiver_send_line(base, greeting, length + 8);
}

static void pause_lines(struct evert_protocol *protocol)
{
	evert_line_receiver_pause(evert_line_receiver_from(protocol));
}

static void resume_lines(struct evert_protocol *protocol)
{
	evert_line_receiver_resume(evert_line_receiver_from(protocol));
}

static void destroy(struct evert_protocol *protocol)
{
	struct evert_line_receiver *base = evert_line_receiver_from(protocol);

	evert_line_receiver_finish(base);
	free(evert_container_of(base, struct greeter, base));
}

static const struct evert_line_receiver_ops greeter_ops = {
	.protocol = {
		.data_received = evert_line_receiver_data_received,
		.pause_writing = pause_lines,
		.resume_writing = resume_lines,
		.destroy = destroy,
	},
	.line_received = greet,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct greeter *self = malloc(sizeof(*self));

	(void)factory;
	(void)peer;
	if (!self)
		return NULL;
	evert_line_receiver_init(&self->base, &greeter_ops);
	return &self->base.base;
}

int main(void)
{
	struct evert_factory factory = { build };

	return serve(&factory);
}
