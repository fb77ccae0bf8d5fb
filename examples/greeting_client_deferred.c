/* SPDX-License-Identifier: MIT */
/*
 * The greeting client turned inside out: a line receiver that answers
 * requests by a Deferred, and a chain of callbacks that asks.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "common/example.h"

/* ---- GreetingGetter: a protocol that gets greetings ---- */

struct getter {
	struct evert_line_receiver base; /* a getter is a line receiver */
	struct evert_firing_queue asked; /* those who wait for a greeting */
};

/* Asks for one greeting. The caller owns the returned reading end. */
static struct evert_deferred *get_greeting(struct getter *self,
					   const char *name)
{
	return evert_line_receiver_ask(&self->base, name, strlen(name));
}

static void getter_line_received(struct evert_line_receiver *base,
				 const char *line, size_t length)
{
	evert_line_receiver_answer(base, evert_result_text(line, length));
}

static const struct evert_line_receiver_ops getter_ops = {
	.line_received = getter_line_received,
	.asked = EVERT_ASKED(struct getter, asked),
	.limit = 2 * EVERT_LINE_LIMIT, /* a greeting is longer than its name */
};

static struct evert_factory getter_factory =
	EVERT_LINE_FACTORY(struct getter, base, &getter_ops);

/* ---- The chain ---- */

/* The protocol comes back out of it, for who asks next. */
static struct evert_result show(struct evert_result *greeting, void *protocol)
{
	puts(evert_result_as_text(greeting));
	return evert_result_of(&evert_type_protocol, protocol);
}

/* The chain goes on when the greeting is there, and shown. */
static struct evert_result ask(struct evert_result *in, void *name)
{
	struct evert_protocol *protocol = evert_result_as_protocol(in);
	struct evert_deferred *greeting = get_greeting(
		evert_container_of(protocol, struct getter, base.base), name);

	evert_deferred_add_callback(greeting, show, protocol);
	return evert_result_wait(greeting);
}

static struct evert_result greet_all(void *arg)
{
	const struct example_greeting *wanted = arg;
	struct evert_deferred *d = evert_connect(
		evert_reactor_current(), wanted->connect, &getter_factory);
	char **name;

	for (name = wanted->names; *name; name++)
		evert_deferred_add_callback(d, ask, *name);
	if (wanted->timeout > 0)
		d = evert_timeout(wanted->timeout, d);
	return evert_result_wait(d);
}

int main(int argc, char **argv)
{
	struct example_greeting wanted;

	example_add_tls();
	example_greeting_client(&wanted, argc, argv);
	return evert_run(greet_all, &wanted);
}
