/* SPDX-License-Identifier: MIT */
/* Step 9: the room is tested, without a socket and without waiting. */
#include <evert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONGEST_LINE = 1000,
	MOST_BEHIND = 256 * 1024, /* bytes that were said and not heard */
};

struct guest {
	struct guest *next;
	struct evert_stream *stream;
	char name[32];
};

static struct guest *guests;	  /* who is in the room */
static double patience = 60.0;	  /* how many seconds one may be silent */
static struct evert_clock *watch; /* by which they are counted */

static void enter(struct guest *guest)
{
	guest->next = guests;
	guests = guest;
}

static void leave(struct guest *guest)
{
	struct guest **at = &guests;

	while (*at != guest)
		at = &(*at)->next;
	*at = guest->next;
}

static void tell(struct guest *guest, const char *who, const char *how,
		 const char *what)
{
	struct evert_transport *to = evert_stream_transport(guest->stream);

	evert_stream_write_linef(guest->stream, "%s%s%s", who, how, what);
	if (to && evert_transport_queued(to) > MOST_BEHIND)
		evert_stream_abort(guest->stream);
}

static void tell_all(const char *who, const char *how, const char *what)
{
	struct guest *guest;

	for (guest = guests; guest; guest = guest->next)
		tell(guest, who, how, what);
}

static struct evert_result hear(struct guest *guest)
{
	struct evert_deferred *line = evert_stream_read_line(guest->stream);

	evert_deferred_add_timeout(line, patience, watch);
	return evert_await(line);
}

/* Waits until the guest has heard most of what was said. */
static struct evert_result catch_up(struct guest *guest)
{
	struct evert_deferred *heard = evert_stream_drain(guest->stream);

	evert_deferred_add_timeout(heard, patience, watch);
	return evert_await(heard);
}

static bool is_here(const char *name)
{
	struct guest *guest;

	for (guest = guests; guest; guest = guest->next)
		if (!strcmp(guest->name, name))
			return true;
	return false;
}

/* Nothing, when there is a name; else a failure. */
static struct evert_result ask_name(struct guest *guest)
{
	struct evert_result r;

	for (;;) {
		evert_stream_write_linef(guest->stream, "What is your name?");
		EVERT_TRY(r, hear(guest));
		snprintf(guest->name, sizeof(guest->name), "%s",
			 evert_result_as_text(&r));
		evert_result_release(r);
		if (guest->name[0] && !is_here(guest->name))
			return evert_result_none();
	}
}

/* Until the guest goes: why that was. */
static struct evert_result talk(struct guest *guest)
{
	struct evert_result r;

	for (;;) {
		EVERT_TRY(r, hear(guest));
		tell_all(guest->name, ": ", evert_result_as_text(&r));
		evert_result_release(r);
		EVERT_TRY(r, catch_up(guest));
	}
}

/* What is an end of the usual kind is no failure of the server. */
static struct evert_result say_why(struct guest *guest, struct evert_result why)
{
	if (!evert_result_failed_with(&why, EVERT_TIMED_OUT))
		return why;
	evert_stream_write_linef(guest->stream, "You say nothing. Good bye.");
	evert_result_release(why);
	return evert_result_none();
}

static struct evert_result serve_guest(struct evert_stream *stream, void *arg)
{
	struct guest guest = {.stream = stream};
	struct evert_result why;

	(void)arg;
	evert_stream_set_limit(stream, LONGEST_LINE);
	why = ask_name(&guest);
	if (evert_result_is_failure(&why))
		return say_why(&guest, why);
	enter(&guest);
	tell_all(guest.name, " is here", "");
	why = talk(&guest);
	leave(&guest);
	tell_all(guest.name, " has gone", "");
	return say_why(&guest, why);
}

static void announce(const struct evert_port *port)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];

	printf("listening on %s\n", evert_address_text(evert_port_address(port),
						       text, sizeof(text)));
	fflush(stdout);
}

static struct evert_result serve(void *endpoint)
{
	struct evert_server *server;
	struct evert_result r;

