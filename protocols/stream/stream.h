/* SPDX-License-Identifier: MIT */
/*
 * Streams: a connection to read from and write to, one call after another
 * (asyncio's StreamReader and StreamWriter in one). Made for coroutines:
 *
 *	struct evert_result r = evert_await(evert_stream_connect(endpoint));
 *	...
 *	r = evert_await(evert_stream_read_line(stream));
 *
 * but every call that may wait gives a Deferred, so callbacks can use them as
 * well, and each can be cancelled or given a timeout. A read that fails or is
 * cancelled takes no byte with it: the next one gets them all.
 *
 * Back-pressure: what was received and not read is kept up to the stream's
 * limit; then the peer is stopped.
 *
 * Ownership: a stream is the caller's, until evert_stream_destroy, which may
 * be called from every callback.
 *
 * Thread rule: the reactor's thread. One read at a time: a second one is a
 * bug.
 */
#ifndef EVERT_PROTOCOLS_STREAM_H
#define EVERT_PROTOCOLS_STREAM_H

#include "../../deferred/deferred.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/socket_options.h"
#include "../../reactor/transport/transport.h"

EVERT_BEGIN

struct evert_stream;

/* What connecting fires with; a result that is released destroys it. */
extern const struct evert_type evert_type_stream;

/* Moves the stream out of the result; the caller owns it now. */
struct evert_stream *evert_stream_take(struct evert_result *result);

/* The stream has ended in order, nothing is left to read. */
extern const struct evert_error evert_error_stream_end;
#define EVERT_STREAM_END (&evert_error_stream_end)

/*
 * Below EVERT_STREAM_END: it ended within what was to be read. The bytes that
 * came can still be read: evert_stream_buffered says how many.
 */
extern const struct evert_error evert_error_stream_incomplete;
#define EVERT_STREAM_INCOMPLETE (&evert_error_stream_incomplete)

/* The delimiter did not come within the limit. The bytes stay. */
extern const struct evert_error evert_error_stream_too_long;
#define EVERT_STREAM_TOO_LONG (&evert_error_stream_too_long)

/* Below EVERT_CONNECTION_ABORTED: evert_stream_close was called. */
extern const struct evert_error evert_error_stream_closed;
#define EVERT_STREAM_CLOSED (&evert_error_stream_closed)

/* How many bytes a stream keeps unread, the default. */
#define EVERT_STREAM_LIMIT 65536

/* ---- Opening and closing ---- */

/*
 * Connects on the reactor that runs on this thread, to an endpoint as in
 * evert_connect, and fails as that does. Fires with the stream. To call it
 * while none runs is a bug.
 */
#define evert_stream_connect(...) \
	evert_stream_connect_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_stream_connect_at(const char *endpoint,
					       const char *place);

/* evert_stream_connect_with(endpoint, options): with options for its sockets
   (reactor/transport/socket_options.h). */
#define evert_stream_connect_with(...) \
	evert_stream_connect_with_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_stream_connect_with_at(const char *endpoint,
			     const struct evert_socket_options *options,
			     const char *place);

/*
 * Makes streams for whatever takes a factory: pipes and standard input
 * (reactor/transport/pipe.h, standard_io.h), what a child reads and writes
 * (struct evert_child_fd), sockets that are adopted.
 *
 *	stream = evert_stream_of(evert_stdio_open(reactor,
 *						  &evert_stream_factory));
 *
 * evert_stream_of makes the stream the caller's; until then it goes with its
 * connection. NULL of NULL; of another protocol, or twice, it is a bug.
 */
extern struct evert_factory evert_stream_factory;
struct evert_stream *evert_stream_of(struct evert_protocol *protocol);

/*
 * Closes a stream, once what is queued was sent. What is unread is dropped; who
 * reads or drains, now or later, gets EVERT_STREAM_CLOSED, or why the connection
 * had broken before. Called again, it does nothing.
 */
void evert_stream_close(struct evert_stream *stream);

/* Drops what is queued and resets the connection: who reads or drains hears of
   it, EVERT_CONNECTION_ABORTED, when it is gone. What came before can still be
   read. Where it is gone it does nothing. */
void evert_stream_abort(struct evert_stream *stream);

/* Closes a stream, and fires with nothing when the connection is gone. */
#define evert_stream_wait_closed(...) \
	evert_stream_wait_closed_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_stream_wait_closed_at(struct evert_stream *stream,
						   const char *place);

/* Closes a stream, and gives it up: what is queued is still sent. NULL does
   nothing. */
void evert_stream_destroy(struct evert_stream *stream);

