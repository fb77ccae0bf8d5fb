/* SPDX-License-Identifier: MIT */
/*
 * The engine behind every framing: takes a stream in chunks, as it comes, and
 * hands out the frames in it.
 *
 * Frames are handed out in place, in the chunk. Only one that the chunk does
 * not finish is copied, into the buffer; of the next chunk as much is added as
 * finishes it, and the rest is handed out in place again. So every byte is
 * looked at once and copied at most once, and a connection without an
 * unfinished frame owns no buffer.
 *
 * The buffer also keeps what can't be looked at yet: what is left when
 * delivery is paused, and what arrives from inside a callback. It is then
 * taken out and treated as a chunk itself.
 *
 * A framing is a constant table of four functions. The engine is inlined
 * where it is used, and the functions into it: no indirect call is left but
 * the one to the subclass.
 */
#ifndef EVERT_PROTOCOLS_FRAMING_INTERNAL_H
#define EVERT_PROTOCOLS_FRAMING_INTERNAL_H

#include <stdarg.h>
#include <sys/uio.h>

#include "framing.h"
#include "framing_block_internal.h"
#include "../../reactor/transport/transport.h"

#if defined(__GNUC__)
#define EVERT_FRAMING_INLINE static inline __attribute__((__always_inline__))
#else
#define EVERT_FRAMING_INLINE static inline
#endif

/* The chunk that is worked through; on the stack of the outermost call. */
struct evert_framing_input {
	const char *at, *end; /* what is left */
	size_t scanned; /* as in a block */
	struct evert_framing_block *block; /* holds it; NULL: the caller does */
};

struct evert_frame {
	const char *data; /* the payload */
	size_t length;
	size_t end; /* bytes from the frame's begin to its end */
	bool common; /* for the kind to know: set by `scan` */
};

/* What a scan has seen behind the frame it found, for the next one, so that few
   bytes are looked at twice: in which of the bytes from `block` on something
   may end, as bits. All zero: nothing was seen. */
struct evert_framing_seen {
	const char *block;
	uint64_t found;
};

enum evert_framing_verdict {
	EVERT_FRAMING_WHOLE,
	EVERT_FRAMING_UNFINISHED,
	EVERT_FRAMING_REFUSED,
};

struct evert_framing_kind {
	/* Tells what `data` begins with; fills in `frame` if that is a whole
	   frame. None ends within the first `scanned` bytes. `seen` may be
	   left as it is; all zero, unless the same data was scanned by the same
	   rules before, up to where `data` begins. */
	enum evert_framing_verdict (*scan)(struct evert_protocol *protocol,
					   const char *data, size_t length,
					   size_t scanned,
					   struct evert_framing_seen *seen,
					   struct evert_frame *frame);
	/* How many bytes of `more` to add to the unfinished frame in `held`:
	   at least one, and none beyond the end of a frame that is to be
	   delivered, which can be reached with the last of them only. */
	size_t (*reach)(struct evert_protocol *protocol, const char *held,
			size_t held_length, const char *more, size_t length);
	void (*deliver)(struct evert_protocol *protocol,
			const struct evert_frame *frame);
	/* Gets a refused frame up to its `end`, which depends on the bytes
	   alone, not on how much has come: what follows is scanned next. */
	void (*refuse)(struct evert_protocol *protocol, const char *data,
		       size_t length);
};

/* A mandatory operation that is missing stops the program. */
void evert_framing_check(bool has_operation, const char *operation,
			 const char *receiver);

void evert_framing_init(struct evert_framing *framing, size_t limit,
			uint8_t around);

/* Frees the buffer. From inside one of its callbacks: a bug. */
void evert_framing_finish(struct evert_framing *framing);

/* Sets the largest frame. What is buffered will be looked at anew. */
void evert_framing_set_size(struct evert_framing *framing, size_t limit,
			    uint8_t around);

/* What is buffered will be looked at anew, by rules that have changed. */
void evert_framing_rescan(struct evert_framing *framing);

/* Why nothing is handed out: each on its own. */
enum {
	EVERT_PAUSED_BY_CALLER = 1,
	EVERT_PAUSED_BY_QUEUE = 2, /* pause_when_full */
	EVERT_NOT_UNDERSTOOD = 4, /* nothing that follows can be, either */
	/* A callback has changed the rules, or what is left of the input: it
	   goes on, but what was known of both is not so any more. */
	EVERT_LOOK_ANEW = 8,
};

/* To be called when it has. */
static inline void evert_framing_look_anew(struct evert_framing *framing)
{
	if (framing->input)
		framing->stops |= EVERT_LOOK_ANEW;
}

static inline bool evert_framing_is_paused(const struct evert_framing *framing)
{
	return framing->stops &
	       (EVERT_PAUSED_BY_CALLER | EVERT_PAUSED_BY_QUEUE);
}

