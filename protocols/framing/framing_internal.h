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
	const char *at;
	size_t left;
	size_t scanned; /* as in a block */
	struct evert_framing_block *block; /* holds it; NULL: the caller does */
};

struct evert_frame {
	const char *data; /* the payload */
	size_t length;
	size_t end; /* bytes from the frame's begin to its end */
};

enum evert_framing_verdict {
	EVERT_FRAME_WHOLE,
	EVERT_FRAME_UNFINISHED,
	EVERT_FRAME_REFUSED,
};

struct evert_framing_kind {
	/* Tells what `data` begins with; fills in `frame` if that is a whole
	   frame. None ends within the first `scanned` bytes. */
	enum evert_framing_verdict (*scan)(struct evert_protocol *protocol,
					   const char *data, size_t length,
					   size_t scanned,
					   struct evert_frame *frame);
	/* How many bytes of `more` to add to the unfinished frame in `held`:
	   at least one, and none beyond the end of the frame, which can be
	   reached with the last of them only. */
	size_t (*reach)(struct evert_protocol *protocol, const char *held,
			size_t held_length, const char *more, size_t length);
	void (*deliver)(struct evert_protocol *protocol,
			const struct evert_frame *frame);
	/* Gets all there is, from the begin of the refused frame. */
	void (*refuse)(struct evert_protocol *protocol, const char *data,
		       size_t length);
};

void evert_framing_init(struct evert_framing *framing, size_t limit,
			uint8_t around);

/* Frees the buffer. From inside one of its callbacks: a bug. */
void evert_framing_finish(struct evert_framing *framing);

/* Sets the largest frame. What is buffered will be looked at anew. */
void evert_framing_set_size(struct evert_framing *framing, size_t limit,
			    uint8_t around);

/* What is buffered will be looked at anew, by rules that have changed. */
void evert_framing_rescan(struct evert_framing *framing);

void evert_framing_pause(struct evert_protocol *protocol,
			 struct evert_framing *framing);

/* What is buffered is not delivered by this, but by the next receive. */
void evert_framing_resume(struct evert_protocol *protocol,
			  struct evert_framing *framing);

/* See evert_line_receiver_clear. */
int evert_framing_clear(struct evert_framing *framing, char **data,
			size_t *length);

/*
 * Puts bytes in front of those that are buffered, and behind what is left of
 * the chunk. Where they are the last that were delivered, they are only
 * counted back. False, and nothing was done: receive them, nothing stands in
 * the way.
 */
bool evert_framing_unread(struct evert_protocol *protocol,
			  struct evert_framing *framing, const char *data,
			  size_t length);

/* Delivers nothing any more, and closes the connection. */
void evert_framing_close(struct evert_protocol *protocol,
			 struct evert_framing *framing);

/*
 * Writes the pieces as one, whatever pause_writing does. 0, or what
 * evert_transport_write returns, or
 * -ENOTCONN without a transport.
 */
int evert_framing_send(struct evert_protocol *protocol,
		       const struct iovec *pieces, size_t count);

/* ---- The engine ---- */

/* Begins to work through a chunk. False: there is nothing to do now. */
bool evert_framing_begin(struct evert_protocol *protocol,
			 struct evert_framing *framing,
			 struct evert_framing_input *input, const char *data,
			 size_t length);

/* Moves bytes from the input to the buffer. False: there was no memory. */
bool evert_framing_hold(struct evert_protocol *protocol,
			struct evert_framing *framing,
			struct evert_framing_input *input, size_t count);

/* Puts away what is left of the input. True: it holds the next chunk. */
bool evert_framing_next(struct evert_protocol *protocol,
			struct evert_framing *framing,
			struct evert_framing_input *input);

/* Will nothing be delivered any more? */
static inline bool evert_framing_is_over(const struct evert_protocol *protocol,
					 const struct evert_framing *framing)
{
	return framing->broken ||
	       (protocol->transport && protocol->transport->closing);
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
	struct evert_frame frame;
	size_t count;

	do {
		count = kind->reach(protocol, evert_framing_block_data(held),
				    held->length, input->at, input->left);
		if (!evert_framing_hold(protocol, framing, input, count))
			return;
		held = framing->buffer;
		verdict = kind->scan(protocol, evert_framing_block_data(held),
				     held->length, held->length - 1, &frame);
	} while (verdict == EVERT_FRAME_UNFINISHED && input->left);
	if (verdict == EVERT_FRAME_UNFINISHED)
		return;
	if (verdict == EVERT_FRAME_REFUSED &&
	    !evert_framing_hold(protocol, framing, input, input->left))
		return;
	held = framing->buffer;
	framing->buffer = NULL; /* the callback may need one */
	if (verdict == EVERT_FRAME_WHOLE)
		kind->deliver(protocol, &frame);
	else
		kind->refuse(protocol, evert_framing_block_data(held),
			     held->length);
	evert_framing_block_release(held);
}

/* Hands out the frames in the input. */
EVERT_FRAMING_INLINE void
evert_framing_parse(struct evert_protocol *protocol,
		    struct evert_framing *framing,
		    const struct evert_framing_kind *kind,
		    struct evert_framing_input *input)
{
	struct evert_frame frame;
	enum evert_framing_verdict verdict;

	while (input->left && !framing->paused &&
	       !evert_framing_is_over(protocol, framing)) {
		verdict = kind->scan(protocol, input->at, input->left,
				     input->scanned, &frame);
		if (verdict == EVERT_FRAME_UNFINISHED) {
			input->scanned = input->left;
			return;
		}
		if (verdict == EVERT_FRAME_REFUSED) {
			frame.data = input->at;
			frame.end = input->left;
		}
		input->at += frame.end;
		input->left -= frame.end;
		input->scanned = 0;
		if (verdict == EVERT_FRAME_WHOLE)
			kind->deliver(protocol, &frame);
		else
			kind->refuse(protocol, frame.data, frame.end);
	}
}

/* Receives a chunk, which may be empty: then only what is buffered is looked
   at. From inside a callback it only appends. */
EVERT_FRAMING_INLINE void
evert_framing_receive(struct evert_protocol *protocol,
		      struct evert_framing *framing,
		      const struct evert_framing_kind *kind, const char *data,
		      size_t length)
{
	struct evert_framing_input input;

	if (!evert_framing_begin(protocol, framing, &input, data, length))
		return;
	if (framing->buffer && input.left)
		evert_framing_finish_held(protocol, framing, kind, &input);
	do
		evert_framing_parse(protocol, framing, kind, &input);
	while (evert_framing_next(protocol, framing, &input));
}

#endif
