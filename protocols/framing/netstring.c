/* SPDX-License-Identifier: MIT */
#include "netstring.h"

#include <stdio.h>
#include <string.h>

#include "framing_internal.h"

enum { LONGEST_HEADER = 24 }; /* the digits of SIZE_MAX, a colon, a zero */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Reads the length and its colon: "whole" when they are there, and good; or
   up to the first wrong byte. */
EVERT_FRAMING_INLINE enum evert_framing_verdict
read_header(const struct evert_netstring *self, const char *data,
	    size_t length, size_t *header, size_t *payload)
{
	size_t value = 0;
	size_t i;

	for (i = 0; i < length && is_digit(data[i]); i++) {
		*header = i + 1;
		if (i && !value)
			return EVERT_FRAMING_REFUSED; /* a leading zero */
		value = value * 10 + (size_t)(data[i] - '0');
		if (value > self->framing.limit)
			return EVERT_FRAMING_REFUSED;
	}
	if (i == length)
		return EVERT_FRAMING_UNFINISHED;
	*header = i + 1;
	if (!i || data[i] != ':')
		return EVERT_FRAMING_REFUSED;
	*payload = value;
	return EVERT_FRAMING_WHOLE;
}

/* ---- The framing ---- */

EVERT_FRAMING_INLINE enum evert_framing_verdict
scan(struct evert_protocol *protocol, const char *data, size_t length,
     size_t scanned, struct evert_framing_seen *seen,
     struct evert_frame *frame)
{
	enum evert_framing_verdict verdict;
	size_t header = 0;

	(void)scanned;
	(void)seen;
	verdict = read_header(evert_netstring_from(protocol), data, length,
			      &header, &frame->length);
	frame->end = header;
	if (verdict != EVERT_FRAMING_WHOLE)
		return verdict;
	frame->data = data + header;
	frame->end = header + frame->length + 1;
	if (frame->end > length)
		return EVERT_FRAMING_UNFINISHED;
	return data[frame->end - 1] == ',' ? EVERT_FRAMING_WHOLE :
					     EVERT_FRAMING_REFUSED;
}

static size_t reach(struct evert_protocol *protocol, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	size_t header, payload, missing;

	(void)more;
	if (read_header(evert_netstring_from(protocol), held, held_length,
			&header, &payload) != EVERT_FRAMING_WHOLE)
		return 1;
	missing = header + payload + 1 - held_length;
	return missing < length ? missing : length;
}

EVERT_FRAMING_INLINE void deliver(struct evert_protocol *protocol,
				  const struct evert_frame *frame)
{
	struct evert_netstring *self = evert_netstring_from(protocol);

	self->ops->string_received(self, frame->data, frame->length);
}

/* `data` ends with the byte that is wrong. */
static struct evert_failure *why_refused(const struct evert_netstring *self,
					 const char *data, size_t length)
{
	unsigned char byte = (unsigned char)data[length - 1];
	size_t header, payload;

	if (read_header(self, data, length, &header, &payload) ==
	    EVERT_FRAMING_WHOLE)
		return evert_failure_create(
			EVERT_FRAME_REFUSED, 0,
			"byte 0x%02x is behind a netstring of %zu bytes, where "
			"its comma should be", byte, payload);
	if (!is_digit(data[length - 1]))
		return evert_failure_create(
			EVERT_FRAME_REFUSED, 0,
			"byte 0x%02x is number %zu of a netstring, where its "
			"length should be", byte, length);
	if (length == 2 && *data == '0')
		return evert_failure_create(
			EVERT_FRAME_REFUSED, 0,
			"the length of a netstring begins with a zero: %.2s",
			data);
	return evert_failure_create(
		EVERT_FRAME_REFUSED, 0,
		"a netstring, whose length begins with %.*s, is longer than "
		"the limit of %zu bytes",
		(int)length, data, self->framing.limit);
}

static void refuse(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	struct evert_netstring *self = evert_netstring_from(protocol);

	self->framing.stops |= EVERT_NOT_UNDERSTOOD;
	if (self->ops->string_refused)
		self->ops->string_refused(self, data, length);
	else
		evert_framing_fail(protocol, &self->framing,
				   why_refused(self, data, length));
}

static const struct evert_framing_kind netstrings = {
	.scan = scan,
	.reach = reach,
	.deliver = deliver,
	.refuse = refuse,
};

static void receive(struct evert_netstring *self, const char *data,
		    size_t length)
{
	evert_framing_receive(&self->base, &self->framing, &netstrings, data,
			      length);
}

void evert_netstring_data_received(struct evert_protocol *protocol,
				   const char *data, size_t length)
{
	receive(evert_netstring_from(protocol), data, length);
}

EVERT_FRAMING_PROTOCOL(evert_netstring)

/* ---- What a subclass uses ---- */

/* The bytes around the longest string: its length, a colon and a comma. */
static uint8_t around(size_t limit)
{
	return (uint8_t)(snprintf(NULL, 0, "%zu", limit) + 2);
}

void evert_netstring_init(struct evert_netstring *self,
			  const struct evert_netstring_ops *ops)
{
	size_t limit = ops->limit ? ops->limit : EVERT_STRING_LIMIT;

	evert_framing_check(ops->string_received, "string_received",
			    "a netstring receiver");
	*self = (struct evert_netstring){
		.base.ops = protocol_ops_of(ops),
		.ops = ops,
	};
	evert_framing_init(&self->framing, limit, around(limit));
}

void evert_netstring_init_protocol(struct evert_protocol *protocol,
				   const void *ops)
{
	evert_netstring_init(evert_netstring_from(protocol),
			     (const struct evert_netstring_ops *)ops);
}

void evert_netstring_finish(struct evert_netstring *self)
{
	finish(self);
}

int evert_netstring_send_string(struct evert_netstring *self,
				const char *string, size_t length)
{
	char header[LONGEST_HEADER];
	int size = snprintf(header, sizeof(header), "%zu:", length);
	struct iovec pieces[] = {
		{ header, (size_t)size },
		{ (void *)string, length },
		{ (void *)",", 1 },
	};

	return evert_framing_send(&self->base, pieces, 3);
}

EVERT_FRAMING_ASKING(evert_netstring, evert_netstring_send_string)

void evert_netstring_set_limit(struct evert_netstring *self, size_t limit)
{
	evert_framing_set_size(&self->framing, limit, around(limit));
	receive(self, NULL, 0);
}

void evert_netstring_pause(struct evert_netstring *self)
{
	evert_framing_pause(&self->base, &self->framing,
			    EVERT_PAUSED_BY_CALLER);
}

void evert_netstring_resume(struct evert_netstring *self)
{
	evert_framing_resume(&self->base, &self->framing,
			     EVERT_PAUSED_BY_CALLER);
	receive(self, NULL, 0);
}

int evert_netstring_clear(struct evert_netstring *self, char **data,
			  size_t *length)
{
	return evert_framing_clear(&self->base, &self->framing, data,
				   length);
}
