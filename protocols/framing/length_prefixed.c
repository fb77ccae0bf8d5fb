/* SPDX-License-Identifier: MIT */
#include "length_prefixed.h"

#include <errno.h>

#include "../../deferred/base/bug.h"
#include "framing_internal.h"

enum { LARGEST_PREFIX = 4 };

static size_t prefix_of(const struct evert_length_prefixed *self)
{
	return self->framing.around;
}

EVERT_FRAMING_INLINE size_t read_prefix(const char *data, size_t size)
{
	size_t length = 0;
	size_t i;

	for (i = 0; i < size; i++)
		length = length << 8 | (unsigned char)data[i];
	return length;
}

/* ---- The framing ---- */

EVERT_FRAMING_INLINE enum evert_framing_verdict
scan(struct evert_protocol *protocol, const char *data, size_t length,
     size_t scanned, struct evert_framing_seen *seen,
     struct evert_frame *frame)
{
	const struct evert_length_prefixed *self =
		evert_length_prefixed_from(protocol);
	size_t prefix = prefix_of(self);

	(void)scanned;
	(void)seen;
	if (length < prefix)
		return EVERT_FRAMING_UNFINISHED;
	frame->data = data + prefix;
	frame->length = read_prefix(data, prefix);
	frame->end = prefix;
	if (frame->length > self->framing.limit)
		return EVERT_FRAMING_REFUSED;
	frame->end = prefix + frame->length;
	return frame->end <= length ? EVERT_FRAMING_WHOLE :
				      EVERT_FRAMING_UNFINISHED;
}

static size_t reach(struct evert_protocol *protocol, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	size_t prefix = prefix_of(evert_length_prefixed_from(protocol));
	size_t missing;

	(void)more;
	if (held_length < prefix)
		missing = prefix - held_length;
	else
		missing = prefix + read_prefix(held, prefix) - held_length;
	return missing < length ? missing : length;
}

EVERT_FRAMING_INLINE void deliver(struct evert_protocol *protocol,
				  const struct evert_frame *frame)
{
	struct evert_length_prefixed *self =
		evert_length_prefixed_from(protocol);

	self->ops->string_received(self, frame->data, frame->length);
}

static void refuse(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	struct evert_length_prefixed *self =
		evert_length_prefixed_from(protocol);

	self->framing.stops |= EVERT_NOT_UNDERSTOOD;
	if (self->ops->string_refused)
		self->ops->string_refused(self, data, length);
	else
		evert_framing_fail(protocol, &self->framing,
				   evert_failure_create(
					   EVERT_FRAME_REFUSED, 0,
					   "a string of %zu bytes is longer "
					   "than the limit of %zu bytes",
					   read_prefix(data, length),
					   self->framing.limit));
}

static const struct evert_framing_kind length_prefixed = {
	.scan = scan,
	.reach = reach,
	.deliver = deliver,
	.refuse = refuse,
};

static void receive(struct evert_length_prefixed *self, const char *data,
		    size_t length)
{
	evert_framing_receive(&self->base, &self->framing, &length_prefixed,
			      data, length);
}

void evert_length_prefixed_data_received(struct evert_protocol *protocol,
					 const char *data, size_t length)
{
	receive(evert_length_prefixed_from(protocol), data, length);
}

EVERT_FRAMING_PROTOCOL(evert_length_prefixed)

/* ---- What a subclass uses ---- */

void evert_length_prefixed_init(struct evert_length_prefixed *self,
				const struct evert_length_prefixed_ops *ops,
				size_t prefix_size)
{
	if (prefix_size != 1 && prefix_size != 2 && prefix_size != 4)
		evert_bug("evert_length_prefixed_init: a prefix of %zu bytes; "
			  "it may have 1, 2 or 4",
			  prefix_size);
	evert_framing_check(ops->string_received, "string_received",
			    "a receiver of length-prefixed strings");
	*self = (struct evert_length_prefixed){
		.base.ops = protocol_ops_of(ops),
		.ops = ops,
	};
	evert_framing_init(&self->framing,
			   ops->limit ? ops->limit : EVERT_STRING_LIMIT,
			   (uint8_t)prefix_size);
}

void evert_length_prefixed_init_protocol_1(struct evert_protocol *protocol,
					   const void *ops)
{
	evert_length_prefixed_init(evert_length_prefixed_from(protocol), ops,
				   1);
}

void evert_length_prefixed_init_protocol_2(struct evert_protocol *protocol,
					   const void *ops)
{
	evert_length_prefixed_init(evert_length_prefixed_from(protocol), ops,
				   2);
}

void evert_length_prefixed_init_protocol_4(struct evert_protocol *protocol,
					   const void *ops)
{
	evert_length_prefixed_init(evert_length_prefixed_from(protocol), ops,
				   4);
}

void evert_length_prefixed_finish(struct evert_length_prefixed *self)
{
	finish(self);
}

int evert_length_prefixed_send_string(struct evert_length_prefixed *self,
				      const char *string, size_t length)
{
	char prefix[LARGEST_PREFIX];
	struct iovec pieces[] = {
		{ prefix, prefix_of(self) },
		{ (void *)string, length },
	};
	size_t rest = length;
	size_t i;

	for (i = prefix_of(self); i-- > 0; rest >>= 8)
		prefix[i] = (char)(rest & 0xff);
	if (rest)
		return -EMSGSIZE;
	return evert_framing_send(&self->base, pieces, 2);
}

EVERT_FRAMING_ASKING(evert_length_prefixed, evert_length_prefixed_send_string)

void evert_length_prefixed_set_limit(struct evert_length_prefixed *self,
				     size_t limit)
{
	evert_framing_set_size(&self->framing, limit, self->framing.around);
	receive(self, NULL, 0);
}

void evert_length_prefixed_pause(struct evert_length_prefixed *self)
{
	evert_framing_pause(&self->base, &self->framing,
			    EVERT_PAUSED_BY_CALLER);
}

void evert_length_prefixed_resume(struct evert_length_prefixed *self)
{
	evert_framing_resume(&self->base, &self->framing,
			     EVERT_PAUSED_BY_CALLER);
	receive(self, NULL, 0);
}

int evert_length_prefixed_clear(struct evert_length_prefixed *self,
				char **data, size_t *length)
{
	return evert_framing_clear(&self->base, &self->framing, data,
				   length);
}
