/* SPDX-License-Identifier: MIT */
/* A block of bytes on the heap: added to behind, taken from in front. */
#ifndef EVERT_PROTOCOLS_FRAMING_BLOCK_INTERNAL_H
#define EVERT_PROTOCOLS_FRAMING_BLOCK_INTERNAL_H

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

/*
 * Appends to the block in `*slot`; where that is NULL, to a new one. It grows
 * twofold, but not beyond `most` bytes unless the data needs it. Without
 * memory false, and nothing has changed.
 */
bool evert_framing_block_append(struct evert_framing_block **slot,
				const char *data, size_t length, size_t most);

/* NULL does nothing. */
void evert_framing_block_release(struct evert_framing_block *block);

#endif
