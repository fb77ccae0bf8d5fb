/* SPDX-License-Identifier: MIT */
/* Places for links that find no memory: some chunks for the whole process,
   which are there from the beginning. */
#ifndef EVERT_DEFERRED_RESERVE_INTERNAL_H
#define EVERT_DEFERRED_RESERVE_INTERNAL_H

#include "links_internal.h"

/* A chunk; after one from here, `before`, a longer one. NULL: none is left. */
struct evert_chunk *evert_reserve_take(const struct evert_chunk *before);

/* Gives a chunk back; false: it is not from here. */
bool evert_reserve_give(struct evert_chunk *chunk);

#endif
