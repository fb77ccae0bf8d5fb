/* SPDX-License-Identifier: MIT */
/*
 * Fifty clients chat through a server, while hosts are parted, halted and
 * started again, the server stops in order, connections are reset, descriptors
 * and memory run out. Who says what is heard in the order it was said, never
 * twice; each connection ends once, and each Deferred fires; the server goes on
 * after all of it.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_HOSTS = 5,
	MOST_CLIENTS = 50,
	LINES = 8,
	MOST_FAULTS = 10,
	LATE = 3 /* who come when all is well again */
};

static struct evert_sim *sim;
static struct evert_sim_host *server;
static struct evert_sim_host *hosts[MOST_HOSTS + 1];
static size_t host_count, client_count;

/* ---- The server ---- */

struct member {
	struct evert_line_receiver base;
	struct member *next, **link;
	bool lost;
};

static struct member *members;

static struct member *member_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct member, base);
}

static void member_made(struct evert_line_receiver *base)
{
	struct member *member = member_from(base);

	member->next = members;
	member->link = &members;
	if (members)
		members->link = &member->next;
	members = member;
}

static void member_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct member *member = member_from(base);

	(void)reason;
	evert_sim_check(sim, !member->lost);
	member->lost = true;
	*member->link = member->next;
	if (member->next)
		member->next->link = member->link;
}

static void member_said(struct evert_line_receiver *base, const char *line,
			size_t length)
{
	struct member *member;

	evert_sim_check(sim, !member_from(base)->lost);
	for (member = members; member; member = member->next)
		evert_line_receiver_send_line(&member->base, line, length);
}

static const struct evert_line_receiver_ops member_ops = {
	.connection_made = member_made,
	.line_received = member_said,
	.connection_lost = member_lost,
};

static struct evert_factory chat =
	EVERT_LINE_FACTORY(struct member, base, &member_ops);

static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg; /* for want of memory, or of descriptors */
	return evert_result_none();
}

static void serve(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d;

	(void)arg;
	d = evert_listen(reactor, "tcp::7", &chat);
	evert_deferred_add_errback(d, not_listening, NULL);
	evert_deferred_release(d);
}

/* ---- Clients ---- */

struct client {
	struct evert_line_receiver base;
	size_t who, said;
	size_t heard[MOST_CLIENTS]; /* of each, the number of the latest line */
	bool begun, made, lost, connected, failed;
};

struct client_factory {
	struct evert_factory base;
	struct client client;
};

static struct client_factory clients[MOST_CLIENTS];

static struct client *client_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct client, base);
}

static void say_next(void *arg)
{
	struct client *client = arg;

	if (client->lost || client->said == LINES)
		return;
	client->said++;
	evert_line_receiver_send_linef(&client->base, "%zu %zu", client->who,
				       client->said);
	evert_reactor_call_later(evert_reactor_current(),
				 (double)evert_sim_random(sim, 1000) / 500,
				 say_next, client);
}

static void client_made(struct evert_line_receiver *base)
{
	struct client *client = client_from(base);

	evert_sim_check(sim, !client->made);
	client->made = true;
	say_next(client);
}

static void client_heard(struct evert_line_receiver *base, const char *line,
			 size_t length)
{
	struct client *client = client_from(base);
	char text[32] = "", *rest;
	size_t who, number;

	evert_sim_check(sim, !client->lost && length < sizeof(text));
	memcpy(text, line, length);
	who = strtoul(text, &rest, 10);
	number = strtoul(rest, NULL, 10);
	evert_sim_check(sim, who < client_count && number <= LINES);
	evert_sim_check(sim, number <= clients[who].client.said);
	/* None is left out behind the first that is heard. */
	evert_sim_check(sim, client->heard[who]
				     ? number == client->heard[who] + 1
				     : number >= 1);
	client->heard[who] = number;
}

static void client_lost(struct evert_line_receiver *base,
			const struct evert_failure *reason)
{
	struct client *client = client_from(base);

	(void)reason;
	evert_sim_check(sim, client->made && !client->lost);
	client->lost = true;
}

static const struct evert_line_receiver_ops client_ops = {
	.connection_made = client_made,
	.line_received = client_heard,
	.connection_lost = client_lost,
};

static struct evert_protocol *build_client(struct evert_factory *base,
					   const struct evert_address *peer)
{
	struct client_factory *factory =
		evert_container_of(base, struct client_factory, base);

	(void)peer;
	evert_line_receiver_init(&factory->client.base, &client_ops);
	return &factory->client.base.base;
}

static struct evert_result connected(struct evert_result *in, void *arg)
{
	struct client *client = arg;

	(void)in;
	evert_sim_check(sim, !client->connected && !client->failed);
	client->connected = client->made;
	client->failed = !client->made;
	return evert_result_none();
}

static void take_part(struct evert_reactor *reactor, void *arg)
{
	struct client_factory *factory = arg;
	struct evert_deferred *d =
		evert_connect(reactor, "tcp:server:7", &factory->base);

	factory->client.begun = true;
	evert_deferred_add_both(d, connected, &factory->client);
	evert_deferred_release(d);
}

