/* SPDX-License-Identifier: MIT */
/* The inside of a stream: the protocol (stream.c), which drives what reads
   (stream_read.c); writing and connecting stand above it. */
#ifndef EVERT_PROTOCOLS_STREAM_INTERNAL_H
#define EVERT_PROTOCOLS_STREAM_INTERNAL_H

#include "stream.h"
#include "../../reactor/bell_internal.h"
#include "../../reactor/reactor_internal.h"
#include "stream_reader_internal.h"

struct evert_stream {
	struct evert_protocol base; /* its transport NULL: it is gone */
	struct evert_stream_reader reader;
	struct evert_firing *asked; /* who reads; NULL: nobody */
	double timeout;		    /* of each read, in seconds, if timed */
	struct evert_task look; /* from the loop: reads have had their share */
	uintptr_t first_frame;	/* where the stack was at the first of them */
	unsigned served;	/* reads, since the loop had its turn */
	struct evert_bell drained;
	struct evert_stream_descriptors *descriptors; /* NULL: not wanted */
	void (*begun)(struct evert_stream *stream, void *arg);
	void *begun_arg;
	bool owned;  /* somebody has the handle */
	bool held;   /* by its transport */
	bool closed; /* by evert_stream_close */
	bool is_timed; /* each read */
	bool stopped; /* the peer, for it sends more than is read */
	bool paused_writing;
	int16_t refused; /* -errno of what was to be written */
};

/*
 * Makes a protocol that is a stream; without memory NULL. `begun(stream, arg)`,
 * if not NULL, is called once it is connected; who takes the handle there
 * sets `owned`. Of `size` bytes, all zero but for the stream, which begins
 * them: so what lives as long as it has its place there.
 */
struct evert_protocol *
evert_stream_build(size_t size,
		   void (*begun)(struct evert_stream *stream, void *arg),
		   void *arg);

static inline struct evert_stream *
evert_stream_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_stream, base);
}

/*
 * Looks whether the read that waits has its outcome, given what is buffered
 * and the bytes that came now, if any; keeps what it does not take. The last
 * thing a caller does: whoever reads goes on, and may destroy the stream.
 */
void evert_stream_look(struct evert_stream *stream, const char *data,
		       size_t length);

/* The same when no bytes came, but something else did. */
static inline void evert_stream_look_again(struct evert_stream *stream)
{
	evert_stream_look(stream, "", 0);
}

/* The operation of the protocol; closes those that nobody took. */
void evert_stream_descriptors_received(struct evert_protocol *protocol,
				       int *fds, size_t count, bool lost);
void evert_stream_descriptors_drop(struct evert_stream *stream);

/* The task: looks again. */
void evert_stream_run_look(struct evert_task *task);

#endif
