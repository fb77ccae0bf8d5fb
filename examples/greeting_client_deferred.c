/* SPDX-License-Identifier: MIT */
/*
 * The greeting client turned inside out: a line receiver that answers
 * requests by a Deferred, and a chain of callbacks that asks.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"

/* ---- GreetingGetter: a protocol that gets greetings ---- */

struct getter {
	struct evert_line_receiver base; /* a getter is a line receiver */
	struct evert_firing *pending;	 /* the one who asked, or NULL */
};

static struct getter *getter_from(struct evert_protocol *protocol)
{
	return evert_container_of(evert_line_receiver_from(protocol),
				  struct getter, base);
}

/* Asks for one greeting. The caller owns the returned reading end. */
static struct evert_deferred *get_greeting(struct getter *self,
					   const char *name)
{
	evert_line_receiver_send_line(&self->base, name, strlen(name));
	return evert_deferred_create(&self->pending);
}

static void getter_line_received(struct evert_line_receiver *base,
				 const char *line, size_t length)
{
	struct getter *self = getter_from(&base->base);

	evert_deferred_fire(&self->pending, evert_result_text(line, length));
}

static void getter_connection_lost(struct evert_protocol *protocol,
				   const struct evert_failure *reason)
{
	evert_deferred_fire(&getter_from(protocol)->pending,
			    evert_result_fail(reason->kind, reason->error,
					      "no greeting: %s",
					      reason->kind->bare.message));
}

static void getter_destroy(struct evert_protocol *protocol)
{
	struct getter *self = getter_from(protocol);

	evert_line_receiver_finish(&self->base);
	free(self);
}

/* A subclass's table begins with its base's. */
static const struct evert_line_receiver_ops getter_ops = {
	.protocol = {
		.data_received = evert_line_receiver_data_received,
		.connection_lost = getter_connection_lost,
		.destroy = getter_destroy,
	},
	.line_received = getter_line_received,
};

static struct evert_protocol *build_getter(struct evert_factory *factory,
					   const struct evert_address *peer)
{
	struct getter *self = malloc(sizeof(*self));

	(void)factory;
	(void)peer;
	if (!self)
		return NULL;
	evert_line_receiver_init(&self->base, &getter_ops);
	/* A greeting is longer than the name in it. */
	evert_line_receiver_set_limit(&self->base, 2 * EVERT_LINE_LIMIT);
	self->pending = NULL;
	return &self->base.base;
}

static struct evert_factory getter_factory = { build_getter };

/* ---- The chain ---- */

struct client {
	struct evert_reactor *reactor;
	struct getter *getter; /* its transport's */
	char **names;	       /* that are still to be greeted; NULL ends */
	int status;
};

static struct evert_result connected(struct evert_result *protocol, void *arg)
{
	struct client *client = arg;

	client->getter = getter_from(evert_result_as_protocol(protocol));
	return evert_result_none();
}

/* The chain goes on when the greeting is there. */
static struct evert_result ask(struct evert_result *in, void *arg)
{
	struct client *client = arg;

	(void)in;
	return evert_result_wait(get_greeting(client->getter,
					      *client->names++));
}

static struct evert_result show(struct evert_result *greeting, void *unused)
{
	(void)unused;
	puts(evert_result_as_text(greeting));
	return evert_result_none();
}

static struct evert_result complain(struct evert_result *in, void *arg)
{
	struct client *client = arg;

	example_complain(evert_result_as_failure(in));
	client->status = 1;
	return evert_result_none();
}

static void greet_all(struct client *client, const char *endpoint,
		      double timeout)
{
	struct evert_deferred *d =
		evert_connect(client->reactor, endpoint, &getter_factory);
	char **name;

	evert_deferred_add_callback(d, connected, client);
	for (name = client->names; *name; name++) {
		evert_deferred_add_callback(d, ask, client);
		evert_deferred_add_callback(d, show, NULL);
	}
	if (timeout > 0)
		evert_deferred_add_timeout(
			d, timeout, evert_reactor_clock(client->reactor));
	evert_deferred_add_errback(d, complain, client);
	evert_deferred_add_both(d, evert_reactor_stop_when_done,
				client->reactor);
	evert_deferred_release(d); /* nothing more to attach */
	if (evert_reactor_run(client->reactor))
		client->status = 1;
}

int main(int argc, char **argv)
{
	struct example_greeting wanted;
	struct client client = { .status = 0 };

	example_greeting_client(&wanted, argc, argv);
	client.names = wanted.names;
	client.reactor = evert_reactor_create(NULL);
	if (!client.reactor) {
		example_log("cannot make a reactor");
		return 1;
	}
	greet_all(&client, wanted.endpoint, wanted.timeout);
	evert_reactor_destroy(client.reactor);
	return client.status;
}
