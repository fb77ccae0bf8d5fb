/* SPDX-License-Identifier: MIT */
/* The chunks of an output: output.c queues them, output_send.c sends them,
   output_move.c takes them to another reactor. */
#ifndef EVERT_REACTOR_OUTPUT_CHUNK_INTERNAL_H
#define EVERT_REACTOR_OUTPUT_CHUNK_INTERNAL_H

#include "output_internal.h"

struct evert_output_chunk {
	struct evert_output_chunk *next; /* the last one's is the first */
	char *data; /* what is still to be sent; NULL: of a file, `arg` */
	size_t length;
	size_t queued; /* if it is the last: the bytes of all */
	size_t room;		    /* for copies, behind the data */
	size_t capacity;	    /* of `bytes` */
	void (*release)(void *arg); /* of the caller's data, or NULL */
	void *arg;
	struct evert_parcel *parcel; /* that goes with the data, or NULL */
	bool alone; /* in a call of its own, with its parcel */
	char bytes[];
};

/* With room for so much; or NULL. */
struct evert_output_chunk *evert_chunk_create(size_t capacity);

/* A copy goes to the stock; the caller's data is released. */
void evert_chunk_give_back(struct evert_reactor *reactor,
			   struct evert_output_chunk *chunk);

/* There is one. */
void evert_chunk_release_parcel(struct evert_reactor *reactor,
				struct evert_output_chunk *chunk);

static inline void evert_output_append(struct evert_output *output,
				       struct evert_output_chunk *chunk)
{
	struct evert_output_chunk *last = output->last;

	chunk->next = last ? last->next : chunk;
	chunk->queued = chunk->length + (last ? last->queued : 0);
	if (last)
		last->next = chunk;
	output->last = chunk;
}

/* Takes the first chunk out. */
static inline struct evert_output_chunk *
evert_output_take_first(struct evert_output *output)
{
	struct evert_output_chunk *last = output->last;
	struct evert_output_chunk *first = last->next;

	last->next = first->next;
	if (first == last)
		output->last = NULL;
	last->queued -= first->length;
	return first;
}

/* Gathers no more: what was gathered, but for the first `sent` bytes, becomes
   a chunk. 0; -ENOMEM. */
int evert_output_stop_gathering(struct evert_output *output,
				struct evert_reactor *reactor, size_t sent);

#endif
