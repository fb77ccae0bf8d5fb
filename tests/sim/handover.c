/* SPDX-License-Identifier: MIT */
/*
 * Descriptors are handed over by a UNIX socket with a path. Clients make pairs
 * of sockets, keep one end of each, and hand the others to a keeper, with a
 * line that says which and how many; the keeper answers through each of them,
 * and then to the client. Lines are long or short and come in bursts, so what
 * is handed over is sent and read in pieces. Clients and keepers abort, the
 * keeper is stopped and started again, the host loses its power, descriptors
 * and memory run out.
 *
 * Whatever happens: an end hears the answer that is its own or none, and of its
 * end exactly once, which it does not if its other end was kept or lost by
 * anybody; a client whom nothing went wrong for has all its answers; and
 * nothing is open or allocated when all is over.
 */
#include <evert.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_CLIENTS = 6,
	MOST_BURSTS = 5,
	MOST_AT_ONCE = 4, /* descriptors with a line, and lines in a burst */
	MOST_PADDING = 3000,
	MOST_FAULTS = 6,
};

static struct evert_sim *sim;
static struct evert_sim_host *host;
static struct evert_reactor *keeper_reactor; /* the last; NULL: none came */
static size_t ends_made, ends_lost;
static unsigned next_number;
static bool scarce; /* descriptors or memory are, or were */
static bool halted, paused;
static bool harmful; /* aborts may happen */

static void close_descriptor(int fd)
{
	struct evert_system *system = evert_sim_system(host);

	system->ops->close(system, fd);
}

static bool happens(uint64_t once_in)
{
	return harmful && !evert_sim_random(sim, once_in);
}

/* Nothing of this takes time, so who does harm is let in between. */
static void perhaps_pause(void)
{
	if (!happens(10))
		return;
	paused = true;
	evert_sim_stop(sim);
}

static void run_to_the_end(void)
{
	do {
		paused = false;
		evert_sim_check(sim, !evert_sim_run(sim, 1000));
	} while (paused);
}

/* ---- Answering, through what was handed over ---- */

struct answer {
	struct evert_protocol base;
};

static unsigned answered; /* what is being answered */

static void answer_made(struct evert_protocol *base)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "got %u", answered);

	evert_transport_write(base->transport, text, (size_t)length);
	evert_transport_lose_connection(base->transport);
}

static void answer_received(struct evert_protocol *base, const char *data,
			    size_t length)
{
	(void)base, (void)data, (void)length;
	evert_sim_fail(sim, "an end says something by itself");
}

static const struct evert_protocol_ops answer_ops = {
	.connection_made = answer_made,
	.data_received = answer_received,
};

static struct evert_factory answer_factory =
	EVERT_FACTORY(struct answer, base, &answer_ops);

/* ---- The keeper ---- */

struct keeper {
	struct evert_line_receiver base;
	int fds[MOST_AT_ONCE * MOST_AT_ONCE]; /* no line told of them yet */
	size_t count;
	bool lost; /* some of them */
};

static struct keeper *keeper_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct keeper, base);
}

static void keeper_descriptors(struct evert_line_receiver *base, int *fds,
			       size_t count, bool lost)
{
	struct keeper *keeper = keeper_from(base);
	size_t i;

	evert_sim_check(sim, count || lost);
	evert_sim_check(sim, scarce || !lost);
	evert_sim_check(sim,
			keeper->count + count <= MOST_AT_ONCE * MOST_AT_ONCE);
	keeper->lost |= lost;
	for (i = 0; i < count; i++) {
		keeper->fds[keeper->count++] = fds[i];
		fds[i] = -1;
	}
}

static void answer_one(struct keeper *keeper)
{
	struct evert_reactor *reactor =
		evert_transport_reactor(keeper->base.base.transport);
	int fd = keeper->fds[0];

	memmove(keeper->fds, keeper->fds + 1,
		--keeper->count * sizeof(*keeper->fds));
	if (evert_connection_adopt(reactor, fd, &answer_factory))
		return;
	evert_sim_check(sim, scarce);
	if (errno != ENOMEM) /* then it is closed */
		close_descriptor(fd);
}

