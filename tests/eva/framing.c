/* SPDX-License-Identifier: MIT */
/*
 * The engine behind all framings, with frames of a fixed size: cut at any
 * place, while a callback does what may be done there, and with memory running
 * out at any time.
 *
 * sources: protocols/framing/framing.c protocols/framing/framing_block.c
 * options: -eva-slevel 300 -eva-split-return full -eva-mlevel 6
 * options: -eva-unroll-recursive-calls 3
 */
#include "../../protocols/framing/framing_internal.h"

enum action { NOTHING, PAUSE, CLEAR, SHRINK, RECEIVE, UNREAD, ACTIONS };

static struct evert_protocol protocol;
static struct evert_framing framing;
static size_t size;
static enum action action;

static void receive(const char *data, size_t length);

static enum evert_framing_verdict
scan(struct evert_protocol *self, const char *data, size_t length,
     size_t scanned, struct evert_framing_seen *seen, struct evert_frame *frame)
{
	(void)self;
	(void)seen;
	look_at(data, length);
	/*@ assert scanned <= length; */
	frame->data = data;
	frame->length = frame->end = size;
	return length < size ? EVERT_FRAMING_UNFINISHED : EVERT_FRAMING_WHOLE;
}

static size_t reach(struct evert_protocol *self, const char *held,
		    size_t held_length, const char *more, size_t length)
{
	size_t missing = held_length < size ? size - held_length : 1;

	(void)self;
	look_at(held, held_length);
	look_at(more, length);
	return missing < length ? missing : length;
}

static void deliver(struct evert_protocol *self, const struct evert_frame *frame)
{
	enum action now = action;

	look_at(frame->data, frame->length);
	action = NOTHING;
	if (now == PAUSE)
		evert_framing_pause(self, &framing, EVERT_PAUSED_BY_CALLER);
	else if (now == CLEAR)
		evert_framing_clear(self, &framing, NULL, NULL);
	else if (now == RECEIVE)
		receive("abc", 3);
	else if (now == UNREAD)
		evert_framing_unread(self, &framing, frame->data,
				     frame->length);
	if (now == SHRINK) {
		size = 1;
		evert_framing_set_size(&framing, 1, 0);
	}
	look_at(frame->data, frame->length);
}

static void refuse(struct evert_protocol *self, const char *data, size_t length)
{
	(void)self;
	look_at(data, length);
}

static const struct evert_framing_kind kind = { scan, reach, deliver, refuse };

static void receive(const char *data, size_t length)
{
	evert_framing_receive(&protocol, &framing, &kind, data, length);
}

static void run(size_t of, size_t chunk, enum action what)
{
	char bytes[5], *data = bytes + sizeof(bytes) - chunk;

	size = of;
	action = what;
	evert_framing_init(&framing, of, 0);
	any_bytes(bytes, sizeof(bytes));
	receive(data, chunk);
	receive(data, chunk);
	receive(data, 1);
	evert_framing_resume(&protocol, &framing, EVERT_PAUSED_BY_CALLER);
	receive(NULL, 0);
	evert_framing_finish(&framing);
}

int main(void)
{
	for (int what = NOTHING; what < ACTIONS; what++) {
		run(1, 3, (enum action)what);
		run(2, 3, (enum action)what);
		run(3, 5, (enum action)what);
		run(4, 1, (enum action)what);
	}
	return 0;
}
