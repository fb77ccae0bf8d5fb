/* SPDX-License-Identifier: MIT */
#include "transport_file_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/transport/closing.h"
#include "../../reactor/transport/file_piece.h"

enum { AT_ONCE = 1 << 20 }; /* bytes: then come the others */

struct evert_tls_file {
	struct evert_tls_file *next;
	struct evert_file_piece *piece;
	struct evert_tls_bytes *behind; /* what was written after it */
};

static struct evert_tls_files *files_of(struct evert_tls *tls)
{
	if (!tls->files) {
		tls->files = evert_allocate(sizeof(*tls->files));
		if (tls->files)
			*tls->files = (struct evert_tls_files){ .first = NULL };
	}
	return tls->files;
}

/* ---- Taking one out ---- */

static struct evert_tls_file *take_first(struct evert_tls *tls)
{
	struct evert_tls_files *files = tls->files;
	struct evert_tls_file *file = files->first;

	files->first = file->next;
	tls->has_file = files->first;
	files->length -= evert_file_piece_left(file->piece);
	files->length -= evert_tls_bytes_length(file->behind);
	return file;
}

/* With an errno, or 0. */
static void end(struct evert_tls_file *file, int error)
{
	struct evert_file_piece *piece = file->piece;

	evert_tls_bytes_drop(&file->behind);
	evert_free(file);
	evert_file_piece_end(piece, error);
}

void evert_tls_drop_files(struct evert_tls *tls)
{
	while (tls->has_file)
		end(take_first(tls), 0);
	if (tls->files)
		evert_closing_end(tls->files->closing);
}

void evert_tls_finish_files(struct evert_tls *tls)
{
	evert_tls_drop_files(tls);
	if (tls->files)
		evert_closing_destroy(tls->files->closing);
	evert_free(tls->files);
	tls->files = NULL;
}

/* ---- The bound for one that is closing ---- */

static void overdue(void *arg);

static struct evert_closing *closing_of(struct evert_tls *tls)
{
	struct evert_tls_files *files = files_of(tls);

	if (files && !files->closing)
		files->closing = evert_closing_create(evert_tls_reactor(tls),
						      overdue, tls);
	return files ? files->closing : NULL;
}

/* The one below bounds what it has; it has not been told yet to close. */
static void observe_closing(struct evert_tls *tls)
{
	struct evert_tls_files *files = tls->files;
	struct evert_closing *closing = closing_of(tls);

	files->seen = evert_tls_queued(&tls->base);
	if (!closing ||
	    !evert_closing_observe(closing, files->seen, tls->loses))
		evert_tls_lose(tls, ENOMEM);
}

static void give_up(struct evert_tls *tls)
{
	evert_tls_fail(tls, evert_failure_create(
				    EVERT_CONNECTION_LOST, ETIMEDOUT,
				    "%zu bytes were given up when the "
				    "connection was closing",
				    evert_tls_queued(&tls->base)));
	evert_transport_abort(evert_tls_lower(tls));
}

/* Bytes that left the one below are progress, of which it says nothing. */
static void overdue(void *arg)
{
	struct evert_tls *tls = arg;

	if (evert_tls_queued(&tls->base) != tls->files->seen)
		observe_closing(tls);
	else
		give_up(tls);
}

int evert_tls_set_closing_time(struct evert_transport *base, double seconds)
{
	struct evert_tls *tls = evert_tls_from(base);
	int error = evert_transport_set_closing_time(evert_tls_lower(tls),
						     seconds);

	if (error || tls->gone)
		return error;
	return closing_of(tls) ? evert_closing_set(tls->files->closing,
						   seconds) :
				 -ENOMEM;
}

/* ---- Sending ---- */

/* While there is a file for as long as the protocol is paused for it, nothing
   more is queued below than what is under its low-water mark, and a record. */
size_t evert_tls_mark_below(const struct evert_tls *tls)
{
	return tls->files && tls->files->narrow ? tls->low : tls->high;
}

static void set_narrow(struct evert_tls *tls, bool narrow)
{
	if (tls->files->narrow == narrow)
		return;
	tls->files->narrow = narrow;
	evert_transport_set_write_marks(evert_tls_lower(tls),
					evert_tls_mark_below(tls), tls->low);
}

/* What was behind it comes next, and behind that what its end has written. */
static void finish_first(struct evert_tls *tls)
{
	struct evert_tls_file *file = take_first(tls);

	tls->written = file->behind;
	file->behind = NULL;
	end(file, 0);
	evert_tls_flush(tls);
}

