/* SPDX-License-Identifier: MIT */
/*
 * file_server ENDPOINT FILE: sends everybody the file, between two lines, and
 * says whether the kernel encrypts it. For tests/kernel/ktls.
 */
#include <evert-tls.h>
#include <evert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int file;
static size_t length;

static void connection_made(struct evert_protocol *protocol)
{
	struct evert_transport *transport = protocol->transport;

	printf("ktls: %d\n", evert_tls_ktls(transport));
	evert_transport_write(transport, "before\n", 7);
	evert_deferred_release(
		evert_transport_send_file(transport, file, 0, length));
	evert_transport_write(transport, "after\n", 6);
	evert_transport_lose_connection(transport);
}

static void data_received(struct evert_protocol *protocol, const char *data,
			  size_t size)
{
	(void)protocol, (void)data, (void)size;
}

static const struct evert_protocol_ops ops = {
	.connection_made = connection_made,
	.data_received = data_received,
};

static struct evert_factory factory = {
	.build_protocol = evert_factory_build,
	.size = sizeof(struct evert_protocol),
	.init = evert_protocol_init,
	.ops = &ops,
};

static struct evert_result tell(struct evert_result *in, void *arg)
{
	const struct evert_port *port = evert_result_as_port(in);

	(void)arg;
	printf("listening on port %u\n",
	       evert_address_port(evert_port_address(port)));
	return evert_result_none();
}

int main(int argc, char **argv)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_deferred *d;
	struct stat status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3 || !reactor || evert_tls_register())
		return 2;
	evert_reactor_handle_signals(reactor);
	file = open(argv[2], O_RDONLY);
	if (file < 0 || fstat(file, &status))
		return 1;
	length = (size_t)status.st_size;
	d = evert_listen(reactor, argv[1], &factory);
	evert_deferred_add_callback(d, tell, NULL);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	return 0;
}