void evert_framing_pause(struct evert_protocol *protocol,
			 struct evert_framing *framing, unsigned who);

/* What is buffered is not delivered by this, but by the next receive. */
void evert_framing_resume(struct evert_protocol *protocol,
			  struct evert_framing *framing, unsigned who);

/* See evert_line_receiver_clear. */
int evert_framing_clear(struct evert_protocol *protocol,
			struct evert_framing *framing, char **data,
			size_t *length);

/*
 * Puts bytes in front of all that was not delivered. Where they are the last
 * that were delivered, they are only counted back. False, and nothing was
 * done: receive them, nothing stands in the way.
 */
bool evert_framing_unread(struct evert_protocol *protocol,
			  struct evert_framing *framing, const char *data,
			  size_t length);

/* How many bytes were received and not delivered. */
size_t evert_framing_left(const struct evert_framing *framing);

/* Delivers nothing any more, and closes the connection: connection_lost is told
   why. Takes over `failure`. */
void evert_framing_fail(struct evert_protocol *protocol,
			struct evert_framing *framing,
			struct evert_failure *failure);

/*
 * Writes the pieces as one, whatever pause_writing does. 0, or what
 * evert_transport_write returns, or
 * -ENOTCONN without a transport.
 */
int evert_framing_send(struct evert_protocol *protocol,
		       const struct iovec *pieces, size_t count);

/*
 * A question, whose answer the Deferred will be: added before it is sent, and
 * failed when it was not. `error` is what sending it returned.
 */
struct evert_deferred *evert_framing_ask(struct evert_firing_queue *asked,
					 const char *place);
void evert_framing_asked(struct evert_firing_queue *asked, int error,
			 const char *place);

/* See evert_line_receiver_answer. */
bool evert_framing_answer(struct evert_firing_queue *asked,
			  struct evert_result result);

/* ---- The engine ---- */

static inline size_t
evert_framing_input_left(const struct evert_framing_input *input)
{
	return (size_t)(input->end - input->at);
}


/* There was no memory for what was received: the stream has a hole. */
void evert_framing_starve(struct evert_protocol *protocol,
			  struct evert_framing *framing);

static inline size_t evert_framing_largest(const struct evert_framing *framing)
{
	size_t most = framing->limit + framing->around;

	return framing->counted > most ? framing->counted : most;
}

/* Moves bytes from the input to the buffer. False: there was no memory. */
static inline bool evert_framing_hold(struct evert_protocol *protocol,
				      struct evert_framing *framing,
				      struct evert_framing_input *input,
				      size_t count)
{
	if (!evert_framing_block_append(&framing->buffer, input->at, count,
					evert_framing_largest(framing))) {
		evert_framing_starve(protocol, framing);
		return false;
	}
	framing->buffer->scanned = framing->buffer->length;
	input->at += count;
	return true;
}

/* What is left of the input follows the unfinished frame in the buffer, and
   both together become the input. */
void evert_framing_take_held(struct evert_protocol *protocol,
			     struct evert_framing *framing,
			     struct evert_framing_input *input);


static inline bool
evert_framing_is_closing(const struct evert_protocol *protocol)
{
	return protocol->transport && protocol->transport->closing;
}

/* Will nothing be delivered any more? */
static inline bool evert_framing_is_over(const struct evert_protocol *protocol,
					 const struct evert_framing *framing)
{
	return framing->stops & EVERT_NOT_UNDERSTOOD ||
	       evert_framing_is_closing(protocol);
}

/* Is a frame handed out as soon as it has come? */
static inline bool
evert_framing_delivers(const struct evert_protocol *protocol,
		       const struct evert_framing *framing)
{
	return !framing->stops && !evert_framing_is_closing(protocol);
}

/* Is there something in the buffer to be looked at? */
static inline bool
evert_framing_has_unseen(const struct evert_framing *framing)
{
	return framing->buffer &&
	       framing->buffer->scanned < framing->buffer->length;
}

/* Begins to work through a chunk. False: there is nothing to do now. */
bool evert_framing_begin_later(struct evert_protocol *protocol,
			       struct evert_framing *framing,
			       struct evert_framing_input *input);
static inline bool evert_framing_begin(struct evert_protocol *protocol,
				       struct evert_framing *framing,
				       struct evert_framing_input *input)
{
	return (evert_framing_delivers(protocol, framing) && !framing->input &&
		!evert_framing_has_unseen(framing)) ||
	       evert_framing_begin_later(protocol, framing, input);
}

/* Puts away what is left of the input. True: it holds the next chunk. */
bool evert_framing_put_away(struct evert_protocol *protocol,
			    struct evert_framing *framing,
			    struct evert_framing_input *input);
