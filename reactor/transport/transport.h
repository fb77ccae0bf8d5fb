/* SPDX-License-Identifier: MIT */
/*
 * Transports: what a protocol writes to. One set of calls for every kind of
 * stream (TCP, UNIX sockets, pipes, in memory); each kind is a table of
 * operations.
 *
 * Ownership: a transport belongs to its reactor, until connection_lost has
 * returned and the turn has ended; until then every call is allowed, after a
 * close each is refused or does nothing.
 *
 * Thread rule: the reactor's thread only. Every call is allowed from every
 * callback, of other protocols too; none of them calls the protocol back
 * before it returns, except that writing and setting the marks may call
 * pause_writing.
 */
#ifndef EVERT_REACTOR_TRANSPORT_H
#define EVERT_REACTOR_TRANSPORT_H

#include <errno.h>
#include <stdarg.h>
#include <sys/uio.h>

#include "../../deferred/deferred.h"
#include "../window.h"
#include "protocol.h"

EVERT_BEGIN

struct evert_file_piece;
struct evert_reactor;
struct evert_splicing_ops;
struct evert_transport;
struct evert_detached;

/* What a kind of transport does, as the functions below describe: for who makes
   one. */
struct evert_transport_ops {
	int (*write)(struct evert_transport *transport, const void *data,
		     size_t length);
	int (*write_sequence)(struct evert_transport *transport,
			      const struct iovec *pieces, size_t count);
	int (*write_owned)(struct evert_transport *transport,
			   const void *data, size_t length,
			   void (*release)(void *arg), void *arg);
	void (*lose_connection)(struct evert_transport *transport);
	void (*abort)(struct evert_transport *transport);
	int (*lose_write)(struct evert_transport *transport);
	void (*pause_reading)(struct evert_transport *transport);
	void (*resume_reading)(struct evert_transport *transport);
	void (*set_marks)(struct evert_transport *transport, size_t high,
			  size_t low);
	size_t (*queued)(const struct evert_transport *transport);
	struct evert_deferred *(*closed)(struct evert_transport *transport,
					 const char *place);
	int (*set_closing_time)(struct evert_transport *transport,
				double seconds);
	int (*address)(const struct evert_transport *transport, bool peer,
		       struct evert_address *address);
	int (*set_option)(struct evert_transport *transport, int level,
			  int option, int value);
	/* Optional; without them as is said below. */
	bool (*is_reading)(const struct evert_transport *transport);
	void (*marks)(const struct evert_transport *transport, size_t *high,
		      size_t *low);
	struct evert_reactor *(*reactor)(
		const struct evert_transport *transport);
	int (*set_protocol)(struct evert_transport *transport,
			    struct evert_protocol *protocol,
			    struct evert_owned_protocol *former);
	/* Optional: for unix.h. */
	int (*get_option)(const struct evert_transport *transport, int level,
			  int option, void *value, socklen_t *length);
	int (*write_descriptors)(struct evert_transport *transport,
				 const void *data, size_t length,
				 const int *fds, size_t count);
	/* Optional: for kernel_tls.h. */
	int (*encrypt)(struct evert_transport *transport, const void *keys,
		       size_t length);
	int (*write_record)(struct evert_transport *transport,
			    unsigned char type, const void *data,
			    size_t length);
	/* Optional: for hand_over.h. */
	struct evert_detached *(*detach)(struct evert_transport *transport,
					 const void *unread, size_t length);
	/* Optional: for send_file.h, by file_piece.h. 0: the piece is the
	   transport's, until it has ended it; or -errno. */
	int (*write_file)(struct evert_transport *transport,
			  struct evert_file_piece *piece);
	/* Optional: for reactor/flow/ (splicing_internal.h). */
	const struct evert_splicing_ops *splicing;
};

/* A transport, as its users see it: to be read, but for `held`. */
struct evert_transport {
	const struct evert_transport_ops *ops;
	struct evert_protocol *protocol;
	/* Of the kind of transport: where what is written goes while there is
	   room, without a call of its operations. Or NULL. */
	struct evert_window *window;
	/* lose_connection or abort was called, or the connection is gone:
	   nothing more will be delivered or sent. */
	bool closing;
	/* For a protocol that keeps data which it has not handed on yet
	   (because it is paused, say): while it is set, an end or a reset by
	   the peer waits. Writes may be refused by then, but connection_lost
	   comes only after evert_transport_resume_reading with this cleared,
	   or when it is closed, aborted, or its reactor stopped. (Of a pipe
	   that only writes nothing waits.) */
	bool held;
	/* The peer has sent its end, of which end_received was told. */
	bool ended;
	/* lose_write was called, or there is nothing that takes bytes. */
	bool write_ended;
	/* pause_writing was told last, not resume_writing. */
	bool full;
	/* What evert_transport_fail was called with; where a kind of transport
	   likes, then why it has ended. Or NULL. */
	struct evert_failure *why;
};

