/* SPDX-License-Identifier: MIT */
/*
 * A forked child may start threads, under ThreadSanitizer, too. It knows a
 * thread by the address of its stack, and goes on counting those of the parent
 * as alive, while the C library hands their stacks out again; it ends with "dup
 * thread with used id". So a child asks for stacks larger than any that is
 * left.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#include <pthread.h>

typedef int tsan_unused; /* a file of nothing would not be C */

#if defined(__SANITIZE_THREAD__)

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
