/* SPDX-License-Identifier: MIT */
/*
 * Lets Criterion run under ThreadSanitizer, on x86-64.
 *
 * Criterion shares memory with its tests at an address of its own choice,
 * between 0x2000'0000'0000 and 0x7f00'0000'0000. ThreadSanitizer keeps its
 * books in most of that range: asked whether a page there is in use (mincore)
 * the kernel says yes, and a mapping there is refused; Criterion ends with
 * "Could not initialize inheritable arena". So its two calls come here first,
 * and the address moves to where both sides are content: ThreadSanitizer
 * leaves 0x7e80'0000'0000 upwards to programs, and the kernel fills that part
 * from its far end.
 *
 * And a forked child may start threads. ThreadSanitizer knows a thread by the
 * address of its stack, and goes on counting those of the parent as alive,
 * while the C library hands their stacks out again; it ends with "dup thread
 * with used id". So a child asks for stacks larger than any that is left.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

typedef int tsan_unused; /* a file of nothing would not be C */

#if defined(__SANITIZE_THREAD__) && defined(__x86_64__)

void *__interceptor_mmap(void *, size_t, int, int, int, off_t);

static void *moved(void *addr)
{
	return (void *)(0x7e8000000000 + ((uintptr_t)addr & 0x3fffffffff));
}

#pragma GCC visibility push(default) /* Criterion shall find these */

void *mmap64(void *addr, size_t size, int protection, int flags, int fd,
	     off_t offset)
{
	if (addr && (flags & MAP_FIXED) && (flags & MAP_SHARED))
		addr = moved(addr);
	return __interceptor_mmap(addr, size, protection, flags, fd, offset);
}

/* "Not mapped", to Criterion, the only one that asks. */
int mincore(void *addr, size_t size, unsigned char *pages)
{
	(void)addr;
	(void)size;
	(void)pages;
	errno = ENOMEM;
	return -1;
}

#pragma GCC visibility pop

static void want_larger_stacks(void)
{
	pthread_attr_t attributes;
	size_t size;

	pthread_getattr_default_np(&attributes);
	pthread_attr_getstacksize(&attributes, &size);
	pthread_attr_setstacksize(&attributes, size + 0x10000);
	pthread_setattr_default_np(&attributes);
	pthread_attr_destroy(&attributes);
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, want_larger_stacks);
}

#endif
