/* SPDX-License-Identifier: MIT */
/*
 * Lines, and raw data between them (twisted.protocols.basic.LineReceiver). A
 * subclass embeds `struct evert_line_receiver` as its first member; its table
 * of operations holds what it does, and what is different from the default:
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
 *		.line_received = greet,
 *		.pause_when_full = true,
 *	};
 *
 *	static struct evert_factory greeter_factory =
 *		EVERT_LINE_FACTORY(struct greeter, base, &greeter_ops);
 *
 * Its transport is `base->base.transport`, its factory `base->base.factory`.
 *
 * What is delivered depends on the bytes, never on how they were cut into
 * chunks.
 *
 * Bytes are looked at once and handed out where they are; only a line that
 * the chunk does not finish is copied, into a buffer that never holds more
 * than the limit, the delimiter and one chunk. When there is no memory for
 * it, the connection is aborted.
 *
 * The begin of a line whose end never came is not delivered: in
 * connection_lost, evert_line_receiver_clear hands it out.
 *
 * Once the transport is closing, nothing more is delivered. A receiver
 * without a transport counts as open.
 *
 * Thread rule: the reactor's thread. Everything may be called from inside the
 * receiver's own operations, except evert_line_receiver_finish.
 */
#ifndef EVERT_PROTOCOLS_LINE_RECEIVER_H
#define EVERT_PROTOCOLS_LINE_RECEIVER_H

#include "../../reactor/transport/transport.h"
#include "framing.h"

EVERT_BEGIN

/* How many bytes a line may have, the default (Twisted's). */
#define EVERT_LINE_LIMIT 16384

/* The base of a line receiver, its first member. */
struct evert_line_receiver {
	struct evert_protocol base;
	struct evert_framing framing; /* private, as what follows */
	const struct evert_line_receiver_ops *ops;
	const char *delimiter;
	uint8_t mode : 2;
	bool skips : 1;	   /* the rest of a line that is too long */
	bool in_raw : 1;   /* raw_data_received is running */
	bool takes_cr : 1; /* in front of the delimiter */
	bool is_long : 1;  /* the delimiter: more than two bytes */
	bool special;	   /* not lines, skips, takes_cr or is_long */
	char ending[2];	   /* of a delimiter: one that is not long; else its
			      first byte and its last */
	char last[4];	   /* byte of it, four times */
};

/* What a class of line receivers does. Data that an operation gets is its
   receiver's, until it returns. */
struct evert_line_receiver_ops {
	/* Mandatory. A line without its delimiter; no zero byte is appended. */
	void (*line_received)(struct evert_line_receiver *receiver,
			      const char *line, size_t length);

	/* Mandatory for who uses raw mode. Never empty. */
	void (*raw_data_received)(struct evert_line_receiver *receiver,
				  const char *data, size_t length);

	/* Optional. A line is longer than the limit: once for each, as soon as
	   it is known. `data` is its begin, as many bytes as the limit. All up
	   to its delimiter is dropped. What is changed meanwhile counts behind
	   that, except that a new delimiter ends this line, too. Without this
	   operation the connection is closed: EVERT_FRAME_REFUSED. */
	void (*line_too_long)(struct evert_line_receiver *receiver,
			      const char *data, size_t length);

	/* Optional, as a protocol's (reactor/transport/protocol.h). Before
	   `destroy` what is buffered was freed. */
	void (*connection_made)(struct evert_line_receiver *receiver);
	void (*connection_lost)(struct evert_line_receiver *receiver,
				const struct evert_failure *reason);
	void (*end_received)(struct evert_line_receiver *receiver);
	void (*pause_writing)(struct evert_line_receiver *receiver);
	void (*resume_writing)(struct evert_line_receiver *receiver);
	/* Over a UNIX socket, as a protocol's. They came with a line that is
	   delivered later; others, that were sent before, may come in between,
	   or be left from before, where it is paused. So keep them in order: a
	   line that tells of one takes the next. */
	void (*descriptors_received)(struct evert_line_receiver *receiver,
				     int *fds, size_t count, bool lost);
	void (*destroy)(struct evert_line_receiver *receiver);

