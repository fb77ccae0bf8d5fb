/* SPDX-License-Identifier: MIT */
/*
 * Room in a buffer that what is written goes to at once, without a call:
 * while there is some, a write is a copy. Its owner says how much there is, and
 * looks afterwards how much was used.
 */
#ifndef EVERT_REACTOR_WINDOW_H
#define EVERT_REACTOR_WINDOW_H

#include <string.h>
#include <sys/uio.h>

#include "../deferred/base/base.h"

EVERT_BEGIN

/* Behind the `most` bytes of a buffer there are so many that may be read and
   written, whatever stands there. */
#define EVERT_WINDOW_MARGIN 16

/* All zero: there is no room. */
struct evert_window {
	char *buffer;
	size_t used, most; /* bytes */
};

/* Are there `length` bytes? Of none it is said that there are not. */
static inline bool evert_window_has(const struct evert_window *window,
				    size_t length)
{
	return length - 1 < window->most - window->used;
}

/* Takes so many, which it has, for the caller to fill. */
static inline char *evert_window_take(struct evert_window *window,
				      size_t length)
{
	size_t used = window->used;

	window->used = used + length;
	return window->buffer + used;
}

static inline size_t evert_pieces_length(const struct iovec *pieces,
					 size_t count)
{
	size_t i, length = 0;

	EVERT_UNROLLED
	for (i = 0; i < count; i++)
		length += pieces[i].iov_len;
	return length;
}

/* memcpy of so few bytes takes longer to call than to do. */
#define EVERT_SHORT 32

/* The first and the last `part` of them, which are all. */
EVERT_INLINE void evert_copy_ends(char *to, const char *from, size_t length,
				  size_t part)
{
	char first[EVERT_SHORT / 2], last[EVERT_SHORT / 2];

	memcpy(first, from, part);
	memcpy(last, from + length - part, part);
	memcpy(to, first, part);
	memcpy(to + length - part, last, part);
}

/* Copies EVERT_SHORT bytes at most. */
static inline void evert_copy_short(char *to, const char *from, size_t length)
{
	if (length >= 16)
		evert_copy_ends(to, from, length, 16);
	else if (length >= 8)
		evert_copy_ends(to, from, length, 8);
	else if (length >= 4)
		evert_copy_ends(to, from, length, 4);
	else if (length >= 2)
		evert_copy_ends(to, from, length, 2);
	else if (length)
		*to = *from;
}

static inline bool evert_pieces_are_short(const struct iovec *pieces,
					  size_t count)
{
	bool all = true;
	size_t i;

	EVERT_UNROLLED
	for (i = 0; i < count; i++)
		all = all && pieces[i].iov_len <= EVERT_SHORT;
	return all;
}

/* Copies short ones. */
static inline void evert_pieces_copy_short(char *to,
					   const struct iovec *pieces,
					   size_t count)
{
	size_t i;

	EVERT_UNROLLED
	for (i = 0; i < count; i++) {
		evert_copy_short(to, (const char *)pieces[i].iov_base,
				 pieces[i].iov_len);
		to += pieces[i].iov_len;
	}
}

/* Copies all of the pieces; returns where they end. */
static inline char *evert_pieces_copy(char *to, const struct iovec *pieces,
				      size_t count)
{
	size_t i;

	EVERT_UNROLLED
	for (i = 0; i < count; i++) {
		if (pieces[i].iov_len)
			memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
		to += pieces[i].iov_len;
	}
	return to;
}

EVERT_END

#endif
