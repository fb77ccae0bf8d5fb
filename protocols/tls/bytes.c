/* SPDX-License-Identifier: MIT */
#include "bytes_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

enum { SMALLEST = 512 };

static bool grow(struct evert_tls_bytes **bytes, size_t needed)
{
	struct evert_tls_bytes *old = *bytes, *grown;
	size_t capacity = old ? 2 * old->capacity : SMALLEST;
	const bool is_first = !old; /* not to be asked when it was moved */

	if (capacity < needed)
		capacity = needed;
	grown = evert_reallocate(old, sizeof(*grown) + capacity);
	if (!grown)
		return false;
	if (is_first)
		grown->start = grown->length = 0;
	grown->capacity = capacity;
	*bytes = grown;
	return true;
}

bool evert_tls_bytes_add(struct evert_tls_bytes **bytes, const void *data,
			 size_t length)
{
	struct evert_tls_bytes *old = *bytes;
	size_t needed = evert_tls_bytes_length(old) + length;

	if (!length)
		return true;
	if (old && old->start && old->start + needed > old->capacity) {
		memmove(old->data, evert_tls_bytes_first(old), old->length);
		old->start = 0;
	}
	if ((!old || needed > old->capacity) && !grow(bytes, needed))
		return false;
	memcpy((*bytes)->data + (*bytes)->start + (*bytes)->length, data,
	       length);
	(*bytes)->length = needed;
	return true;
}

void evert_tls_bytes_drop(struct evert_tls_bytes **bytes)
{
	evert_free(*bytes);
	*bytes = NULL;
}
