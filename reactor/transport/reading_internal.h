/* SPDX-License-Identifier: MIT */
/*
 * The reading half of a connection: what there is to be had of a descriptor.
 * It knows the descriptor and its reactor, by their watch, and nothing of
 * protocols; what follows from what it finds is its owner's to decide.
 */
#ifndef EVERT_REACTOR_READING_INTERNAL_H
#define EVERT_REACTOR_READING_INTERNAL_H

#include <errno.h>

#include "../reactor_internal.h"

/* All zero: nothing was read yet. */
struct evert_reading {
	bool paused : 1;
	bool ended : 1;	  /* the peer has sent its end */
	bool dropped : 1; /* something that came while it was closing */
	bool in_parts : 1; /* of what was read only a part was delivered */
	bool is_terminal : 1; /* EIO is its end, too */
	bool end_waits : 1; /* it was read, and not told yet */
};

/* Reads into the reactor's read buffer, at most EVERT_READ_SIZE bytes: how
   many there are, 0 for the peer's end, or -errno. Every byte comes by here,
   or is dropped by evert_reading_drop_rest. */
static inline ssize_t evert_reading_fill(const struct evert_watch *watch)
{
	struct evert_reactor *reactor = watch->reactor;
	struct evert_system *system = reactor->system;

	return system->ops->read(watch->fd, reactor->read_buffer,
				 EVERT_READ_SIZE, system);
}

/* Does what a read has said end the stream? */
static inline bool evert_reading_is_over(ssize_t size)
{
	return size == 0 || (size < 0 && size != -EAGAIN && size != -EINTR);
}

/* Reads and drops what is there, so that close(2) does not reset it. The last
   read's outcome. */
ssize_t evert_reading_drop_rest(struct evert_reading *reading,
				const struct evert_watch *watch);

/* Takes nothing away: is there data (1), an orderly end or nothing yet (0), or
   an error, -errno? Of what is no socket nothing can be said: 1. */
int evert_reading_look_ahead(const struct evert_watch *watch);

/* The error that waits to be told, which is taken away: an errno, or 0. */
int evert_reading_take_error(const struct evert_watch *watch);

#endif
