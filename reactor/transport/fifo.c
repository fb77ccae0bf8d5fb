/* SPDX-License-Identifier: MIT */
#include "fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../reactor_internal.h"

/* Who reads on is a writer himself, so that the last one never goes; Linux
   opens it for both (fifo(7)). */
static int flags_of(enum evert_fifo_use use)
{
	return use == EVERT_FIFO_READ	 ? O_RDONLY :
	       use == EVERT_FIFO_READ_ON ? O_RDWR :
					   O_WRONLY;
}

/* 0, or -errno. */
static int check(struct evert_system *system, int fd)
{
	struct stat status;
	int error = system->ops->fstat(system, fd, &status);

	if (error)
		return error;
	return S_ISFIFO(status.st_mode) ? 0 : -EINVAL;
}

struct evert_protocol *evert_fifo_open(struct evert_reactor *reactor,
				       const char *path,
				       enum evert_fifo_use use,
				       struct evert_factory *factory)
{
	struct evert_system *system = reactor->system;
	bool writes = use == EVERT_FIFO_WRITE;
	struct evert_protocol *protocol = NULL;
	int fd, error;

	evert_reactor_check_thread(reactor, "evert_fifo_open");
	fd = system->ops->open(system, path, flags_of(use) | O_NONBLOCK, 0);
	error = fd < 0 ? fd : check(system, fd);
	if (!error)
		protocol = evert_pipe_open(reactor, writes ? -1 : fd,
					   writes ? fd : -1, factory);
	if (protocol)
		return protocol;
	error = error ? error : -errno;
	if (fd >= 0)
		system->ops->close(system, fd);
	errno = -error;
	return NULL;
}