static bool takes_more(const struct evert_tls *tls)
{
	return !tls->error && !tls->broken;
}

/* What its end writes is not to come behind the hole. */
static void lose_first(struct evert_tls *tls, int error)
{
	tls->error = (int16_t)error;
	end(take_first(tls), error);
	evert_tls_lose(tls, error);
}

/* A record of the first. */
static size_t send_some(struct evert_tls *tls)
{
	struct evert_tls_files *files = tls->files;
	struct evert_file_piece *piece = files->first->piece;
	char data[EVERT_TLS_RECORD];
	ssize_t got = evert_file_piece_read(piece, data, sizeof(data));

	if (got < 0) {
		lose_first(tls, (int)-got);
		return 0;
	}
	evert_tls_encrypt(tls, data, (size_t)got);
	if (!takes_more(tls))
		return 0;
	evert_file_piece_sent(piece, (size_t)got);
	files->length -= (size_t)got;
	if (!evert_file_piece_left(piece))
		finish_first(tls);
	return (size_t)got;
}

static void send_while_there_is_room(struct evert_tls *tls)
{
	size_t sent = 0;

	while (tls->has_file && takes_more(tls) &&
	       !evert_tls_lower(tls)->full && sent < AT_ONCE)
		sent += send_some(tls);
	evert_tls_flush(tls);
	if (sent >= AT_ONCE)
		evert_tls_plan(tls);
}

void evert_tls_send_files(struct evert_tls *tls)
{
	struct evert_tls_files *files = tls->files;

	if (!tls->has_file || tls->handshake || files->sends)
		return;
	if (tls->base.full)
		set_narrow(tls, true);
	files->sends = true;
	send_while_there_is_room(tls);
	files->sends = false;
	if (!takes_more(tls))
		evert_tls_drop_files(tls);
	if (tls->has_file) {
		if (tls->loses || tls->base.write_ended)
			observe_closing(tls);
		return;
	}
	evert_closing_end(files->closing);
	set_narrow(tls, false);
	evert_tls_heed_room(tls);
}

/* ---- Taking one over ---- */

bool evert_tls_put_behind_file(struct evert_tls *tls, const void *data,
			       size_t length)
{
	if (!evert_tls_bytes_add(&tls->files->last->behind, data, length))
		return false;
	tls->files->length += length;
	return true;
}

static struct evert_tls_file *create(struct evert_tls *tls,
				     struct evert_file_piece *piece)
{
	struct evert_tls_file *file =
		files_of(tls) ? evert_allocate(sizeof(*file)) : NULL;

	if (file)
		*file = (struct evert_tls_file){ .piece = piece };
	else
		evert_tls_lose(tls, ENOMEM);
	return file;
}

static void append(struct evert_tls *tls, struct evert_tls_file *file)
{
	struct evert_tls_files *files = tls->files;

	if (files->first)
		files->last->next = file;
	else
		files->first = file;
	files->last = file;
	files->length += evert_file_piece_left(file->piece);
	tls->has_file = true;
}

static bool goes_to_kernel(const struct evert_tls *tls)
{
	return tls->engine.in_kernel && !tls->handshake && !tls->has_file &&
	       !tls->sends;
}

/* It need not be read. */
static int write_to_kernel(struct evert_tls *tls,
			   struct evert_file_piece *piece)
{
	struct evert_transport *lower = evert_tls_lower(tls);

	evert_tls_flush(tls); /* it comes first */
	evert_tls_gather_no_more(tls);
	return lower->ops->write_file(lower, piece);
}

int evert_tls_write_file(struct evert_transport *base,
			 struct evert_file_piece *piece)
{
	struct evert_tls *tls = evert_tls_from(base);
	struct evert_tls_file *file;
	int error;

	if (base->closing || base->write_ended)
		return -EPIPE;
	if (tls->error)
		return -tls->error;
	if (goes_to_kernel(tls))
		return write_to_kernel(tls, piece);
	error = evert_file_piece_keep(piece, evert_tls_reactor(tls),
				      evert_tls_queued(base));
	if (error)
		return error;
	file = create(tls, piece);
	if (!file)
		return -ENOMEM;
	evert_tls_flush(tls); /* it comes first */
	append(tls, file);
	evert_tls_gather_no_more(tls);
	evert_tls_plan(tls);
	evert_tls_heed_mark(tls);
	return 0;
}
