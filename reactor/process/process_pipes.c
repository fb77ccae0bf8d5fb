/* SPDX-License-Identifier: MIT */
/* Pipes to the child: each is a transport, whose protocol here tells the
   process's own, unless the user has a factory for it. */
#include "process_internal.h"

#include <errno.h>
#include <unistd.h>

#include "../transport/pipe.h"
#include "../transport/terminal.h"

static struct evert_process_pipe *pipe_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct evert_process_pipe, base);
}

/* ---- What the process protocol is told ---- */

static void received(struct evert_protocol *base, const char *data,
		     size_t length)
{
	struct evert_process_pipe *pipe = pipe_from(base);
	struct evert_process_protocol *protocol = pipe->process->protocol;

	if (pipe->fd == STDOUT_FILENO && protocol->ops->out_received)
		protocol->ops->out_received(protocol, data, length);
	else if (pipe->fd == STDERR_FILENO && protocol->ops->err_received)
		protocol->ops->err_received(protocol, data, length);
	else if (protocol->ops->received)
		protocol->ops->received(protocol, pipe->fd, data, length);
}

typedef void (*slot)(struct evert_process_protocol *protocol);

static slot slot_for_end(const struct evert_process_protocol_ops *ops, int fd)
{
	switch (fd) {
	case STDIN_FILENO:
		return ops->in_closed;
	case STDOUT_FILENO:
		return ops->out_ended;
	case STDERR_FILENO:
		return ops->err_ended;
	default:
		return NULL;
	}
}

static void tell_closed(struct evert_process_pipe *pipe)
{
	struct evert_process_protocol *protocol = pipe->process->protocol;
	slot tell = slot_for_end(protocol->ops, pipe->fd);

	if (tell)
		tell(protocol);
	else if (protocol->ops->closed)
		protocol->ops->closed(protocol, pipe->fd);
}

static void closed(struct evert_process_pipe *pipe)
{
	struct evert_process *process = pipe->process;

	pipe->transport = NULL;
	process->open--;
	tell_closed(pipe);
	evert_process_tell(process);
}

static void lost(struct evert_protocol *base,
		 const struct evert_failure *reason)
{
	(void)reason;
	closed(pipe_from(base));
}

/* The child does not read any more: nothing is left to be done. */
static void write_lost(struct evert_protocol *base, int error)
{
	(void)error;
	if (pipe_from(base)->use == EVERT_CHILD_READS)
		evert_transport_lose_connection(base->transport);
}

/* What is written to it, is that the child's standard input? */
static bool is_input(const struct evert_process_pipe *pipe)
{
	return pipe->fd == STDIN_FILENO || pipe->use == EVERT_CHILD_TERMINAL;
}

static void paused(struct evert_protocol *base)
{
	struct evert_process_pipe *pipe = pipe_from(base);
	struct evert_process_protocol *protocol = pipe->process->protocol;

	if (is_input(pipe) && protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
}

static void resumed(struct evert_protocol *base)
{
	struct evert_process_pipe *pipe = pipe_from(base);
	struct evert_process_protocol *protocol = pipe->process->protocol;

	if (is_input(pipe) && protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
}

static void destroyed(struct evert_protocol *base)
{
	evert_process_let_go(pipe_from(base)->process);
}

static const struct evert_protocol_ops pipe_ops = {
	.data_received = received,
	.connection_lost = lost,
	.write_lost = write_lost,
	.pause_writing = paused,
	.resume_writing = resumed,
	.destroy = destroyed,
};

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct evert_process *process = evert_container_of(
		factory, struct evert_process, factory);
	struct evert_process_pipe *pipe = process->building;

	(void)peer;
	pipe->base.ops = &pipe_ops;
	return &pipe->base;
}

/* ---- Transports ---- */

/* One with a protocol of the user's own. */
static struct evert_result closed_by_user(struct evert_result *in, void *arg)
{
	struct evert_process_pipe *pipe = arg;
	struct evert_process *process = pipe->process;

	(void)in;
	closed(pipe);
	evert_process_let_go(process);
	return evert_result_none();
}

static int heed_end(struct evert_process_pipe *pipe)
{
	struct evert_deferred *end = evert_transport_closed(pipe->transport);

	if (!end)
		return -ENOMEM;
	evert_deferred_add_both(end, closed_by_user, pipe);
	evert_deferred_release(end);
	return 0;
}

static int begin(struct evert_process *process,
		 struct evert_process_pipe *pipe)
{
	struct evert_factory *factory =
		pipe->factory ? pipe->factory : &process->factory;
	int reads = pipe->use == EVERT_CHILD_READS ? -1 : pipe->ours;
	int writes = pipe->use == EVERT_CHILD_WRITES ? -1 : pipe->ours;
	struct evert_protocol *protocol;

	process->building = pipe;
	protocol = evert_pipe_open(evert_process_reactor(process), reads,
				   writes, factory);
	if (!protocol)
		return -errno;
	pipe->ours = -1;
	pipe->transport = protocol->transport;
	if (pipe->factory && heed_end(pipe)) {
		evert_transport_abort(pipe->transport);
		pipe->transport = NULL;
		return -ENOMEM;
	}
	process->open++;
	process->holders++;
	return 0;
}

void evert_process_abort_pipes(struct evert_process *process)
{
	size_t i;

	for (i = 0; i < process->pipe_count; i++)
		if (process->pipes[i].transport)
			evert_transport_abort(process->pipes[i].transport);
}

int evert_process_begin_pipes(struct evert_process *process)
{
	size_t i;
	int error = 0;

	process->factory.build_protocol = build;
	for (i = 0; i < process->pipe_count && !error; i++)
		error = begin(process, &process->pipes[i]);
	if (!error)
		return 0;
	evert_process_abort_pipes(process);
	evert_process_close_pipes(process);
	return error;
}

struct evert_transport *
evert_process_transport(const struct evert_process *process, int fd)
{
	size_t i;

	for (i = 0; i < process->pipe_count; i++)
		if (process->pipes[i].fd == fd ||
		    (fd == STDIN_FILENO && is_input(&process->pipes[i])))
			return process->pipes[i].transport;
	return NULL;
}

int evert_process_write(struct evert_process *process, const void *data,
			size_t length)
{
	struct evert_transport *input = evert_process_input(process);

	if (input)
		return evert_transport_write(input, data, length);
	return length ? -EPIPE : 0;
}

static const struct evert_process_pipe *
terminal_of(const struct evert_process *process)
{
	return process->pipe_count &&
			       process->pipes->use == EVERT_CHILD_TERMINAL ?
		       process->pipes :
		       NULL;
}

void evert_process_close_in(struct evert_process *process)
{
	struct evert_transport *input = evert_process_input(process);

	if (input && !terminal_of(process))
		evert_transport_lose_connection(input);
}

int evert_process_resize(struct evert_process *process, unsigned short rows,
			 unsigned short columns)
{
	const struct evert_process_pipe *pipe = terminal_of(process);

	if (!pipe || !pipe->transport)
		return -ENOTTY;
	return evert_pty_resize(pipe->transport, rows, columns);
}
