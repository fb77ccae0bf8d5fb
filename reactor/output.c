/* SPDX-License-Identifier: MIT */
#include <reactor/output_internal.h>

#include <errno.h>

#include <deferred/memory.h>

enum {
	/* Of a chunk that goes back to the stock. */
	CHUNK_CAPACITY = 4096 - sizeof(struct evert_chunk),
	SPARE_CHUNKS = 64, /* that a reactor keeps */
	PARTS = 64,	   /* in one system call */
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
	}
	return chunk;
}

/* An empty chunk with room for copies of `length` bytes. */
static struct evert_chunk *take_chunk(struct evert_reactor *reactor,
				      size_t length)
{
	struct evert_chunk *chunk = reactor->spare_chunks;

	if (length > CHUNK_CAPACITY) {
		chunk = make_chunk(length);
	} else if (chunk) {
		reactor->spare_chunks = chunk->next;
		reactor->spare_chunk_count--;
	} else {
		chunk = make_chunk(CHUNK_CAPACITY);
	}
	if (chunk) {
		chunk->data = chunk->bytes;
		chunk->length = 0;
		chunk->room = chunk->capacity;
	}
	return chunk;
}

/* A copy goes to the stock; the caller's data is released. */
static void give_back(struct evert_reactor *reactor,
		      struct evert_chunk *chunk)
{
	if (chunk->release) {
		chunk->release(chunk->arg);
	} else if (chunk->capacity == CHUNK_CAPACITY &&
		   reactor->spare_chunk_count < SPARE_CHUNKS) {
		chunk->next = reactor->spare_chunks;
		reactor->spare_chunks = chunk;
		reactor->spare_chunk_count++;
		return;
	}
	evert_free(chunk);
}

void evert_chunks_release(struct evert_reactor *reactor)
{
	struct evert_chunk *chunk;

	while ((chunk = reactor->spare_chunks)) {
		reactor->spare_chunks = chunk->next;
		evert_free(chunk);
	}
}

/* ---- The queue ---- */

static void append(struct evert_output *output, struct evert_chunk *chunk)
{
	struct evert_chunk *last = output->last;

	chunk->next = last ? last->next : chunk;
	if (last)
		last->next = chunk;
	output->last = chunk;
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

int evert_output_copy_more(struct evert_output *output,
			   struct evert_reactor *reactor, const void *data,
			   size_t length)
{
	size_t fits = output->last ? output->last->room : 0;
	struct evert_chunk *more = take_chunk(reactor, length - fits);

	if (!more)
		return -ENOMEM;
	if (fits)
		evert_output_copy(output, reactor, data, fits);
	append(output, more);
	return evert_output_copy(output, reactor, (const char *)data + fits,
				 length - fits);
}

int evert_output_own(struct evert_output *output, const void *data,
		     size_t length, void (*release)(void *arg), void *arg)
{
	struct evert_chunk *chunk = make_chunk(0);

	if (!chunk)
		return -ENOMEM;
	chunk->data = (char *)data;
	chunk->length = length;
	chunk->room = 0;
	chunk->release = release;
	chunk->arg = arg;
	append(output, chunk);
	output->queued += length;
	return 0;
}

void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor)
{
	while (output->last)
		give_back(reactor, take_first(output));
}

/* ---- Sending ---- */

/* Describes the first chunks; returns how many. */
static int gather(const struct evert_output *output, struct iovec *parts,
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
	} while (chunk != output->last && count < PARTS);
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

int evert_output_send(struct evert_output *output,
		      struct evert_reactor *reactor, int fd)
{
	struct evert_system *system = reactor->system;
	struct iovec parts[PARTS];
	size_t bytes;
	ssize_t sent;
	int count;

	while (output->last) {
		count = gather(output, parts, &bytes);
		sent = system->ops->send(system, fd, parts, count);
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
