/* SPDX-License-Identifier: MIT */
/*
 * In front of all that Eva is shown: what the compiler has and Frama-C has not.
 * A driver takes from here what it knows nothing of.
 */
#ifndef EVA_H
#define EVA_H

#include "__fc_builtin.h"

#define _Thread_local /* there is one thread */
#define __builtin_prefetch(...) ((void)0)
#define __builtin_expect(condition, expected) (condition)
#define __builtin_ctzll(word) eva_trailing_zeros(word)
#define __builtin_clzll(word) eva_leading_zeros(word)

/* With times to the nanosecond. */
#define __FC_DEFINE_STAT_H
#include <sys/types.h>
#include <time.h>
struct stat {
	dev_t st_dev;
	ino_t st_ino;
	mode_t st_mode;
	off_t st_size;
	struct timespec st_mtim, st_ctim;
};

struct in_addr;
int inet_aton(const char *text, struct in_addr *address);

/* Of 0 they are undefined, and an alarm. */
static inline int eva_trailing_zeros(unsigned long long word)
{
	int i = 0;

	/*@ assert word != 0; */
	while (i < 63 && !(word >> i & 1))
		i++;
	return i;
}

static inline int eva_leading_zeros(unsigned long long word)
{
	int i = 0;

	/*@ assert word != 0; */
	while (i < 63 && !(word >> (63 - i) & 1))
		i++;
	return i;
}

/* Any number, or any of so many bytes. */
static inline int any(int first, int last)
{
	return Frama_C_interval(first, last);
}

static inline void any_bytes(void *bytes, unsigned long size)
{
	Frama_C_make_unknown(bytes, size);
}

/* Is looked at: all of it must be there, and be set. */
static inline void look_at(const void *bytes, unsigned long size)
{
	/*@ assert \valid_read((const char *)bytes + (0 .. size - 1)); */
	/*@ assert \initialized((const char *)bytes + (0 .. size - 1)); */
}

/*
 * A text by its number: each character is one of `special`, or any letter. With
 * all numbers below eva_texts(...), all such texts of that length are seen.
 */
static inline unsigned eva_texts(const char *special, unsigned long length)
{
	unsigned kinds = 1, count = 1;

	while (special[kinds - 1])
		kinds++;
	while (length--)
		count *= kinds;
	return count;
}

static inline void eva_text_of(char *text, unsigned long length,
			       const char *special, unsigned number)
{
	unsigned kinds = eva_texts(special, 1);

	for (; length--; number /= kinds)
		*text++ = special[number % kinds] ?
				  special[number % kinds] :
				  (char)any('a', 'z');
}

/* The same, ended, behind words that are always the same. */
static inline void eva_text_behind(char *text, const char *words,
				   unsigned long length, const char *special,
				   unsigned number)
{
	while (*words)
		*text++ = *words++;
	eva_text_of(text, length, special, number);
	text[length] = '\0';
}

/* ---- Failures: none is kept, but what its text is made of is looked at ---- */

#include <stdio.h>

#include "deferred/failure.h"

extern char eva_text[1024];
struct evert_failure *eva_failure(const struct evert_error *kind);

#define evert_failure_create_at(place, kind, error, ...)          \
	(snprintf(eva_text, sizeof(eva_text), __VA_ARGS__), \
	 eva_failure(kind))

#endif
