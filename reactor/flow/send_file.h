/* SPDX-License-Identifier: MIT */
/*
 * Sending a file, or a part of one, over a transport: by the kernel alone
 * (sendfile(2)), or where that can't be, read and written piece by piece.
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_FLOW_SEND_FILE_H
#define EVERT_REACTOR_FLOW_SEND_FILE_H

#include <sys/types.h>

#include "../../deferred/deferred.h"
#include "../transport/transport.h"

EVERT_BEGIN

/*
 * Sends `length` bytes of the file, from `offset` on, behind what was written
 * before, and before what is written after. `fd` stays the caller's, who may
 * close it at once; its own offset does not matter and stays. The bytes count
 * as queued; they are read when they are sent, which waits for the disk.
 *
 * The Deferred fires with nothing when the last byte was handed to the kernel,
 * perhaps before this returns. Cancelling it ends the waiting only. The caller
 * owns the reading end. It fails with EVERT_CONNECTION_LOST, which says how
 * much was sent; with EVERT_SYSTEM: ENODATA, the file was shorter; EPIPE, as
 * evert_transport_write; EFBIG: no file is so long; or what reading the file or
 * duplicating the descriptor said. When a part can't be sent the stream would
 * have a hole: the connection is reset, with that errno. NULL without memory:
 * then nothing was done.
 *
 * A transport in memory takes a copy at once. Over TLS (protocols/tls/tls.h) it
 * is read and encrypted as there is room, unless the kernel encrypts (ktls).
 */
#define evert_transport_send_file(...) \
	evert_transport_send_file_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_transport_send_file_at(struct evert_transport *transport, int fd,
			     off_t offset, size_t length, const char *place);

EVERT_END

#endif