static inline bool evert_framing_next(struct evert_protocol *protocol,
				      struct evert_framing *framing,
				      struct evert_framing_input *input)
{
	return (input->at != input->end || input->block || framing->stops ||
		evert_framing_has_unseen(framing)) &&
	       evert_framing_put_away(protocol, framing, input);
}

/* Adds to the unfinished frame in the buffer, and hands it out if whole. */
EVERT_FRAMING_INLINE void
evert_framing_finish_held(struct evert_protocol *protocol,
			  struct evert_framing *framing,
			  const struct evert_framing_kind *kind,
			  struct evert_framing_input *input)
{
	struct evert_framing_block *held = framing->buffer;
	enum evert_framing_verdict verdict;
	struct evert_framing_seen seen;
	struct evert_frame frame = { .data = NULL };
	size_t count;

	/* What follows an unfinished frame is copied behind it only if that is
	   refused, or dropped in part: then it is looked at anew with it. */
	do {
		count = kind->reach(protocol, evert_framing_block_data(held),
				    held->length, input->at,
				    evert_framing_input_left(input));
		if (!evert_framing_hold(protocol, framing, input, count))
			return;
		held = framing->buffer;
		seen = (struct evert_framing_seen){ .block = NULL };
		verdict = kind->scan(protocol, evert_framing_block_data(held),
				     held->length, held->length - 1, &seen,
				     &frame);
	} while (verdict == EVERT_FRAMING_UNFINISHED &&
		 input->at != input->end);
	if (verdict == EVERT_FRAMING_UNFINISHED)
		return;
	if (verdict == EVERT_FRAMING_REFUSED || frame.end < held->length) {
		evert_framing_take_held(protocol, framing, input);
		return;
	}
	framing->buffer = NULL; /* the callback may need one */
	kind->deliver(protocol, &frame);
	evert_framing_block_release(held);
}

/* Something has been done that matters to who hands frames out. Does he go on?
   Then he looks at the input, and at the rules, anew. */
bool evert_framing_heed(struct evert_framing *framing);

/* Hands out the frames in the input. */
EVERT_FRAMING_INLINE void
evert_framing_parse(struct evert_protocol *protocol,
		    struct evert_framing *framing,
		    const struct evert_framing_kind *kind,
		    struct evert_framing_input *input)
{
	struct evert_framing_seen seen = { .block = NULL };
	const char *begin = input->at, *const end = input->end;
	size_t scanned = input->scanned;
	enum evert_framing_verdict verdict;
	struct evert_frame frame;

	for (;;) {
		if (!EVERT_LIKELY(!framing->stops)) {
			if (!evert_framing_heed(framing))
				break;
			seen.found = 0;
			begin = input->at;
		}
		/* Where more was found there is more. */
		if ((!seen.found && begin == end) ||
		    evert_framing_is_closing(protocol))
			break;
		verdict = kind->scan(protocol, begin, (size_t)(end - begin),
				     scanned, &seen, &frame);
		if (verdict == EVERT_FRAMING_UNFINISHED) {
			scanned = evert_framing_input_left(input);
			break;
		}
		input->at = begin + frame.end;
		scanned = 0;
		if (verdict == EVERT_FRAMING_WHOLE) {
			begin = input->at;
			kind->deliver(protocol, &frame);
		} else {
			kind->refuse(protocol, begin, frame.end);
			seen.found = 0;
			begin = input->at;
		}
	}
	input->scanned = scanned;
}

/* Receives a chunk, which may be empty: then only what is buffered is looked
   at. From inside a callback it only appends. */
EVERT_FRAMING_INLINE void
evert_framing_receive(struct evert_protocol *protocol,
		      struct evert_framing *framing,
		      const struct evert_framing_kind *kind, const char *data,
		      size_t length)
{
	struct evert_framing_input input = {
		.at = data,
		.end = length ? data + length : data, /* may be NULL */
	};

	if (!evert_framing_begin(protocol, framing, &input))
		return;
	framing->input = &input;
	if (framing->buffer && input.at != input.end)
		evert_framing_finish_held(protocol, framing, kind, &input);
	do
		evert_framing_parse(protocol, framing, kind, &input);
	while (evert_framing_next(protocol, framing, &input));
	framing->input = NULL;
}

/* ---- The table of a protocol that is a receiver ---- */

/*
 * Defines `protocol_ops`, by which a receiver's events reach the operations of
 * its subclass, and `protocol_ops_of`. Only a subclass that has end_received
 * may have it in its protocol's table, where it keeps a connection half open;
 * so with descriptors_received, which makes a connection read otherwise.
 * Uses `receive`, and a member `ops`. Defines `asked_of` and `finish`, too.
 */
#define EVERT_FRAMING_EVENT(type, event)                                   \
	static void event(struct evert_protocol *protocol)                 \
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		if (self->ops->event)                                      \
			self->ops->event(self);                            \
	}