/* ---- Faults ---- */

static struct evert_sim_host *any_host(void)
{
	return hosts[evert_sim_random(sim, host_count)];
}

static void change_network(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	network.reset = evert_sim_random(sim, 2) ? 0.02 : 0;
	evert_sim_set_network(sim, &network);
}

static struct evert_reactor *serving;

static void start_server(void)
{
	serving = evert_sim_start(server, serve, NULL);
	evert_sim_check(sim, serving);
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

/* In order. Without memory, or when it has stopped, it does nothing. */
static void stop_server(void)
{
	if (serving)
		(void)!evert_reactor_call_from_thread(serving, stop, serving);
}

static void do_harm(void)
{
	switch (evert_sim_random(sim, 8)) {
	case 0:
		evert_sim_part(server, any_host());
		break;
	case 1:
		evert_sim_join(server, any_host());
		break;
	case 2:
		evert_sim_halt(any_host());
		break;
	case 3:
		evert_sim_limit_memory(sim, 0);
		evert_sim_limit_descriptors(server, SIZE_MAX);
		evert_sim_halt(server);
		start_server();
		break;
	case 4:
		evert_sim_limit_descriptors(server,
					    evert_sim_descriptors(server) +
						    evert_sim_random(sim, 3));
		break;
	case 5:
		stop_server();
		break;
	case 6:
		evert_sim_limit_memory(sim,
				       evert_sim_random(sim, 2) ? 0.01 : 0);
		break;
	default:
		change_network();
	}
}

/* After that nothing more goes wrong, and the server has to serve. */
static void do_no_more_harm(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);
	size_t i;

	network.reset = 0;
	evert_sim_set_network(sim, &network);
	evert_sim_limit_memory(sim, 0);
	evert_sim_limit_descriptors(server, SIZE_MAX);
	for (i = 0; i < host_count; i++)
		evert_sim_join(server, hosts[i]);
	evert_sim_halt(server);
	start_server();
}

/* ---- All of it ---- */

static void start_client(size_t who, struct evert_sim_host *host)
{
	clients[who] = (struct client_factory){
		.base = {.build_protocol = build_client},
		.client = {.who = who},
	};
	evert_sim_check(sim, evert_sim_start(host, take_part, &clients[who]));
}

static void make_hosts(void)
{
	char name[32], address[32];
	size_t i;

	server = evert_sim_add_host(sim, "server", "10.0.0.1");
	for (i = 0; i < host_count; i++) {
		snprintf(name, sizeof(name), "host-%zu", i);
		snprintf(address, sizeof(address), "10.0.1.%zu", i + 1);
		hosts[i] = evert_sim_add_host(sim, name, address);
	}
}

/* Who come last are heard by themselves, and by the others from when these have
   come. */
static void check_server(void)
{
	struct evert_sim_host *host =
		evert_sim_add_host(sim, "late", "10.0.2.1");
	size_t first = client_count, i, j;
	const struct client *client;

	for (i = 0; i < LATE; i++)
		start_client(client_count++, host);
	evert_sim_run(sim, 10000);
	for (i = first; i < client_count; i++) {
		client = &clients[i].client;
		evert_sim_check(sim, client->connected && !client->lost);
		evert_sim_check(sim, client->heard[i] == LINES);
		for (j = first; j < client_count; j++)
			evert_sim_check(sim, client->heard[j] == LINES ||
						     !client->heard[j]);
	}
	hosts[host_count++] = host;
}

/* Everybody has been told of everything when the hosts have stopped. */
static void check_ends(void)
{
	const struct client *client;
	size_t i;

	evert_sim_halt(server);
	evert_sim_check(sim, !members);
	for (i = 0; i < host_count; i++)
		evert_sim_halt(hosts[i]);
	for (i = 0; i < client_count; i++) {
		client = &clients[i].client;
		evert_sim_check(sim, client->lost == client->made);
		evert_sim_check(sim, client->connected != client->failed ||
					     !client->begun);
	}
}

/* Sometimes fifty; mostly few, which is faster. */
static size_t draw_client_count(void)
{
	return evert_sim_size(sim, 1,
			      evert_sim_random(sim, 8) ? 8 : MOST_CLIENTS - LATE);
}

static void scenario(struct evert_sim *made)
{
	size_t faults, i;
	bool late;

	sim = made;
	members = NULL;
	serving = NULL;
	host_count = evert_sim_size(sim, 1, MOST_HOSTS);
	client_count = draw_client_count();
	make_hosts();
	late = evert_sim_random(sim, 4) == 0;
	if (!late)
		start_server();
	for (i = 0; i < client_count; i++)
		start_client(i, any_host());
	if (late) /* some come before it, and are refused */
		evert_sim_run(sim, 0.1);
	if (late)
		start_server();
	faults = evert_sim_size(sim, 0, MOST_FAULTS);
	for (i = 0; i < faults; i++) {
		evert_sim_run(sim, (double)evert_sim_random(sim, 3000) / 1000);
		do_harm();
	}
	evert_sim_run(sim, 1);
	do_no_more_harm();
	check_server();
	check_ends();
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
