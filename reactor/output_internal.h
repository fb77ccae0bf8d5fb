/* SPDX-License-Identifier: MIT */
/*
 * What waits to be sent: a queue of chunks. Small writes share a chunk, which
 * comes from the reactor's stock and goes back when it is sent: an idle
 * connection holds no memory for output, and a busy one asks for none.
 *
 * An empty queue may also gather: then copies go to the reactor's write
 * buffer, of which there is one, and are sent from there; only what the
 * kernel does not take becomes chunks.
 */
#ifndef EVERT_REACTOR_OUTPUT_INTERNAL_H
#define EVERT_REACTOR_OUTPUT_INTERNAL_H

#include <string.h>

#include <reactor/reactor_internal.h>

/* All zero is an empty queue. */
struct evert_output {
	struct evert_chunk *last; /* NULL while it gathers */
	size_t queued; /* bytes */
};

/* Gathers from now on, if nothing is queued, until evert_output_send was
   called, or until something does not fit in. */
static inline void evert_output_begin(struct evert_output *output,
				      struct evert_reactor *reactor)
{
	reactor->gathering = output->last ? NULL : output;
}

static inline bool evert_output_gathers(const struct evert_output *output,
					const struct evert_reactor *reactor)
{
	return reactor->gathering == output;
}

/* Gathers a copy; false: it does not gather, or has no room. */
static inline bool evert_output_gather(struct evert_output *output,
				       struct evert_reactor *reactor,
				       const void *data, size_t length)
{
	if (!evert_output_gathers(output, reactor) ||
	    length > EVERT_WRITE_SIZE - output->queued)
		return false;
	memcpy(reactor->write_buffer + output->queued, data, length);
	output->queued += length;
	return true;
}

/* Queues a copy; gathers no more. 0, or -ENOMEM: then nothing of it is
   queued. */
int evert_output_copy(struct evert_output *output,
		      struct evert_reactor *reactor, const void *data,
		      size_t length);

/* Queues the bytes as they are. 0, or -ENOMEM: then nothing was done. */
int evert_output_own(struct evert_output *output,
		     struct evert_reactor *reactor, const void *data,
		     size_t length, void (*release)(void *arg), void *arg);

/* evert_output_send where it does not gather; where of what was gathered only
   `sent` bytes were sent, or none: -errno. */
int evert_output_send_chunks(struct evert_output *output,
			     struct evert_reactor *reactor, int fd);
int evert_output_send_rest(struct evert_output *output,
			   struct evert_reactor *reactor, int fd,
			   ssize_t sent);

/* Sends what it can: 0 when all is sent, -EAGAIN when something is left, or
   another -errno. Gathers no more. */
static inline int evert_output_send(struct evert_output *output,
				    struct evert_reactor *reactor, int fd)
{
	struct evert_system *system = reactor->system;
	struct iovec part = { reactor->write_buffer, output->queued };
	ssize_t sent = 0;

	if (!evert_output_gathers(output, reactor))
		return evert_output_send_chunks(output, reactor, fd);
	if (part.iov_len)
		sent = system->ops->send(system, fd, &part, 1);
	if (sent < 0 || (size_t)sent < output->queued)
		return evert_output_send_rest(output, reactor, fd, sent);
	reactor->gathering = NULL;
	output->queued = 0;
	return 0;
}

/* Drops all that is queued. */
void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor);

#endif