	/* Settings; what is left out is the default. */
	const char *delimiter; /* NULL: CR LF. Or EVERT_LINE_FEED, or text */
	size_t limit;	       /* bytes in a line; 0: EVERT_LINE_LIMIT */
	/* EVERT_ASKED(type, member), where the subclass has a struct
	   evert_firing_queue, all zeros; 0: nothing is asked. */
	size_t asked;
	/* Pauses the receiver while more than the transport's high-water mark
	   is queued: a peer that does not read its answers gets no more. For
	   servers; a client that sends many requests before it reads must not
	   wait for a server that does the same. */
	bool pause_when_full;
};

/* A delimiter, for the table and evert_line_receiver_set_delimiter: a line ends
   in LF, or in CR LF; LF is sent. (telnet(1) in character mode ends it in CR
   and a zero byte: that is a delimiter of two bytes, "\r".) */
#define EVERT_LINE_FEED evert_line_feed
extern const char evert_line_feed[2];

/*
 * A factory of a subclass: allocates an object of the given type, all zeros,
 * makes the given member, its first one, a receiver with the given operations,
 * and frees it after `destroy`.
 */
#define EVERT_LINE_FACTORY(type, member, ops)                              \
	EVERT_FACTORY_OF(type, member, struct evert_line_receiver,         \
			 struct evert_line_receiver_ops,                   \
			 evert_line_receiver_init_protocol, ops)
void evert_line_receiver_init_protocol(struct evert_protocol *protocol,
				       const void *ops);

/* Makes a receiver in memory of one's own. `ops` must outlive it. */
void evert_line_receiver_init(struct evert_line_receiver *receiver,
			      const struct evert_line_receiver_ops *ops);

/* Frees what is buffered: for one that no transport destroys. */
void evert_line_receiver_finish(struct evert_line_receiver *receiver);

/* The receiver that a protocol is: for the subclass's own `protocol`
   operations. */
static inline struct evert_line_receiver *
evert_line_receiver_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_line_receiver, base);
}

/*
 * What its protocol does with data. Called from inside one of the receiver's
 * operations, or while it is paused, it only appends.
 */
void evert_line_receiver_data_received(struct evert_protocol *protocol,
				       const char *data, size_t length);

/* Private, for what follows: any pieces; a line that was copied to what is free
   of the transport's window. */
int evert_line_receiver_send_apart(struct evert_line_receiver *receiver,
				   const struct iovec *pieces, size_t count);
int evert_line_receiver_send_copied(struct evert_line_receiver *receiver,
				    struct evert_window *window,
				    size_t length);

/* Hands on copies: so those of the caller, which he mostly makes for the call,
   never need to be in memory. */
static inline int
evert_line_receiver_send_few(struct evert_line_receiver *receiver,
			     const struct iovec *pieces, size_t count)
{
	struct iovec few[4];
	size_t i;

	if (count > 4)
		return evert_line_receiver_send_apart(receiver, pieces, count);
	EVERT_UNROLLED
	for (i = 0; i < count; i++)
		few[i] = pieces[i];
	return evert_line_receiver_send_apart(receiver, few, count);
}

/*
 * Sends a line, then the delimiter, as one. 0; -EINVAL, and nothing is sent,
 * when the other side would find the delimiter before the line's end (several
 * lines are several calls, or one evert_transport_write); -ENOTCONN without a
 * transport; or what evert_transport_write returns. Of the latter
 * connection_lost tells, too; of -EINVAL nothing else does.
 */
int evert_line_receiver_send_line(struct evert_line_receiver *receiver,
				  const char *line, size_t length);

/* The same for a line that is `count` pieces, one behind the other; or
   -ENOMEM, and nothing is sent. */
