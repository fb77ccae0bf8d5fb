/* SPDX-License-Identifier: MIT */
/* For kernel_internal.h: by the instruction, on x86-64 under Linux, where what
   comes back is the result or -errno, and rcx and r11 are lost (syscall(2)). */
#ifndef EVERT_REACTOR_KERNEL_X86_64_INTERNAL_H
#define EVERT_REACTOR_KERNEL_X86_64_INTERNAL_H

#include <sys/syscall.h>

#define EVERT_KERNEL_CALL(result, number, ...)             \
	__asm__ volatile("syscall"                         \
			 : "=a"(result)                    \
			 : "a"((long)(number)), __VA_ARGS__ \
			 : "rcx", "r11", "memory")

static inline ssize_t evert_kernel_read(int fd, void *data, size_t size)
{
	ssize_t result;

	EVERT_KERNEL_CALL(result, SYS_read, "D"(fd), "S"(data), "d"(size));
	return result;
}

static inline ssize_t evert_kernel_send(int fd, const void *data, size_t size)
{
	register int flags __asm__("r10") = MSG_NOSIGNAL;
	register const void *to __asm__("r8") = NULL;
	register long to_length __asm__("r9") = 0;
	ssize_t result;

	EVERT_KERNEL_CALL(result, SYS_sendto, "D"(fd), "S"(data), "d"(size),
			  "r"(flags), "r"(to), "r"(to_length));
	return result;
}

static inline int evert_kernel_accept(int fd, struct sockaddr *address,
				      socklen_t *length)
{
	register int flags __asm__("r10") = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int result;

	EVERT_KERNEL_CALL(result, SYS_accept4, "D"(fd), "S"(address),
			  "d"(length), "r"(flags));
	return result;
}

static inline int evert_kernel_close(int fd)
{
	int result;

	EVERT_KERNEL_CALL(result, SYS_close, "D"(fd));
	return result;
}

static inline int evert_kernel_epoll_ctl(int epoll, int operation, int fd,
					 struct epoll_event *event)
{
	register struct epoll_event *of __asm__("r10") = event;
	int result;

	EVERT_KERNEL_CALL(result, SYS_epoll_ctl, "D"(epoll), "S"(operation),
			  "d"(fd), "r"(of));
	return result;
}

#endif
