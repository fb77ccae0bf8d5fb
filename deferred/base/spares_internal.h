/* SPDX-License-Identifier: MIT */
/*
 * Deferreds come and go all the time, and most of their memory, and of that of
 * failures, is of four sizes; connections with their protocols are of some
 * more. What a thread gives back of these it keeps, up to a number, for the
 * next: without a call of the allocator, and warm in the cache.
 *
 * Only what malloc gave is kept. Where a program has an allocator of its own
 * none is, so each block comes from there and goes there; under
 * AddressSanitizer and Valgrind's Memcheck, too, so that they see what is used
 * after it was given back. With EVERT_DEBUG none is used again soon: so
 * evert's own checks, of ends that were given up before, look at the Deferred
 * that is meant.
 */
#ifndef EVERT_DEFERRED_SPARES_INTERNAL_H
#define EVERT_DEFERRED_SPARES_INTERNAL_H

#include "memory.h"
#include "memory_internal.h"

/* Each kind has one size of blocks. */
enum evert_spares_kind {
	EVERT_SPARES_DEFERRED,
	EVERT_SPARES_SHORT_DEFERRED,
	EVERT_SPARES_LINKS,
	EVERT_SPARES_FAILURE, /* with a short text */
	EVERT_SPARES_BLOCKS,  /* the first of those of evert_block_take */
	EVERT_SPARES_KINDS = EVERT_SPARES_BLOCKS + 32,
};

struct evert_spare {
	struct evert_spare *next;
};

struct evert_spares {
	struct evert_spare *first;
	size_t room; /* for how many more; 0 also before the first */
};

extern _Thread_local struct evert_spares evert_spares[EVERT_SPARES_KINDS];

void evert_spares_give_first(enum evert_spares_kind kind, void *block);

/* Gives back what is not to be kept. */
void evert_spares_give_none(void *block);

/* Gives back what this thread keeps: another allocator comes into force. */
void evert_spares_drain(void);

/* One that is kept, or NULL. */
static inline void *evert_spares_take_kept(enum evert_spares_kind kind)
{
	struct evert_spares *spares = &evert_spares[kind];
	struct evert_spare *spare = spares->first;

	if (!spare)
		return NULL;
	spares->first = spare->next;
	spares->room++;
	return spare;
}

/* As evert_allocate. */
static inline void *evert_spares_take(enum evert_spares_kind kind, size_t size)
{
	void *spare = evert_spares_take_kept(kind);

	return spare ? spare : evert_allocate(size);
}

/* Keeps the block, if there is room. */
static inline bool evert_spares_keep(enum evert_spares_kind kind, void *block)
{
	struct evert_spares *spares = &evert_spares[kind];
	struct evert_spare *spare = (struct evert_spare *)block;

	if (!EVERT_LIKELY(spares->room != 0))
		return false;
	spare->next = spares->first;
	spares->first = spare;
	spares->room--;
	return true;
}

/* As evert_free; not NULL. */
static inline void evert_spares_give(enum evert_spares_kind kind, void *block)
{
	if (!evert_spares_keep(kind, block))
		evert_spares_give_first(kind, block);
}

/* ---- Blocks of any size ---- */

/* The kind for blocks of 16 n + 8 bytes, of which malloc wastes none. */
static inline size_t evert_block_kind(size_t size)
{
	return EVERT_SPARES_BLOCKS + (size + 7) / 16 - 1;
}

/* As evert_allocate, for more than 8 bytes; large ones are not kept. */
static inline void *evert_block_take(size_t size)
{
	size_t kind = evert_block_kind(size);

	if (kind >= EVERT_SPARES_KINDS)
		return evert_allocate(size);
	return evert_spares_take((enum evert_spares_kind)kind,
				 (kind - EVERT_SPARES_BLOCKS + 1) * 16 + 8);
}

/* Of the size that was asked for, which is not 0. */
static inline void evert_block_give(void *block, size_t size)
{
	size_t kind = evert_block_kind(size);

	if (kind >= EVERT_SPARES_KINDS)
		evert_free(block);
	else
		evert_spares_give((enum evert_spares_kind)kind, block);
}

#endif
