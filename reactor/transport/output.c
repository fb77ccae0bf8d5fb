/* SPDX-License-Identifier: MIT */
#include "output_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "file_piece_internal.h"
#include "parcel_internal.h"

struct evert_chunk {
	struct evert_chunk *next; /* the last one's is the first */
	char *data; /* what is still to be sent; NULL: of a file, `arg` */
	size_t length;
	size_t room;		    /* for copies, behind the data */
	size_t capacity;	    /* of `bytes` */
	void (*release)(void *arg); /* of the caller's data, or NULL */
	void *arg;
	struct evert_parcel *parcel; /* that goes with the data, or NULL */
	char bytes[];
};

enum {
	/* Of a chunk that goes back to the stock. */
	CHUNK_CAPACITY = 4096 - sizeof(struct evert_chunk),
	SPARE_CHUNKS = 64, /* that a reactor keeps */
	PARTS = 64,	   /* in one system call */
	FILE_AT_ONCE = 1 << 22, /* bytes: then come the others */
};

/* ---- Chunks ---- */

static struct evert_chunk *make_chunk(size_t capacity)
{
	struct evert_chunk *chunk;

	if (capacity > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = evert_allocate(sizeof(*chunk) + capacity);
	if (chunk) {
		chunk->capacity = capacity;
		chunk->release = NULL;
		chunk->parcel = NULL;
	}
	return chunk;
}

/* An empty chunk with room for copies of `length` bytes. */
static struct evert_chunk *take_chunk(struct evert_reactor *reactor,
				      size_t length)
{
	struct evert_chunk *chunk = NULL;

	if (length <= CHUNK_CAPACITY) {
		length = CHUNK_CAPACITY;
		chunk = evert_stock_take(&reactor->spare_chunks);
	}
	if (!chunk)
		chunk = make_chunk(length);
	if (chunk) {
		chunk->data = chunk->bytes;
		chunk->length = 0;
		chunk->room = chunk->capacity;
	}
	return chunk;
}

static void release_parcel(struct evert_reactor *reactor,
			   struct evert_chunk *chunk)
{
	evert_parcel_release(chunk->parcel, reactor->system);
	chunk->parcel = NULL;
}

/* A copy goes to the stock; the caller's data is released. */
static void give_back(struct evert_reactor *reactor,
		      struct evert_chunk *chunk)
{
	if (chunk->parcel)
		release_parcel(reactor, chunk);
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

static void append(struct evert_output *output, struct evert_chunk *chunk)
{
	struct evert_chunk *last = output->last;

	chunk->next = last ? last->next : chunk;
	if (last)
		last->next = chunk;
	output->last = chunk;
	output->queued += chunk->length;
}

/* Takes the first chunk out. */
static struct evert_chunk *take_first(struct evert_output *output)
{
	struct evert_chunk *last = output->last;
	struct evert_chunk *first = last->next;

	last->next = first->next;
	if (first == last)
		output->last = NULL;
	output->queued -= first->length;
	return first;
}

static void fill(struct evert_output *output, const char *data, size_t length)
{
	struct evert_chunk *last = output->last;

	memcpy(last->data + last->length, data, length);
	last->length += length;
	last->room -= length;
	output->queued += length;
}

static int append_copy(struct evert_output *output,
		       struct evert_reactor *reactor, const char *data,
		       size_t length)
{
	size_t room = output->last ? output->last->room : 0;
	size_t fits = length < room ? length : room;
	struct evert_chunk *more = NULL;

	if (length > fits) {
		more = take_chunk(reactor, length - fits);
		if (!more)
			return -ENOMEM;
	}
	if (fits)
		fill(output, data, fits);
	if (more) {
		append(output, more);
		fill(output, data + fits, length - fits);
	}
	return 0;
}

/* Gathers no more: what was gathered, but for the first `sent` bytes, becomes
   a chunk. */
static int stop_gathering(struct evert_output *output,
			  struct evert_reactor *reactor, size_t sent)
{
	size_t left = output->queued - sent;

	reactor->gathering = NULL;
	output->queued = 0;
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
		error = stop_gathering(output, reactor, 0);
	return error ? error : append_copy(output, reactor, data, length);
}

int evert_output_own(struct evert_output *output,
		     struct evert_reactor *reactor, const void *data,
		     size_t length, void (*release)(void *arg), void *arg)
{
	struct evert_chunk *chunk = make_chunk(0);
	int error = chunk ? 0 : -ENOMEM;

	if (!error && evert_output_gathers(output, reactor))
		error = stop_gathering(output, reactor, 0);
	if (error) {
		evert_free(chunk);
		return error;
	}
	chunk->data = (char *)data;
	chunk->length = length;
	chunk->room = 0;
	chunk->release = release;
	chunk->arg = arg;
	append(output, chunk);
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
	struct evert_chunk *chunk = take_chunk(reactor, length);
	int error = chunk ? 0 : -ENOMEM;

	if (!error && evert_output_gathers(output, reactor))
		error = stop_gathering(output, reactor, 0);
	if (error) {
		if (chunk)
			give_back(reactor, chunk);
		return error;
	}
	chunk->parcel = parcel;
	append(output, chunk);
	fill(output, data, length);
	return 0;
}

/* ---- For another reactor ---- */

/* Copies, in order, of what is the caller's. */
static int copy_owned(struct evert_output *copies,
		      const struct evert_output *output)
{
	const struct evert_chunk *chunk = output->last;
	struct evert_chunk *copy;

	do {
		chunk = chunk->next;
		if (!chunk->release)
			continue;
		if (!chunk->data)
			return -EBUSY; /* of a file */
		copy = make_chunk(chunk->length);
		if (!copy)
			return -ENOMEM;
		copy->data = copy->bytes;
		copy->length = chunk->length;
		copy->room = 0;
		memcpy(copy->bytes, chunk->data, chunk->length);
		append(copies, copy);
	} while (chunk != output->last);
	return 0;
}

int evert_output_move(struct evert_output *moved, struct evert_output *owned,
		      struct evert_output *output,
		      struct evert_reactor *reactor)
{
	struct evert_output copies = { .last = NULL };
	struct evert_chunk *chunk;
	int error = 0;

