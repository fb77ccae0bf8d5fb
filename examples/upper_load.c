/* SPDX-License-Identifier: MIT */
/*
 * So many connections at once to a server that sends back in upper case: each
 * asks once, looks at the answer, and goes. Prints how long all of it took.
 */
#include <evert.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/descriptors.h"
#include "common/example.h"

/* Connects that are under way at once: a server's backlog is not endless. */
enum { CONNECTING_AT_ONCE = 128 };

struct load {
	struct evert_factory factory;
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	const char *text;
	size_t length; /* of it */
	size_t connections;
	struct evert_semaphore *connecting;
	struct evert_firing *done;
	size_t ended, failed;
};

/* The first failure is told, all are counted. */
static void count(struct load *load, const char *failure)
{
	if (failure && !load->failed++)
		example_log("%s", failure);
	if (++load->ended == load->connections)
		evert_deferred_fire(&load->done, evert_result_none());
}

/* ---- A client: one connection ---- */

struct client {
	struct evert_protocol base;
	size_t right; /* so much of the answer has come */
};

static struct client *client_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct client, base);
}

static struct load *load_of(struct evert_protocol *base)
{
	return evert_container_of(base->factory, struct load, factory);
}

static void client_connection_made(struct evert_protocol *base)
{
	struct load *load = load_of(base);

	evert_transport_write(base->transport, load->text, load->length);
}

/* As far as it is right. A wrong one is found in connection_lost. */
static void client_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	struct client *self = client_from(base);
	struct load *load = load_of(base);
	size_t i = 0;

	while (i < length && self->right < load->length &&
	       data[i] == toupper((unsigned char)load->text[self->right])) {
		i++;
		self->right++;
	}
	if (i < length)
		self->right = 0;
	if (i < length || self->right == load->length)
		evert_transport_lose_connection(base->transport);
}

static void client_connection_lost(struct evert_protocol *base,
				   const struct evert_failure *reason)
{
	struct load *load = load_of(base);

	if (client_from(base)->right == load->length)
		count(load, NULL);
	else if (evert_failure_is(reason, EVERT_CONNECTION_DONE))
		count(load, "an answer is wrong, or not whole");
	else
		count(load, reason->message);
}

static const struct evert_protocol_ops client_ops = {
	.data_received = client_data_received,
	.connection_made = client_connection_made,
	.connection_lost = client_connection_lost,
};

/* ---- All of them ---- */

static struct evert_result connect_one(void *arg)
{
	struct load *load = arg;

	return evert_result_wait(evert_connect(
		evert_reactor_current(), load->endpoint, &load->factory));
}

static struct evert_result not_connected(struct evert_result *failure,
					 void *load)
{
	count(load, evert_result_as_failure(failure)->message);
	return evert_result_none();
}

static void connect_all(struct load *load)
{
	struct evert_deferred *d;
	size_t i;

	for (i = 0; i < load->connections; i++) {
		d = evert_semaphore_run(load->connecting, connect_one, load);
		evert_deferred_add_errback(d, not_connected, load);
		evert_deferred_release(d);
	}
}

static struct evert_result run(void *arg)
{
	struct load *load = arg;
	struct evert_clock *clock =
		evert_reactor_clock(evert_reactor_current());
	double begun = evert_clock_seconds(clock);
	struct evert_deferred *done = evert_deferred_create(&load->done);
	struct evert_result r;

	connect_all(load);
	r = evert_await(done);
	if (evert_result_is_failure(&r))
		return r;
	printf("%zu requests, %zu failed: %.3f s\n", load->connections,
	       load->failed, evert_clock_seconds(clock) - begun);
	if (!load->failed)
		return evert_result_none();
	return evert_result_fail(EVERT_ERROR, 0, "%zu of %zu requests failed",
				 load->failed, load->connections);
}

static size_t number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*end || !value || value > UINT32_MAX || *text == '-') {
		example_log("not a number of connections: %s", text);
		exit(2);
	}
	return (size_t)value;
}

int main(int argc, char **argv)
{
	struct load load = {
		.factory = EVERT_FACTORY(struct client, base, &client_ops),
		.text = "the quick brown fox jumps over the lazy dog",
	};
	const struct example_option options[] = {
		{ "--text", "TEXT", "what is sent (a pangram)", &load.text,
		  NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Sends N requests at once to a server that answers in upper "
		"case.",
		"HOST PORT N", 3, 3, options,
	};
	char **arguments = argv + example_begin(&example, argc, argv);
	int status = 1;

	example_endpoint(load.endpoint, arguments[0], arguments[1]);
	load.connections = number(arguments[2]);
	load.length = strlen(load.text);
	example_allow_descriptors();
	load.connecting = evert_semaphore_create(CONNECTING_AT_ONCE);
	if (load.connecting)
		status = evert_run(run, &load);
	else
		example_log("no memory");
	evert_semaphore_destroy(load.connecting);
	return status;
}
