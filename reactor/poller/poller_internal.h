/* SPDX-License-Identifier: MIT */
/*
 * Pollers: which descriptors are ready. One file each. Readiness is reported
 * for as long as it lasts (level-triggered).
 */
#ifndef EVERT_REACTOR_POLLER_INTERNAL_H
#define EVERT_REACTOR_POLLER_INTERNAL_H

#include "../system/system.h"
#include "readiness.h"

enum {
	/* These two are reported of every descriptor that is watched at all:
	   the least that one can wait for. */
	EVERT_ATTACHED = EVERT_HANGUP | EVERT_BROKEN,
};

/* As the kernel has it for epoll, so that nothing is copied: poller_epoll.c
   makes sure of it. */
#if defined(__x86_64__)
#define EVERT_EVENT_LAYOUT __attribute__((__packed__))
#else
#define EVERT_EVENT_LAYOUT
#endif

struct evert_event {
	uint32_t ready; /* perhaps more than was waited for */
	uint64_t tag;
} EVERT_EVENT_LAYOUT;

struct evert_poller {
	const struct evert_poller_ops *ops;
	struct evert_system *system;
};

struct evert_poller_ops {
	const char *name;
	/* NULL and errno on failure. */
	struct evert_poller *(*create)(struct evert_system *system);
	void (*destroy)(struct evert_poller *poller);
	/* Changes what is waited for at `fd`; 0 is nothing. `tag` comes back
	   in its events. 0, or -errno: then nothing has changed. By the
	   number: one that was closed meanwhile, and its number used again, is
	   the new one; one that was closed can be given up. */
	int (*set)(struct evert_poller *poller, int fd, unsigned before,
		   unsigned after, uint64_t tag);
	/* Waits until something is ready, for `milliseconds` at most, -1 for
	   ever. Returns how many events, or -errno. */
	int (*wait)(struct evert_poller *poller, struct evert_event *events,
		    int count, int milliseconds);
	/* Is a descriptor forgotten when it is closed? */
	bool forgets_closed;
	/* For another loop that waits in our place; both NULL where there is
	   no such thing. A descriptor that is readable while something is
	   ready, or -errno. It is, too, after `nanoseconds`, until the next
	   wait; -1: never. */
	int (*descriptor)(struct evert_poller *poller);
	void (*alarm)(struct evert_poller *poller, int64_t nanoseconds);
	/* The kernel's own looking: 0, or -errno. NULL where there is no such
	   thing. */
	int (*busy_poll)(struct evert_poller *poller, uint32_t microseconds,
			 uint16_t budget, bool prefer);
};

extern const struct evert_poller_ops evert_poller_epoll;
extern const struct evert_poller_ops evert_poller_poll;

/*
 * Makes the poller of that name; NULL: the one the environment variable
 * EVERT_POLLER names, else the best. NULL and errno, EINVAL for an unknown
 * name.
 */
struct evert_poller *evert_poller_create(struct evert_system *system,
					 const char *name);

#endif
