/* SPDX-License-Identifier: MIT */
/* In front of each source of the library, for `make coverage`: no function of it
   is inlined whatever it says. Those of the compiler's headers have to be. */
#ifndef TESTS_COVERAGE_ONCE_H
#define TESTS_COVERAGE_ONCE_H

#if defined(__SSE2__) && !defined(__ASSEMBLER__)
#include <emmintrin.h>
#endif

#define __always_inline__ __unused__

#endif
