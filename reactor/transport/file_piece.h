/* SPDX-License-Identifier: MIT */
/*
 * For who makes a kind of transport (evert_transport_ops.write_file): a piece
 * of a file that is to be sent, behind what was written before. One that can't
 * have the kernel send it keeps a descriptor, reads and sends some whenever
 * there is room, and says what has come of it.
 *
 * Thread rule: that of the transport.
 */
#ifndef EVERT_REACTOR_FILE_PIECE_H
#define EVERT_REACTOR_FILE_PIECE_H

#include <stddef.h>
#include <sys/types.h>

#include "../../deferred/base/base.h"

EVERT_BEGIN

struct evert_file_piece;
struct evert_reactor;

/* How many bytes of the piece were not sent yet; at first never 0. */
size_t evert_file_piece_left(const struct evert_file_piece *piece);

/* Keeps the piece, behind `queued` bytes: from here on it has a descriptor of
   its own, which it had not before, and which evert_file_piece_end closes. 0, or
   -errno; -EFBIG: it and they are more bytes than can be counted. */
int evert_file_piece_keep(struct evert_file_piece *piece,
			  struct evert_reactor *reactor, size_t queued);

/* Reads the next bytes of the piece, at most `size`, which waits for the disk:
   how many, or -errno; -ENODATA: the file is shorter. */
ssize_t evert_file_piece_read(const struct evert_file_piece *piece, void *to,
			      size_t size);

/* Goes on behind so many of the bytes that were read: they were sent. */
void evert_file_piece_sent(struct evert_file_piece *piece, size_t size);

/* Ends the piece: it is over, and no more may be done with it: all was sent, or
   with an errno, or 0 for a connection that has ended, not all. May call
   whatever the program likes. */
void evert_file_piece_end(struct evert_file_piece *piece, int error);

EVERT_END

#endif
