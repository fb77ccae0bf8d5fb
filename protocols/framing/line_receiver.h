/* SPDX-License-Identifier: MIT */
/*
 * Lines, and raw data between them (twisted.protocols.basic.LineReceiver). A
 * subclass embeds `struct evert_line_receiver` as its first member, and its
 * table of operations begins with its base's:
 *
 *	struct greeter {
 *		struct evert_line_receiver base;
 *	};
 *
 *	static void greet(struct evert_line_receiver *base, const char *line,
 *			  size_t length)
 *	{
 *		evert_line_receiver_send_line(base, line, length);
 *	}
 *
 *	static const struct evert_line_receiver_ops greeter_ops = {
 *		.protocol = {
 *			.data_received = evert_line_receiver_data_received,
 *			.destroy = greeter_destroy,
 *		},
 *		.line_received = greet,
 *	};
 *
 * Bytes are looked at once and handed out where they are; only a line that
 * the chunk does not finish is copied, into a buffer that never holds more
 * than the limit, the delimiter and one chunk. When there is no memory for
 * it, the connection is aborted.
 *
 * Once the transport is closing, nothing more is delivered. A receiver
 * without a transport counts as open.
 *
 * Thread rule: the reactor's thread. Everything may be called from inside the
 * receiver's own operations, except evert_line_receiver_finish.
 */
#ifndef EVERT_PROTOCOLS_LINE_RECEIVER_H
#define EVERT_PROTOCOLS_LINE_RECEIVER_H

#include "framing.h"

EVERT_BEGIN

/* Bytes in a line, the default (Twisted's). */
#define EVERT_LINE_LIMIT 16384

struct evert_line_receiver {
	struct evert_protocol base;
	struct evert_framing framing; /* private, as what follows */
	const char *delimiter;
	bool raw;
};

/* Data that an operation gets is its receiver's, until it returns. */
struct evert_line_receiver_ops {
	/* `data_received` is mandatory: evert_line_receiver_data_received, or
	   a function that calls it. The rest is the subclass's. */
	struct evert_protocol_ops protocol;

	/* Mandatory. A line without its delimiter; no zero byte is appended. */
	void (*line_received)(struct evert_line_receiver *receiver,
			      const char *line, size_t length);

	/* Mandatory for who uses raw mode. Never empty. */
	void (*raw_data_received)(struct evert_line_receiver *receiver,
				  const char *data, size_t length);

	/* Optional. A line is longer than the limit, whether its end is there
	   or not. `data` is all there is, from its begin. Without this, the
	   connection is closed; with it, the next data begins a new line. */
	void (*line_too_long)(struct evert_line_receiver *receiver,
			      const char *data, size_t length);
};

/* Makes a receiver of lines that end in CR LF. `ops` must outlive it. */
void evert_line_receiver_init(struct evert_line_receiver *receiver,
			      const struct evert_line_receiver_ops *ops);

/* Frees what is buffered. For the subclass's `destroy`. */
void evert_line_receiver_finish(struct evert_line_receiver *receiver);

/* The receiver that a protocol is: for the subclass's own `protocol`
   operations. */
static inline struct evert_line_receiver *
evert_line_receiver_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_line_receiver, base);
}

/*
 * For the table of operations. Called from inside one of the receiver's
 * operations, or while it is paused, it only appends.
 */
void evert_line_receiver_data_received(struct evert_protocol *protocol,
				       const char *data, size_t length);

/*
 * Sends a line, then the delimiter, as one. 0; -EINVAL, and nothing is sent,
 * when the other side would find the delimiter before the line's end;
 * -ENOTCONN without a transport; or what evert_transport_write returns.
 */
int evert_line_receiver_send_line(struct evert_line_receiver *receiver,
				  const char *line, size_t length);

/*
 * These change how data is understood, from the next line on. From outside
 * the receiver's operations, what is buffered (the begin of a line as well)
 * is looked at by the new rule before they return.
 */

/*
 * 1 to 255 bytes, else -EINVAL. They are not copied: `delimiter` must live as
 * long as it is used.
 */
int evert_line_receiver_set_delimiter(struct evert_line_receiver *receiver,
				      const char *delimiter, size_t length);

/* Bytes in a line, without its delimiter, at most. */
void evert_line_receiver_set_limit(struct evert_line_receiver *receiver,
				   size_t limit);

/* The rest of the chunk arrives as one raw_data_received, if there is any;
   so does every chunk that follows. */
void evert_line_receiver_set_raw_mode(struct evert_line_receiver *receiver);

/*
 * Data is lines again, `extra` first: what raw_data_received got too much. It
 * is looked at once raw_data_received has returned; called from outside,
 * before this returns. The end of what raw_data_received got is not copied.
 * In line mode it is data that is received.
 */
void evert_line_receiver_set_line_mode(struct evert_line_receiver *receiver,
				       const char *extra, size_t length);

/*
 * Stops the delivery after the line, or raw data, that is being delivered,
 * and the transport's reading. Nothing is lost. They do not count.
 */
void evert_line_receiver_pause(struct evert_line_receiver *receiver);

/* Delivers what is left and what follows: after the running operation has
   returned; called from outside, before this returns. */
void evert_line_receiver_resume(struct evert_line_receiver *receiver);

/*
 * Discards what was received and not delivered, in order of arrival, and
 * hands it back: 0, and the caller owns `*data` (evert_free), NULL when there
 * was nothing. -ENOMEM: nothing was discarded. With `data` NULL it is only
 * discarded, and `length` may be NULL, too.
 */
int evert_line_receiver_clear(struct evert_line_receiver *receiver,
			      char **data, size_t *length);

EVERT_END

#endif
