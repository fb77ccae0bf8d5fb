/* SPDX-License-Identifier: MIT */
/* memchr where the bytes are mostly few: those are looked at without a call. */
#ifndef EVERT_PROTOCOLS_FIND_BYTE_INTERNAL_H
#define EVERT_PROTOCOLS_FIND_BYTE_INTERNAL_H

#include <string.h>

#include "../../reactor/window.h"

#if defined(__SSE2__)
#include <emmintrin.h>

enum { EVERT_NEAR = sizeof(__m128i), EVERT_FAR = 64 };

static inline unsigned evert_find_same(const char *data, __m128i same)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
		_mm_loadu_si128((const __m128i *)data), same));
}

/* Which of EVERT_NEAR bytes are `byte`, as bits; the same of one that is given
   four times, which takes less; of EVERT_FAR bytes; and the first of them. */
static inline unsigned long evert_find_near(const char *data, char byte)
{
	return evert_find_same(data, _mm_set1_epi8(byte));
}

static inline unsigned long evert_find_near_of(const char *data,
					       const char bytes[4])
{
	int all;

	memcpy(&all, bytes, 4);
	return evert_find_same(data, _mm_set1_epi32(all));
}

static inline uint64_t evert_find_far(const char *data, const char bytes[4])
{
	uint64_t found = 0;
	int i, all;

	memcpy(&all, bytes, 4);
	EVERT_UNROLLED
	for (i = 0; i < EVERT_FAR / EVERT_NEAR; i++)
		found |= (uint64_t)evert_find_same(data + i * EVERT_NEAR,
						   _mm_set1_epi32(all))
			 << i * EVERT_NEAR;
	return found;
}

static inline size_t evert_first_far(uint64_t found)
{
	return (size_t)__builtin_ctzll(found);
}

#else

enum { EVERT_NEAR = 1, EVERT_FAR = 1 };

static inline unsigned long evert_find_near(const char *data, char byte)
{
	return *data == byte;
}

static inline unsigned long evert_find_near_of(const char *data,
					       const char bytes[4])
{
	return *data == *bytes;
}

static inline uint64_t evert_find_far(const char *data, const char bytes[4])
{
	return *data == *bytes;
}

static inline size_t evert_first_far(uint64_t found)
{
	return found - 1;
}

#endif

/* The first `byte` in front of `end`, or NULL. */
static inline const char *evert_find_byte(const char *data, const char *end,
					  char byte)
{
	unsigned long found;

	if (EVERT_LIKELY(end - data >= EVERT_NEAR)) {
		found = evert_find_near(data, byte);
		if (EVERT_LIKELY(found != 0))
			return data + evert_first_far(found);
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