/*
 * Queues a copy of `length` bytes. What a protocol writes in data_received is
 * sent when that returns, everything else before the loop sleeps: one system
 * call each, however often was written, if the peer takes it all. 16 KiB or
 * more with nothing queued before are sent at once, uncopied; only what the
 * peer does not take of them is queued. 0 (for no bytes always), or
 * -EPIPE after lose_connection, abort or lose_write (nothing of it is sent)
 * or when the peer takes no more, or -ENOMEM: then the stream would have a
 * hole, so the connection is reset.
 */
static inline int evert_transport_write(struct evert_transport *transport,
					const void *data, size_t length)
{
	struct evert_window *window = transport->window;

	if (!window || !evert_window_has(window, length))
		return transport->ops->write(transport, data, length);
	memcpy(evert_window_take(window, length), data, length);
	return 0;
}

/* The same for `count` pieces, one behind the other, as one write. */
static inline int
evert_transport_write_sequence(struct evert_transport *transport,
			       const struct iovec *pieces, size_t count)
{
	struct evert_window *window = transport->window;
	size_t length = evert_pieces_length(pieces, count);

	if (!window || !evert_window_has(window, length))
		return transport->ops->write_sequence(transport, pieces,
						      count);
	evert_pieces_copy(evert_window_take(window, length), pieces, count);
	return 0;
}

/*
 * The same as evert_transport_write without a copy: `data` must stay as it is
 * until `release(arg)` is called, exactly once: when it was sent, dropped or
 * refused, perhaps before this returns.
 */
static inline int evert_transport_write_owned(
	struct evert_transport *transport, const void *data, size_t length,
	void (*release)(void *arg), void *arg)
{
	return transport->ops->write_owned(transport, data, length, release,
					   arg);
}

/*
 * Writes formatted text, as printf does, of any length, as one write. 0, or
 * as evert_transport_write; without memory for the text -ENOMEM, and nothing
 * is written; -EINVAL for a format that printf refuses.
 */
int evert_transport_writef(struct evert_transport *transport,
			   const char *format, ...) EVERT_PRINTF(2, 3);
int evert_transport_vwritef(struct evert_transport *transport,
			    const char *format, va_list args)
	EVERT_PRINTF(2, 0);

/* Closes the connection once what is queued was sent. What the peer still
   sends is dropped. A peer that takes nothing for the closing time (3 seconds,
   unless it was set) is not waited for: the connection is reset; at once where
   there is no memory to wait. */
static inline void
evert_transport_lose_connection(struct evert_transport *transport)
{
	transport->ops->lose_connection(transport);
}

/*
 * The same because of `failure`: connection_lost is told that, and what else
 * went wrong, if anything, is its cause. For a protocol that does not
 * understand what it got. Takes over `failure`, which is an
 * EVERT_CONNECTION_LOST or below: another kind is a bug. On one that is
 * closing it does nothing.
 */
void evert_transport_fail(struct evert_transport *transport,
			  struct evert_failure *failure);

/* What connection_lost is to be told, when it ended for `reason`, which is
   taken over: for who makes a kind of transport. */
struct evert_failure *evert_transport_reason(struct evert_transport *transport,
					     struct evert_failure *reason);

/* Sets evert_reactor_options.closing_seconds for this connection alone, while
   the reactor runs: 0, -EINVAL for seconds that are not finite, or -ENOMEM. */
static inline int
evert_transport_set_closing_time(struct evert_transport *transport,
				 double seconds)
{
	return transport->ops->set_closing_time(transport, seconds);
}

/*
 * Drops what is queued and resets the connection: the peer fails with
 * ECONNRESET, and what the kernel has not sent is lost. A UNIX socket can't be
 * reset: what the kernel has taken is read by the peer, who then sees an end as
 * in good order, or ECONNRESET where this side has left something unread
 * (Linux). Nor can a pipe, whose end is all that the peer sees.
 */
static inline void evert_transport_abort(struct evert_transport *transport)
{
	transport->ops->abort(transport);
}

/*
 * Sends the end (a TCP FIN) once what is queued was sent; reading goes on. A
 * peer that takes nothing for the closing time is not waited for: the
 * connection is reset. 0, or -EPIPE when the writing side was closed before.
 */
static inline int evert_transport_lose_write(struct evert_transport *transport)
{
	return transport->ops->lose_write(transport);
}