static inline int
evert_line_receiver_send_pieces(struct evert_line_receiver *receiver,
				const struct iovec *pieces, size_t count)
{
	struct evert_transport *transport = receiver->base.transport;
	struct evert_window *window = transport ? transport->window : NULL;
	size_t length = evert_pieces_length(pieces, count);

	if (!window || !evert_pieces_are_short(pieces, count) ||
	    !evert_window_has(window, length + receiver->framing.around))
		return evert_line_receiver_send_few(receiver, pieces, count);
	evert_pieces_copy_short(window->buffer + window->used, pieces, count);
	return evert_line_receiver_send_copied(receiver, window, length);
}

/* The same, formatted as printf(3) does, of any length; without memory for the
   text -ENOMEM, nothing is sent, and the connection goes on. */
int evert_line_receiver_send_linef(struct evert_line_receiver *receiver,
				   const char *format, ...)
	EVERT_PRINTF(2, 3);

/*
 * Sends a line whose answer is to come. The answer is a Deferred, which the
 * caller owns; the subclass keeps those that wait in a struct
 * evert_firing_queue, and says where in its table (`asked`). It fails at once
 * with what evert_line_receiver_send_line returns, as EVERT_SYSTEM, or when the
 * connection is lost, after connection_lost. Cancelled, it keeps its place.
 * Without memory NULL, and nothing is sent.
 */
#define evert_line_receiver_ask(...) \
	evert_line_receiver_ask_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_line_receiver_ask_at(struct evert_line_receiver *receiver,
			   const char *line, size_t length, const char *place);

/* Answers, for line_received or raw_data_received: gives the answer to who
   asked first of those that wait. Takes over `result`. False: nobody did. */
bool evert_line_receiver_answer(struct evert_line_receiver *receiver,
				struct evert_result result);

/*
 * This changes how data is understood, from the next line on. From outside
 * the receiver's operations, what is buffered (the begin of a line as well)
 * is looked at by the new rule before it returns.
 */

/*
 * Sets what ends a line: 1 to 255 bytes, else -EINVAL. They are not copied:
 * `delimiter` must live as long as it is used.
 */
int evert_line_receiver_set_delimiter(struct evert_line_receiver *receiver,
				      const char *delimiter, size_t length);

/* Sets how many bytes a line has at most, without its delimiter. */
void evert_line_receiver_set_limit(struct evert_line_receiver *receiver,
				   size_t limit);

/* Begins raw data: the rest of the chunk arrives as one raw_data_received, if
   there is any; so does every chunk that follows. */
void evert_line_receiver_set_raw_mode(struct evert_line_receiver *receiver);

/* The next `length` bytes are raw, however many calls they take; then come
   lines again. With 0 nothing is raw, and nothing is called. */
void evert_line_receiver_set_raw_mode_for(struct evert_line_receiver *receiver,
					  size_t length);

/* The next `length` bytes arrive as one raw_data_received; then come lines
   again. Memory is taken as they arrive; the limit does not count. With 0
   nothing is called. */
void evert_line_receiver_collect(struct evert_line_receiver *receiver,
				 size_t length);

/* How many of the bytes that set_raw_mode_for and collect count are still to
   come: in raw_data_received, behind what it gets. */
size_t
evert_line_receiver_raw_left(const struct evert_line_receiver *receiver);

/*
 * Data is lines again, `extra` first: what raw_data_received got too much. It
 * comes in front of all that was not delivered yet, and is looked at once
 * raw_data_received has returned; called from outside, before this returns.
 * The end of what raw_data_received got is not copied. In line mode it is data
 * that is received, behind all there is.
 */
void evert_line_receiver_set_line_mode(struct evert_line_receiver *receiver,
				       const char *extra, size_t length);

/*
 * Stops the delivery after the line, or raw data, that is being delivered,
 * and the transport's reading. Nothing is lost: what came before an end, or a
 * reset by the peer, is delivered before connection_lost. They do not count.
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
