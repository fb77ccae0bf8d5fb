/* SPDX-License-Identifier: MIT */
/*
 * What waits to be sent: a queue of chunks. Small writes share a chunk, which
 * comes from the reactor's stock and goes back when it is sent: an idle
 * connection holds no memory for output, and a busy one asks for none.
 */
#ifndef EVERT_REACTOR_OUTPUT_INTERNAL_H
#define EVERT_REACTOR_OUTPUT_INTERNAL_H

#include <string.h>

#include <reactor/reactor_internal.h>

struct evert_chunk {
	struct evert_chunk *next; /* the last one's is the first */
	char *data;		  /* what is still to be sent */
	size_t length;
	size_t room;		    /* for copies, behind the data */
	size_t capacity;	    /* of `bytes` */
	void (*release)(void *arg); /* of the caller's data, or NULL */
	void *arg;
	char bytes[];
};

/* All zero is an empty queue. */
struct evert_output {
	struct evert_chunk *last;
	size_t queued; /* bytes */
};

/* As evert_output_copy; for what the last chunk has no room for. */
int evert_output_copy_more(struct evert_output *output,
			   struct evert_reactor *reactor, const void *data,
			   size_t length);

/* Queues a copy. 0, or -ENOMEM: then nothing of it is queued. */
static inline int evert_output_copy(struct evert_output *output,
				    struct evert_reactor *reactor,
				    const void *data, size_t length)
{
	struct evert_chunk *last = output->last;

	if (!last || last->room < length)
		return evert_output_copy_more(output, reactor, data, length);
	memcpy(last->data + last->length, data, length);
	last->length += length;
	last->room -= length;
	output->queued += length;
	return 0;
}

/* Queues the bytes as they are. 0, or -ENOMEM: then nothing was done. */
int evert_output_own(struct evert_output *output, const void *data,
		     size_t length, void (*release)(void *arg), void *arg);

/* Sends what it can: 0 when all is sent, -EAGAIN when something is left, or
   another -errno. */
int evert_output_send(struct evert_output *output,
		      struct evert_reactor *reactor, int fd);

/* Drops all that is queued. */
void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor);

#endif
