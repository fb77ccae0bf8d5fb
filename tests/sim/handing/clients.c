/* SPDX-License-Identifier: MIT */
/* Clients: hand over one end of each pair, and keep the other. */
#include "handing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_BURSTS = 5,
	MOST_PADDING = 3000
};

static size_t ends_made, ends_lost;
static unsigned next_number;

/* ---- The ends that clients keep ---- */

struct handing_client;

struct end {
	struct evert_protocol base;
	char heard[32];
	size_t length;
	unsigned number;
	struct handing_client *client;
	bool ended;
};

struct handing_client {
	struct evert_line_receiver base;
	struct evert_reactor *reactor;
	size_t bursts;
	unsigned last;	    /* of the burst, whose answer is waited for */
	size_t ends, heard; /* made, and with their answer */
	bool made, lost, finished;
};

static struct end *end_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct end, base);
}

static void end_received(struct evert_protocol *base, const char *data,
			 size_t length)
{
	struct end *end = end_from(base);

	evert_sim_check(handing.sim, end->length + length < sizeof(end->heard));
	memcpy(end->heard + end->length, data, length);
	end->length += length;
}

static void end_lost(struct evert_protocol *base,
		     const struct evert_failure *reason)
{
	struct end *end = end_from(base);
	char expected[32];

	(void)reason;
	evert_sim_check(handing.sim, !end->ended);
	end->ended = true;
	ends_lost++;
	snprintf(expected, sizeof(expected), "got %u", end->number);
	evert_sim_check(handing.sim,
			!strncmp(end->heard, expected, end->length));
	if (!strcmp(end->heard, expected))
		end->client->heard++;
	else
		evert_sim_check(handing.sim, !end->length || handing.halted ||
						     handing.scarce);
}

static const struct evert_protocol_ops end_ops = {
	.data_received = end_received,
	.connection_lost = end_lost,
};

static struct evert_factory end_factory =
	EVERT_FACTORY(struct end, base, &end_ops);

/* ---- Clients ---- */

static struct handing_client *client_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct handing_client, base);
}

/* Gives the other end, or -1. */
static int make_end(struct handing_client *client, unsigned number)
{
	struct evert_system *system = evert_sim_system(handing.host);
	struct evert_protocol *end;
	int fds[2];

	if (system->ops->socketpair(system, fds)) {
		evert_sim_check(handing.sim, handing.scarce);
		return -1;
	}
	end = evert_connection_adopt(client->reactor, fds[0], &end_factory);
	if (!end) {
		evert_sim_check(handing.sim, handing.scarce);
		if (errno != ENOMEM)
			handing_close(fds[0]);
		handing_close(fds[1]);
		return -1;
	}
	end_from(end)->number = number;
	end_from(end)->client = client;
	ends_made++;
	client->ends++;
	return fds[1];
}

static void hand_over(struct handing_client *client)
{
	size_t most = evert_sim_size(handing.sim, 0, HANDING_MOST_AT_ONCE),
	       count, i;
	size_t padding = evert_sim_size(handing.sim, 0, MOST_PADDING);
	unsigned number = client->last = ++next_number;
	char text[MOST_PADDING + 64];
	int fds[HANDING_MOST_AT_ONCE], length;

	for (count = 0; count < most; count++) {
		fds[count] = make_end(client, number);
		if (fds[count] < 0)
			break;
	}
	length = snprintf(text, sizeof(text), "%u %zu %*s\r\n", number, count,
			  (int)padding, "");
	evert_transport_write_descriptors(client->base.base.transport, text,
					  (size_t)length, fds, count);
	for (i = 0; i < count; i++)
		handing_close(fds[i]);
}

static void go_on(struct handing_client *client)
{
	size_t lines = evert_sim_size(handing.sim, 1, HANDING_MOST_AT_ONCE);

	handing_perhaps_pause();
	if (!client->bursts--) {
		client->finished = true;
		evert_transport_lose_connection(client->base.base.transport);
		return;
	}
	while (lines--)
		hand_over(client);
	if (handing_happens(15))
		evert_transport_abort(client->base.base.transport);
}

static void client_made(struct evert_line_receiver *base)
{
	client_from(base)->made = true;
	go_on(client_from(base));
}

static void client_line(struct evert_line_receiver *base, const char *line,
			size_t length)
{
	struct handing_client *client = client_from(base);
	char text[16] = "";

	evert_sim_check(handing.sim, length < sizeof(text));
	memcpy(text, line, length);
	if (strtoul(text, NULL, 10) == client->last)
		go_on(client);
}

static void client_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct handing_client *client = client_from(base);

	(void)reason;
	evert_sim_check(handing.sim, client->made && !client->lost);
	client->lost = true;
}

static const struct evert_line_receiver_ops client_ops = {
	.connection_made = client_made,
	.line_received = client_line,
	.connection_lost = client_lost,
};

struct client_factory {
	struct evert_factory base;
	struct handing_client client;
};

static struct client_factory clients[HANDING_MOST_CLIENTS + 1];
static size_t client_count;

static struct evert_protocol *build_client(struct evert_factory *base,
					   const struct evert_address *peer)
{
	struct client_factory *factory =
		evert_container_of(base, struct client_factory, base);

	(void)peer;
	evert_line_receiver_init(&factory->client.base, &client_ops);
	return &factory->client.base.base;
}

static struct evert_result not_connected(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void take_part(struct evert_reactor *reactor, void *arg)
{
	struct client_factory *factory = arg;
	struct evert_deferred *d;

	factory->client.reactor = reactor;
	d = evert_connect(reactor, "unix:/run/keeper:timeout=10",
			  &factory->base);
	evert_deferred_add_errback(d, not_connected, NULL);
	evert_deferred_release(d);
}

struct handing_client *handing_start_client(void)
{
	struct client_factory *factory = &clients[client_count++];

	*factory = (struct client_factory){
		.base = {.build_protocol = build_client},
		.client = {.bursts =
				   evert_sim_size(handing.sim, 1, MOST_BURSTS)},
	};
	if (!evert_sim_start(handing.host, take_part, factory))
		evert_sim_check(handing.sim, handing.scarce);
	return &factory->client;
}

/* ---- Looking at them ---- */

void handing_begin_clients(void)
{
	ends_made = ends_lost = client_count = 0;
	next_number = 0;
}

bool handing_was_served(const struct handing_client *client)
{
	return client->finished && client->heard == client->ends;
}

void handing_check_clients(void)
{
	const struct handing_client *client;
	size_t i;

	evert_sim_check(handing.sim, ends_lost == ends_made);
	for (i = 0; i < client_count; i++) {
		client = &clients[i].client;
		if (client->finished && !handing.scarce && !handing.halted)
			evert_sim_check(handing.sim,
					client->heard == client->ends);
		evert_sim_check(handing.sim, client->lost == client->made);
	}
}
