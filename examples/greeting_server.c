/* SPDX-License-Identifier: MIT */
/* Answers every line NAME with "Hello, NAME!". */
#include <evert.h>

#include <stdlib.h>
#include <string.h>

#include "common/example.h"

struct greeter {
	struct evert_line_receiver base; /* a greeter is a line receiver */
};

static struct greeter *greeter_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct greeter, base);
}

static void greeter_line_received(struct evert_line_receiver *base,
				  const char *name, size_t length)
{
	static const char hello[] = "Hello, ";
	char greeting[sizeof(hello) + EVERT_LINE_LIMIT];
	size_t size = sizeof(hello) - 1;

	memcpy(greeting, hello, size);
	memcpy(greeting + size, name, length);
	size += length;
	greeting[size++] = '!';
	evert_line_receiver_send_line(base, greeting, size);
}

/* Who does not read its greetings gets no more of them. */
static void greeter_pause_writing(struct evert_protocol *protocol)
{
	evert_line_receiver_pause(evert_line_receiver_from(protocol));
}

static void greeter_resume_writing(struct evert_protocol *protocol)
{
	evert_line_receiver_resume(evert_line_receiver_from(protocol));
}

static void greeter_destroy(struct evert_protocol *protocol)
{
	struct evert_line_receiver *base = evert_line_receiver_from(protocol);

	evert_line_receiver_finish(base);
	free(greeter_from(base));
}

static const struct evert_line_receiver_ops greeter_ops = {
	.protocol = {
		.data_received = evert_line_receiver_data_received,
		.pause_writing = greeter_pause_writing,
		.resume_writing = greeter_resume_writing,
		.destroy = greeter_destroy,
	},
	.line_received = greeter_line_received,
};

static struct evert_protocol *build_greeter(struct evert_factory *factory,
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

static struct evert_factory greeter_factory = { build_greeter };

int main(int argc, char **argv)
{
	char endpoint[EXAMPLE_ENDPOINT_SIZE];

	example_server(endpoint, argc, argv,
		       "Answers each line NAME with \"Hello, NAME!\".", "9999");
	return example_serve(endpoint, &greeter_factory);
}
