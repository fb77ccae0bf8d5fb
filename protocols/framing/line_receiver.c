/* SPDX-License-Identifier: MIT */
/*
 * A delimiter is looked for by its last byte: then all that was looked at is
 * done with, wherever chunks end. Looking for its first byte, one would have
 * to come back to a delimiter that was cut.
 */
#include "line_receiver.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug_internal.h"
#include "../../deferred/base/format_internal.h"
#include "framing_internal.h"

enum { LONGEST_DELIMITER = 255 };

/* What comes next. */
enum {
	LINES,
	RAW,	 /* as it comes; counted, if framing.counted is not 0 */
	COLLECT, /* framing.counted bytes in one piece */
};

const char evert_line_feed[] = "\n";

static size_t delimiter_length(const struct evert_line_receiver *self)
{
	return self->framing.around;
}

static int last_byte(const struct evert_line_receiver *self)
{
	return (unsigned char)self->delimiter[delimiter_length(self) - 1];
}

/* The last byte is known to match. */
EVERT_FRAMING_INLINE bool is_delimiter(const struct evert_line_receiver *self,
				       const char *at)
{
	size_t length = delimiter_length(self);

	return *at == *self->delimiter &&
	       (length <= 2 || !memcmp(at, self->delimiter, length));
}

/* Where the first delimiter ends of those that end behind `from`; NULL if
   there is none. */
EVERT_FRAMING_INLINE const char *
find_end(const struct evert_line_receiver *self, const char *data,
	 size_t length, size_t from)
{
	size_t size = delimiter_length(self);
	int last = last_byte(self);
	const char *end = data + length;
	const char *at = data + from;

	while ((at = memchr(at, last, (size_t)(end - at)))) {
		at++;
		if ((size_t)(at - data) >= size &&
		    is_delimiter(self, at - size))
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
	size_t size = delimiter_length(self);
	size_t start = length >= size ? length - size + 1 : 0;

	if (self->takes_cr && length == self->framing.limit + 1)
		return data[length - 1] == '\r';
	for (; start <= self->framing.limit; start++)
		if (!memcmp(data + start, self->delimiter, length - start))
			return true;
	return false;
}

/* ---- The framing ---- */

/* One look tells the common case: nothing but lines. To be called when what it
   depends on has changed. */
static void update(struct evert_line_receiver *self)
{
	self->special = self->mode != LINES || self->skips || self->takes_cr;
}

/* A line that is too long is told of, and begins to be skipped, with the byte
   that makes it so, whatever else has come. */
EVERT_FRAMING_INLINE enum evert_framing_verdict
scan_line(const struct evert_line_receiver *self, const char *data,
	  size_t length, size_t scanned, struct evert_frame *frame,
	  bool takes_cr)
{
	const char *end = find_end(self, data, length, scanned);

	if (end) {
		frame->end = (size_t)(end - data);
		frame->length = frame->end - delimiter_length(self);
		if (takes_cr && frame->length &&
		    data[frame->length - 1] == '\r')
			frame->length--;
		if (frame->length <= self->framing.limit)
			return EVERT_FRAME_WHOLE;
	} else if (length <= self->framing.limit ||
		   may_end(self, data, length)) {
		return EVERT_FRAME_UNFINISHED;
	}
	frame->end = self->framing.limit + 1;
	return EVERT_FRAME_REFUSED;
}

/* Of a line that is too long only what may be the begin of the delimiter that
   ends it is kept. A frame of length 1 ends with it, one of 0 does not. */
static enum evert_framing_verdict
scan_skipped(const struct evert_line_receiver *self, const char *data,
	     size_t length, size_t scanned, struct evert_frame *frame)
{
	const char *end = find_end(self, data, length, scanned);
	size_t kept = delimiter_length(self) - 1;

	if (kept > length)
		kept = length;
	while (kept && memcmp(data + length - kept, self->delimiter, kept))
		kept--;
	frame->length = end != NULL;
	frame->end = end ? (size_t)(end - data) : length - kept;
	return frame->end ? EVERT_FRAME_WHOLE : EVERT_FRAME_UNFINISHED;
}

static EVERT_APART enum evert_framing_verdict
scan_special(const struct evert_line_receiver *self, const char *data,
	     size_t length, size_t scanned, struct evert_frame *frame)
{
	size_t counted = self->framing.counted;

	if (self->skips)
		return scan_skipped(self, data, length, scanned, frame);
	if (self->mode == LINES)
		return scan_line(self, data, length, scanned, frame, true);
	frame->length = counted && counted < length ? counted : length;
	frame->end = frame->length;
	return self->mode == COLLECT && length < counted ?
		       EVERT_FRAME_UNFINISHED :
		       EVERT_FRAME_WHOLE;
}

EVERT_FRAMING_INLINE enum evert_framing_verdict
scan(struct evert_protocol *protocol, const char *data, size_t length,
     size_t scanned, struct evert_frame *frame)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);

	frame->data = data;
	if (self->special)
		return scan_special(self, data, length, scanned, frame);
	return scan_line(self, data, length, scanned, frame, false);
}