/* The stream's transport, for addresses, options and what
   reactor/transport/unix.h has. NULL once the connection is gone, so ask who
   the peer is at the begin. */
struct evert_transport *evert_stream_transport(struct evert_stream *stream);

/* ---- Reading ---- */

/*
 * The results are texts (evert_result_as_text). When the peer has sent its
 * end, and what it sent before is read, they fail with EVERT_STREAM_END or
 * EVERT_STREAM_INCOMPLETE; when the connection broke, with why; for want of
 * memory with EVERT_NO_MEMORY.
 */

/* Reads what is there, 1 to `most` bytes. */
#define evert_stream_read(...) evert_stream_read_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_stream_read_at(struct evert_stream *stream,
					    size_t most, const char *place);

/* Reads exactly `length` bytes, also above the limit. */
#define evert_stream_read_exactly(...) \
	evert_stream_read_exactly_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_stream_read_exactly_at(struct evert_stream *stream, size_t length,
			     const char *place);

/*
 * Reads up to the delimiter, which is part of the result; it has at least one
 * byte, and must live until the Deferred has fired. If more than the limit is
 * in front of it: EVERT_STREAM_TOO_LONG.
 */
#define evert_stream_read_until(...) \
	evert_stream_read_until_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_stream_read_until_at(struct evert_stream *stream, const char *delimiter,
			   size_t length, const char *place);

/* Reads a line, which ends in LF or CR LF, without its end; its limit is that
   of read_until LF. */
#define evert_stream_read_line(...) \
	evert_stream_read_line_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_stream_read_line_at(struct evert_stream *stream,
						 const char *place);

/*
 * Sets how long a read may wait, in seconds: it fails with EVERT_TIMED_OUT
 * then, as by evert_timeout, and takes no byte with it. For reads that begin
 * from now on; 0, the default: for ever.
 */
void evert_stream_set_timeout(struct evert_stream *stream, double seconds);

/* How many bytes of a stream were received and not read. */
size_t evert_stream_buffered(const struct evert_stream *stream);

/* Sets how many bytes are kept unread (one read more may come), and may come in
   front of a delimiter. */
void evert_stream_set_limit(struct evert_stream *stream, size_t limit);

/* ---- Descriptors, over a UNIX socket (reactor/transport/unix.h) ---- */

/*
 * Keeps descriptors that come, at most so many that nobody has taken yet;
 * without it they are closed as they come. 0; -ENOMEM; -EINVAL for none, or
 * when it was called before. To be called before anything is awaited:
 *
 *	evert_stream_keep_descriptors(stream, 4);
 *	EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
 *	fd = evert_stream_take_descriptor(stream);
 */
int evert_stream_keep_descriptors(struct evert_stream *stream, size_t most);

/*
 * Takes the first descriptor that came, which the caller then owns; it is
 * closed on exec. When a read has given the bytes that it came with, it is
 * there, perhaps before. -EAGAIN: there is none; -EMFILE, once: here one or
 * more were lost, because too many waited, or because this process had none
 * free. Those that nobody takes are closed with the stream.
 */
EVERT_MUST_USE
int evert_stream_take_descriptor(struct evert_stream *stream);

/* ---- Writing ---- */

/* Queues a copy of `length` bytes: 0, or -errno as evert_transport_write. It
   need not be checked: the next drain or read tells what is wrong. */
int evert_stream_write(struct evert_stream *stream, const void *data,
		       size_t length);

/* The same, with CR LF appended; -EINVAL for a line that contains LF: nothing
   is written, and no drain or read tells of that. */
int evert_stream_write_line(struct evert_stream *stream, const char *line,
			    size_t length);

/* Write formatted text, as printf does: as it is, or as a line. One write; 0,
   or -errno as evert_stream_write and evert_transport_writef. */
int evert_stream_writef(struct evert_stream *stream, const char *format, ...)
	EVERT_PRINTF(2, 3);
int evert_stream_write_linef(struct evert_stream *stream, const char *format,
			     ...) EVERT_PRINTF(2, 3);

/*
 * Sends the end (a TCP FIN) once what is queued was sent; reading goes on, and
 * a peer that waits for the end can answer. 0, or -EPIPE when writing had ended
 * before.
 */
int evert_stream_lose_write(struct evert_stream *stream);

/*
 * Waits for room: fires with nothing when the transport's queue is not over its
 * high-water mark (any more). When the connection is over, or refused a write
 * because it will be, or nothing more is taken by the peer, fails with why.
 */
#define evert_stream_drain(...) evert_stream_drain_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_stream_drain_at(struct evert_stream *stream,
					     const char *place);

EVERT_END

#endif
