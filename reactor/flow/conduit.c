/* SPDX-License-Identifier: MIT */
#include "conduit_internal.h"

#include <errno.h>
#include <fcntl.h>

enum {
	/* What an unprivileged process may have (pipe(7), pipe-max-size); a
	   user with many has less. */
	MOST_ROOM = 1 << 20,
	LEAST_ROOM = 1 << 16,
};

/* The largest that there is, in bytes, or less than LEAST_ROOM. */
static int widen(struct evert_system *system, int fd)
{
	int size, room;

	for (size = MOST_ROOM; size >= LEAST_ROOM; size /= 2) {
		room = system->ops->fcntl(system, fd, F_SETPIPE_SZ, size);
		if (room >= size)
			return room;
	}
	return 0;
}

bool evert_conduit_open(struct evert_conduit *conduit,
			struct evert_reactor *reactor)
{
	struct evert_system *system = reactor->system;
	int room;

	if (system->ops->pipe(system, conduit->fds))
		return false;
	room = widen(system, conduit->fds[1]);
	conduit->system = system;
	conduit->room = (size_t)room;
	conduit->held = 0;
	if (room < LEAST_ROOM)
		evert_conduit_close(conduit);
	return room >= LEAST_ROOM;
}

void evert_conduit_close(struct evert_conduit *conduit)
{
	struct evert_system *system = conduit->system;

	if (!system)
		return;
	system->ops->close(system, conduit->fds[0]);
	system->ops->close(system, conduit->fds[1]);
	*conduit = (struct evert_conduit){ .system = NULL };
}

ssize_t evert_conduit_read(struct evert_conduit *conduit, void *data,
			   size_t size)
{
	struct evert_system *system = conduit->system;
	ssize_t got;

	if (size > conduit->held)
		size = conduit->held;
	if (!size)
		return 0;
	do {
		got = system->ops->read(system, conduit->fds[0], data, size);
	} while (got == -EINTR);
	if (got > 0)
		conduit->held -= (size_t)got;
	return got;
}
