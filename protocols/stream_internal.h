/* SPDX-License-Identifier: MIT */
#ifndef EVERT_PROTOCOLS_STREAM_INTERNAL_H
#define EVERT_PROTOCOLS_STREAM_INTERNAL_H

#include <protocols/stream.h>

/*
 * Makes a protocol that is a stream; without memory NULL. `begun(stream, arg)`,
 * if not NULL, is called once it is connected; who takes the handle there
 * calls evert_stream_own.
 */
struct evert_protocol *
evert_stream_build(void (*begun)(struct evert_stream *stream, void *arg),
		   void *arg);

/* From now on the stream lives until evert_stream_destroy, too. */
void evert_stream_own(struct evert_stream *stream);

struct evert_stream *evert_stream_from(struct evert_protocol *protocol);

#endif
