/* SPDX-License-Identifier: MIT */
/* Answers from a zone file: "evert FILE" prints the port. */
#include <evert.h>
#include <stdio.h>
#include <sys/socket.h>

/* So that a thousand questions at once fit, as a resolver sends them that does
   not wait: of usual size it holds 277. */
static void enlarge_buffers(void)
{
	const int size = 4 << 20;
	int fd;

	for (fd = 3; fd < 16; fd++)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static struct evert_result announce(struct evert_result *port, void *unused)
{
	(void)unused;
	enlarge_buffers();
	printf("%d\n", (int)evert_result_as_integer(port));
	fflush(stdout);
	return evert_result_none();
}

int main(int argc, char **argv)
{
	struct evert_dns_table *table = evert_dns_table_create();
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_dns_server *server;
	struct evert_deferred *d;
	char problem[512] = "no file";

	if (argc < 2 || evert_dns_table_load(table, argv[1], NULL, problem,
					     sizeof(problem))) {
		fprintf(stderr, "evert: %s\n", problem);
		return 1;
	}
	evert_reactor_handle_signals(reactor);
	server = evert_dns_server_create(reactor, evert_dns_table_answer,
					 table, NULL);
	d = evert_dns_server_listen(server, "127.0.0.1", 0);
	evert_deferred_add_callback(d, announce, NULL);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_dns_server_destroy(server);
	evert_reactor_destroy(reactor);
	evert_dns_table_destroy(table);
	return 0;
}
