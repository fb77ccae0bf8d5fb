/* SPDX-License-Identifier: MIT */
/* The transport over a descriptor that is a stream of bytes, of whatever
   kind. */
#ifndef EVERT_REACTOR_STREAM_INTERNAL_H
#define EVERT_REACTOR_STREAM_INTERNAL_H

#include <reactor/protocol.h>
#include <reactor/reactor_internal.h>

/*
 * Takes over the connected descriptor `fd`: has the factory build a protocol,
 * makes the transport and calls connection_made. Returns the protocol. NULL
 * and errno when that failed, ECONNABORTED when the factory refused: then the
 * descriptor is closed. From the loop only.
 */
struct evert_protocol *evert_stream_open(struct evert_reactor *reactor, int fd,
					 struct evert_factory *factory,
					 const struct evert_address *peer);

#endif
