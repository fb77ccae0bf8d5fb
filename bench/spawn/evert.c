/* SPDX-License-Identifier: MIT */
#include <evert.h>

#include <stdlib.h>

#include "common/measure.h"
#include "common/spawn.h"

static struct evert_reactor *reactor;
static struct evert_process_protocol protocol;
static size_t left;

static void start(void)
{
	static const struct evert_child_fd fds[] = {
		{ 0, EVERT_CHILD_INHERITS, 0, NULL },
		{ 1, EVERT_CHILD_INHERITS, 1, NULL },
		{ 2, EVERT_CHILD_INHERITS, 2, NULL },
	};
	static const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 3,
	};

	if (!evert_spawn_process(reactor, &protocol, "/bin/true",
				 EVERT_ARGV("true"), NULL, &options))
		abort();
}

static void ended(struct evert_process_protocol *self,
		  const struct evert_exit *exit)
{
	(void)self;
	measure_check("status", (uint64_t)evert_exit_status(exit), 0);
	if (--left)
		start();
	else
		evert_reactor_stop(reactor);
}

static const struct evert_process_protocol_ops ops = {
	.ended = ended,
};

static void run(size_t events)
{
	left = events;
	start();
	evert_reactor_run(reactor);
}

int main(void)
{
	protocol.ops = &ops;
	reactor = evert_reactor_create(NULL);
	return spawn_main(run);
}
