/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../protocols/stream/stream_internal.h"
#include "reactor.h"
#include "transcript.h"

/* ---- In memory ---- */

void memory_stream_begin(struct memory_stream *s)
{
	s->protocol = evert_stream_build(sizeof(struct evert_stream), NULL,
							 NULL);
	cr_assert(s->protocol != NULL);
	s->stream = evert_stream_from(s->protocol);
	s->stream->owned = true;
	s->memory = evert_memory_transport_create(s->protocol);
	cr_assert(s->memory != NULL);
}

void memory_stream_finish(struct memory_stream *s)
{
	evert_memory_transport_destroy(s->memory);
	evert_stream_destroy(s->stream);
	s->protocol->ops->destroy(s->protocol);
}

void memory_stream_receive(struct memory_stream *s, const char *text)
{
	feed(s->protocol, text, strlen(text));
}

void memory_stream_end(struct memory_stream *s)
{
	s->protocol->ops->end_received(s->protocol);
}

void memory_stream_break(struct memory_stream *s, int error)
{
	evert_memory_transport_end(
		s->memory, evert_failure_create(EVERT_CONNECTION_LOST, error,
						"connection lost"));
}

/* ---- Connected pairs ---- */

struct stream_factory {
	struct evert_factory base;
	struct evert_stream *built;
	bool begun;
};

static void begun(struct evert_stream *stream, void *arg)
{
	struct stream_factory *factory = arg;

	stream->owned = true;
	factory->built = stream;
	factory->begun = true;
}

static struct evert_protocol *build(struct evert_factory *base,
				    const struct evert_address *peer)
{
	(void)peer;
	return evert_stream_build(
		sizeof(struct evert_stream), begun,
		evert_container_of(base, struct stream_factory, base));
}

struct stream_pair connect_streams(struct evert_reactor *reactor)
{
	struct stream_factory client = { .base.build_protocol = build };
	struct stream_factory server = { .base.build_protocol = build };
	struct evert_result listening = turn_until_fired(
		reactor,
		evert_listen(reactor, "tcp:127.0.0.1:0", &server.base));
	struct evert_port *port = evert_port_take(&listening);

	evert_result_release(turn_until_fired(
		reactor, evert_connect(reactor,
				       endpoint_of(port),
				       &client.base)));
	turn_until(reactor, &server.begun);
	evert_result_release(turn_until_fired(
		reactor,
		evert_port_stop_listening(port)));
	return (struct stream_pair){ client.built, server.built };
}

/* ---- Outcomes ---- */

static void expect_success(const struct evert_result *result)
{
	if (evert_result_is_failure(result))
		cr_fatal("it failed: %s",
			 evert_result_as_failure(result)->message);
}

void expect_nothing(struct evert_result result)
{
	expect_success(&result);
	cr_assert(evert_result_is_none(&result));
}

void expect_text(struct evert_result result, const char *text)
{
	expect_success(&result);
	cr_assert(eq(str, (char *)evert_result_as_text(&result), (char *)text));
	evert_result_release(result);
}

void expect_failure(struct evert_result result, const struct evert_error *kind)
{
	cr_assert(evert_result_is_failure(&result), "it succeeded");
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->kind->name,
		     (char *)kind->name));
	evert_result_release(result);
}

static struct evert_result move(struct evert_result *in, void *to)
{
	*(struct evert_result *)to = evert_result_take(in);
	return evert_result_none();
}

struct evert_result outcome_of(struct evert_deferred *deferred)
{
	struct evert_result outcome = evert_result_none();

	cr_assert(evert_deferred_has_fired(deferred), "it has not fired");
	evert_deferred_add_both(deferred, move, &outcome);
	evert_deferred_release(deferred);
	return outcome;
}
