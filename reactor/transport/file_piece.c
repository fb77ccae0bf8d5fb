/* SPDX-License-Identifier: MIT */
#include "file_piece_internal.h"

#include <errno.h>
#include <stdint.h>

#include "../reactor_internal.h"
#include "tell_bytes_internal.h"

enum { AT_ONCE = 1 << 20, PLAIN_AT_ONCE = 16384 };

static ssize_t send_plain(const struct evert_file_piece *piece, int to,
			  size_t size, evert_output_sendv sendv)
{
	struct evert_system *system = piece->system;
	char data[PLAIN_AT_ONCE];
	struct iovec part = { data, 0 };
	ssize_t got;

	if (size > sizeof(data))
		size = sizeof(data);
	got = system->ops->pread(system, piece->fd, data, size, piece->offset);
	if (got <= 0)
		return got;
	part.iov_len = (size_t)got;
	return sendv(system, to, &part, 1);
}

static ssize_t send_file(const struct evert_file_piece *piece, int to,
			 size_t size)
{
	struct evert_system *system = piece->system;
	int64_t at = evert_tell_now();
	ssize_t sent = system->ops->sendfile(system, to, piece->fd,
					     piece->offset, size);

	if (at)
		evert_tell_written(system, to, NULL, sent, at);
	return sent;
}

static ssize_t send_some(struct evert_file_piece *piece, int to,
			 evert_output_sendv sendv)
{
	struct evert_system *system = piece->system;
	size_t size = piece->left < AT_ONCE ? piece->left : AT_ONCE;
	ssize_t sent = -EINVAL;

	if (!piece->plain && system->ops->sendfile)
		sent = send_file(piece, to, size);
	if (sent != -EINVAL && sent != -ENOSYS)
		return sent;
	piece->plain = true;
	return send_plain(piece, to, size, sendv);
}

ssize_t evert_file_piece_send(struct evert_file_piece *piece, int to,
			      evert_output_sendv sendv)
{
	ssize_t sent = send_some(piece, to, sendv);

	if (sent == 0)
		sent = -ENODATA;
	if (sent > 0)
		evert_file_piece_sent(piece, (size_t)sent);
	else if (sent != -EAGAIN && sent != -EINTR)
		piece->error = (int)-sent;
	return sent;
}

/* What is queued is counted: with more than fits it would be nothing. */
static bool can_be_counted(size_t length, size_t queued)
{
	return length <= PTRDIFF_MAX && queued <= PTRDIFF_MAX - length;
}

int evert_file_piece_keep(struct evert_file_piece *piece,
			  struct evert_reactor *reactor, size_t queued)
{
	struct evert_system *system = reactor->system;
	int fd;

	if (!can_be_counted(piece->left, queued))
		return -EFBIG;
	fd = system->ops->dup(system, piece->fd);
	if (fd < 0)
		return fd;
	piece->system = system;
	piece->fd = fd;
	return 0;
}

size_t evert_file_piece_left(const struct evert_file_piece *piece)
{
	return piece->left;
}

ssize_t evert_file_piece_read(const struct evert_file_piece *piece, void *to,
			      size_t size)
{
	struct evert_system *system =
		piece->system ? piece->system : evert_system_real();
	ssize_t got;

	if (size > piece->left)
		size = piece->left;
	do {
		got = system->ops->pread(system, piece->fd, to, size,
					 piece->offset);
	} while (got == -EINTR);
	return got ? got : -ENODATA;
}

void evert_file_piece_sent(struct evert_file_piece *piece, size_t size)
{
	piece->offset += (off_t)size;
	piece->left -= size;
}

void evert_file_piece_end(struct evert_file_piece *piece, int error)
{
	piece->error = error;
	piece->done(piece);
}

void evert_file_piece_close(struct evert_file_piece *piece)
{
	if (piece->system)
		piece->system->ops->close(piece->system, piece->fd);
	piece->system = NULL;
}
