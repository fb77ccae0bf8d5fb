/* SPDX-License-Identifier: MIT */
/* A piece of a file that waits in a queue of output. */
#ifndef EVERT_REACTOR_FILE_PIECE_INTERNAL_H
#define EVERT_REACTOR_FILE_PIECE_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "file_piece.h"
#include "output_internal.h"

struct evert_file_piece {
	struct evert_system *system; /* whose `fd` is; NULL: not our own */
	int fd;
	off_t offset; /* of what is left */
	size_t left;
	int error;  /* an errno: why not all was sent, or 0 */
	bool plain; /* read and sent; sendfile(2) can't */
	/* It is sent, or is not sent any more; may call whatever it likes. */
	void (*done)(struct evert_file_piece *piece);
};

/* Sends some of it, at most 1 MiB, by `sendv` where sendfile(2) can't: how
   much, or -errno; -ENODATA: the file is shorter. */
ssize_t evert_file_piece_send(struct evert_file_piece *piece, int to,
			      evert_output_sendv sendv);

void evert_file_piece_close(struct evert_file_piece *piece);

#endif
