/* SPDX-License-Identifier: MIT */
/*
 * The calls that are made for every message and every connection: the result,
 * or -errno, straight from the kernel. By libc each takes twice the
 * instructions: its functions are points of cancellation (pthreads(7)), and
 * hand an error over by errno. So neither a thread's cancellation nor a
 * library that is preloaded in libc's place sees these calls; strace, seccomp
 * and Valgrind do. Where EVERT_USE_LIBC is defined, a sanitizer is built in,
 * which has to see them, or the machine is another: by libc.
 */
#ifndef EVERT_REACTOR_KERNEL_INTERNAL_H
#define EVERT_REACTOR_KERNEL_INTERNAL_H

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "../../deferred/base/sanitizer_internal.h"

#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__) && \
	!defined(EVERT_SANITIZED) && !defined(EVERT_USE_LIBC)
#include "kernel_x86_64_internal.h"
#else
#include "kernel_libc_internal.h"
#endif

#endif
