/* SPDX-License-Identifier: MIT */
/* Bytes on the heap: added behind, taken away in front. */
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/base/spares_internal.h"
#include "framing_block_internal.h"

enum {
	/* With what stands in front: a size of block that a thread keeps. */
	SMALLEST = 104 - sizeof(struct evert_framing_block),
};

static bool is_smallest(const struct evert_framing_block *block)
{
	return block->capacity == SMALLEST;
}

static size_t size_of(size_t capacity)
{
	return sizeof(struct evert_framing_block) + capacity;
}

/* The first of them comes from those that are kept; where it does not do, it
   goes back. */
static struct evert_framing_block *
reallocate(struct evert_framing_block *block, size_t capacity)
{
	struct evert_framing_block *grown;

	if (!block && capacity == SMALLEST)
		return evert_block_take(size_of(SMALLEST));
	if (!block || !is_smallest(block))
		return evert_reallocate(block, size_of(capacity));
	grown = evert_allocate(size_of(capacity));
	if (grown) {
		memcpy(grown, block, size_of(block->start + block->length));
		evert_framing_block_release(block);
	}
	return grown;
}

/* Twice the block, `most` at most, but enough for `length` bytes more, and no
   less than the smallest. */
static struct evert_framing_block *grow(struct evert_framing_block *block,
					size_t length, size_t most)
{
	size_t used = block ? block->start + block->length : 0;
	size_t capacity = block ? 2 * block->capacity : 0;
	const bool is_first = !block; /* not to be asked when it was moved */
	struct evert_framing_block *grown;

	if (capacity > most)
		capacity = most;
	if (capacity < used + length)
		capacity = used + length;
	if (capacity < SMALLEST)
		capacity = SMALLEST;
	grown = reallocate(block, capacity);
	if (!grown)
		return NULL;
	if (is_first)
		grown->start = grown->length = grown->scanned = 0;
	grown->capacity = capacity;
	return grown;
}

bool evert_framing_block_make_room(struct evert_framing_block **slot,
				   size_t length, size_t most)
{
	struct evert_framing_block *block = *slot;

	/* Moved only when at least as much was taken away as there is to move,
	   so that moving costs no more than that. */
	if (block && block->start >= block->length) {
		memmove(block->bytes, evert_framing_block_data(block),
			block->length);
		block->start = 0;
		if (evert_framing_block_fits(block, length))
			return true;
	}
	block = grow(block, length, most);
	if (block)
		*slot = block;
	return block;
}

void evert_framing_block_release(struct evert_framing_block *block)
{
	if (!block)
		return;
	if (is_smallest(block))
		evert_block_give(block, size_of(SMALLEST));
	else
		evert_free(block);
}
