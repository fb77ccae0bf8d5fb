/* SPDX-License-Identifier: MIT */
/*
 * Sorting as a service: 8 bytes, a length in network byte order, and a list of
 * numbers in JSON; the sorted list comes back the same way. It is sorted
 * stupidly, which takes long, and so in other processes: the loop goes on
 * answering meanwhile.
 */
#include <evert.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/example.h"
#include "common/sorting.h"

enum { MOST_BYTES = 16 << 20 };

static const evert_worker_function functions[] = { sort_list, NULL };

struct service {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	char greet_endpoint[EXAMPLE_ENDPOINT_SIZE]; /* or "" */
	struct evert_worker_pool_options options;
	struct evert_worker_pool *pool;
};

/* A client that is told why, and whose connection then ends. */
static const struct evert_error refused =
	EVERT_ERROR_INIT(refused, EVERT_ERROR, "REFUSED", "a client is refused");

/* ---- One client ---- */

static void answer(struct evert_stream *stream, const char *bytes,
		   size_t length)
{
	char prefix[SORTING_PREFIX];

	sorting_write_prefix(prefix, length);
	evert_stream_write(stream, prefix, sizeof(prefix));
	evert_stream_write(stream, bytes, length);
}

static struct evert_result refuse(struct evert_stream *stream, const char *why)
{
	char words[300];
	int length = snprintf(words, sizeof(words), "{\"error\": \"%.250s\"}",
			      why);

	answer(stream, words, (size_t)length);
	return evert_result_fail(&refused, 0, "%s", why);
}

/* The length, or a failure. */
static struct evert_result read_length(struct evert_stream *stream)
{
	struct evert_result r =
		evert_await(evert_stream_read_exactly(stream, SORTING_PREFIX));
	uint64_t length;
	char why[80];

	if (evert_result_is_failure(&r))
		return r;
	length = sorting_read_prefix(evert_result_as_text(&r));
	evert_result_release(r);
	if (length <= MOST_BYTES)
		return evert_result_integer((int64_t)length);
	snprintf(why, sizeof(why), "a list of %" PRIu64 " bytes is too long",
		 length);
	return refuse(stream, why);
}

static struct evert_result sort_one(struct evert_stream *stream,
				    struct evert_worker_pool *pool)
{
	struct evert_result r = read_length(stream), list;

	if (evert_result_is_failure(&r))
		return r;
	list = evert_await(evert_stream_read_exactly(
		stream, (size_t)evert_result_as_integer(&r)));
	if (evert_result_is_failure(&list))
		return list;
	r = evert_await(evert_worker_call(pool, sort_list,
					  evert_result_as_text(&list),
					  evert_result_text_length(&list)));
	evert_result_release(list);
	if (evert_result_failed_with(&r, EVERT_WORKER_FAILED) ||
	    evert_result_failed_with(&r, EVERT_WORKER_DIED)) {
		list = refuse(stream, evert_result_as_failure(&r)->message);
		evert_result_release(r);
		return list;
	}
	if (evert_result_is_failure(&r))
		return r;
	answer(stream, evert_result_as_text(&r), evert_result_text_length(&r));
	evert_result_release(r);
	return evert_await(evert_stream_drain(stream));
}

/* Nobody is to be blamed for the end of a client. */
static struct evert_result serve_client(struct evert_stream *stream, void *arg)
{
	struct service *service = arg;
	struct evert_result r = evert_result_none();

	while (!evert_result_is_failure(&r))
		r = sort_one(stream, service->pool);
	if (evert_result_failed_with(&r, &refused))
		example_complain(evert_result_as_failure(&r));
	else if (!evert_result_failed_with(&r, EVERT_STREAM_END) &&
		 !evert_result_failed_with(&r, EVERT_CONNECTION_LOST))
		return r;
	evert_result_release(r);
	return evert_result_none();
}

/* ---- Greetings: is the loop held up? ---- */

static void name_received(struct evert_line_receiver *base, const char *name,
			  size_t length)
{
	evert_line_receiver_send_linef(base, "Hello, %.*s!", (int)length, name);
}

static const struct evert_line_receiver_ops greeter_ops = {
	.line_received = name_received,
	.pause_when_full = true,
};

struct greeter {
	struct evert_line_receiver base;
};

static struct evert_factory greeters =
	EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);

static struct evert_result greet(const char *endpoint)
{
	struct evert_result r = evert_await(
		evert_listen(evert_reactor_current(), endpoint, &greeters));
	char text[EVERT_ADDRESS_TEXT_SIZE];

	if (evert_result_is_failure(&r))
		return r;
	evert_address_text(evert_port_address_at(evert_result_as_port(&r), 0),
			   text, sizeof(text));
	example_log("greetings at %s", text);
	return r;
}

/* ---- The service ---- */

static struct evert_result serve(struct service *service)
{
	struct evert_result r = evert_await(
		evert_serve(service->endpoint, serve_client, service));
	struct evert_server *server;

	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	example_announce(evert_server_port(server));
	if (*service->greet_endpoint)
		r = greet(service->greet_endpoint);
	if (evert_result_is_failure(&r)) {
		evert_deferred_release(evert_server_stop(server));
		return r;
	}
	evert_result_release(r);
	return evert_await(evert_server_forever(server));
}

static struct evert_result run(void *arg)
{
	struct service *service = arg;
	struct evert_result r;

	service->pool = evert_worker_pool_create(evert_reactor_current(),
						 &service->options);
	if (!service->pool)
		return evert_result_error(errno, "the workers");
	r = serve(service);
	evert_worker_pool_destroy(service->pool);
	return r;
}

static void set_options(struct service *service, int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "2015", *greet_port = NULL;
	double workers = 0, nice = 0;
	const struct example_option options[] = {
		{ "--host", "H", "the address to listen on (127.0.0.1)", &host,
		  NULL },
		{ "--port", "P", "the port; 0 picks a free one (2015)", &port,
		  NULL },
		{ "--workers", "N", "processes that sort (one a processor)",
		  NULL, &workers },
		{ "--nice", "N", "lower their priority by so much", NULL,
		  &nice },
		{ "--greet-port", "P", "answer names there by greetings",
		  &greet_port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = { "Sorts lists of numbers.", "", 0, 0,
					 options };

	example_begin(&example, argc, argv);
	example_endpoint(service->endpoint, host, port);
	if (greet_port)
		example_endpoint(service->greet_endpoint, host, greet_port);
	service->options.workers = (unsigned)workers;
	service->options.nice = nice > 19 ? 19 : (int)nice;
	service->options.limit = MOST_BYTES;
}

int main(int argc, char **argv)
{
	struct service service = { .pool = NULL };

	evert_worker_main(functions); /* in a worker, that is all */
	set_options(&service, argc, argv);
	return evert_run(run, &service);
}
