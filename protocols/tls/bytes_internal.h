/* SPDX-License-Identifier: MIT */
/* Bytes that have to be kept, in one block that grows. */
#ifndef EVERT_PROTOCOLS_TLS_BYTES_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_BYTES_INTERNAL_H

#include "../../deferred/base/base.h"

struct evert_tls_bytes {
	size_t start;  /* where the first of them is, in `data` */
	size_t length, capacity;
	char data[];
};

/* How many there are; NULL is none. */
static inline size_t evert_tls_bytes_length(const struct evert_tls_bytes *bytes)
{
	return bytes ? bytes->length : 0;
}

/* The first of them. */
static inline const char *
evert_tls_bytes_first(const struct evert_tls_bytes *bytes)
{
	return bytes->data + bytes->start;
}

/* Adds a copy at the end of `*bytes`, which is made if it is NULL. False:
   there was no memory, and nothing was added. */
bool evert_tls_bytes_add(struct evert_tls_bytes **bytes, const void *data,
			 size_t length);

/* Frees what is in it, and empties `*bytes`. */
void evert_tls_bytes_drop(struct evert_tls_bytes **bytes);

#endif
