/* SPDX-License-Identifier: MIT */
#include "output_chunk_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "file_piece_internal.h"
#include "parcel_internal.h"

enum {
	/* Of a chunk that goes back to the stock. */
	CHUNK_CAPACITY = 4096 - sizeof(struct evert_output_chunk),
	SPARE_CHUNKS = 64, /* that a reactor keeps */
};

/* ---- Chunks ---- */

struct evert_output_chunk *evert_chunk_create(size_t capacity)
{
	struct evert_output_chunk *chunk;

	if (capacity > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = evert_allocate(sizeof(*chunk) + capacity);
	if (chunk) {
		chunk->capacity = capacity;
		chunk->release = NULL;
		chunk->parcel = NULL;
		chunk->alone = false;
	}
	return chunk;
}

/* An empty chunk with room for copies of `length` bytes. */
static struct evert_output_chunk *take_chunk(struct evert_reactor *reactor,
					     size_t length)
{
	struct evert_output_chunk *chunk = NULL;

	if (length <= CHUNK_CAPACITY) {
		length = CHUNK_CAPACITY;
		chunk = evert_stock_take(&reactor->spare_chunks);
	}
	if (!chunk)
		chunk = evert_chunk_create(length);
	if (chunk) {
		chunk->data = chunk->bytes;
		chunk->length = 0;
		chunk->room = chunk->capacity;
	}
	return chunk;
}

void evert_chunk_release_parcel(struct evert_reactor *reactor,
			   struct evert_output_chunk *chunk)
{
	evert_parcel_release(chunk->parcel, reactor->system);
	chunk->parcel = NULL;
	chunk->alone = false;
}

/* A copy goes to the stock; the caller's data is released. */
void evert_chunk_give_back(struct evert_reactor *reactor,
		      struct evert_output_chunk *chunk)
{
	if (chunk->parcel)
		evert_chunk_release_parcel(reactor, chunk);
	if (chunk->release) {
		chunk->release(chunk->arg);
	} else if (chunk->capacity == CHUNK_CAPACITY &&
		   reactor->spare_chunks.count < SPARE_CHUNKS) {
		evert_stock_give(&reactor->spare_chunks, chunk);
		return;
	}
	evert_free(chunk);
}

/* ---- The queue ---- */

size_t evert_output_queued(const struct evert_output *output,
			   const struct evert_reactor *reactor)
{
	if (output->last)
		return output->last->queued;
	return evert_output_gathers(output, reactor) ? reactor->window.used : 0;
}

static void fill(struct evert_output *output, const char *data, size_t length)
{
	struct evert_output_chunk *last = output->last;

	memcpy(last->data + last->length, data, length);
	last->length += length;
	last->room -= length;
	last->queued += length;
}

static int append_copy(struct evert_output *output,
		       struct evert_reactor *reactor, const char *data,
		       size_t length)
{
	size_t room = output->last ? output->last->room : 0;
	size_t fits = length < room ? length : room;
	struct evert_output_chunk *more = NULL;

	if (length > fits) {
		more = take_chunk(reactor, length - fits);
		if (!more)
			return -ENOMEM;
	}
	if (fits)
		fill(output, data, fits);
	if (more) {
		evert_output_append(output, more);
		fill(output, data + fits, length - fits);
	}
	return 0;
}

/* Gathers no more: what was gathered, but for the first `sent` bytes, becomes
   a chunk. */
int evert_output_stop_gathering(struct evert_output *output,
			  struct evert_reactor *reactor, size_t sent)
{
	size_t left = reactor->window.used - sent;

	evert_output_end_gathering(reactor);
	if (!left)
		return 0;
	return append_copy(output, reactor, reactor->write_buffer + sent,
			   left);
}

int evert_output_copy(struct evert_output *output,
		      struct evert_reactor *reactor, const void *data,
		      size_t length)
{
	int error = 0;

	if (evert_output_gathers(output, reactor))
		error = evert_output_stop_gathering(output, reactor, 0);
	return error ? error : append_copy(output, reactor, data, length);
}

int evert_output_own(struct evert_output *output,
		     struct evert_reactor *reactor, const void *data,
		     size_t length, void (*release)(void *arg), void *arg)
{
	struct evert_output_chunk *chunk = evert_chunk_create(0);
	int error = chunk ? 0 : -ENOMEM;

	if (!error && evert_output_gathers(output, reactor))
		error = evert_output_stop_gathering(output, reactor, 0);
	if (error) {
		evert_free(chunk);
		return error;
	}
	chunk->data = (char *)data;
	chunk->length = length;
	chunk->room = 0;
	chunk->release = release;
	chunk->arg = arg;
	evert_output_append(output, chunk);
	return 0;
}

static void end_piece(void *piece)
{
	((struct evert_file_piece *)piece)
		->done((struct evert_file_piece *)piece);
}

int evert_output_file(struct evert_output *output,
		      struct evert_reactor *reactor,
		      struct evert_file_piece *piece)
{
	return evert_output_own(output, reactor, NULL, piece->left, end_piece,
				piece);
}

int evert_output_copy_with(struct evert_output *output,
			   struct evert_reactor *reactor, const void *data,
			   size_t length, struct evert_parcel *parcel)
{
	struct evert_output_chunk *chunk = take_chunk(reactor, length);
	int error = chunk ? 0 : -ENOMEM;

	if (!error && evert_output_gathers(output, reactor))
		error = evert_output_stop_gathering(output, reactor, 0);
	if (error) {
		if (chunk)
			evert_chunk_give_back(reactor, chunk);
		return error;
	}
	chunk->parcel = parcel;
	chunk->alone = evert_parcel_is_record(parcel);
	evert_output_append(output, chunk);
	fill(output, data, length);
	if (chunk->alone)
		chunk->room = 0;
	return 0;
}

void evert_output_discard(struct evert_output *output,
			  struct evert_system *system)
{
	struct evert_output_chunk *chunk;

	while (output->last) {
		chunk = evert_output_take_first(output);
		evert_parcel_release(chunk->parcel, system);
		evert_free(chunk);
	}
}

void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor)
{
	if (evert_output_gathers(output, reactor))
		evert_output_end_gathering(reactor);
	while (output->last)
		evert_chunk_give_back(reactor, evert_output_take_first(output));
}
