/* SPDX-License-Identifier: MIT */
/* The simulator's own memory, of which there is always enough. */
#ifndef EVERT_REACTOR_SIM_MEMORY_INTERNAL_H
#define EVERT_REACTOR_SIM_MEMORY_INTERNAL_H

#include "../../deferred/base/base.h"

/* All zeros. */
void *evert_sim_allocate(size_t size);
void *evert_sim_grow(void *memory, size_t size);
void evert_sim_free(void *memory);

/* ---- Bytes in a row: put behind, taken in front ---- */

struct evert_sim_bytes {
	char *data;
	size_t start, length, capacity;
};

void evert_sim_bytes_put(struct evert_sim_bytes *bytes, const void *data,
			 size_t length);
/* `length` of the first ones, which there are; `data` may be NULL. */
void evert_sim_bytes_peek(const struct evert_sim_bytes *bytes, void *data,
			  size_t length);
void evert_sim_bytes_take(struct evert_sim_bytes *bytes, void *data,
			  size_t length);
void evert_sim_bytes_clear(struct evert_sim_bytes *bytes);

#endif
