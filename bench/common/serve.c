/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <stdio.h>

static struct evert_result announce_port(struct evert_result *port, void *arg)
{
	(void)arg;
	printf("%d\n", evert_address_port(evert_port_address(
			       evert_result_as_port(port))));
	fflush(stdout);
	return evert_result_none();
}

int serve(struct evert_factory *factory)
{
	return serve_spinning(factory, 0);
}

int serve_spinning(struct evert_factory *factory, double seconds)
{
	struct evert_reactor *reactor = evert_reactor_create(NULL);
	struct evert_deferred *d;
	int error;

	if (!reactor)
		return 1;
	evert_reactor_set_spin(reactor, seconds);
	d = listen_somewhere(reactor, factory);
	evert_deferred_add_callback(d, announce_port, NULL);
	evert_deferred_release(d);
	error = evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	return error != 0;
}
