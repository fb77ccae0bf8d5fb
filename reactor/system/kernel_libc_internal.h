/* SPDX-License-Identifier: MIT */
/* For kernel_internal.h: by libc. */
#ifndef EVERT_REACTOR_KERNEL_LIBC_INTERNAL_H
#define EVERT_REACTOR_KERNEL_LIBC_INTERNAL_H

#include <errno.h>
#include <unistd.h>

static inline ssize_t evert_kernel_read(int fd, void *data, size_t size)
{
	ssize_t result = read(fd, data, size);

	return result < 0 ? -errno : result;
}

static inline ssize_t evert_kernel_send(int fd, const void *data, size_t size)
{
	ssize_t result = send(fd, data, size, MSG_NOSIGNAL);

	return result < 0 ? -errno : result;
}

static inline int evert_kernel_accept(int fd, struct sockaddr *address,
				      socklen_t *length)
{
	int result = accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return result < 0 ? -errno : result;
}

static inline int evert_kernel_close(int fd)
{
	return close(fd) < 0 ? -errno : 0;
}

static inline int evert_kernel_epoll_ctl(int epoll, int operation, int fd,
					 struct epoll_event *event)
{
	return epoll_ctl(epoll, operation, fd, event) < 0 ? -errno : 0;
}

#endif
