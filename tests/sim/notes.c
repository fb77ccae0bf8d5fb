/* SPDX-License-Identifier: MIT */
/*
 * The example of docs/testing.md: a keeper of notes, and the scenario that it
 * is tried with. "PUT 5", then five bytes, is answered by "OK 5"; "GET" by "5",
 * then the bytes. Whatever else a client says ends its connection.
 *
 * It has two ways to receive the bytes. The hasty one is wrong, but right
 * whenever they come in one piece, as they do on one's own machine. It is used
 * where the environment variable HASTY is set.
 */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is tested ---- */

enum {
	MOST_BYTES = 1000
};

struct keeper {
	struct evert_line_receiver base;
	char note[MOST_BYTES];
	size_t length;
};

static struct keeper *keeper_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct keeper, base);
}

static void send_note(struct keeper *keeper)
{
	evert_line_receiver_send_linef(&keeper->base, "%zu", keeper->length);
	evert_transport_write(keeper->base.base.transport, keeper->note,
			      keeper->length);
}

/* A number from 1 to MOST_BYTES, and no more; 0: that is none. */
static size_t read_length(const char *digits, size_t count)
{
	size_t number = 0;

	for (; count; count--, digits++) {
		if (*digits < '0' || *digits > '9')
			return 0;
		number = number * 10 + (size_t)(*digits - '0');
		if (number > MOST_BYTES)
			return 0;
	}
	return number;
}

static void keeper_line_received(struct evert_line_receiver *base,
				 const char *line, size_t length)
{
	struct keeper *keeper = keeper_from(base);
	size_t bytes = 0;

	if (length == 3 && !memcmp(line, "GET", 3)) {
		send_note(keeper);
		return;
	}
	if (length > 4 && !memcmp(line, "PUT ", 4))
		bytes = read_length(line + 4, length - 4);
	if (!bytes) {
		evert_transport_lose_connection(base->base.transport);
		return;
	}
	keeper->length = 0;
	evert_line_receiver_set_raw_mode_for(base, bytes);
}

static void keep(struct keeper *keeper, const char *data, size_t length)
{
	memcpy(keeper->note + keeper->length, data, length);
	keeper->length += length;
}

/* Wrong: there may be more to come. */
static void hasty_raw_data_received(struct evert_line_receiver *base,
				    const char *data, size_t length)
{
	keep(keeper_from(base), data, length);
	evert_line_receiver_send_linef(base, "OK %zu", length);
}

static void careful_raw_data_received(struct evert_line_receiver *base,
				      const char *data, size_t length)
{
	keep(keeper_from(base), data, length);
	if (!evert_line_receiver_raw_left(base))
		evert_line_receiver_send_linef(base, "OK %zu",
					       keeper_from(base)->length);
}

static const struct evert_line_receiver_ops hasty_ops = {
	.line_received = keeper_line_received,
	.raw_data_received = hasty_raw_data_received,
};

static const struct evert_line_receiver_ops careful_ops = {
	.line_received = keeper_line_received,
	.raw_data_received = careful_raw_data_received,
};

static struct evert_factory hasty_factory =
	EVERT_LINE_FACTORY(struct keeper, base, &hasty_ops);

static struct evert_factory careful_factory =
	EVERT_LINE_FACTORY(struct keeper, base, &careful_ops);

/* ---- Who tests it ---- */

static void serve(struct evert_reactor *reactor, void *arg)
{
	evert_deferred_release(evert_listen(reactor, "tcp::7", arg));
}

struct client {
	struct evert_sim *sim;
	bool ended;
};

static struct evert_result
put_and_get(struct client *client, struct evert_stream *stream, size_t length)
{
	char note[MOST_BYTES], expected[32];
	struct evert_result r;
	size_t i;

	for (i = 0; i < length; i++)
		note[i] = (char)('a' + evert_sim_random(client->sim, 26));
	evert_stream_write_linef(stream, "PUT %zu", length);
	evert_stream_write(stream, note, length);
	EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
	snprintf(expected, sizeof(expected), "OK %zu", length);
	evert_sim_check(client->sim,
			!strcmp(evert_result_as_text(&r), expected));
	evert_result_release(r);

	evert_stream_write_line(stream, "GET", 3);
	EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
	evert_sim_check(client->sim,
			strtoul(evert_result_as_text(&r), NULL, 10) == length);
	evert_result_release(r);
	EVERT_TRY(r, evert_await(evert_stream_read_exactly(stream, length)));
	evert_sim_check(client->sim,
			!memcmp(evert_result_as_text(&r), note, length));
	return r;
}

static struct evert_result use_keeper(void *arg)
{
	struct client *client = arg;
	size_t notes = evert_sim_size(client->sim, 1, 10);
	struct evert_stream *stream;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect("tcp:10.0.0.1:7")));
	stream = evert_stream_take(&r);
	r = evert_result_none();
	while (notes-- && !evert_result_is_failure(&r)) {
		evert_result_release(r);
		r = put_and_get(client, stream,
				evert_sim_size(client->sim, 1, MOST_BYTES));
	}
	evert_stream_destroy(stream);
	return r;
}

static struct evert_result note_end(struct evert_result *in, void *client)
{
	((struct client *)client)->ended = true;
	return *in;
}

static void run_client(struct evert_reactor *reactor, void *arg)
{
	struct evert_deferred *d = evert_spawn(use_keeper, arg);

	evert_deferred_add_callback(d, note_end, arg);
	evert_deferred_add_callback(d, evert_reactor_stop_when_done, reactor);
	evert_deferred_release(d);
}

static void scenario(struct evert_sim *sim)
{
	struct evert_sim_host *server, *client;
	struct client data = {.sim = sim};

	server = evert_sim_add_host(sim, "server", "10.0.0.1");
	client = evert_sim_add_host(sim, "client", "10.0.0.2");
	evert_sim_start(server, serve,
			getenv("HASTY") ? &hasty_factory : &careful_factory);
	evert_sim_start(client, run_client, &data);

	evert_sim_check(sim, !evert_sim_run(sim, 3600));
	evert_sim_check(sim, data.ended);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
