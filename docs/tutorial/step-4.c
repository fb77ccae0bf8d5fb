/* SPDX-License-Identifier: MIT */
/* Step 4: the server that greets. */
#include <evert.h>
#include <stdio.h>

static struct evert_result serve_guest(struct evert_stream *guest, void *arg)
{
	struct evert_result r;

	(void)arg;
	EVERT_TRY(r, evert_await(evert_stream_read_line(guest)));
	evert_stream_write_linef(guest, "Hello, %s!", evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
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
	if (argc != 2) {
		fprintf(stderr, "usage: %s ENDPOINT\n", argv[0]);
		return 2;
	}
	return evert_run(serve, argv[1]);
}