	watch = evert_reactor_clock(evert_reactor_current());
	EVERT_TRY(r, evert_await(evert_serve(endpoint, serve_guest, NULL)));
	server = evert_server_take(&r);
	announce(evert_server_port(server));
	return evert_await(evert_server_forever(server));
}

/* ---- The test ---- */

/* Somebody who is connected in memory. */
struct visitor {
	struct evert_owned_protocol protocol;
	struct evert_memory_transport *memory;
	struct evert_stream *stream;
};

static int wrong; /* what was not as expected */

static void expect(const char *what, bool holds)
{
	if (!holds)
		fprintf(stderr, "%s: no\n", what);
	wrong += !holds;
}

static struct evert_result be_served(void *arg)
{
	struct visitor *self = arg;
	struct evert_result why = serve_guest(self->stream, NULL);

	evert_stream_destroy(self->stream);
	evert_result_release(why);
	return evert_result_none();
}

static void visit(struct visitor *self)
{
	if (!evert_owned_protocol_build(&self->protocol, &evert_stream_factory,
					NULL))
		abort();
	self->memory = evert_memory_transport_create(self->protocol.protocol);
	self->stream = evert_stream_of(self->protocol.protocol);
	evert_deferred_release(evert_spawn(be_served, self));
}

static void types(struct visitor *self, const char *text)
{
	struct evert_protocol *to = self->protocol.protocol;

	to->ops->data_received(to, text, strlen(text));
}

static bool reads(struct visitor *self, const char *text)
{
	bool same = !strcmp(evert_memory_transport_written(self->memory, NULL),
			    text);

	evert_memory_transport_clear(self->memory);
	return same;
}

static void shout(struct visitor *self, size_t length)
{
	char line[LONGEST_LINE + 1] = "";
	size_t said;

	memset(line, 'a', sizeof(line) - 3);
	strcat(line, "\r\n");
	for (said = 0; said < length; said += strlen(line)) {
		types(self, line);
		evert_memory_transport_clear(self->memory);
	}
}

static void go(struct visitor *self)
{
	evert_memory_transport_end(self->memory, NULL);
	evert_memory_transport_destroy(self->memory);
	evert_owned_protocol_release(&self->protocol);
}

static int test(void)
{
	struct visitor ada, bob, eve;

	watch = evert_clock_create();
	visit(&ada);
	expect("ada is asked", reads(&ada, "What is your name?\r\n"));
	types(&ada, "ada\r\n");
	expect("ada is welcome", reads(&ada, "ada is here\r\n"));

	visit(&bob);
	types(&bob, "ada\r\nbo");
	types(&bob, "b\r\n");
	expect("bob is asked again", reads(&bob, "What is your name?\r\n"
						 "What is your name?\r\n"
						 "bob is here\r\n"));
	types(&bob, "Hi!\r\n");
	expect("ada hears bob", reads(&ada, "bob is here\r\nbob: Hi!\r\n"));

	evert_clock_advance(watch, patience - 1);
	types(&ada, "Still there?\r\n");
	expect("bob may be silent", reads(&bob, "bob: Hi!\r\n"
						"ada: Still there?\r\n"));
	evert_clock_advance(watch, 1);
	expect("but not longer", reads(&bob, "You say nothing. Good bye.\r\n"));
	expect("bob has gone", reads(&ada, "ada: Still there?\r\n"
					   "bob has gone\r\n"));

	visit(&eve);
	types(&eve, "eve\r\n");
	shout(&ada, MOST_BEHIND);
	expect("eve, who does not listen, is out",
	       evert_memory_transport_was_aborted(eve.memory));

	go(&eve);
	go(&bob);
	go(&ada);
	evert_clock_destroy(watch);
	return wrong > 0;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s ENDPOINT [SECONDS] | --test\n",
			argv[0]);
		return 2;
	}
	if (!strcmp(argv[1], "--test"))
		return test();
	if (argc == 3)
		patience = atof(argv[2]);
	return evert_run(serve, argv[1]);
}
