/* SPDX-License-Identifier: MIT */
#include "memory_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/bug.h"

static void *need(void *memory)
{
	if (!memory)
		evert_bug("there is no memory for the simulator; simulate less "
			  "at a time");
	return memory;
}

void *evert_sim_allocate(size_t size)
{
	return need(calloc(1, size));
}

void *evert_sim_grow(void *memory, size_t size)
{
	return need(realloc(memory, size));
}

void evert_sim_free(void *memory)
{
	free(memory);
}

/* ---- Bytes ---- */

static void make_room(struct evert_sim_bytes *bytes, size_t length)
{
	size_t needed = bytes->length + length;

	if (bytes->start + needed <= bytes->capacity)
		return;
	if (bytes->length)
		memmove(bytes->data, bytes->data + bytes->start, bytes->length);
	bytes->start = 0;
	if (needed <= bytes->capacity)
		return;
	if (needed < 2 * bytes->capacity)
		needed = 2 * bytes->capacity;
	bytes->data = evert_sim_grow(bytes->data, needed);
	bytes->capacity = needed;
}

void evert_sim_bytes_put(struct evert_sim_bytes *bytes, const void *data,
			 size_t length)
{
	if (!length)
		return;
	make_room(bytes, length);
	memcpy(bytes->data + bytes->start + bytes->length, data, length);
	bytes->length += length;
}

void evert_sim_bytes_peek(const struct evert_sim_bytes *bytes, void *data,
			  size_t length)
{
	if (data && length)
		memcpy(data, bytes->data + bytes->start, length);
}

void evert_sim_bytes_take(struct evert_sim_bytes *bytes, void *data,
			  size_t length)
{
	evert_sim_bytes_peek(bytes, data, length);
	bytes->length -= length;
	bytes->start = bytes->length ? bytes->start + length : 0;
}

void evert_sim_bytes_clear(struct evert_sim_bytes *bytes)
{
	evert_sim_free(bytes->data);
	*bytes = (struct evert_sim_bytes){.length = 0};
}
