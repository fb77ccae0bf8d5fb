/* SPDX-License-Identifier: MIT */
/* Which of AddressSanitizer, ThreadSanitizer, MemorySanitizer and Valgrind is
   built in: the only place that asks. */
#ifndef EVERT_DEFERRED_SANITIZER_INTERNAL_H
#define EVERT_DEFERRED_SANITIZER_INTERNAL_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERT_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define EVERT_TSAN
#endif
#if __has_feature(memory_sanitizer)
#define EVERT_MSAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EVERT_ASAN
#endif
#if defined(__SANITIZE_THREAD__)
#define EVERT_TSAN
#endif

/* Any that watches what libc's functions do. */
#if defined(EVERT_ASAN) || defined(EVERT_TSAN) || defined(EVERT_MSAN)
#define EVERT_SANITIZED
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#define EVERT_VALGRIND
#endif
#endif

#endif
