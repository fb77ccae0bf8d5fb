/* SPDX-License-Identifier: MIT */
#include "standard_io.h"

#include <errno.h>

#include "pipe_internal.h"
#include "standard_io_state_internal.h"

struct evert_protocol *evert_stdio_open(struct evert_reactor *reactor,
					struct evert_factory *factory)
{
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
		error = evert_pipe_lend(&protocol, reactor, fds[0], fds[1],
					factory, evert_stdio_state_end);
	if (!error)
		return protocol;
	evert_stdio_state_end();
	errno = -error;
	return NULL;
}