static size_t reach(struct evert_protocol *protocol, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);
	const char *last = memchr(more, last_byte(self), length);
	size_t missing;

	(void)held;
	if (self->mode == COLLECT && !self->skips) {
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
			self->mode = LINES;
		update(self);
	}
	self->in_raw = true;
	self->ops->raw_data_received(self, frame->data, frame->length);
	self->in_raw = false;
}

static EVERT_APART void deliver_special(struct evert_line_receiver *self,
					const struct evert_frame *frame)
{
	if (self->skips) {
		self->skips = !frame->length;
		update(self);
	} else if (self->mode == LINES) {
		self->ops->line_received(self, frame->data, frame->length);
	} else {
		deliver_raw(self, frame);
	}
}

EVERT_FRAMING_INLINE void deliver(struct evert_protocol *protocol,
				  const struct evert_frame *frame)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);

	if (self->special)
		deliver_special(self, frame);
	else
		self->ops->line_received(self, frame->data, frame->length);
}

static void refuse(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);

	if (!self->ops->line_too_long) {
		evert_framing_close(protocol, &self->framing);
		return;
	}
	self->skips = true;
	update(self);
	self->ops->line_too_long(self, data, length - 1);
}

static const struct evert_framing_kind lines = {
	.scan = scan,
	.reach = reach,
	.deliver = deliver,
	.refuse = refuse,
};

static void receive(struct evert_line_receiver *self, const char *data,
		    size_t length)
{
	evert_framing_receive(&self->base, &self->framing, &lines, data,
			      length);
}

void evert_line_receiver_data_received(struct evert_protocol *protocol,
				       const char *data, size_t length)
{
	receive(evert_line_receiver_from(protocol), data, length);
}

EVERT_FRAMING_PROTOCOL(evert_line_receiver)

/* ---- What a subclass uses ---- */

static void use_delimiter(struct evert_line_receiver *self,
			  const char *delimiter)
{
	self->delimiter = delimiter;
	self->takes_cr = delimiter == evert_line_feed;
	update(self);
}

void evert_line_receiver_init(struct evert_line_receiver *self,
			      const struct evert_line_receiver_ops *ops)
{
	const char *delimiter = ops->delimiter ? ops->delimiter : "\r\n";
	size_t length = strlen(delimiter);

	evert_framing_check(ops->line_received, "line_received",
			    "a line receiver");
	if (length < 1 || length > LONGEST_DELIMITER)
		evert_bug("the delimiter of a line receiver has %zu bytes; "
			  "it may have 1 to 255",
			  length);
	*self = (struct evert_line_receiver){
		.base.ops = protocol_ops_of(ops),
		.ops = ops,
	};
	use_delimiter(self, delimiter);
	evert_framing_init(&self->framing,
			   ops->limit ? ops->limit : EVERT_LINE_LIMIT,
			   (uint8_t)length);
}

void evert_line_receiver_init_protocol(struct evert_protocol *protocol,
				       const void *ops)
{
	evert_line_receiver_init(evert_line_receiver_from(protocol), ops);
}

void evert_line_receiver_finish(struct evert_line_receiver *self)
{
	evert_framing_finish(&self->framing);
}

/* Would a delimiter be found in the line, or begin in it and end in the
   delimiter behind it? ("xa" can't be sent where "aa" ends lines.) */
