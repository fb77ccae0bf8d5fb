/* SPDX-License-Identifier: MIT */
/* A block of bytes on the heap: added to behind, taken from in front. */
#ifndef EVERT_PROTOCOLS_FRAMING_BLOCK_INTERNAL_H
#define EVERT_PROTOCOLS_FRAMING_BLOCK_INTERNAL_H

#include <string.h>

#include "../../deferred/base/base.h"

/* Bytes on the heap, in bytes[start] and behind. No whole frame begins at the
   first of them and ends within the first `scanned`. */
struct evert_framing_block {
	size_t start, length;
	size_t scanned;
	size_t capacity;
	char bytes[];
};

static inline char *evert_framing_block_data(struct evert_framing_block *block)
{
	return block->bytes + block->start;
}

/* Is there room for so many more? */
static inline bool
evert_framing_block_fits(const struct evert_framing_block *block, size_t length)
{
	return block->capacity - block->start - block->length >= length;
}

/* Makes room for `length` bytes more, which do not fit, in the block in
   `*slot`, or in a new one. Without memory false. */
bool evert_framing_block_make_room(struct evert_framing_block **slot,
				   size_t length, size_t most);

/*
 * Appends to the block in `*slot`; where that is NULL, to a new one. It grows
 * twofold, but not beyond `most` bytes unless the data needs it. Without
 * memory false, and nothing has changed.
 */
static inline bool
evert_framing_block_append(struct evert_framing_block **slot, const char *data,
			   size_t length, size_t most)
{
	struct evert_framing_block *block = *slot;

	if (!length)
		return true;
	if (!block || !evert_framing_block_fits(block, length)) {
		if (!evert_framing_block_make_room(slot, length, most))
			return false;
		block = *slot;
	}
	memcpy(evert_framing_block_data(block) + block->length, data, length);
	block->length += length;
	return true;
}

/* NULL does nothing. */
void evert_framing_block_release(struct evert_framing_block *block);

#endif
