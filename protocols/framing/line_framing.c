/* SPDX-License-Identifier: MIT */
/*
 * How a line receiver understands what comes.
 *
 * A delimiter is looked for by its last byte: then all that was looked at is
 * done with, wherever chunks end. Looking for its first byte, one would have
 * to come back to a delimiter that was cut.
 */
#include "line_framing_internal.h"

#include <string.h>

#include "framing_internal.h"

/* ---- Delimiters ---- */

/* Where the first delimiter ends of those that end behind `from`; NULL if
   there is none. */
static const char *find_end(const struct evert_line_receiver *self,
			    const char *data, size_t length, size_t from)
{
	size_t size = evert_line_delimiter_length(self);
	const char *at = data + from;

	while ((at = evert_find_byte(at, data + length, self->last[0]))) {
		at++;
		if ((size_t)(at - data) >= size &&
		    !memcmp(at - size, self->delimiter, size))
			return at;
	}
	return NULL;
}

/* May a line that is longer than the limit, so far, still turn out to be none,
   because what is too much of it is the begin of a delimiter, or a CR in front
   of it? */
static bool may_end(const struct evert_line_receiver *self, const char *data,
		    size_t length)
{
	size_t size = evert_line_delimiter_length(self);
	size_t start = length >= size ? length - size + 1 : 0;

	if (self->takes_cr && length == self->framing.limit + 1)
		return data[length - 1] == '\r';
	for (; start <= self->framing.limit; start++)
		if (!memcmp(data + start, self->delimiter, length - start))
			return true;
	return false;
}

/* ---- The framing ---- */

/* A line that is too long is told of, and begins to be skipped, with the byte
   that makes it so, whatever else has come. */
static enum evert_framing_verdict
scan_line(const struct evert_line_receiver *self, const char *data,
	  size_t length, size_t scanned, struct evert_frame *frame)
{
	const char *end = find_end(self, data, length, scanned);

	if (end) {
		frame->end = (size_t)(end - data);
		frame->length = frame->end - evert_line_delimiter_length(self);
		if (self->takes_cr && frame->length &&
		    data[frame->length - 1] == '\r')
			frame->length--;
		if (frame->length <= self->framing.limit)
			return EVERT_FRAMING_WHOLE;
	} else if (length <= self->framing.limit ||
		   may_end(self, data, length)) {
		return EVERT_FRAMING_UNFINISHED;
	}
	frame->end = self->framing.limit + 1;
	return EVERT_FRAMING_REFUSED;
}

/* Of a line that is too long only what may be the begin of the delimiter that
   ends it is kept. A frame of length 1 ends with it, one of 0 does not. */
static enum evert_framing_verdict
scan_skipped(const struct evert_line_receiver *self, const char *data,
	     size_t length, size_t scanned, struct evert_frame *frame)
{
	const char *end = find_end(self, data, length, scanned);
	size_t kept = evert_line_delimiter_length(self) - 1;

	if (kept > length)
		kept = length;
	while (kept && memcmp(data + length - kept, self->delimiter, kept))
		kept--;
	frame->length = end != NULL;
	frame->end = end ? (size_t)(end - data) : length - kept;
	return frame->end ? EVERT_FRAMING_WHOLE : EVERT_FRAMING_UNFINISHED;
}

static EVERT_APART enum evert_framing_verdict
scan_any(const struct evert_line_receiver *self, const char *data,
	     size_t length, size_t scanned, struct evert_frame *frame)
{
	size_t counted = self->framing.counted;

	frame->length = frame->end = 0;
	if (self->skips)
		return scan_skipped(self, data, length, scanned, frame);
	if (self->mode == EVERT_LINES)
		return scan_line(self, data, length, scanned, frame);
	frame->length = counted && counted < length ? counted : length;
	frame->end = frame->length;
	return self->mode == EVERT_COLLECT && length < counted
		       ? EVERT_FRAMING_UNFINISHED
		       : EVERT_FRAMING_WHOLE;
}

/* Where lines are short there are more of them near: one look finds where all
   of them may end. */
EVERT_FRAMING_INLINE bool look(const struct evert_line_receiver *self,
			       const char *from, const char *end,
			       struct evert_framing_seen *seen)
{
	if (self->special || end - from < EVERT_FAR)
		return false;
	seen->block = from;
	seen->found = evert_find_far(from, self->last);
	return seen->found != 0;
}

/* The common case: a delimiter of one byte or two, of which this is the last,
   and a line that is not too long. */
EVERT_FRAMING_INLINE bool is_line(const struct evert_line_receiver *self,
				  const char *data, const char *last,
				  struct evert_frame *frame)
{
	frame->end = (size_t)(last + 1 - data);
	frame->length = frame->end - evert_line_delimiter_length(self);
	/* That is huge, if it is cut. */
	return frame->length <= self->framing.limit &&
	       data[frame->length] == self->ending[0];
}

