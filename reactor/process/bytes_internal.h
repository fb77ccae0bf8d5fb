/* SPDX-License-Identifier: MIT */
/* Bytes that are collected. */
#ifndef EVERT_REACTOR_BYTES_INTERNAL_H
#define EVERT_REACTOR_BYTES_INTERNAL_H

#include <stddef.h>

/* All zero: none. Where there is room, there is some for a zero byte, too. */
struct evert_bytes {
	char *data;
	size_t length, room;
};

/* 0, or -ENOMEM: then nothing has changed. */
int evert_bytes_add(struct evert_bytes *bytes, const void *data,
		    size_t length);

/* Moves them out, a zero byte behind; NULL without memory. */
char *evert_bytes_take(struct evert_bytes *bytes);

void evert_bytes_release(struct evert_bytes *bytes);

/* Puts the end of them into `words`, on one line, without white space around
   it or what is not printable; a zero byte behind. */
void evert_bytes_words(const struct evert_bytes *bytes, char *words,
		       size_t size);

#endif
