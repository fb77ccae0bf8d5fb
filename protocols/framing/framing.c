/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "framing_internal.h"

const struct evert_error evert_error_frame_refused =
	EVERT_ERROR_INIT(evert_error_frame_refused, EVERT_CONNECTION_LOST,
			 "FRAME_REFUSED", "what came can't be understood");

/* ---- Life and death ---- */

void evert_framing_check(bool has_operation, const char *operation,
			 const char *receiver)
{
	if (!has_operation)
		evert_bug("the operation %s of %s is missing", operation,
			  receiver);
}

void evert_framing_init(struct evert_framing *framing, size_t limit,
			uint8_t around)
{
	*framing = (struct evert_framing){ .buffer = NULL };
	evert_framing_set_size(framing, limit, around);
}

static void drop(struct evert_framing *framing)
{
	evert_framing_block_release(framing->buffer);
	framing->buffer = NULL;
}

void evert_framing_finish(struct evert_framing *framing)
{
	if (framing->input)
		evert_bug("a protocol was finished from inside one of its own "
			  "callbacks; its `destroy` is the place to do it");
	drop(framing);
}

void evert_framing_fail(struct evert_protocol *protocol,
			struct evert_framing *framing,
			struct evert_failure *failure)
{
	framing->stops |= EVERT_NOT_UNDERSTOOD;
	if (protocol->transport)
		evert_transport_fail(protocol->transport, failure);
	else
		evert_failure_release(failure);
}

void evert_framing_starve(struct evert_protocol *protocol,
			  struct evert_framing *framing)
{
	framing->stops |= EVERT_NOT_UNDERSTOOD;
	drop(framing);
	if (protocol->transport)
		evert_transport_abort(protocol->transport);
}

/* ---- Changing the rules ---- */

void evert_framing_rescan(struct evert_framing *framing)
{
	evert_framing_look_anew(framing);
	if (framing->buffer)
		framing->buffer->scanned = 0;
}

void evert_framing_set_size(struct evert_framing *framing, size_t limit,
			    uint8_t around)
{
	/* So that frames can be added up without overflow. */
	if (limit > EVERT_FRAMING_LIMIT_MAX)
		limit = EVERT_FRAMING_LIMIT_MAX;
	framing->limit = limit;
	framing->around = around;
	evert_framing_rescan(framing);
}

/* While something waits for the receiver to be resumed, the connection's end
   waits behind it. */
static void hold_end(struct evert_protocol *protocol,
		     const struct evert_framing *framing)
{
	if (protocol->transport)
		protocol->transport->held =
			evert_framing_is_paused(framing) &&
			evert_framing_has_unseen(framing);
}

void evert_framing_pause(struct evert_protocol *protocol,
			 struct evert_framing *framing, unsigned who)
{
	framing->stops = (uint8_t)(framing->stops | who);
	if (protocol->transport)
		evert_transport_pause_reading(protocol->transport);
}

void evert_framing_resume(struct evert_protocol *protocol,
			  struct evert_framing *framing, unsigned who)
{
	framing->stops = (uint8_t)(framing->stops & ~who);
	hold_end(protocol, framing);
	if (protocol->transport && !evert_framing_is_paused(framing))
		evert_transport_resume_reading(protocol->transport);
}

/* ---- Working through a chunk ---- */

/* The buffer becomes the chunk to work through. */
static void take_buffer(struct evert_framing *framing,
			struct evert_framing_input *input)
{
	struct evert_framing_block *block = framing->buffer;

	input->at = evert_framing_block_data(block);
	input->end = input->at + block->length;
	input->scanned = block->scanned;
	input->block = block;
	framing->buffer = NULL;
}

bool evert_framing_heed(struct evert_framing *framing)
{
	framing->stops &= (uint8_t)~EVERT_LOOK_ANEW;
	return !framing->stops;
}

bool evert_framing_begin_later(struct evert_protocol *protocol,
			       struct evert_framing *framing,
			       struct evert_framing_input *input)
{
	bool waits = framing->input || evert_framing_is_paused(framing);

	if (evert_framing_is_over(protocol, framing)) {
		drop(framing);
		return false;
	}
	if (!evert_framing_block_append(&framing->buffer, input->at,
					evert_framing_input_left(input),
					SIZE_MAX)) {
		evert_framing_starve(protocol, framing);
		return false;
	}
	if (waits) {
		hold_end(protocol, framing);
		return false;
	}
	take_buffer(framing, input);
	return true;
}

void evert_framing_take_held(struct evert_protocol *protocol,
			     struct evert_framing *framing,
			     struct evert_framing_input *input)
{
	if (!evert_framing_hold(protocol, framing, input,
				evert_framing_input_left(input)))
		return;
	framing->buffer->scanned = 0;
	take_buffer(framing, input);
}