/* The same of where nothing was seen, or none of it has come yet. */
EVERT_FRAMING_INLINE bool
scan_common(const struct evert_line_receiver *self, const char *data,
	    size_t length, size_t scanned, struct evert_frame *frame,
	    enum evert_framing_verdict *verdict)
{
	const char *last = evert_find_byte(data + scanned, data + length,
					   self->last[0]);

	*verdict = last ? EVERT_FRAMING_WHOLE : EVERT_FRAMING_UNFINISHED;
	return last ? is_line(self, data, last, frame) :
		      length <= self->framing.limit;
}

/* Where more was seen it is by these rules. */
EVERT_FRAMING_INLINE enum evert_framing_verdict
scan(struct evert_protocol *protocol, const char *data, size_t length,
     size_t scanned, struct evert_framing_seen *seen,
     struct evert_frame *frame)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);
	enum evert_framing_verdict verdict;
	struct evert_frame any; /* so that the other stays in registers */
	const char *last;

	frame->data = data;
	frame->common = true;
	if (EVERT_LIKELY(seen->found != 0) ||
	    look(self, data + scanned, data + length, seen)) {
		last = seen->block + evert_first_far(seen->found);
		seen->found &= seen->found - 1;
		if (EVERT_LIKELY(is_line(self, data, last, frame)))
			return EVERT_FRAMING_WHOLE;
	} else if (!self->special && scan_common(self, data, length, scanned,
						 frame, &verdict)) {
		return verdict;
	}
	verdict = scan_any(self, data, length, scanned, &any);
	seen->found = 0;
	frame->common = false;
	frame->length = any.length;
	frame->end = any.end;
	return verdict;
}

static size_t reach(struct evert_protocol *protocol, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);
	const char *last = evert_find_byte(more, more + length, self->last[0]);
	size_t missing;

	(void)held;
	if (self->mode == EVERT_COLLECT && !self->skips) {
		missing = self->framing.counted - held_length;
		return missing < length ? missing : length;
	}
	return last ? (size_t)(last - more) + 1 : length;
}

/* Behind the last byte that is counted come lines, unless the subclass says
   otherwise. */
static void deliver_raw(struct evert_line_receiver *self,
			const struct evert_frame *frame)
{
	if (self->framing.counted) {
		self->framing.counted -= frame->length;
		if (!self->framing.counted)
			self->mode = EVERT_LINES;
		evert_line_framing_update(self);
	}
	self->in_raw = true;
	self->ops->raw_data_received(self, frame->data, frame->length);
	self->in_raw = false;
}

static EVERT_APART void deliver_any(struct evert_line_receiver *self,
				    struct evert_frame frame)
{
	if (self->skips) {
		self->skips = !frame.length;
		evert_line_framing_update(self);
	} else if (self->mode == EVERT_LINES) {
		self->ops->line_received(self, frame.data, frame.length);
	} else {
		deliver_raw(self, &frame);
	}
}

EVERT_FRAMING_INLINE void deliver(struct evert_protocol *protocol,
				  const struct evert_frame *frame)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);

	if (EVERT_LIKELY(frame->common))
		self->ops->line_received(self, frame->data, frame->length);
	else
		deliver_any(self, *frame);
}

static void refuse(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);

	if (!self->ops->line_too_long) {
		evert_framing_fail(protocol, &self->framing,
				   evert_failure_create(
					   EVERT_FRAME_REFUSED, 0,
					   "a line is longer than the limit "
					   "of %zu bytes", length - 1));
		return;
	}
	self->skips = true;
	evert_line_framing_update(self);
	self->ops->line_too_long(self, data, length - 1);
}

static const struct evert_framing_kind lines = {
	.scan = scan,
	.reach = reach,
	.deliver = deliver,
	.refuse = refuse,
};

void evert_line_framing_receive(struct evert_line_receiver *self,
				const char *data, size_t length)
{
	evert_framing_receive(&self->base, &self->framing, &lines, data,
			      length);
}

/* ---- Sending ---- */

bool evert_line_framing_can_carry(const struct evert_line_receiver *self,
				  const char *line, size_t length)
{
	size_t size = evert_line_delimiter_length(self);
	const char *delimiter = self->delimiter;
	size_t cut;

	if (length && find_end(self, line, length, 0))
		return false;
	if (length && self->takes_cr && line[length - 1] == '\r')
		return false;
	for (cut = 1; cut < size && cut <= length; cut++)
		if (!memcmp(line + length - cut, delimiter, cut) &&
		    !memcmp(delimiter, delimiter + cut, size - cut))
			return false;
	return true;
}
