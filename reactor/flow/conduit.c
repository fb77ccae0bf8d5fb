/* SPDX-License-Identifier: MIT */
#include "conduit_internal.h"

#include <errno.h>
#include <fcntl.h>

#include "../../deferred/base/memory.h"
#include "../fork_internal.h"

enum {
	/* What an unprivileged process may have (pipe(7), pipe-max-size); a
	   user with many has less. */
	MOST_ROOM = 1 << 20,
	LEAST_ROOM = 1 << 16,
	/* Empty ones, by a reactor: for who splices by turns. */
	MOST_KEPT = 8,
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

static void close_both(struct evert_conduit *conduit)
{
	struct evert_system *system = conduit->reactor->system;

	system->ops->close(system, conduit->fds[0]);
	system->ops->close(system, conduit->fds[1]);
}

static bool make(struct evert_conduit *conduit, struct evert_reactor *reactor)
{
	struct evert_system *system = reactor->system;
	int room;

	if (system->ops->pipe(system, conduit->fds))
		return false;
	room = widen(system, conduit->fds[1]);
	conduit->reactor = reactor;
	conduit->forks = evert_forks_now();
	conduit->room = (size_t)room;
	conduit->held = 0;
	if (room >= LEAST_ROOM)
		return true;
	close_both(conduit);
	conduit->reactor = NULL;
	return false;
}

/* ---- Those that are kept ---- */

struct evert_conduits {
	size_t count;
	struct evert_conduit kept[MOST_KEPT];
};

static void release_kept(struct evert_conduits *conduits)
{
	while (conduits->count)
		close_both(&conduits->kept[--conduits->count]);
	evert_free(conduits);
}

/* NULL without memory: then none is kept. */
static struct evert_conduits *kept_of(struct evert_reactor *reactor)
{
	if (!reactor->conduits) {
		reactor->conduits = evert_allocate(sizeof(*reactor->conduits));
		reactor->release_conduits = release_kept;
		if (reactor->conduits)
			reactor->conduits->count = 0;
	}
	return reactor->conduits;
}

/* What another process may have, too, is not to be used. */
static bool is_ours(const struct evert_conduit *conduit)
{
	return conduit->forks == evert_forks_now();
}

static bool take_kept(struct evert_conduit *conduit,
		      struct evert_reactor *reactor)
{
	struct evert_conduits *conduits = reactor->conduits;

	while (conduits && conduits->count) {
		*conduit = conduits->kept[--conduits->count];
		if (is_ours(conduit))
			return true;
		close_both(conduit);
		conduit->reactor = NULL;
	}
	return false;
}

static bool keep(const struct evert_conduit *conduit)
{
	struct evert_conduits *conduits = NULL;

	if (!conduit->held && is_ours(conduit))
		conduits = kept_of(conduit->reactor);
	if (!conduits || conduits->count == MOST_KEPT)
		return false;
	conduits->kept[conduits->count++] = *conduit;
	return true;
}

/* ---- */

bool evert_conduit_open(struct evert_conduit *conduit,
			struct evert_reactor *reactor)
{
	return take_kept(conduit, reactor) || make(conduit, reactor);
}

void evert_conduit_close(struct evert_conduit *conduit)
{
	if (!conduit->reactor)
		return;
	if (!keep(conduit))
		close_both(conduit);
	*conduit = (struct evert_conduit){ .reactor = NULL };
}

ssize_t evert_conduit_read(struct evert_conduit *conduit, void *data,
			   size_t size)
{
	struct evert_system *system;
	ssize_t got;

	if (size > conduit->held)
		size = conduit->held;
	if (!size)
		return 0;
	system = conduit->reactor->system;
	do {
		got = system->ops->read(conduit->fds[0], data, size, system);
	} while (got == -EINTR);
	if (got > 0)
		conduit->held -= (size_t)got;
	return got;
}
