/* SPDX-License-Identifier: MIT */
#include "pipe_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../../deferred/base/memory.h"
#include "adopt_internal.h"
#include "tell_connection_internal.h"

/* ---- Descriptors ---- */

/* Is it open for reading, for writing? `not`: what it would be open for only,
   if it were not. */
static int check(struct evert_reactor *reactor, int fd, int not)
{
	struct evert_system *system = reactor->system;
	int flags;

	if (fd < 0)
		return 0;
	flags = system->ops->fcntl(system, fd, F_GETFL, 0);
	if (flags < 0)
		return flags;
	if ((flags & O_ACCMODE) == not)
		return -EBADF;
	return evert_watch_of(reactor, fd) ? -EEXIST : 0;
}

int evert_pipe_check(struct evert_reactor *reactor, int read_fd, int write_fd)
{
	int error;

	if (reactor->shutting_down)
		return -ESHUTDOWN;
	if (read_fd < 0 && write_fd < 0)
		return -EBADF;
	error = check(reactor, read_fd, O_WRONLY);
	return error ? error : check(reactor, write_fd, O_RDONLY);
}

static int set_flags(struct evert_system *system, int read_fd, int write_fd)
{
	int error = read_fd < 0 ? 0 : evert_adopt_set_flags(system, read_fd);

	if (error || write_fd < 0 || write_fd == read_fd)
		return error;
	return evert_adopt_set_flags(system, write_fd);
}

/* A character device whose EIO is an end. */
static bool is_terminal(struct evert_system *system, int fd)
{
	struct stat status;

	return fd >= 0 && !system->ops->fstat(system, fd, &status) &&
	       S_ISCHR(status.st_mode);
}

/* ---- Opening ---- */

/* A connection with a pipe: 0, or -errno. */
static int make(struct evert_pipe *pipe, struct evert_reactor *reactor,
		int read_fd, int write_fd, struct evert_factory *factory)
{
	static const struct evert_address none;
	bool split = read_fd != write_fd;
	int error = 0;

	if (split && write_fd >= 0)
		error = evert_watch_add(&pipe->output, reactor, write_fd,
					evert_pipe_is_lent(pipe) ?
						&evert_pipe_lent_output_ops :
						&evert_pipe_output_ops);
	if (error)
		return error;
	error = evert_connection_make(&pipe->connection, reactor, read_fd,
				      factory, &none,
				      evert_pipe_is_lent(pipe) ?
					      &evert_pipe_lent_kind :
					      &evert_pipe_kind);
	if (error) {
		evert_watch_remove(&pipe->output);
		return error;
	}
	pipe->connection->rare = &pipe->rare;
	pipe->rare.output = split ? &pipe->output : NULL;
	return 0;
}

/* What is missing has ended from the start. */
static void begin(struct evert_pipe *pipe, int read_fd, int write_fd)
{
	struct evert_connection *c = pipe->connection;

	evert_pipe_watch_init(pipe);
	c->base.ops = &evert_connection_plain_ops;
	c->writing.plain = true;
	c->unusual = true;
	c->reading.is_terminal =
		is_terminal(evert_connection_system(c), read_fd);
	c->reading.ended = c->base.ended = read_fd < 0;
	if (write_fd < 0) {
		c->base.write_ended = true;
		evert_connection_end_writing(c);
		c->writing.shut = true;
	}
	/* Who made them may have them open, too. */
	evert_watch_share(&c->watch);
	evert_watch_share(&pipe->output);
	if (evert_is_observed())
		evert_tell_connected(c);
	evert_connection_call(c, c->base.protocol->ops->connection_made,
			      "connection_made");
	evert_pipe_watch_begin(pipe);
}

int evert_pipe_begin(struct evert_protocol **protocol,
		     struct evert_reactor *reactor, int read_fd, int write_fd,
		     struct evert_factory *factory,
		     struct evert_pipe_keeper *keeper)
{
	struct evert_pipe *pipe = evert_allocate(sizeof(*pipe));
	int error;

	if (!pipe)
		return -ENOMEM;
	*pipe = (struct evert_pipe){
		.output = { .fd = -1 },
		.keeper = keeper,
	};
	error = make(pipe, reactor, read_fd, write_fd, factory);
	if (error) {
		evert_free(pipe);
		return error;
	}
	*protocol = pipe->connection->base.protocol;
	begin(pipe, read_fd, write_fd);
	return 0;
}

static int open_owned(struct evert_protocol **protocol,
		      struct evert_reactor *reactor, int read_fd, int write_fd,
		      struct evert_factory *factory)
{
	int error = set_flags(reactor->system, read_fd, write_fd);

	return error ? error :
		       evert_pipe_begin(protocol, reactor, read_fd, write_fd,
					factory, NULL);
}

/* One that is both, and is connected, is a connection as any other. */
static int open_socket(struct evert_protocol **protocol,
		       struct evert_reactor *reactor, int fd,
		       struct evert_factory *factory)
{
	struct evert_connection *c;
	struct evert_address peer;
	int error = evert_adopt_connected(reactor, fd, &peer);

	if (!error)
		error = evert_connection_make(&c, reactor, fd, factory,
					      &peer, &evert_connection_socket);
	if (error)
		return error;
	evert_watch_share(&c->watch);
	*protocol = c->base.protocol;
	evert_connection_begin(c);
	return 0;
}

struct evert_protocol *evert_pipe_open(struct evert_reactor *reactor,
				       int read_fd, int write_fd,
				       struct evert_factory *factory)
{
	struct evert_protocol *protocol;
	int error;

	evert_reactor_check_thread(reactor, "evert_pipe_open");
	evert_factory_check(factory);
	error = evert_pipe_check(reactor, read_fd, write_fd);
	if (!error)
		error = read_fd == write_fd ?
				open_socket(&protocol, reactor, read_fd,
					    factory) :
				-ENOTSOCK;
	if (error == -ENOTSOCK)
		error = open_owned(&protocol, reactor, read_fd, write_fd,
				   factory);
	if (error) {
		errno = -error;
		return NULL;
	}
	return protocol;
}