static EVERT_APART bool can_carry(const struct evert_line_receiver *self,
				  const char *line, size_t length)
{
	size_t size = delimiter_length(self);
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

/* The common line: nowhere a delimiter's last byte, nor its first one where
   it would have to be to end in the delimiter behind. */
static inline bool surely_carries(const struct evert_line_receiver *self,
				  const char *line, size_t length)
{
	size_t size = delimiter_length(self);
	size_t cut;

	if (!length)
		return true;
	if (self->takes_cr || memchr(line, last_byte(self), length))
		return false;
	for (cut = 1; cut < size && cut <= length; cut++)
		if (line[length - cut] == *self->delimiter)
			return false;
	return true;
}

int evert_line_receiver_send_line(struct evert_line_receiver *self,
				  const char *line, size_t length)
{
	struct iovec pieces[] = {
		{ (void *)line, length },
		{ (void *)self->delimiter, delimiter_length(self) },
	};

	if (!surely_carries(self, line, length) &&
	    !can_carry(self, line, length))
		return -EINVAL;
	return evert_framing_send(&self->base, pieces, 2);
}

int evert_line_receiver_send_linef(struct evert_line_receiver *self,
				   const char *format, ...)
{
	struct evert_formatted line;
	va_list args;
	int error;

	va_start(args, format);
	error = evert_format(&line, format, args);
	va_end(args);
	if (error)
		return error;
	error = evert_line_receiver_send_line(self, line.text, line.length);
	evert_formatted_release(&line);
	return error;
}

int evert_line_receiver_set_delimiter(struct evert_line_receiver *self,
				      const char *delimiter, size_t length)
{
	if (length < 1 || length > LONGEST_DELIMITER)
		return -EINVAL;
	use_delimiter(self, delimiter);
	evert_framing_set_size(&self->framing, self->framing.limit,
			       (uint8_t)length);
	receive(self, NULL, 0);
	return 0;
}

void evert_line_receiver_set_limit(struct evert_line_receiver *self,
				   size_t limit)
{
	evert_framing_set_size(&self->framing, limit, self->framing.around);
	receive(self, NULL, 0);
}

static void set_mode(struct evert_line_receiver *self, unsigned mode,
		     size_t counted, const char *caller)
{
	if (!self->ops->raw_data_received)
		evert_bug("%s was called on a receiver that has no "
			  "raw_data_received operation",
			  caller);
	if (counted > EVERT_FRAMING_LIMIT_MAX)
		counted = EVERT_FRAMING_LIMIT_MAX;
	self->mode = (uint8_t)mode;
	update(self);
	self->framing.counted = counted;
	evert_framing_rescan(&self->framing);
	receive(self, NULL, 0);
}

void evert_line_receiver_set_raw_mode(struct evert_line_receiver *self)
{
	set_mode(self, RAW, 0, "evert_line_receiver_set_raw_mode");
}

void evert_line_receiver_set_raw_mode_for(struct evert_line_receiver *self,
					  size_t length)
{
	set_mode(self, length ? RAW : LINES, length,
		 "evert_line_receiver_set_raw_mode_for");
}

void evert_line_receiver_collect(struct evert_line_receiver *self,
				 size_t length)
{
	set_mode(self, length ? COLLECT : LINES, length,
		 "evert_line_receiver_collect");
}

size_t evert_line_receiver_raw_left(const struct evert_line_receiver *self)
{
	return self->framing.counted;
}

void evert_line_receiver_set_line_mode(struct evert_line_receiver *self,
				       const char *extra, size_t length)
{
	bool was_raw = self->mode != LINES;

	self->mode = LINES;
	update(self);
	self->framing.counted = 0;
	if (was_raw)
		evert_framing_rescan(&self->framing);
	if ((was_raw || self->in_raw) &&
	    evert_framing_unread(&self->base, &self->framing, extra, length))
		length = 0;
	receive(self, extra, length);
}

void evert_line_receiver_pause(struct evert_line_receiver *self)
{
	evert_framing_pause(&self->base, &self->framing,
			    EVERT_PAUSED_BY_CALLER);
}

void evert_line_receiver_resume(struct evert_line_receiver *self)
{
	evert_framing_resume(&self->base, &self->framing,
			     EVERT_PAUSED_BY_CALLER);
	receive(self, NULL, 0);
}

int evert_line_receiver_clear(struct evert_line_receiver *self, char **data,
			      size_t *length)
{
	return evert_framing_clear(&self->base, &self->framing, data,
				   length);
}
