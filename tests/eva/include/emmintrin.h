/* SPDX-License-Identifier: MIT */
/* What is used of SSE2, in plain C: so its loads are checked as any other. */
#ifndef EVA_EMMINTRIN_H
#define EVA_EMMINTRIN_H

typedef struct {
	unsigned char byte[16];
} __m128i;

static inline __m128i _mm_loadu_si128(const __m128i *from)
{
	return *from;
}

static inline __m128i _mm_set1_epi8(char byte)
{
	__m128i all;

	for (int i = 0; i < 16; i++)
		all.byte[i] = (unsigned char)byte;
	return all;
}

/* Only ever of four bytes that are the same. */
static inline __m128i _mm_set1_epi32(int bytes)
{
	return _mm_set1_epi8((char)(bytes & 0xff));
}

static inline __m128i _mm_cmpeq_epi8(__m128i a, __m128i b)
{
	for (int i = 0; i < 16; i++)
		a.byte[i] = a.byte[i] == b.byte[i] ? 0xff : 0;
	return a;
}

static inline int _mm_movemask_epi8(__m128i a)
{
	int mask = 0;

	for (int i = 0; i < 16; i++)
		mask |= (a.byte[i] >> 7) << i;
	return mask;
}

#endif
