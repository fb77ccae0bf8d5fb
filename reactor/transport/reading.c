/* SPDX-License-Identifier: MIT */
#include "reading_internal.h"

enum {
	/* Before closing, of what nobody wants any more: more than the
	   kernel's buffer holds (tcp(7), tcp_rmem). */
	LAST_READS = 128,
};

ssize_t evert_reading_drop_rest(struct evert_reading *reading,
				const struct evert_watch *watch)
{
	ssize_t size = EVERT_READ_SIZE;
	int i;

	for (i = 0; i < LAST_READS && size == EVERT_READ_SIZE; i++) {
		size = evert_reading_fill(watch);
		if (size > 0)
			reading->dropped = true;
	}
	return size;
}

/* To ask for the error would be to take it away from whoever reads later. */
int evert_reading_look_ahead(const struct evert_watch *watch)
{
	struct evert_system *system = watch->reactor->system;
	ssize_t size;
	char byte;

	/* Who is told that there is nothing looks no more. */
	do {
		size = system->ops->peek(system, watch->fd, &byte, 1);
	} while (size == -EINTR);
	if (size == -ENOTSOCK)
		return 1;
	return size == -EAGAIN ? 0 : (int)size;
}

int evert_reading_take_error(const struct evert_watch *watch)
{
	struct evert_system *system = watch->reactor->system;
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system->ops->getsockopt(system, watch->fd, SOL_SOCKET,
					     SO_ERROR, &error, &length);

	return failed ? -failed : error;
}
