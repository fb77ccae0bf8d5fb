/* SPDX-License-Identifier: MIT */
#include "standard_io.h"

#include <errno.h>

#include "pipe_internal.h"
#include "standard_io_state_internal.h"

static void let_go(struct evert_pipe_keeper *keeper)
{
	(void)keeper;
	evert_stdio_state_end();
}

struct evert_protocol *evert_stdio_open(struct evert_reactor *reactor,
					struct evert_factory *factory)
{
	static struct evert_pipe_keeper keeper = {
		.lends = true,
		.let_go = let_go,
	};
	struct evert_protocol *protocol;
	int fds[2];
	int error;

	evert_reactor_check_thread(reactor, "evert_stdio_open");
	evert_factory_check(factory);
	error = evert_stdio_state_keep(reactor->system, fds);
	if (error) {
		errno = -error;
		return NULL;
	}
	error = evert_pipe_check(reactor, fds[0], fds[1]);
	if (!error)
		error = evert_stdio_state_begin();
	if (!error)
		error = evert_pipe_begin(&protocol, reactor, fds[0], fds[1],
					 factory, &keeper);
	if (!error)
		return protocol;
	evert_stdio_state_end();
	errno = -error;
	return NULL;
}
