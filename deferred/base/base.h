/* SPDX-License-Identifier: MIT */
/*
 * What every header of evert needs: linkage, places, and container_of.
 */
#ifndef EVERT_DEFERRED_BASE_H
#define EVERT_DEFERRED_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * EVERT_BEGIN and EVERT_END stand around the declarations of a public
 * header: C linkage, and visible in the shared library, whose other symbols
 * are hidden.
 */
#ifdef __cplusplus
#define EVERT_BEGIN extern "C" { _Pragma("GCC visibility push(default)")
#define EVERT_END _Pragma("GCC visibility pop") }
#else
#define EVERT_BEGIN _Pragma("GCC visibility push(default)")
#define EVERT_END _Pragma("GCC visibility pop")
#endif

/* A macro's argument as text, as it is or what it stands for. */
#define EVERT_STRING(x) #x
#define EVERT_STRING_OF(x) EVERT_STRING(x)

/* The place where it stands, as one string constant: "file.c:42". */
#define EVERT_HERE __FILE__ ":" EVERT_STRING_OF(__LINE__)

/*
 * The structure of the given type whose given member is at `pointer`. Where
 * that is of another type than the member, the compiler says so.
 */
#define evert_container_of(pointer, type, member)                        \
	((type *)(void *)((char *)(1 ? (pointer) : &((type *)0)->member) - \
			  offsetof(type, member)))

/*
 * The text of the first, or second, of a macro's arguments. The macros that
 * take a function and its argument are variadic: so the argument may be a
 * compound literal, the function a C++ lambda, whatever commas are in them.
 */
#define EVERT_NAME_OF(...) EVERT_NAME_OF_FIRST(__VA_ARGS__, )
#define EVERT_NAME_OF_FIRST(first, ...) #first
#define EVERT_NAME_OF_SECOND(first, ...) EVERT_NAME_OF(__VA_ARGS__)

#if defined(__GNUC__)
/* The compiler checks the function's arguments as those of printf. */
#define EVERT_PRINTF(text, first) \
	__attribute__((__format__(__printf__, text, first)))
/* A function is kept out of its caller, which so saves no registers for a rare
   path; or in it, always. */
#define EVERT_APART __attribute__((__noinline__))
#define EVERT_INLINE static inline __attribute__((__always_inline__))
/* A condition of which the compiler expects the contrary. */
#define EVERT_LIKELY(condition) __builtin_expect(condition, 1)
/* Unrolls the loop behind it, which runs a few times: where it is inlined and
   the number is known, nothing is left of it but its body. */
#define EVERT_UNROLLED _Pragma("GCC unroll 4")
/* The function does not return; _Noreturn is not C++. */
#define EVERT_NORETURN __attribute__((__noreturn__))
/* The compiler warns who forgets what the function returns, and so loses
   something. */
#define EVERT_MUST_USE __attribute__((__warn_unused_result__))
#else
#define EVERT_PRINTF(text, first)
#define EVERT_APART
#define EVERT_INLINE static inline
#define EVERT_LIKELY(condition) (condition)
#define EVERT_UNROLLED
#define EVERT_NORETURN
#define EVERT_MUST_USE
#endif

#endif
