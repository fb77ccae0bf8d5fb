/* SPDX-License-Identifier: MIT */
#include "send_file.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../transport/file_piece_internal.h"

enum { COPIED_AT_ONCE = 16384 };

struct sending {
	struct evert_file_piece piece;
	struct evert_firing *sent;
	size_t length;
};

static struct evert_result outcome(const struct sending *sending)
{
	const struct evert_file_piece *piece = &sending->piece;

	if (!piece->left)
		return evert_result_none();
	return evert_result_fail(
		piece->error ? EVERT_SYSTEM : EVERT_CONNECTION_LOST,
		piece->error, "%zu of %zu bytes of the file were sent",
		sending->length - piece->left, sending->length);
}

static void done(struct evert_file_piece *piece)
{
	struct sending *sending =
		evert_container_of(piece, struct sending, piece);
	struct evert_firing *sent = sending->sent;
	struct evert_result result = outcome(sending);

	evert_file_piece_close(piece);
	evert_free(sending);
	evert_deferred_fire(&sent, result);
}

/* Where a transport can't do better. */
static int copy(struct evert_transport *transport,
		struct evert_file_piece *piece)
{
	size_t length = piece->left;
	char data[COPIED_AT_ONCE];
	int error = 0;
	ssize_t got;

	while (piece->left && !error) {
		got = evert_file_piece_read(piece, data, sizeof(data));
		error = got < 0 ? (int)got :
				  evert_transport_write(transport, data,
							(size_t)got);
		if (!error)
			evert_file_piece_sent(piece, (size_t)got);
	}
	/* A hole. */
	if (error && (piece->left < length || error == -ENODATA))
		evert_transport_abort(transport);
	evert_file_piece_end(piece, -error);
	return 0;
}

struct evert_deferred *
evert_transport_send_file_at(struct evert_transport *transport, int fd,
			     off_t offset, size_t length, const char *place)
{
	struct sending *sending = evert_allocate(sizeof(*sending));
	struct evert_deferred *deferred;
	int error = 0;

	if (!sending)
		return NULL;
	*sending = (struct sending){
		.piece = { .fd = fd, .offset = offset, .left = length,
			   .done = done },
		.length = length,
	};
	deferred = evert_deferred_create_at(&sending->sent, place, NULL, NULL);
	if (!deferred) {
		evert_free(sending);
		return NULL;
	}
	if (!length)
		done(&sending->piece);
	else
		error = (transport->ops->write_file ?
				 transport->ops->write_file :
				 copy)(transport, &sending->piece);
	if (error) {
		sending->piece.error = -error;
		done(&sending->piece);
	}
	return deferred;
}
