/* SPDX-License-Identifier: MIT */
/* Step 7: guests have names. */
#include <evert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct guest {
	struct guest *next;
	struct evert_stream *stream;
	char name[32];
};

static struct guest *guests;   /* who is in the room */
static double patience = 60.0; /* how many seconds one may be silent */

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

static void tell_all(const char *who, const char *how, const char *what)
{
	struct guest *guest;

	for (guest = guests; guest; guest = guest->next)
		evert_stream_write_linef(guest->stream, "%s%s%s", who, how,
					 what);
}

static struct evert_result hear(struct guest *guest)
{
	return evert_await(
		evert_timeout(patience, evert_stream_read_line(guest->stream)));
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

	EVERT_TRY(r, evert_await(evert_serve(endpoint, serve_guest, NULL)));
	server = evert_server_take(&r);
	announce(evert_server_port(server));
	return evert_await(evert_server_forever(server));
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s ENDPOINT [SECONDS]\n", argv[0]);
		return 2;
	}
	if (argc == 3)
		patience = atof(argv[2]);
	return evert_run(serve, argv[1]);
}
