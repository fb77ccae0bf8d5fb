/* SPDX-License-Identifier: MIT */
/* What is recorded of bytes on descriptors (docs/tracing.md), while something
   is: of those that a connection has. */
#ifndef EVERT_REACTOR_TELL_BYTES_INTERNAL_H
#define EVERT_REACTOR_TELL_BYTES_INTERNAL_H

#include <sys/uio.h>

#include "../../deferred/base/trace_event_internal.h"
#include "../system/system.h"

/* The kernel gave these, which are in `parts`, or nobody has seen them: NULL.
   A count of 0 or less tells nothing. */
void evert_tell_read(const struct evert_system *system, int fd,
		     const struct iovec *parts, ssize_t count);

/* The kernel took these, when it was asked at that moment: before the peer
   could read them. */
void evert_tell_written(const struct evert_system *system, int fd,
			const struct iovec *parts, ssize_t count, int64_t at);

/* This moment; 0: nothing is recorded. */
static inline int64_t evert_tell_now(void)
{
	return evert_trace_is_recording() ? evert_trace_now() : 0;
}

/* As operations of the system, which tell. */
ssize_t evert_tell_sendv(struct evert_system *system, int fd,
			 const struct iovec *parts, int count);
ssize_t evert_tell_writev(struct evert_system *system, int fd,
			  const struct iovec *parts, int count);

#endif