static void keeper_line(struct evert_line_receiver *base, const char *line,
			size_t length)
{
	struct keeper *keeper = keeper_from(base);
	char text[32] = "";
	unsigned count;

	perhaps_pause();
	memcpy(text, line, length < sizeof(text) ? length : sizeof(text) - 1);
	if (keeper->lost || happens(20)) {
		evert_transport_abort(base->base.transport);
		return;
	}
	evert_sim_check(sim, sscanf(text, "%u %u", &answered, &count) == 2);
	evert_sim_check(sim, count <= keeper->count);
	while (count--)
		answer_one(keeper);
	evert_line_receiver_send_linef(base, "%u", answered);
}

static void keeper_destroy(struct evert_line_receiver *base)
{
	struct keeper *keeper = keeper_from(base);

	while (keeper->count)
		close_descriptor(keeper->fds[--keeper->count]);
}

static const struct evert_line_receiver_ops keeper_ops = {
	.line_received = keeper_line,
	.descriptors_received = keeper_descriptors,
	.destroy = keeper_destroy,
};

static struct evert_factory keeper_factory =
	EVERT_LINE_FACTORY(struct keeper, base, &keeper_ops);

static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	evert_sim_check(sim, harmful); /* the last one may not have ended */
	return evert_result_none();
}

static void serve(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d = evert_listen(
		reactor, "unix:/run/keeper:backlog=1", &keeper_factory);

	(void)arg;
	evert_deferred_add_errback(d, not_listening, NULL);
	evert_deferred_release(d);
}

static void start_keeper(void)
{
	keeper_reactor = evert_sim_start(host, serve, NULL);
	evert_sim_check(sim, scarce || keeper_reactor);
}

/* ---- The ends that clients keep ---- */

struct client;

struct end {
	struct evert_protocol base;
	char heard[32];
	size_t length;
	unsigned number;
	struct client *client;
	bool ended;
};

struct client {
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

	evert_sim_check(sim, end->length + length < sizeof(end->heard));
	memcpy(end->heard + end->length, data, length);
	end->length += length;
}

static void end_lost(struct evert_protocol *base,
		     const struct evert_failure *reason)
{
	struct end *end = end_from(base);
	char expected[32];

	(void)reason;
	evert_sim_check(sim, !end->ended);
	end->ended = true;
	ends_lost++;
	snprintf(expected, sizeof(expected), "got %u", end->number);
	evert_sim_check(sim, !strncmp(end->heard, expected, end->length));
	if (!strcmp(end->heard, expected))
		end->client->heard++;
	else
		evert_sim_check(sim, !end->length || halted || scarce);
}

static const struct evert_protocol_ops end_ops = {
	.data_received = end_received,
	.connection_lost = end_lost,
};

static struct evert_factory end_factory =
	EVERT_FACTORY(struct end, base, &end_ops);

/* ---- Clients ---- */

static struct client *client_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct client, base);
}

/* Gives the other end, or -1. */
static int make_end(struct client *client, unsigned number)
{
	struct evert_system *system = evert_sim_system(host);
	struct evert_protocol *end;
	int fds[2];

	if (system->ops->socketpair(system, fds)) {
		evert_sim_check(sim, scarce);
		return -1;
	}
	end = evert_connection_adopt(client->reactor, fds[0], &end_factory);
	if (!end) {
		evert_sim_check(sim, scarce);
		if (errno != ENOMEM)
			close_descriptor(fds[0]);
		close_descriptor(fds[1]);
		return -1;
	}
	end_from(end)->number = number;
	end_from(end)->client = client;
	ends_made++;
	client->ends++;
	return fds[1];
}

