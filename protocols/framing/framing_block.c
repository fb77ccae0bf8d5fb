/* SPDX-License-Identifier: MIT */
/* Bytes on the heap: added behind, taken away in front. */
#include <string.h>

#include "../../deferred/base/memory.h"
#include "framing_block_internal.h"

enum { SMALLEST = 64 };

static bool fits(const struct evert_framing_block *block, size_t length)
{
	return block->capacity - block->start - block->length >= length;
}

/* Twice the block, `most` at most, but enough for `length` bytes more. */
static struct evert_framing_block *grow(struct evert_framing_block *block,
					size_t length, size_t most)
{
	size_t used = block ? block->start + block->length : 0;
	size_t capacity = block ? 2 * block->capacity : SMALLEST;
	struct evert_framing_block *grown;

	if (capacity > most)
		capacity = most;
	if (capacity < used + length)
		capacity = used + length;
	grown = evert_reallocate(block, sizeof(*block) + capacity);
	if (!grown)
		return NULL;
	if (!block)
		grown->start = grown->length = grown->scanned = 0;
	grown->capacity = capacity;
	return grown;
}

/* Makes room for `length` bytes more in the block in `*slot`. */
static bool make_room(struct evert_framing_block **slot, size_t length,
		      size_t most)
{
	struct evert_framing_block *block = *slot;

	/* Moved only when at least as much was taken away as there is to move,
	   so that moving costs no more than that. */
	if (block && !fits(block, length) && block->start >= block->length) {
		memmove(block->bytes, evert_framing_block_data(block),
			block->length);
		block->start = 0;
	}
	if (block && fits(block, length))
		return true;
	block = grow(block, length, most);
	if (block)
		*slot = block;
	return block;
}

bool evert_framing_block_append(struct evert_framing_block **slot,
				const char *data, size_t length, size_t most)
{
	if (!length)
		return true;
	if (!make_room(slot, length, most))
		return false;
	memcpy(evert_framing_block_data(*slot) + (*slot)->length, data,
	       length);
	(*slot)->length += length;
	return true;
}

void evert_framing_block_release(struct evert_framing_block *block)
{
	evert_free(block);
}
