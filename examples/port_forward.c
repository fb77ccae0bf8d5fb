/* SPDX-License-Identifier: MIT */
/* Passes on whoever connects to another endpoint, both ways. */
#include <evert.h>

#include "common/example.h"

struct forwarder {
	struct evert_factory base;
	const char *target;
};

struct client {
	struct evert_protocol base;
	char peer[EVERT_ADDRESS_TEXT_SIZE];
	struct evert_deferred *connecting; /* NULL: it is connected */
};

static struct client *client_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct client, base);
}

/* The client may be gone by then: only its name is needed. */
static struct evert_result tell(struct evert_result *relayed, void *unused)
{
	(void)unused;
	if (evert_result_is_failure(relayed))
		example_complain(evert_result_as_failure(relayed));
	else
		example_log("[-] %llu bytes there, %llu back",
			    (unsigned long long)evert_result_as_relayed(relayed)
				    ->there,
			    (unsigned long long)evert_result_as_relayed(relayed)
				    ->back);
	return evert_result_none();
}

/* From here on the two are the relay's. */
static struct evert_result join(struct evert_result *connected, void *arg)
{
	struct client *self = arg;
	struct evert_protocol *target = evert_result_as_protocol(connected);

	self->connecting = NULL;
	return evert_result_wait(
		evert_relay(self->base.transport, target->transport));
}

static struct evert_result refuse(struct evert_result *failure, void *arg)
{
	struct client *self = arg;

	self->connecting = NULL;
	evert_transport_abort(self->base.transport);
	return *failure;
}

static void client_connection_made(struct evert_protocol *base)
{
	struct client *self = client_from(base);
	struct forwarder *forwarder = evert_container_of(
		base->factory, struct forwarder, base);
	struct evert_deferred *d;

	example_peer(base->transport, self->peer);
	example_log("[+] %s", self->peer);
	evert_transport_pause_reading(base->transport);
	d = evert_connect(evert_reactor_current(), forwarder->target,
			  &evert_relay_factory);
	self->connecting = d;
	evert_deferred_add_callbacks(d, join, refuse, self);
	evert_deferred_add_both(d, tell, NULL);
	evert_deferred_release(d);
}

static void client_connection_lost(struct evert_protocol *base,
				   const struct evert_failure *reason)
{
	struct client *self = client_from(base);

	(void)reason;
	if (self->connecting)
		evert_deferred_cancel(self->connecting);
}

/* The relay reads. */
static void client_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	(void)base;
	(void)data;
	(void)length;
}

static const struct evert_protocol_ops client_ops = {
	.data_received = client_data_received,
	.connection_made = client_connection_made,
	.connection_lost = client_connection_lost,
};

int main(int argc, char **argv)
{
	struct example_listen wanted = { .endpoint = "" };
	struct forwarder forwarder = {
		.base = EVERT_FACTORY(struct client, base, &client_ops),
	};
	const struct example_option options[] = {
		{ "--listen", "ENDPOINT", "where to listen, as tcp:HOST:PORT",
		  &wanted.endpoints[0], NULL },
		{ "--connect", "ENDPOINT", "the target, as tcp:HOST:PORT",
		  &forwarder.target, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Passes on whoever connects to the target, both ways.",
		"[LISTEN TARGET]", 0, 2, options,
	};
	int i = example_begin(&example, argc, argv);

	if (!wanted.endpoints[0] && i < argc)
		wanted.endpoints[0] = argv[i++];
	if (!forwarder.target && i < argc)
		forwarder.target = argv[i++];
	if (!wanted.endpoints[0] || !forwarder.target || i < argc) {
		example_log("say where to listen, and the target: --help");
		return 2;
	}
	return example_serve(&wanted, &forwarder.base);
}