/*
 * Stops and restarts the delivery of data. Nothing is lost meanwhile; the
 * peer is stopped once the kernel's buffers are full. They do not count.
 * While paused, a reset by the peer is noticed when nothing is left unread;
 * else, like an orderly end, it waits behind that.
 */
static inline void
evert_transport_pause_reading(struct evert_transport *transport)
{
	transport->ops->pause_reading(transport);
}

static inline void
evert_transport_resume_reading(struct evert_transport *transport)
{
	transport->ops->resume_reading(transport);
}

/* Is the transport reading, not paused (asyncio's is_reading)? True where the
   transport does not say. */
static inline bool
evert_transport_is_reading(const struct evert_transport *transport)
{
	return !transport->ops->is_reading ||
	       transport->ops->is_reading(transport);
}

/*
 * Sets the marks, in bytes, for pause_writing (more than `high` are queued)
 * and resume_writing (at most `low` are). Defaults 65536 and 16384; a `low`
 * above `high` counts as `high`, and 4 GiB or more as one byte less.
 */
static inline void
evert_transport_set_write_marks(struct evert_transport *transport,
				size_t high, size_t low)
{
	transport->ops->set_marks(transport, high, low);
}

/* What the marks are (asyncio's get_write_buffer_limits); the defaults where
   the transport does not say. */
void evert_transport_write_marks(const struct evert_transport *transport,
				 size_t *high, size_t *low);

/* How many bytes are queued to be sent. */
static inline size_t
evert_transport_queued(const struct evert_transport *transport)
{
	return transport->ops->queued(transport);
}

/*
 * A Deferred that fires with nothing when the connection is gone and
 * connection_lost has returned. The caller owns the reading end. Any number
 * may be asked for; cancelling one only ends the waiting.
 */
#define evert_transport_closed(...) \
	evert_transport_closed_at(__VA_ARGS__, EVERT_HERE)
static inline EVERT_MUST_USE struct evert_deferred *
evert_transport_closed_at(struct evert_transport *transport, const char *place)
{
	return transport->ops->closed(transport, place);
}

/* The address of the other side, and of this side: 0, or -errno. That of the
   other side is known from the start and for as long as the transport lives.
   NULL, what a stream has once its connection is gone: -ENOTCONN. */
static inline int evert_transport_peer(const struct evert_transport *transport,
				       struct evert_address *address)
{
	return transport ? transport->ops->address(transport, true, address) :
			   -ENOTCONN;
}

static inline int evert_transport_host(const struct evert_transport *transport,
				       struct evert_address *address)
{
	return transport ? transport->ops->address(transport, false, address) :
			   -ENOTCONN;
}

/*
 * Sets TCP_NODELAY and SO_KEEPALIVE (tcp(7), socket(7)): 0, or -errno,
 * -EOPNOTSUPP where the transport has no such thing. No-delay is on from the
 * start.
 */
int evert_transport_set_no_delay(struct evert_transport *transport, bool on);
int evert_transport_set_keep_alive(struct evert_transport *transport, bool on);

/* Was lose_connection or abort called, or is the connection gone? */
static inline bool
evert_transport_is_closing(const struct evert_transport *transport)
{
	return transport->closing;
}

/* ---- For who makes protocols that stand between two others ---- */

/* The reactor whose loop it is called from, or NULL: in memory there need be
   none. */
struct evert_reactor *
evert_transport_reactor(const struct evert_transport *transport);

/*
 * Gives a connection another protocol: from now on everything is told to it
 * (asyncio's set_protocol), whose `transport` this sets: data that came and was
 * not delivered, too. It goes on as the other left it: paused or not, over its
 * marks or not; connection_made is not called, and of an end or of
 * pause_writing that was told nothing more is. Nothing is `held`.
 *
 * The former protocol is told nothing more, and what `former` says of it is
 * for the new one to keep, and to release (evert_owned_protocol_release) in
 * its `destroy` or later in the turn, not before: it may be on the stack, and
 * it may be a part of the connection. Its `transport` is left as it is. The new
 * one's memory is its own: `destroy` frees it. A producer is stopped. To do this
 * to a relay's connection is a bug.
 *
 * 0; -EPIPE for one that is closing or gone; -EOPNOTSUPP. Then nothing was
 * done. From every callback.
 */
int evert_transport_set_protocol(struct evert_transport *transport,
				 struct evert_protocol *protocol,
				 struct evert_owned_protocol *former);

/*
 * The same for one that tells the former protocol all it is told, over a
 * transport of its own (as TLS does): what stands before that stays there, a
 * producer goes on. All of them get the new transport by evert_protocol_last.
 */
int evert_transport_stand_before(struct evert_transport *transport,
				 struct evert_protocol *protocol,
				 struct evert_owned_protocol *former);

EVERT_END

#endif
