/* SPDX-License-Identifier: MIT */
/* A reactor in each thread, each with a port of its own (reuse-port=yes). They
   share nothing. */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>

#include "common/cores.h"

static void echo(struct evert_protocol *protocol, const char *data,
		 size_t length)
{
	evert_transport_write(protocol->transport, data, length);
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo,
	.pause_writing = evert_protocol_pause_reading,
	.resume_writing = evert_protocol_resume_reading,
};

struct echo {
	struct evert_protocol base;
};

static struct evert_result listening(struct evert_result *port, void *arg)
{
	(void)port;
	(void)arg;
	core_listens();
	return evert_result_none();
}

void core_serve(int port)
{
	struct evert_factory factory =
		EVERT_FACTORY(struct echo, base, &echo_ops);
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_deferred *d;
	char endpoint[64];

	if (!reactor)
		exit(1);
	snprintf(endpoint, sizeof(endpoint),
		 "tcp:127.0.0.1:%d:reuse-port=yes:backlog=4096", port);
	d = evert_listen(reactor, endpoint, &factory);
	evert_deferred_add_callback(d, listening, NULL);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
	return cores_main(argc, argv);
}
