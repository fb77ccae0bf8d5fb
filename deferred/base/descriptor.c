/* SPDX-License-Identifier: MIT */
#include "descriptor_internal.h"

#include <errno.h>
#include <fcntl.h>

int evert_descriptor_move(int fd)
{
	int beyond = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int error = errno;

	close(fd);
	/* The limit is lower than that. */
	errno = error == EINVAL ? EMFILE : error;
	return beyond;
}
