/* SPDX-License-Identifier: MIT */
/* Several greetings at the same time, inside out: a chain for each. */
#include <evert.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST = 8
};

static const char *endpoint;

struct getter {
	struct evert_line_receiver base; /* a getter is a line receiver */
	struct evert_firing_queue asked; /* those who wait for a greeting */
};

static void getter_line_received(struct evert_line_receiver *base,
				 const char *line, size_t length)
{
	evert_line_receiver_answer(base, evert_result_text(line, length));
}

static const struct evert_line_receiver_ops getter_ops = {
	.line_received = getter_line_received,
	.asked = EVERT_ASKED(struct getter, asked),
};

static struct evert_factory getter_factory =
	EVERT_LINE_FACTORY(struct getter, base, &getter_ops);

static struct evert_result show(struct evert_result *greeting, void *protocol)
{
	puts(evert_result_as_text(greeting));
	evert_transport_lose_connection(
		((struct evert_protocol *)protocol)->transport);
	return evert_result_none();
}

static struct evert_result ask(struct evert_result *in, void *name)
{
	struct evert_protocol *protocol = evert_result_as_protocol(in);
	struct getter *self =
		evert_container_of(protocol, struct getter, base.base);
	struct evert_deferred *greeting =
		evert_line_receiver_ask(&self->base, name, strlen(name));

	evert_deferred_add_callback(greeting, show, protocol);
	return evert_result_wait(greeting);
}

static struct evert_result greet_all(void *arg)
{
	struct evert_deferred *d, *all[MOST];
	char **names = arg;
	size_t count = 0;

	for (; names[count] && count < MOST; count++) {
		d = evert_connect(evert_reactor_current(), endpoint,
				  &getter_factory);
		evert_deferred_add_callback(d, ask, names[count]);
		all[count] = d;
	}
	return evert_result_wait(evert_gather(all, count, 0));
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s ENDPOINT NAME...\n", argv[0]);
		return 2;
	}
	endpoint = argv[1];
	return evert_run(greet_all, argv + 2);
}
