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
#include "framing_internal.h"

enum { LONGEST_DELIMITER = 255 };

static const struct evert_line_receiver_ops *
ops_of(const struct evert_line_receiver *self)
{
	return evert_container_of(self->base.ops,
				  const struct evert_line_receiver_ops,
				  protocol);
}

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
   because what is too much of it is the begin of a delimiter? */
static bool may_end(const struct evert_line_receiver *self, const char *data,
		    size_t length)
{
	size_t size = delimiter_length(self);
	size_t start = length >= size ? length - size + 1 : 0;

	for (; start <= self->framing.limit; start++)
		if (!memcmp(data + start, self->delimiter, length - start))
			return true;
	return false;
}

/* ---- The framing ---- */

EVERT_FRAMING_INLINE enum evert_framing_verdict
scan(struct evert_protocol *protocol, const char *data, size_t length,
     size_t scanned, struct evert_frame *frame)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);
	const char *end;

	frame->data = data;
	frame->length = frame->end = length;
	if (self->raw)
		return EVERT_FRAME_WHOLE;
	end = find_end(self, data, length, scanned);
	if (end) {
		frame->end = (size_t)(end - data);
		frame->length = frame->end - delimiter_length(self);
		return frame->length <= self->framing.limit ?
			       EVERT_FRAME_WHOLE :
			       EVERT_FRAME_REFUSED;
	}
	return length <= self->framing.limit || may_end(self, data, length) ?
		       EVERT_FRAME_UNFINISHED :
		       EVERT_FRAME_REFUSED;
}

static size_t reach(struct evert_protocol *protocol, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	const struct evert_line_receiver *self =
		evert_line_receiver_from(protocol);
	const char *last = memchr(more, last_byte(self), length);

	(void)held;
	(void)held_length;
	return last ? (size_t)(last - more) + 1 : length;
}

EVERT_FRAMING_INLINE void deliver(struct evert_protocol *protocol,
				  const struct evert_frame *frame)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);
	const struct evert_line_receiver_ops *ops = ops_of(self);

	if (self->raw)
		ops->raw_data_received(self, frame->data, frame->length);
	else
		ops->line_received(self, frame->data, frame->length);
}

static void refuse(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	struct evert_line_receiver *self = evert_line_receiver_from(protocol);

	if (ops_of(self)->line_too_long)
		ops_of(self)->line_too_long(self, data, length);
	else
		evert_framing_close(protocol, &self->framing);
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

/* ---- What a subclass uses ---- */

void evert_line_receiver_init(struct evert_line_receiver *self,
			      const struct evert_line_receiver_ops *ops)
{
	*self = (struct evert_line_receiver){
		.base.ops = &ops->protocol,
		.delimiter = "\r\n",
	};
	evert_framing_init(&self->framing, EVERT_LINE_LIMIT, 2);
}

void evert_line_receiver_finish(struct evert_line_receiver *self)
{
	evert_framing_finish(&self->framing);
}

void evert_line_receiver_data_received(struct evert_protocol *protocol,
				       const char *data, size_t length)
{
	receive(evert_line_receiver_from(protocol), data, length);
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
	if (memchr(line, last_byte(self), length))
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

int evert_line_receiver_set_delimiter(struct evert_line_receiver *self,
				      const char *delimiter, size_t length)
{
	if (length < 1 || length > LONGEST_DELIMITER)
		return -EINVAL;
	self->delimiter = delimiter;
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

void evert_line_receiver_set_raw_mode(struct evert_line_receiver *self)
{
	if (!ops_of(self)->raw_data_received)
		evert_bug("evert_line_receiver_set_raw_mode was called on a "
			  "receiver that has no raw_data_received operation");
	self->raw = true;
	evert_framing_rescan(&self->framing);
	receive(self, NULL, 0);
}

void evert_line_receiver_set_line_mode(struct evert_line_receiver *self,
				       const char *extra, size_t length)
{
	bool was_raw = self->raw;

	self->raw = false;
	if (!was_raw || !evert_framing_unread(&self->base, &self->framing,
					      extra, length))
		receive(self, extra, length);
}

void evert_line_receiver_pause(struct evert_line_receiver *self)
{
	evert_framing_pause(&self->base, &self->framing);
}

void evert_line_receiver_resume(struct evert_line_receiver *self)
{
	evert_framing_resume(&self->base, &self->framing);
	receive(self, NULL, 0);
}

int evert_line_receiver_clear(struct evert_line_receiver *self, char **data,
			      size_t *length)
{
	return evert_framing_clear(&self->framing, data, length);
}
