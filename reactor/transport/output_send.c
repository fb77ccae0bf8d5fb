/* SPDX-License-Identifier: MIT */
#include "output_chunk_internal.h"

#include <errno.h>

#include "file_piece_internal.h"
#include "parcel_internal.h"
#include "tell_bytes_internal.h"

enum {
	PARTS = 64, /* in one system call */
	FILE_AT_ONCE = 1 << 22, /* bytes: then come the others */
};

/* Describes the first chunks, up to one with a parcel, which is to be the
   first, or of a file; returns how many. */
static int describe(const struct evert_output *output, struct iovec *parts,
		    size_t *bytes)
{
	struct evert_output_chunk *chunk = output->last;
	int count = 0;

	*bytes = 0;
	do {
		chunk = chunk->next;
		parts[count].iov_base = chunk->data;
		parts[count].iov_len = chunk->length;
		*bytes += chunk->length;
		count++;
	} while (chunk != output->last && count < PARTS && !chunk->alone &&
		 !chunk->next->parcel && chunk->next->data);
	return count;
}

/* Takes out what was sent. The caller's data is released when all is taken
   out: that may call whatever it likes, and write more. */
static void take_sent(struct evert_output *output,
		      struct evert_reactor *reactor, size_t sent)
{
	struct evert_output owned = { .last = NULL };
	struct evert_output_chunk *chunk;

	while (output->last && sent >= output->last->next->length) {
		chunk = evert_output_take_first(output);
		sent -= chunk->length;
		if (chunk->release)
			evert_output_append(&owned, chunk);
		else
			evert_chunk_give_back(reactor, chunk);
	}
	if (sent) {
		chunk = output->last->next;
		chunk->data += sent;
		chunk->length -= sent;
		output->last->queued -= sent;
	}
	evert_output_drop(&owned, reactor);
}

/* With any byte the descriptors are gone, too; every byte of a record needs its
   type. */
static EVERT_APART ssize_t send_parcel(struct evert_output_chunk *first,
				       struct evert_reactor *reactor, int fd,
				       const struct iovec *parts, int count)
{
	int64_t at = evert_tell_now();
	ssize_t sent = evert_parcel_send(first->parcel, reactor->system, fd,
					 parts, count);

	if (at)
		evert_tell_written(reactor->system, fd, parts, sent, at);
	if (sent > 0 && !first->alone)
		evert_chunk_release_parcel(reactor, first);
	return sent;
}

/* With all of it sent, it is taken out. */
static EVERT_APART int send_file(struct evert_output *output,
				 struct evert_reactor *reactor, int fd,
				 evert_output_sendv sendv)
{
	struct evert_output_chunk *first = output->last->next;
	size_t before = first->length;
	ssize_t sent = 0;

	while (first->length && before - first->length < FILE_AT_ONCE) {
		sent = evert_file_piece_send(first->arg, fd, sendv);
		if (sent == -EINTR)
			continue;
		if (sent < 0)
			return (int)sent;
		first->length -= (size_t)sent;
		output->last->queued -= (size_t)sent;
	}
	if (first->length)
		return -EAGAIN;
	take_sent(output, reactor, 0);
	return 0;
}

static int send_chunks(struct evert_output *output,
		       struct evert_reactor *reactor, int fd,
		       evert_output_sendv sendv)
{
	struct evert_system *system = reactor->system;
	struct evert_output_chunk *first;
	struct iovec parts[PARTS];
	size_t bytes;
	ssize_t sent;
	int count;

	while (output->last) {
		first = output->last->next;
		if (!EVERT_LIKELY(first->data != NULL)) {
			count = send_file(output, reactor, fd, sendv);
			if (count)
				return count;
			continue;
		}
		count = describe(output, parts, &bytes);
		if (EVERT_LIKELY(!first->parcel))
			sent = sendv(system, fd, parts, count);
		else
			sent = send_parcel(first, reactor, fd, parts, count);
		if (sent == -EINTR)
			continue;
		if (sent < 0)
			return (int)sent;
		take_sent(output, reactor, (size_t)sent);
		/* A short write: the kernel has no more room. */
		if ((size_t)sent < bytes)
			return -EAGAIN;
	}
	return 0;
}

int evert_output_send_rest(struct evert_output *output,
			   const struct evert_watch *watch,
			   evert_output_sendv sendv, ssize_t sent)
{
	int error = evert_output_stop_gathering(output, watch->reactor,
						sent < 0 ? 0 : (size_t)sent);

	if (error)
		return error;
	if (sent == -EINTR)
		return send_chunks(output, watch->reactor, watch->fd, sendv);
	return sent < 0 ? (int)sent : -EAGAIN;
}

void evert_output_tell_gathered(const struct evert_watch *watch, ssize_t sent,
				int64_t at)
{
	struct iovec part = { watch->reactor->write_buffer, 0 };

	part.iov_len = sent < 0 ? 0 : (size_t)sent;
	evert_tell_written(watch->reactor->system, watch->fd, &part, sent, at);
}

int evert_output_send(struct evert_output *output,
		      const struct evert_watch *watch, evert_output_sendv sendv)
{
	struct evert_reactor *reactor = watch->reactor;
	bool is_sent;
	ssize_t sent;
	int64_t at;

	if (!evert_output_gathers(output, reactor))
		return send_chunks(output, reactor, watch->fd, sendv);
	if (!reactor->window.used) {
		evert_output_end_gathering(reactor);
		return 0;
	}
	at = evert_tell_now();
	is_sent = evert_output_send_gathered(watch, &sent);
	if (at)
		evert_output_tell_gathered(watch, sent, at);
	if (is_sent) {
		reactor->window.most = 0;
		return 0;
	}
	return evert_output_send_rest(output, watch, sendv, sent);
}