#define EVERT_FRAMING_TABLE(type, end, descriptors)                        \
	{                                                                  \
		.data_received = type##_data_received,                     \
		.connection_made = connection_made,                        \
		.connection_lost = connection_lost,                        \
		.end_received = end,                                       \
		.pause_writing = pause_writing,                            \
		.resume_writing = resume_writing,                          \
		.descriptors_received = descriptors,                       \
		.unread = unread,                                          \
		.destroy = destroy,                                        \
	}

#define EVERT_FRAMING_PROTOCOL(type)                                       \
	static struct evert_firing_queue *asked_of(struct type *self)      \
	{                                                                  \
		void *at = (char *)self + self->ops->asked;                \
									   \
		return self->ops->asked ? at : NULL;                       \
	}                                                                  \
									   \
	static void finish(struct type *self)                              \
	{                                                                  \
		evert_framing_finish(&self->framing);                      \
		if (self->ops->asked)                                      \
			evert_firing_queue_finish(asked_of(self));         \
	}                                                                  \
									   \
	EVERT_FRAMING_EVENT(type, connection_made)                         \
	EVERT_FRAMING_EVENT(type, end_received)                            \
									   \
	static void connection_lost(struct evert_protocol *protocol,       \
				    const struct evert_failure *reason)    \
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		if (self->ops->connection_lost)                            \
			self->ops->connection_lost(self, reason);          \
		if (self->ops->asked)                                      \
			evert_firing_queue_close(                          \
				asked_of(self), evert_failure_copy(reason)); \
	}                                                                  \
									   \
	static void pause_writing(struct evert_protocol *protocol)         \
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		if (self->ops->pause_when_full)                            \
			evert_framing_pause(protocol, &self->framing,      \
					    EVERT_PAUSED_BY_QUEUE);        \
		if (self->ops->pause_writing)                              \
			self->ops->pause_writing(self);                    \
	}                                                                  \
									   \
	static void resume_writing(struct evert_protocol *protocol)        \
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		/* First: who fills the queue again is paused again. */    \
		evert_framing_resume(protocol, &self->framing,             \
				     EVERT_PAUSED_BY_QUEUE);               \
		if (self->ops->resume_writing)                             \
			self->ops->resume_writing(self);                   \
		receive(self, NULL, 0);                                    \
	}                                                                  \
									   \
	static size_t unread(const struct evert_protocol *protocol)        \
	{                                                                  \
		const struct type *self = evert_container_of(              \
			protocol, struct type, base);                      \
									   \
		return evert_framing_left(&self->framing);                 \
	}                                                                  \
									   \
	static void destroy(struct evert_protocol *protocol)               \
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		finish(self);                                              \
		if (self->ops->destroy)                                    \
			self->ops->destroy(self);                          \
	}                                                                  \
									   \
	static void descriptors_received(struct evert_protocol *protocol,  \
					 int *fds, size_t count, bool lost)\
	{                                                                  \
		struct type *self = type##_from(protocol);                 \
									   \
		self->ops->descriptors_received(self, fds, count, lost);   \
	}                                                                  \
									   \
	/* By whether there is an end_received, a descriptors_received. */ \
	static const struct evert_protocol_ops protocol_ops[2][2] = {      \
		{ EVERT_FRAMING_TABLE(type, NULL, NULL),                   \
		  EVERT_FRAMING_TABLE(type, NULL, descriptors_received) }, \
		{ EVERT_FRAMING_TABLE(type, end_received, NULL),           \
		  EVERT_FRAMING_TABLE(type, end_received,                  \
				      descriptors_received) },             \
	};                                                                 \
									   \
	static const struct evert_protocol_ops *protocol_ops_of(           \
		const struct type##_ops *ops)                              \
	{                                                                  \
		return &protocol_ops[ops->end_received != NULL]            \
				    [ops->descriptors_received != NULL];   \
	}

/* Defines a receiver's ask and answer; `send` sends one of its frames. Behind
   EVERT_FRAMING_PROTOCOL. */
#define EVERT_FRAMING_ASKING(type, send)                                   \
	struct evert_deferred *type##_ask_at(struct type *self,            \
					     const char *data,             \
					     size_t length,                \
					     const char *place)            \
	{                                                                  \
		struct evert_firing_queue *asked = asked_of(self);         \
		struct evert_deferred *answer =                            \
			evert_framing_ask(asked, place);                   \
									   \
		if (answer)                                                \
			evert_framing_asked(                               \
				asked, send(self, data, length), place);   \
		return answer;                                             \
	}                                                                  \
									   \
	bool type##_answer(struct type *self, struct evert_result result)  \
	{                                                                  \
		return evert_framing_answer(asked_of(self), result);       \
	}

#endif