	if (evert_output_gathers(output, reactor))
		error = stop_gathering(output, reactor, 0);
	if (!error && output->last)
		error = copy_owned(&copies, output);
	if (error) {
		evert_output_discard(&copies, reactor->system);
		return error;
	}
	while (output->last) {
		chunk = take_first(output);
		if (chunk->release) {
			append(owned, chunk);
			chunk = take_first(&copies);
		}
		append(moved, chunk);
	}
	return 0;
}

void evert_output_discard(struct evert_output *output,
			  struct evert_system *system)
{
	struct evert_chunk *chunk;

	while (output->last) {
		chunk = take_first(output);
		evert_parcel_release(chunk->parcel, system);
		evert_free(chunk);
	}
}

void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor)
{
	if (evert_output_gathers(output, reactor)) {
		reactor->gathering = NULL;
		output->queued = 0;
	}
	while (output->last)
		give_back(reactor, take_first(output));
}

/* ---- Sending ---- */

/* Describes the first chunks, up to one with descriptors, which is to be the
   first, or of a file; returns how many. */
static int describe(const struct evert_output *output, struct iovec *parts,
		    size_t *bytes)
{
	struct evert_chunk *chunk = output->last;
	int count = 0;

	*bytes = 0;
	do {
		chunk = chunk->next;
		parts[count].iov_base = chunk->data;
		parts[count].iov_len = chunk->length;
		*bytes += chunk->length;
		count++;
	} while (chunk != output->last && count < PARTS &&
		 !chunk->next->parcel && chunk->next->data);
	return count;
}

/* Takes out what was sent. The caller's data is released when all is taken
   out: that may call whatever it likes, and write more. */
static void take_sent(struct evert_output *output,
		      struct evert_reactor *reactor, size_t sent)
{
	struct evert_output owned = { .last = NULL };
	struct evert_chunk *chunk;

	while (output->last && sent >= output->last->next->length) {
		chunk = take_first(output);
		sent -= chunk->length;
		if (chunk->release)
			append(&owned, chunk);
		else
			give_back(reactor, chunk);
	}
	if (sent) {
		chunk = output->last->next;
		chunk->data += sent;
		chunk->length -= sent;
		output->queued -= sent;
	}
	evert_output_drop(&owned, reactor);
}

/* With any byte the descriptors are gone, too. */
static EVERT_APART ssize_t send_parcel(struct evert_chunk *first,
				       struct evert_reactor *reactor, int fd,
				       const struct iovec *parts, int count)
{
	ssize_t sent = evert_parcel_send(first->parcel, reactor->system, fd,
					 parts, count);

	if (sent > 0)
		release_parcel(reactor, first);
	return sent;
}

/* With all of it sent, it is taken out. */
static EVERT_APART int send_file(struct evert_output *output,
				 struct evert_reactor *reactor, int fd,
				 evert_output_sendv sendv)
{
	struct evert_chunk *first = output->last->next;
	size_t before = first->length;
	ssize_t sent = 0;

	while (first->length && before - first->length < FILE_AT_ONCE) {
		sent = evert_file_piece_send(first->arg, fd, sendv);
		if (sent == -EINTR)
			continue;
		if (sent < 0)
			return (int)sent;
		first->length -= (size_t)sent;
		output->queued -= (size_t)sent;
	}
	if (first->length)
		return -EAGAIN;
	take_sent(output, reactor, 0);
	return 0;
}

static int send_chunks(struct evert_output *output,
		       struct evert_reactor *reactor, int fd,
		       evert_output_sendv sendv)
{
	struct evert_system *system = reactor->system;
	struct evert_chunk *first;
	struct iovec parts[PARTS];
	size_t bytes;
	ssize_t sent;
	int count;

	while (output->last) {
		first = output->last->next;
		if (!EVERT_LIKELY(first->data != NULL)) {
			count = send_file(output, reactor, fd, sendv);
			if (count)
				return count;
			continue;
		}
		count = describe(output, parts, &bytes);
		if (EVERT_LIKELY(!first->parcel))
			sent = sendv(system, fd, parts, count);
		else
			sent = send_parcel(first, reactor, fd, parts, count);
		if (sent == -EINTR)
			continue;
		if (sent < 0)
			return (int)sent;
		take_sent(output, reactor, (size_t)sent);
		/* A short write: the kernel has no more room. */
		if ((size_t)sent < bytes)
			return -EAGAIN;
	}
	return 0;
}

int evert_output_send_rest(struct evert_output *output,
			   struct evert_reactor *reactor, int fd,
			   evert_output_sendv sendv, ssize_t sent)
{
	int error = stop_gathering(output, reactor,
				   sent < 0 ? 0 : (size_t)sent);

	if (error)
		return error;
	if (sent == -EINTR)
		return send_chunks(output, reactor, fd, sendv);
	return sent < 0 ? (int)sent : -EAGAIN;
}

int evert_output_send(struct evert_output *output,
		      struct evert_reactor *reactor, int fd,
		      evert_output_sendv sendv)
{
	ssize_t sent;

	if (!evert_output_gathers(output, reactor))
		return send_chunks(output, reactor, fd, sendv);
	if (evert_output_send_gathered(output, reactor, fd, &sent))
		return 0;
	return evert_output_send_rest(output, reactor, fd, sendv, sent);
}
