/* SPDX-License-Identifier: MIT */
/* For another reactor: in chunks that this one has no part in. */
#include "output_chunk_internal.h"

#include <errno.h>

/* Copies, in order, of what is the caller's. */
static int copy_owned(struct evert_output *copies,
		      const struct evert_output *output)
{
	const struct evert_output_chunk *chunk = output->last;
	struct evert_output_chunk *copy;

	do {
		chunk = chunk->next;
		if (!chunk->release)
			continue;
		if (!chunk->data)
			return -EBUSY; /* of a file */
		copy = evert_chunk_create(chunk->length);
		if (!copy)
			return -ENOMEM;
		copy->data = copy->bytes;
		copy->length = chunk->length;
		copy->room = 0;
		memcpy(copy->bytes, chunk->data, chunk->length);
		evert_output_append(copies, copy);
	} while (chunk != output->last);
	return 0;
}

int evert_output_move(struct evert_output *moved, struct evert_output *owned,
		      struct evert_output *output,
		      struct evert_reactor *reactor)
{
	struct evert_output copies = { .last = NULL };
	struct evert_output_chunk *chunk;
	int error = 0;

	if (evert_output_gathers(output, reactor))
		error = evert_output_stop_gathering(output, reactor, 0);
	if (!error && output->last)
		error = copy_owned(&copies, output);
	if (error) {
		evert_output_discard(&copies, reactor->system);
		return error;
	}
	while (output->last) {
		chunk = evert_output_take_first(output);
		if (chunk->release) {
			evert_output_append(owned, chunk);
			chunk = evert_output_take_first(&copies);
		}
		evert_output_append(moved, chunk);
	}
	return 0;
}
