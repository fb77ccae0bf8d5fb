/* SPDX-License-Identifier: MIT */
/* What a subclass of the line receiver uses. */
#include "line_receiver.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/format_internal.h"
#include "../../deferred/base/memory.h"
#include "framing_internal.h"
#include "line_framing_internal.h"

enum { LONGEST_DELIMITER = 255 };

const char evert_line_feed[] = "\n";

static void receive(struct evert_line_receiver *self, const char *data,
		    size_t length)
{
	evert_line_framing_receive(self, data, length);
}

void evert_line_receiver_data_received(struct evert_protocol *protocol,
				       const char *data, size_t length)
{
	receive(evert_line_receiver_from(protocol), data, length);
}

EVERT_FRAMING_PROTOCOL(evert_line_receiver)

/* ---- What a subclass uses ---- */

static void use_delimiter(struct evert_line_receiver *self,
			  const char *delimiter, size_t length)
{
	self->delimiter = delimiter;
	self->ending[0] = delimiter[0];
	self->ending[1] = delimiter[length - 1];
	memset(self->last, delimiter[length - 1], sizeof(self->last));
	self->takes_cr = delimiter == evert_line_feed;
	self->is_long = length > 2;
	evert_line_framing_update(self);
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
	evert_framing_init(&self->framing,
			   ops->limit ? ops->limit : EVERT_LINE_LIMIT,
			   (uint8_t)length);
	use_delimiter(self, delimiter, length);
}

void evert_line_receiver_init_protocol(struct evert_protocol *protocol,
				       const void *ops)
{
	evert_line_receiver_init(evert_line_receiver_from(protocol), ops);
}

void evert_line_receiver_finish(struct evert_line_receiver *self)
{
	finish(self);
}

/* ---- Sending ---- */

enum { SHORT = 64 }; /* bytes; longer ones are for memchr to look at */

static int end_line(struct evert_line_receiver *self,
		    struct evert_window *window, size_t length)
{
	size_t size = evert_line_delimiter_length(self);

	memcpy(window->buffer + window->used + length, self->delimiter, size);
	window->used += length + size;
	return 0;
}

/* A CR at its end would be taken for a part of the delimiter. */
static bool ends_in_cr(const struct evert_line_receiver *self,
		       const char *line, size_t length)
{
	return self->takes_cr && length && line[length - 1] == '\r';
}

/* A delimiter that is not long may be found, or begin, in lines only that have
   its last byte. */
static bool is_clean(const struct evert_line_receiver *self, const char *line,
		     size_t length)
{
	return !self->is_long && length <= SHORT &&
	       !ends_in_cr(self, line, length) &&
	       !evert_window_holds(line, length, self->last[0]);
}

static EVERT_APART int send_any(struct evert_line_receiver *self,
				struct evert_window *window, size_t length)
{
	const char *line = window->buffer + window->used;

	if (!is_clean(self, line, length) &&
	    !evert_line_framing_can_carry(self, line, length))
		return -EINVAL;
	return end_line(self, window, length);
}

/* The common line, and a delimiter that is not long, are near: then one look
   tells whether the first of the delimiter's last bytes is that which is put
   behind the line. (Of a delimiter of one byte, there may be two.) */
int evert_line_receiver_send_copied(struct evert_line_receiver *self,
				    struct evert_window *window, size_t length)
{
	size_t size = evert_line_delimiter_length(self);
	char *line = window->buffer + window->used;

	if (!EVERT_LIKELY(length + sizeof(self->ending) <= EVERT_NEAR))
		return send_any(self, window, length);
	if ((self->takes_cr || self->is_long) &&
	    (self->is_long || ends_in_cr(self, line, length)))
		return send_any(self, window, length);
	memcpy(line + length, self->ending, sizeof(self->ending));
	if (!EVERT_LIKELY(evert_first_far(evert_find_near_of(
				  line, self->last)) == length + size - 1))
		return send_any(self, window, length);
	window->used += length + size;
	return 0;
}

static int send_one(struct evert_line_receiver *self, const char *line,
		    size_t length)
{
	struct iovec pieces[] = {
		{ (void *)line, length },
		{ (void *)self->delimiter, evert_line_delimiter_length(self) },
	};

	if (!evert_line_framing_can_carry(self, line, length))
		return -EINVAL;
	return evert_framing_send(&self->base, pieces, 2);
}

static int send_several(struct evert_line_receiver *self,
			const struct iovec *pieces, size_t count, size_t length)
{
	char *line = evert_allocate(length + 1);
	int error;

	if (!line)
		return -ENOMEM;
	evert_pieces_copy(line, pieces, count);
	error = send_one(self, line, length);
	evert_free(line);
	return error;
}

int evert_line_receiver_send_apart(struct evert_line_receiver *self,
				   const struct iovec *pieces, size_t count)
{
	struct evert_transport *transport = self->base.transport;
	struct evert_window *window = transport ? transport->window : NULL;
	size_t length = evert_pieces_length(pieces, count);

	if (window &&
	    evert_window_has(window,
			     length + evert_line_delimiter_length(self))) {
		evert_pieces_copy(window->buffer + window->used, pieces,
				  count);
		return evert_line_receiver_send_copied(self, window, length);
	}
	if (count == 1)
		return send_one(self, pieces->iov_base, length);
	return send_several(self, pieces, count, length);
}

int evert_line_receiver_send_line(struct evert_line_receiver *self,
				  const char *line, size_t length)
{
	struct iovec piece = { (void *)line, length };

	return evert_line_receiver_send_apart(self, &piece, 1);
}

EVERT_FRAMING_ASKING(evert_line_receiver, evert_line_receiver_send_line)

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
	evert_framing_set_size(&self->framing, self->framing.limit,
			       (uint8_t)length);
	use_delimiter(self, delimiter, length);
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
	self->mode = mode & 3;
	evert_line_framing_update(self);
	self->framing.counted = counted;
	evert_framing_rescan(&self->framing);
	receive(self, NULL, 0);
}

void evert_line_receiver_set_raw_mode(struct evert_line_receiver *self)
{
	set_mode(self, EVERT_RAW, 0, "evert_line_receiver_set_raw_mode");
}

void evert_line_receiver_set_raw_mode_for(struct evert_line_receiver *self,
					  size_t length)
{
	set_mode(self, length ? EVERT_RAW : EVERT_LINES, length,
		 "evert_line_receiver_set_raw_mode_for");
}

void evert_line_receiver_collect(struct evert_line_receiver *self,
				 size_t length)
{
	set_mode(self, length ? EVERT_COLLECT : EVERT_LINES, length,
		 "evert_line_receiver_collect");
}

size_t evert_line_receiver_raw_left(const struct evert_line_receiver *self)
{
	return self->framing.counted;
}

void evert_line_receiver_set_line_mode(struct evert_line_receiver *self,
				       const char *extra, size_t length)
{
	bool was_raw = self->mode != EVERT_LINES;

	self->mode = EVERT_LINES;
	evert_line_framing_update(self);
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