/*
 * Makes what is left of the input the buffer's begin. Its own block is used
 * again when nothing was taken from it (an unfinished frame grows there), or
 * when delivery is paused (it will go on there). Else it may be much too big
 * for an unfinished frame, that gets a block of its own.
 */
static bool keep(struct evert_framing *framing,
		 struct evert_framing_input *input)
{
	struct evert_framing_block *later = framing->buffer;
	struct evert_framing_block *block = input->block;
	bool kept = true;

	if (block && (evert_framing_is_paused(framing) ||
		      input->at == block->bytes)) {
		block->start = (size_t)(input->at - block->bytes);
		block->length = evert_framing_input_left(input);
		input->block = NULL;
	} else {
		block = NULL;
		if (!evert_framing_block_append(
			    &block, input->at, evert_framing_input_left(input),
			    evert_framing_largest(framing)))
			return false;
	}
	block->scanned = input->scanned;
	framing->buffer = block;
	if (later)
		kept = evert_framing_block_append(
			&framing->buffer, evert_framing_block_data(later),
			later->length, SIZE_MAX);
	evert_framing_block_release(later);
	return kept;
}

bool evert_framing_put_away(struct evert_protocol *protocol,
			    struct evert_framing *framing,
			    struct evert_framing_input *input)
{
	size_t left = evert_framing_input_left(input);

	if (left && left == input->scanned && !input->block &&
	    !framing->buffer && evert_framing_delivers(protocol, framing)) {
		/* the common case: the begin of a frame */
		evert_framing_hold(protocol, framing, input, left);
		return false;
	}
	if (evert_framing_is_over(protocol, framing))
		drop(framing);
	else if (left && !keep(framing, input))
		evert_framing_starve(protocol, framing);
	evert_framing_block_release(input->block);
	if (evert_framing_is_paused(framing))
		hold_end(protocol, framing);
	if (framing->stops || !evert_framing_has_unseen(framing))
		return false;
	take_buffer(framing, input);
	return true;
}

/* ---- Taking back, taking out ---- */

size_t evert_framing_left(const struct evert_framing *framing)
{
	const struct evert_framing_input *input = framing->input;

	return (input ? evert_framing_input_left(input) : 0) +
	       (framing->buffer ? framing->buffer->length : 0);
}

/* Makes one block of the data, of what is left of the input, and of what is
   buffered. The input's own block may still be in use, by the callback. */
static bool put_in_front(struct evert_framing *framing, const char *data,
			 size_t length)
{
	struct evert_framing_input *input = framing->input;
	struct evert_framing_block *later = framing->buffer;
	struct evert_framing_block *all = NULL;
	bool done = evert_framing_block_append(&all, data, length, SIZE_MAX);

	if (done && input)
		done = evert_framing_block_append(
			&all, input->at, evert_framing_input_left(input),
			SIZE_MAX);
	if (done && later)
		done = evert_framing_block_append(
			&all, evert_framing_block_data(later), later->length,
			SIZE_MAX);
	if (!done) {
		evert_framing_block_release(all);
		return false;
	}
	evert_framing_block_release(later);
	framing->buffer = all;
	if (input)
		input->at = input->end;
	return true;
}

bool evert_framing_unread(struct evert_protocol *protocol,
			  struct evert_framing *framing, const char *data,
			  size_t length)
{
	struct evert_framing_input *input = framing->input;

	if (!input && !evert_framing_is_paused(framing) && !framing->buffer)
		return false;
	if (!length || evert_framing_is_over(protocol, framing))
		return true;
	evert_framing_look_anew(framing);
	if (input && data + length == input->at) {
		input->at = data;
	} else if (!put_in_front(framing, data, length)) {
		evert_framing_starve(protocol, framing);
	}
	return true;
}

int evert_framing_clear(struct evert_protocol *protocol,
			struct evert_framing *framing, char **data,
			size_t *length)
{
	struct evert_framing_input *input = framing->input;
	struct evert_framing_block *buffer = framing->buffer;
	size_t rest = input ? evert_framing_input_left(input) : 0;
	size_t behind = buffer ? buffer->length : 0;

	if (data) {
		*data = NULL;
		*length = 0;
	}
	if (data && rest + behind) {
		*data = evert_allocate(rest + behind);
		if (!*data)
			return -ENOMEM;
		if (rest)
			memcpy(*data, input->at, rest);
		if (behind)
			memcpy(*data + rest, evert_framing_block_data(buffer),
			       behind);
		*length = rest + behind;
	}
	evert_framing_look_anew(framing);
	if (input)
		input->at = input->end;
	drop(framing);
	hold_end(protocol, framing);
	return 0;
}
