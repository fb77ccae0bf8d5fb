/* SPDX-License-Identifier: MIT */
/*
 * Messages by UNIX sockets with a path, as datagrams or over connections
 * (SOCK_SEQPACKET): clients send numbered ones to a server that sends each
 * back. The kernel loses none, so who is not aborted, and whose server is not
 * stopped meanwhile, has all of its own back, each as it was, once and in
 * order, though the server lets only a few wait. Whatever happens, a transport
 * is told once that it has stopped.
 */
#include <evert.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_CLIENTS = 6,
	MOST_MESSAGES = 100,
	MOST_BYTES = 2000,
	MOST_FAULTS = 3,
};

static struct evert_sim *sim;
static struct evert_sim_host *host;
static bool by_connections, harmful;
static size_t started, stopped;

static const char *where(void)
{
	return by_connections ? "unix-seqpacket:/run/messages"
			      : "unix-datagram:/run/messages";
}

/* ---- The server ---- */

static void send_back(struct evert_datagram_protocol *protocol,
		      const struct evert_datagram *datagram)
{
	int error = evert_datagram_answer(datagram, datagram->data,
					  datagram->length);

	(void)protocol;
	evert_sim_check(sim, !error || harmful);
	if (harmful && !evert_sim_random(sim, 50))
		evert_sim_stop(sim);
}

static void server_started(struct evert_datagram_protocol *protocol)
{
	(void)protocol;
	started++;
}

static void server_stopped(struct evert_datagram_protocol *protocol,
			   const struct evert_failure *reason)
{
	(void)protocol, (void)reason;
	stopped++;
}

static void release(struct evert_datagram_protocol *protocol)
{
	evert_free(protocol);
}

static const struct evert_datagram_protocol_ops server_ops = {
	.datagram_received = send_back,
	.started = server_started,
	.stopped = server_stopped,
	.destroy = release,
};

static struct evert_datagram_protocol *
build_server(struct evert_datagram_factory *factory,
	     const struct evert_address *peer)
{
	struct evert_datagram_protocol *protocol =
		evert_allocate(sizeof(*protocol));

	(void)factory, (void)peer;
	if (protocol)
		protocol->ops = &server_ops;
	return protocol;
}

static struct evert_datagram_factory server_factory = {build_server};

/* The one before may not have ended. */
static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_sim_check(sim, harmful);
	return evert_result_none();
}

static void serve(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d =
		by_connections
			? evert_listen_seqpacket(reactor,
						 "unix-seqpacket:/run/messages",
						 &server_factory)
			: evert_listen_datagram(
				  reactor, where(),
				  build_server(&server_factory, NULL));

	(void)arg;
	evert_deferred_add_errback(d, not_listening, NULL);
	evert_deferred_release(d);
}

/* ---- Clients ---- */

struct client {
	struct evert_datagram_protocol base;
	size_t messages, back;
	size_t lengths[MOST_MESSAGES];
	size_t started, stopped;
};

static struct client clients[MOST_CLIENTS + MOST_FAULTS];
static size_t client_count;

static struct client *client_from(struct evert_datagram_protocol *base)
{
	return evert_container_of(base, struct client, base);
}

static void fill(char *data, const struct client *client, size_t i)
{
	memset(data, (int)(i + (size_t)(client - clients) * 31),
	       client->lengths[i]);
}

static void client_started(struct evert_datagram_protocol *base)
{
	struct client *client = client_from(base);
	char data[MOST_BYTES];
	size_t i;
	int error;

	client->started++;
	for (i = 0; i < client->messages; i++) {
		client->lengths[i] = evert_sim_size(sim, 0, MOST_BYTES);
		fill(data, client, i);
		error = evert_datagram_send(base->transport, data,
					    client->lengths[i]);
		evert_sim_check(sim, !error || harmful);
	}
	if (harmful && !evert_sim_random(sim, 10))
		evert_datagram_abort(base->transport);
}

static void client_received(struct evert_datagram_protocol *base,
			    const struct evert_datagram *datagram)
{
	struct client *client = client_from(base);
	char expected[MOST_BYTES];

	/* Of a server that was stopped some are not answered. */
	while (harmful && client->back < client->messages &&
	       client->lengths[client->back] != datagram->length)
		client->back++;
	evert_sim_check(sim, client->back < client->messages);
	fill(expected, client, client->back);
	evert_sim_check(sim, client->lengths[client->back] == datagram->length);
	evert_sim_check(sim, harmful || !memcmp(expected, datagram->data,
						datagram->length));
	if (++client->back == client->messages)
		evert_datagram_close(base->transport);
}

static void client_failed(struct evert_datagram_protocol *base, int error,
			  const struct evert_address *peer)
{
	(void)peer;
	evert_sim_check(sim, harmful);
	evert_sim_check(sim, error != EAGAIN && error != ENOBUFS);
	evert_datagram_abort(base->transport);
}

static void client_stopped(struct evert_datagram_protocol *base,
			   const struct evert_failure *reason)
{
	struct client *client = client_from(base);

	(void)reason;
	evert_sim_check(sim, client->started && !client->stopped);
	client->stopped++;
}

static const struct evert_datagram_protocol_ops client_ops = {
	.datagram_received = client_received,
	.started = client_started,
	.send_failed = client_failed,
	.stopped = client_stopped,
};

static struct evert_result not_connected(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_sim_check(sim, harmful);
	return evert_result_none();
}

static void take_part(struct evert_reactor *reactor, void *arg)
{
	struct client *client = arg;
	struct evert_deferred *d =
		evert_connect_datagram(reactor, where(), &client->base);

	evert_deferred_add_errback(d, not_connected, NULL);
	evert_deferred_release(d);
}

static struct client *start_client(void)
{
	struct client *client = &clients[client_count++];

	*client = (struct client){
		.base = {.ops = &client_ops},
		.messages = evert_sim_size(sim, 1, MOST_MESSAGES),
	};
	evert_sim_check(sim, evert_sim_start(host, take_part, client));
	return client;
}

/* ---- All of it ---- */

static void start_server(void)
{
	evert_sim_check(sim, evert_sim_start(host, serve, NULL));
	evert_sim_run(sim, 0);
}

static void check_clients(void)
{
	size_t i;

	for (i = 0; i < client_count; i++) {
		evert_sim_check(sim, clients[i].back == clients[i].messages);
		evert_sim_check(sim, clients[i].stopped == 1);
	}
}

static void scenario(struct evert_sim *made)
{
	size_t count, faults, i;

	sim = made;
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
	client_count = started = stopped = 0;
	by_connections = evert_sim_random(sim, 2);
	harmful = evert_sim_random(sim, 2);
	start_server();
	count = evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_client();
	faults = harmful ? evert_sim_size(sim, 0, MOST_FAULTS) : 0;
	for (i = 0; i < faults; i++) {
		evert_sim_run(sim, 1);
		evert_sim_halt(host);
		start_server();
		start_client();
	}
	if (!harmful) {
		evert_sim_check(sim, !evert_sim_run(sim, 1000));
		check_clients();
	}
	evert_sim_halt(host);
	evert_sim_check(sim, started == stopped);
	for (i = 0; i < client_count; i++)
		evert_sim_check(sim, clients[i].started == clients[i].stopped);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
