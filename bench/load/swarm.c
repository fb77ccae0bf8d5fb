/* SPDX-License-Identifier: MIT */
#include "swarm.h"

#include <stdlib.h>
#include <sys/epoll.h>

enum { EVENTS = 512, CONNECTS_AT_ONCE = 500 };

void swarm_init(struct swarm *swarm, size_t most, int port,
		const struct exchange *exchange)
{
	*swarm = (struct swarm){
		.clients = calloc(most, sizeof(*swarm->clients)),
		.exchange = exchange,
		.port = port,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.senders = calloc(most, sizeof(*swarm->senders)),
	};
	if (!swarm->clients || !swarm->senders || swarm->epoll < 0)
		client_fail("swarm");
}

void swarm_watch(struct swarm *swarm, struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	if (epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, client->fd, &event))
		client_fail("epoll_ctl");
}

/* ---- Sending ---- */

static void send_due(struct swarm *swarm, struct client *client)
{
	if (client_send(client, swarm->exchange))
		swarm->senders[swarm->sender_count++] = client;
}

void swarm_ask(struct swarm *swarm, struct client *client)
{
	uint64_t asked = client->due * swarm->exchange->request_length;

	client->due++;
	/* Else it is among the senders. */
	if (client->sent == asked)
		send_due(swarm, client);
}

static void send_rest(struct swarm *swarm)
{
	size_t i, count = swarm->sender_count;

	swarm->sender_count = 0;
	for (i = 0; i < count; i++)
		send_due(swarm, swarm->senders[i]);
}

/* ---- Waiting ---- */

void swarm_turn(struct swarm *swarm, int milliseconds,
		void (*answered)(struct swarm *swarm, struct client *client))
{
	struct epoll_event events[EVENTS];
	int i, count = epoll_wait(swarm->epoll, events, EVENTS,
				  swarm->sender_count ? 0 : milliseconds);

	send_rest(swarm);
	for (i = 0; i < count; i++)
		answered(swarm, events[i].data.ptr);
}

/* ---- Growing ---- */

static size_t greeted;

static void greet(struct swarm *swarm, struct client *client)
{
	if (client_receive(client, swarm->exchange) < 0)
		client_fail("closed by the server");
	greeted += client_answers(client, swarm->exchange) == client->due;
}

static void connect_some(struct swarm *swarm, size_t count)
{
	struct client *client = &swarm->clients[swarm->count];
	struct client *end = client + count;

	for (; client < end; client++) {
		client_connect(client, swarm->exchange, swarm->port);
		swarm_watch(swarm, client);
		swarm_ask(swarm, client);
	}
	for (greeted = 0; greeted < count;)
		swarm_turn(swarm, 1000, greet);
	swarm->count += count;
}

void swarm_grow(struct swarm *swarm, size_t count)
{
	size_t missing;

	while (swarm->count < count) {
		missing = count - swarm->count;
		connect_some(swarm, missing < CONNECTS_AT_ONCE ?
					    missing :
					    CONNECTS_AT_ONCE);
	}
}
