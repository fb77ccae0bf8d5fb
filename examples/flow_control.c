/* SPDX-License-Identifier: MIT */
/*
 * A source that is faster than its reader: it is paused and resumed, so that
 * what is queued, and the memory, stay as they are, however much is sent.
 */
#include <evert.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/example.h"

enum { PIECE = 16384, STALL_EVERY = 1 << 20 };

/* ---- The source: a push producer ---- */

struct source {
	struct evert_protocol base;
	struct evert_producer producer;
	bool running;
	size_t left, most_queued;
	unsigned pauses, resumes;
};

static struct source *source_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct source, base);
}

static struct source *source_of(struct evert_producer *producer)
{
	return evert_container_of(producer, struct source, producer);
}

static void write_piece(struct source *self)
{
	static const char piece[PIECE];
	size_t length = self->left < PIECE ? self->left : PIECE;
	size_t queued;

	self->left -= length;
	evert_transport_write(self->base.transport, piece, length);
	queued = evert_transport_queued(self->base.transport);
	if (queued > self->most_queued)
		self->most_queued = queued;
}

static void source_resume(struct evert_producer *producer)
{
	struct source *self = source_of(producer);

	self->resumes++;
	self->running = true;
	while (self->running && self->left)
		write_piece(self);
	if (self->left)
		return;
	evert_producer_unregister(producer);
	evert_transport_lose_connection(self->base.transport);
}

static void source_pause(struct evert_producer *producer)
{
	struct source *self = source_of(producer);

	self->pauses++;
	self->running = false;
}

static void source_stop(struct evert_producer *producer)
{
	example_log("the reader is gone, %zu bytes are left",
		    source_of(producer)->left);
}

static const struct evert_producer_ops source_producer_ops = {
	.resume_producing = source_resume,
	.pause_producing = source_pause,
	.stop_producing = source_stop,
};

static double megabytes = 100;

static void source_made(struct evert_protocol *base)
{
	struct source *self = source_from(base);

	self->left = (size_t)(megabytes * 1e6);
	self->producer.ops = &source_producer_ops;
	if (evert_transport_register_producer(base->transport,
					      &self->producer))
		evert_transport_abort(base->transport);
}

static void source_lost(struct evert_protocol *base,
			const struct evert_failure *reason)
{
	struct source *self = source_from(base);

	(void)reason;
	printf("source: resumed %u times, paused %u times, "
	       "at most %zu bytes queued\n",
	       self->resumes, self->pauses, self->most_queued);
}

static void source_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	(void)base, (void)data, (void)length;
}

static const struct evert_protocol_ops source_ops = {
	.data_received = source_data_received,
	.connection_made = source_made,
	.connection_lost = source_lost,
};

static struct evert_factory source_factory =
	EVERT_FACTORY(struct source, base, &source_ops);

/* ---- The reader, which is in no hurry ---- */

struct reader {
	struct evert_protocol base;
	size_t count, stalls;
	struct evert_delayed_call wakes;
};

static double stall = 0.002; /* seconds, after every megabyte */

static struct reader *reader_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct reader, base);
}

static void read_on(void *arg)
{
	struct reader *self = arg;

	evert_transport_resume_reading(self->base.transport);
}

static void reader_data_received(struct evert_protocol *base, const char *data,
				 size_t length)
{
	struct reader *self = reader_from(base);
	size_t before = self->count / STALL_EVERY;

	(void)data;
	self->count += length;
	if (self->count / STALL_EVERY == before)
		return;
	self->stalls++;
	evert_transport_pause_reading(base->transport);
	self->wakes = evert_reactor_call_later(evert_reactor_current(), stall,
					       read_on, self);
}

static void reader_lost(struct evert_protocol *base,
			const struct evert_failure *reason)
{
	struct reader *self = reader_from(base);
	struct rusage usage;

	(void)reason;
	evert_delayed_call_cancel(self->wakes);
	getrusage(RUSAGE_SELF, &usage);
	printf("reader: %zu bytes, stalled %zu times\n", self->count,
	       self->stalls);
	printf("memory: %ld KiB at most\n", usage.ru_maxrss);
	evert_reactor_stop(evert_reactor_current());
}

static const struct evert_protocol_ops reader_ops = {
	.data_received = reader_data_received,
	.connection_lost = reader_lost,
};

static struct evert_factory reader_factory =
	EVERT_FACTORY(struct reader, base, &reader_ops);

/* ---- Both, in one program ---- */

static struct evert_result connect_to(struct evert_result *in, void *reactor)
{
	struct evert_port *port = evert_result_as_port(in);
	char host[EVERT_ADDRESS_TEXT_SIZE];
	char endpoint[sizeof(host) + 4];

	evert_address_text(evert_port_address(port), host, sizeof(host));
	snprintf(endpoint, sizeof(endpoint), "tcp:%s", host);
	return evert_result_wait(
		evert_connect(reactor, endpoint, &reader_factory));
}

static struct evert_result give_up(struct evert_result *in, void *reactor)
{
	example_complain(evert_result_as_failure(in));
	evert_reactor_stop(reactor);
	return evert_result_none();
}

int main(int argc, char **argv)
{
	const struct example_option options[] = {
		{ "--megabytes", "N", "how much is sent (100)", NULL,
		  &megabytes },
		{ "--stall", "SECONDS",
		  "how long the reader waits after each megabyte (0.002)",
		  NULL, &stall },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"A source faster than its reader; the memory stays flat.",
		"", 0, 0, options,
	};
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_deferred *d;

	example_begin(&example, argc, argv);
	if (!reactor || evert_reactor_handle_signals(reactor)) {
		example_log("cannot make a reactor");
		return 1;
	}
	d = evert_listen(reactor, "tcp:127.0.0.1:0", &source_factory);
	evert_deferred_add_callback(d, connect_to, reactor);
	evert_deferred_add_errback(d, give_up, reactor);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	return 0;
}