static void hand_over(struct client *client)
{
	size_t most = evert_sim_size(sim, 0, MOST_AT_ONCE), count, i;
	size_t padding = evert_sim_size(sim, 0, MOST_PADDING);
	unsigned number = client->last = ++next_number;
	char text[MOST_PADDING + 64];
	int fds[MOST_AT_ONCE], length;

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
		close_descriptor(fds[i]);
}

static void go_on(struct client *client)
{
	size_t lines = evert_sim_size(sim, 1, MOST_AT_ONCE);

	perhaps_pause();
	if (!client->bursts--) {
		client->finished = true;
		evert_transport_lose_connection(client->base.base.transport);
		return;
	}
	while (lines--)
		hand_over(client);
	if (happens(15))
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
	struct client *client = client_from(base);
	char text[16] = "";

	evert_sim_check(sim, length < sizeof(text));
	memcpy(text, line, length);
	if (strtoul(text, NULL, 10) == client->last)
		go_on(client);
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
	.line_received = client_line,
	.connection_lost = client_lost,
};

struct client_factory {
	struct evert_factory base;
	struct client client;
};

static struct client_factory clients[MOST_CLIENTS + 1];
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

static struct client *start_client(void)
{
	struct client_factory *factory = &clients[client_count++];

	*factory = (struct client_factory){
		.base = {.build_protocol = build_client},
		.client = {.bursts = evert_sim_size(sim, 1, MOST_BURSTS)},
	};
	if (!evert_sim_start(host, take_part, factory))
		evert_sim_check(sim, scarce);
	return &factory->client;
}

/* ---- Faults ---- */

static void halt(void)
{
	halted = true;
	evert_sim_halt(host);
	start_keeper();
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void restart_keeper(void)
{
	int error = keeper_reactor ? evert_reactor_call_from_thread(
					     keeper_reactor, stop,
					     keeper_reactor)
				   : 0;

	evert_sim_check(sim, scarce || !error);
	evert_sim_run(sim, 1);
	start_keeper();
}

static void do_harm(void)
{
	switch (evert_sim_random(sim, 5)) {
	case 0:
		halt();
		break;
	case 1:
		restart_keeper();
		break;
	case 2:
		scarce = true;
		evert_sim_limit_descriptors(host,
					    evert_sim_descriptors(host) +
						    evert_sim_random(sim, 12));
		break;
	case 3:
		scarce = true;
		evert_sim_limit_memory(sim, 0.01);
		break;
	default:
		evert_sim_limit_descriptors(host, SIZE_MAX);
		evert_sim_limit_memory(sim, 0);
	}
}

/* ---- All of it ---- */

static void check_clients(void)
{
	const struct client *client;
	size_t i;

	evert_sim_check(sim, ends_lost == ends_made);
	for (i = 0; i < client_count; i++) {
		client = &clients[i].client;
		if (client->finished && !scarce && !halted)
			evert_sim_check(sim, client->heard == client->ends);
		evert_sim_check(sim, client->lost == client->made);
	}
}

/* After that nothing goes wrong any more, and one who comes is served. */
static void check_last(void)
{
	const struct client *last;

	evert_sim_limit_descriptors(host, SIZE_MAX);
	evert_sim_limit_memory(sim, 0);
	harmful = false;
	halt();
	run_to_the_end();
	last = start_client();
	run_to_the_end();
	evert_sim_check(sim, last->finished && last->heard == last->ends);
	check_clients();
}

static void scenario(struct evert_sim *made)
{
	size_t count, faults, i;

	sim = made;
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
	ends_made = ends_lost = client_count = 0;
	next_number = 0;
	scarce = halted = false;
	harmful = evert_sim_random(sim, 2);
	start_keeper();
	count = evert_sim_size(sim, 1, MOST_CLIENTS);
	for (i = 0; i < count; i++)
		start_client();
	faults = harmful ? evert_sim_size(sim, 0, MOST_FAULTS) : 0;
	for (i = 0; i < faults; i++) {
		evert_sim_run(sim, 1);
		do_harm();
	}
	if (!faults)
		run_to_the_end();
	if (!faults)
		check_clients();
	check_last();
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
