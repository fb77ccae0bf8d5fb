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

#include "../reactor_internal.h"

/* What sends: of sockets, or of what is none. */
typedef ssize_t (*evert_output_sendv)(struct evert_system *system, int fd,
				      const struct iovec *parts, int count);

/* All zero is an empty queue. Small: every connection has one. */
struct evert_output {
	struct evert_output_chunk *last; /* NULL while it gathers */
};

/* Gathers from now on, until evert_output_send was called, or something was
   queued. `most` bytes, no more than there are in the write buffer. False:
   something is queued before. */
static inline bool evert_output_begin(struct evert_output *output,
				      struct evert_reactor *reactor,
				      size_t most)
{
	if (!EVERT_LIKELY(!output->last))
		return false;
	reactor->gathering = output;
	reactor->window.most = most;
	return true;
}

static inline bool evert_output_gathers(const struct evert_output *output,
					const struct evert_reactor *reactor)
{
	return reactor->gathering == output;
}

/* How many bytes wait, those that are gathered included. */
size_t evert_output_queued(const struct evert_output *output,
			   const struct evert_reactor *reactor);

/* Are there any? */
static inline bool evert_output_has_any(const struct evert_output *output,
					const struct evert_reactor *reactor)
{
	return output->last ||
	       (evert_output_gathers(output, reactor) && reactor->window.used);
}

/* What was gathered is still to be sent, but no more is taken. */
static inline void evert_output_end(struct evert_output *output,
				    struct evert_reactor *reactor)
{
	if (evert_output_gathers(output, reactor))
		reactor->window.most = reactor->window.used;
}

/* Gathers no more; what was gathered is sent, dropped, or in a chunk. To who
   still writes to the window there is no room. */
static inline void evert_output_end_gathering(struct evert_reactor *reactor)
{
	reactor->gathering = NULL;
	reactor->window.used = reactor->window.most = 0;
}

/* The same when nobody writes to it any more: so there is room for who is
   next. */
static inline void evert_output_open_window(struct evert_reactor *reactor)
{
	reactor->gathering = NULL;
	reactor->window.used = 0;
	reactor->window.most = EVERT_OUTPUT_GATHERS;
}

/* As evert_output_begin, of as much as there may be, where nothing is queued,
   and the window is open. */
static inline void evert_output_begin_open(struct evert_output *output,
					   struct evert_reactor *reactor)
{
	reactor->gathering = output;
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

struct evert_file_piece;

/* Queues what is left of it, at least one byte. 0, or -ENOMEM: then it is not
   queued. */
int evert_output_file(struct evert_output *output,
		      struct evert_reactor *reactor,
		      struct evert_file_piece *piece);

struct evert_parcel;

/* The same as evert_output_copy of at least one byte, with which the
   descriptors go, which are taken over. -ENOMEM: the caller has them still,
   and perhaps what was gathered is lost. */
int evert_output_copy_with(struct evert_output *output,
			   struct evert_reactor *reactor, const void *data,
			   size_t length, struct evert_parcel *parcel);

/* Sends what it can to the watch's descriptor, by `sendv`: 0 when all is sent,
   -EAGAIN when something is left, or another -errno. Gathers no more. */
int evert_output_send(struct evert_output *output,
		      const struct evert_watch *watch,
		      evert_output_sendv sendv);

/* The rest of it where of what was gathered only `sent` bytes were sent, or
   none: -errno. */
int evert_output_send_rest(struct evert_output *output,
			   const struct evert_watch *watch,
			   evert_output_sendv sendv, ssize_t sent);

/* The same for the one that gathers, which only those of sockets do, and has
   gathered some, when nobody writes to the window any more. False: not all was
   sent, and evert_output_send_rest has to follow, with `*sent`. */
static inline bool
evert_output_send_gathered(const struct evert_watch *watch, ssize_t *sent)
{
	struct evert_system *system = watch->reactor->system;

	*sent = system->ops->send(watch->fd, watch->reactor->write_buffer,
				  watch->reactor->window.used, system);
	if (!EVERT_LIKELY(*sent == (ssize_t)watch->reactor->window.used))
		return false;
	watch->reactor->gathering = NULL;
	watch->reactor->window.used = 0;
	return true;
}

/* Tells a recording what of that was sent, at that moment. */
void evert_output_tell_gathered(const struct evert_watch *watch, ssize_t sent,
				int64_t at);

/* Moves all that is queued to `moved`, which another reactor may have; what is
   not evert's is copied for that, and goes to `owned`, to be dropped: both are
   empty before. Gathers no more. 0, or -ENOMEM, or -EBUSY, of a file: then
   nothing was moved, but perhaps what was gathered is lost. */
int evert_output_move(struct evert_output *moved, struct evert_output *owned,
		      struct evert_output *output,
		      struct evert_reactor *reactor);

/* Drops what was moved, without a reactor. */
void evert_output_discard(struct evert_output *moved,
			  struct evert_system *system);

/* Drops all that is queued. */
void evert_output_drop(struct evert_output *output,
		       struct evert_reactor *reactor);

#endif
