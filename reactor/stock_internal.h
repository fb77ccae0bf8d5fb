/* SPDX-License-Identifier: MIT */
/* A stock of blocks of one size, to be used again. */
#ifndef EVERT_REACTOR_STOCK_INTERNAL_H
#define EVERT_REACTOR_STOCK_INTERNAL_H

#include "../deferred/base/memory.h"

/* What a block in stock begins with. */
struct evert_stocked {
	struct evert_stocked *next;
};

/* All zero is an empty one. */
struct evert_stock {
	struct evert_stocked *first;
	unsigned count;
};

/* NULL: there is none. */
static inline void *evert_stock_take(struct evert_stock *stock)
{
	struct evert_stocked *block = stock->first;

	if (!block)
		return NULL;
	stock->first = block->next;
	stock->count--;
	return block;
}

static inline void evert_stock_give(struct evert_stock *stock, void *memory)
{
	struct evert_stocked *block = (struct evert_stocked *)memory;

	block->next = stock->first;
	stock->first = block;
	stock->count++;
}

static inline void evert_stock_release(struct evert_stock *stock)
{
	while (stock->first)
		evert_free(evert_stock_take(stock));
}

#endif
