/* SPDX-License-Identifier: MIT */
/*
 * Clients send bytes through a port forwarder to a server that sends them back,
 * each ends its side when it has sent all, or sometimes breaks off; some read
 * slowly; connections are reset, memory runs out. No byte is lost, added or out
 * of order; what ended cleanly is whole; the end is told once, of each connection
 * and of each relay; no more memory is held than what is on its way at most,
 * however much passes.
 */
#include <evert.h>

#include <string.h>

#include "../support/unhandled.h"

enum {
	MOST_CLIENTS = 10,
	MOST_BYTES = 50000,
	MANY_BYTES = 2000000, /* of one that is alone */
	PIECE = 20000,
	HIGH_MARK = 4096,
	LOW_MARK = 1024,
	READ_SIZE = 65536 /* bytes that are read at once, at most */
};

static struct evert_sim *sim;
static size_t alive; /* connections that are not lost */
static bool is_poor; /* there is too little memory */
static size_t relays, relays_ended;
static size_t most_memory;

/* The byte that client `who` sends in that place. */
static char byte_at(size_t who, size_t place)
{
	return (char)((place * 7 + who * 31 + (place >> 8)) & 0xff);
}

/* The network may be slower than closing connections wait for by default. */
static void be_patient(struct evert_reactor *reactor)
{
	evert_reactor_set_closing_time(reactor, 1000);
}

static void set_marks(struct evert_protocol *base)
{
	evert_transport_set_write_marks(base->transport, HIGH_MARK, LOW_MARK);
}

/* ---- The server: sends back ---- */

struct echo {
	struct evert_protocol base;
	bool lost;
};

static void echo_made(struct evert_protocol *base)
{
	alive++;
	set_marks(base);
}

static void echo_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static void echo_ended(struct evert_protocol *base)
{
	evert_transport_lose_connection(base->transport);
}

static void echo_paused(struct evert_protocol *base)
{
	evert_transport_pause_reading(base->transport);
}

static void echo_resumed(struct evert_protocol *base)
{
	evert_transport_resume_reading(base->transport);
}

static void echo_lost(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	struct echo *echo = evert_container_of(base, struct echo, base);

	(void)reason;
	evert_sim_check(sim, !echo->lost);
	echo->lost = true;
	alive--;
}

static const struct evert_protocol_ops echo_ops = {
	.connection_made = echo_made,
	.connection_lost = echo_lost,
	.data_received = echo_received,
	.end_received = echo_ended,
	.pause_writing = echo_paused,
	.resume_writing = echo_resumed,
};

static struct evert_factory echoes =
	EVERT_FACTORY(struct echo, base, &echo_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	be_patient(reactor);
	evert_deferred_release(evert_listen(reactor, "tcp::7", &echoes));
}

/* ---- The forwarder ---- */

struct visitor {
	struct evert_protocol base;
	struct evert_deferred *connecting;
};

static struct evert_result relay_ended(struct evert_result *in, void *arg)
{
	(void)arg;
	relays_ended++;
	return *in;
}

static struct evert_result join(struct evert_result *connected, void *arg)
{
	struct evert_protocol *other = evert_result_as_protocol(connected);
	struct visitor *visitor = arg;
	struct evert_deferred *d;

	visitor->connecting = NULL;
	set_marks(other);
	set_marks(&visitor->base);
	relays++;
	d = evert_relay(visitor->base.transport, other->transport);
	evert_deferred_add_both(d, relay_ended, NULL);
	return evert_result_wait(d);
}

static struct evert_result refuse(struct evert_result *failure, void *arg)
{
	struct visitor *visitor = arg;

