/* SPDX-License-Identifier: MIT */
/* Places for links that find no memory: some arrays for the whole process,
   which are there from the beginning. */
#ifndef EVERT_DEFERRED_RESERVE_INTERNAL_H
#define EVERT_DEFERRED_RESERVE_INTERNAL_H

#include "links_internal.h"

/* An array of `count` links or more; NULL: none that long is left. */
struct evert_link *evert_reserve_take(size_t count);

/* How many links it has; 0: it is not from here. */
size_t evert_reserve_size(const struct evert_link *links);

/* Gives an array back; false: it is not from here. */
bool evert_reserve_give(struct evert_link *links);

#endif
