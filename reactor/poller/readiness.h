/* SPDX-License-Identifier: MIT */
/* What a descriptor can be ready for. */
#ifndef EVERT_REACTOR_POLLER_READINESS_H
#define EVERT_REACTOR_POLLER_READINESS_H

#include <poll.h>

/* What a descriptor is ready for, as a set. The first three are waited for; the
   others are told of every descriptor that is waited for at all. */
enum {
	EVERT_READ = POLLIN,
	EVERT_WRITE = POLLOUT,
	/* Something exceptional: out-of-band data, a sysfs file that changed
	   (POLLPRI). */
	EVERT_URGENT = POLLPRI,
	/* Both directions have ended; of a pipe, its other end. */
	EVERT_HANGUP = POLLHUP,
	/* The descriptor has an error to tell. */
	EVERT_BROKEN = POLLERR,
};

#endif