	visitor->connecting = NULL;
	evert_transport_abort(visitor->base.transport);
	return *failure;
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void visitor_made(struct evert_protocol *base)
{
	struct visitor *visitor =
		evert_container_of(base, struct visitor, base);
	struct evert_deferred *d;

	evert_transport_pause_reading(base->transport);
	d = evert_connect(evert_reactor_current(), "tcp:10.0.0.1:7",
			  &evert_relay_factory);
	visitor->connecting = d;
	evert_deferred_add_callbacks(d, join, refuse, visitor);
	evert_deferred_add_errback(d, ignore, NULL);
	evert_deferred_release(d);
}

static void visitor_received(struct evert_protocol *base, const char *data,
			     size_t length)
{
	(void)base, (void)data, (void)length;
	evert_sim_fail(sim, "who is paused has received");
}

static void visitor_lost(struct evert_protocol *base,
			 const struct evert_failure *reason)
{
	struct visitor *visitor =
		evert_container_of(base, struct visitor, base);

	(void)reason;
	if (visitor->connecting)
		evert_deferred_cancel(visitor->connecting);
}

static const struct evert_protocol_ops visitor_ops = {
	.connection_made = visitor_made,
	.data_received = visitor_received,
	.connection_lost = visitor_lost,
};

static struct evert_factory visitors =
	EVERT_FACTORY(struct visitor, base, &visitor_ops);

static void forward(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	be_patient(reactor);
	evert_deferred_release(evert_listen(reactor, "tcp::8", &visitors));
}

/* ---- Clients ---- */

struct client {
	struct evert_protocol base;
	size_t who, total, sent, received;
	size_t breaks_at; /* bytes sent; 0: never */
	bool slow; /* it stops reading at times */
	bool paused, made, lost, ended;
};

static struct client clients[MOST_CLIENTS];

static struct client *client_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct client, base);
}

static size_t fill(const struct client *client, char *data)
{
	size_t left = client->total - client->sent, length, i;

	length = 1 + evert_sim_random(sim, PIECE);
	if (length > left)
		length = left;
	for (i = 0; i < length; i++)
		data[i] = byte_at(client->who, client->sent + i);
	return length;
}

static void send_more(struct client *client)
{
	struct evert_transport *transport = client->base.transport;
	char data[PIECE];
	size_t length;

	while (!client->paused && !client->lost &&
	       client->sent < client->total) {
		length = fill(client, data);
		client->sent += length;
		evert_transport_write(transport, data, length);
		if (client->breaks_at && client->sent >= client->breaks_at) {
			evert_transport_abort(transport);
			return;
		}
		if (client->sent == client->total)
			evert_transport_lose_write(transport);
	}
}

static void client_made(struct evert_protocol *base)
{
	struct client *client = client_from(base);

	client->made = true;
	alive++;
	set_marks(base);
	send_more(client);
}

static void read_on(void *arg)
{
	struct client *client = arg;

	if (!client->lost)
		evert_transport_resume_reading(client->base.transport);
}

static void rest(struct client *client)
{
	struct evert_delayed_call resting;

	evert_transport_pause_reading(client->base.transport);
	resting = evert_reactor_call_later(
		evert_reactor_current(),
		(double)evert_sim_random(sim, 1000) / 1000, read_on, client);
	if (!evert_delayed_call_active(resting))
		evert_transport_resume_reading(client->base.transport);
}

static void client_received(struct evert_protocol *base, const char *data,
			    size_t length)
{
	struct client *client = client_from(base);
	size_t i;

	evert_sim_check(sim, !client->lost && !client->ended);
	for (i = 0; i < length; i++)
		evert_sim_check(sim, data[i] == byte_at(client->who,
							client->received + i));
	client->received += length;
	evert_sim_check(sim, client->received <= client->sent);
	evert_sim_check(sim, evert_sim_memory(sim) <= most_memory);
	if (client->slow && !evert_sim_random(sim, 4))
		rest(client);
}

/* It ended cleanly. A server without memory closes at once. */
static void check_whole(const struct client *client)
{
	evert_sim_check(sim, client->received == client->total ||
				     (is_poor && !client->received));
}

static void client_ended(struct evert_protocol *base)
{
	struct client *client = client_from(base);

	evert_sim_check(sim, !client->ended);
	client->ended = true;
	check_whole(client);
	evert_transport_lose_connection(base->transport);
}

static void client_paused(struct evert_protocol *base)
{
	evert_sim_check(sim, !client_from(base)->paused);
	client_from(base)->paused = true;
}

static void client_resumed(struct evert_protocol *base)
{
	evert_sim_check(sim, client_from(base)->paused);
	client_from(base)->paused = false;
	send_more(client_from(base));
}

