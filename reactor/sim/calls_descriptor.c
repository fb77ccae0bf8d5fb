/* SPDX-License-Identifier: MIT */
/* System calls about descriptors of any kind: what they stand for, and what
   they are ready for; and those that need none. */
#include <fcntl.h>
#include <sys/epoll.h>

#include "calls_internal.h"

/* ---- Descriptors ---- */

int evert_sim_call_close(struct evert_system *system, int fd)
{
	return (int)evert_sim_call_outcome(
		system, "close", fd,
		evert_sim_descriptor_close(evert_sim_host_from(system), fd));
}

int evert_sim_call_dup(struct evert_system *system, int fd)
{
	int error = evert_sim_call_may_open(system, 1);

	if (!error)
		error = evert_sim_descriptor_copy(evert_sim_host_from(system),
						  fd, -1);
	return (int)evert_sim_call_outcome(system, "dup", fd, error);
}

int evert_sim_call_dup2(struct evert_system *system, int fd, int onto)
{
	if (onto < 0)
		return -EBADF;
	return (int)evert_sim_call_outcome(
		system, "dup2", fd,
		evert_sim_descriptor_copy(evert_sim_host_from(system), fd,
					  onto));
}

int evert_sim_call_fcntl(struct evert_system *system, int fd, int command,
			 int argument)
{
	(void)argument;
	if (!evert_sim_call_file(system, fd))
		return -EBADF;
	switch (command) {
	case F_GETFL:
		return O_RDWR | O_NONBLOCK;
	case F_GETFD:
		return FD_CLOEXEC;
	case F_SETFL:
	case F_SETFD:
		return 0;
	default:
		return -EINVAL;
	}
}

int evert_sim_call_pipe(struct evert_system *system, int fds[2])
{
	int error = evert_sim_call_may_open(system, 2);

	if (!error)
		error = evert_sim_pipe(evert_sim_host_from(system), fds);
	return (int)evert_sim_call_outcome(system, "pipe", 0, error);
}

int evert_sim_call_socketpair(struct evert_system *system, int fds[2])
{
	int error = evert_sim_call_may_open(system, 2);

	if (!error)
		error = evert_sim_unix_pair(evert_sim_host_from(system), fds);
	return (int)evert_sim_call_outcome(system, "socketpair", 0, error);
}

/* ---- Readiness and time ---- */

int evert_sim_call_epoll_create(struct evert_system *system)
{
	int fd = evert_sim_call_may_open(system, 1);

	if (!fd)
		fd = evert_sim_epoll_create(evert_sim_host_from(system));
	return (int)evert_sim_call_outcome(system, "epoll_create", 0, fd);
}

int evert_sim_call_epoll_ctl(struct evert_system *system, int epoll,
			     int operation, int fd, struct epoll_event *event)
{
	return (int)evert_sim_call_outcome(
		system, "epoll_ctl", fd,
		evert_sim_epoll_ctl(evert_sim_host_from(system), epoll,
				    operation, fd, event));
}

int evert_sim_call_epoll_wait(struct evert_system *system, int epoll,
			      struct epoll_event *events, int count,
			      int milliseconds)
{
	return (int)evert_sim_call_outcome(
		system, "epoll_wait", milliseconds,
		evert_sim_epoll_wait(evert_sim_host_from(system), epoll, events,
				     count, milliseconds));
}

int evert_sim_call_poll(struct evert_system *system, struct pollfd *fds,
			nfds_t count, int milliseconds)
{
	return (int)evert_sim_call_outcome(
		system, "poll", milliseconds,
		evert_sim_poll(evert_sim_host_from(system), fds, count,
			       milliseconds));
}

int evert_sim_call_random(struct evert_system *system, void *bytes, size_t size)
{
	unsigned char *at = bytes;

	while (size--)
		*at++ = (unsigned char)evert_sim_draw(
			evert_sim_host_from(system)->sim);
	return 0;
}

int64_t evert_sim_call_now(struct evert_system *system)
{
	return evert_sim_host_now(evert_sim_host_from(system));
}
