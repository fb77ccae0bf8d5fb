/* SPDX-License-Identifier: MIT */
/* memchr where the bytes are mostly few: those are looked at without a call. */
#ifndef EVERT_PROTOCOLS_FIND_BYTE_INTERNAL_H
#define EVERT_PROTOCOLS_FIND_BYTE_INTERNAL_H

#include <string.h>

#include "../../reactor/window.h"

#if defined(__SSE2__)
#include <emmintrin.h>

enum { EVERT_NEAR = sizeof(__m128i) };

/* Which of EVERT_NEAR bytes are `byte`, as bits; and the first of them. */
static inline unsigned evert_find_near(const char *data, char byte)
{
	__m128i near = _mm_loadu_si128((const __m128i *)data);

	return (unsigned)_mm_movemask_epi8(
		_mm_cmpeq_epi8(near, _mm_set1_epi8(byte)));
}

static inline unsigned evert_first_near(unsigned found)
{
	return (unsigned)__builtin_ctz(found);
}

#else

enum { EVERT_NEAR = 1 };

static inline unsigned evert_find_near(const char *data, char byte)
{
	return *data == byte;
}

static inline unsigned evert_first_near(unsigned found)
{
	return found - 1;
}

#endif

/* The first `byte` in front of `end`, or NULL. */
static inline const char *evert_find_byte(const char *data, const char *end,
					  char byte)
{
	unsigned found;

	if (EVERT_LIKELY(end - data >= EVERT_NEAR)) {
		found = evert_find_near(data, byte);
		if (EVERT_LIKELY(found != 0))
			return data + evert_first_near(found);
		data += EVERT_NEAR;
	} else if (end - data == 1) { /* that was added to an unfinished line */
		return *data == byte ? data : NULL;
	}
	return (const char *)memchr(data, byte, (size_t)(end - data));
}

/* Is there one among these, which are in a window? */
static inline bool evert_window_holds(const char *data, size_t length,
				      char byte)
{
	for (; length >= EVERT_NEAR; length -= EVERT_NEAR, data += EVERT_NEAR)
		if (evert_find_near(data, byte))
			return true;
	return evert_find_near(data, byte) & ((1u << length) - 1);
}

#endif