static void client_lost(struct evert_protocol *base,
			const struct evert_failure *reason)
{
	struct client *client = client_from(base);

	evert_sim_check(sim, client->made && !client->lost);
	client->lost = true;
	alive--;
	if (evert_failure_is(reason, EVERT_CONNECTION_DONE))
		check_whole(client);
}

static const struct evert_protocol_ops client_ops = {
	.connection_made = client_made,
	.data_received = client_received,
	.end_received = client_ended,
	.pause_writing = client_paused,
	.resume_writing = client_resumed,
	.connection_lost = client_lost,
};

struct client_factory {
	struct evert_factory base;
	struct client *client;
};

static struct client_factory factories[MOST_CLIENTS];

static struct evert_protocol *build_client(struct evert_factory *base,
					   const struct evert_address *peer)
{
	struct client *client =
		evert_container_of(base, struct client_factory, base)->client;

	(void)peer;
	client->base.ops = &client_ops;
	return &client->base;
}

static void use(struct evert_reactor *reactor, void *arg)
{
	struct client_factory *factory = arg;
	struct evert_deferred *d =
		evert_connect(reactor, "tcp:10.0.0.2:8", &factory->base);

	be_patient(reactor);
	evert_deferred_add_errback(d, ignore, NULL);
	evert_deferred_release(d);
}

/* ---- All of it ---- */

static void start_client(struct evert_sim_host *host, size_t who,
			 size_t most_bytes)
{
	struct client *client = &clients[who];

	*client = (struct client){
		.who = who,
		.total = evert_sim_size(sim, 1, most_bytes),
		.slow = !evert_sim_random(sim, 4),
	};
	if (!evert_sim_random(sim, 8))
		client->breaks_at = evert_sim_size(sim, 1, client->total);
	factories[who] = (struct client_factory){
		.base = {.build_protocol = build_client},
		.client = client,
	};
	evert_sim_start(host, use, &factories[who]);
}

static bool draw_faults(void)
{
	struct evert_sim_network network = *evert_sim_get_network(sim);

	if (evert_sim_random(sim, 4))
		return false;
	network.reset = 0.002;
	evert_sim_set_network(sim, &network);
	return true;
}

/* Much passes only where it passes in large pieces. */
static bool is_broad(void)
{
	const struct evert_sim_network *n = evert_sim_get_network(sim);

	return n->receive_buffer >= 16384 && n->send_buffer >= 16384 &&
	       n->cut < 0.1;
}

/* What each holds: of the client what it wrote at once, of the relay and the
   server what they read at once, and what was there when the mark was passed;
   each way, twice, since a queue's chunks may be half empty. And for each
   reactor the same twice, as buffers. */
static void bound_memory(size_t count)
{
	const size_t each = 4 * (HIGH_MARK + READ_SIZE) + 2 * (HIGH_MARK + PIECE);

	most_memory = evert_sim_memory(sim) + count * each +
		      (2 + count) * 2 * READ_SIZE;
}

static void scenario(struct evert_sim *made)
{
	struct evert_sim_host *host;
	size_t count, i;
	bool faults, much;

	sim = made;
	alive = relays = relays_ended = 0;
	evert_sim_start(evert_sim_add_host(sim, "server", "10.0.0.1"), serve,
			NULL);
	evert_sim_start(evert_sim_add_host(sim, "forwarder", "10.0.0.2"),
			forward, NULL);
	host = evert_sim_add_host(sim, "clients", "10.0.0.3");
	faults = draw_faults();
	much = is_broad() && !evert_sim_random(sim, 4);
	count = much ? 1 : evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_client(host, i, much ? MANY_BYTES : MOST_BYTES);
	bound_memory(count);
	is_poor = !evert_sim_random(sim, 8);
	if (is_poor) {
		ignore_unhandled();
		evert_sim_limit_memory(sim, 0.001);
	}

	evert_sim_check(sim, !evert_sim_run(sim, 100000));
	evert_sim_limit_memory(sim, 0);
	evert_sim_check(sim, !alive && relays == relays_ended);
	for (i = 0; i < count && !faults && !is_poor; i++)
		evert_sim_check(sim, clients[i].breaks_at || clients[i].ended);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
