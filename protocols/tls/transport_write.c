/* SPDX-License-Identifier: MIT */
/*
 * Writing. What a protocol writes while it is given data is encrypted when it
 * has returned, everything else by the task: a record each, however often was
 * written, and one write below. Only what fills a record is encrypted at once.
 */
#include "transport_internal.h"

#include <errno.h>
#include <string.h>

#include "handshake_internal.h"
#include "transport_file_internal.h"

/* ---- Encrypting ---- */

static inline void encrypt(struct evert_tls *tls, const char *data, size_t length)
{
	if (tls->broken || tls->error)
		return;
	if (!evert_tls_engine_write(&tls->engine, data, length))
		evert_tls_break(tls);
}

EVERT_APART void evert_tls_encrypt(struct evert_tls *tls, const char *data,
				   size_t length)
{
	encrypt(tls, data, length);
}

void evert_tls_drop_written(struct evert_tls *tls)
{
	evert_tls_bytes_drop(&tls->written);
	if (tls->gathered)
		tls->gathered->length = 0;
	evert_tls_gather_no_more(tls);
}

static void encrypt_gathered(struct evert_tls *tls)
{
	struct evert_tls_gathered *gathered = tls->gathered;
	size_t length = gathered->length;

	gathered->length = 0;
	gathered->most = 0; /* what follows it comes behind it */
	if (length)
		encrypt(tls, gathered->bytes, length);
}

static void encrypt_written(struct evert_tls *tls)
{
	struct evert_tls_bytes *written = tls->written;

	tls->written = NULL;
	encrypt(tls, evert_tls_bytes_first(written), written->length);
	evert_tls_bytes_drop(&written);
}

static void pause_writing(struct evert_tls *tls)
{
	struct evert_protocol *protocol = tls->base.protocol;

	if (tls->base.full)
		return;
	tls->base.full = true;
	if (!tls->base.closing && protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
}

/* Not while the session sends: what is written then, because a file of the one
   below is sent, comes behind what it is at. */
static inline bool can_encrypt(const struct evert_tls *tls)
{
	return !tls->handshake && !tls->sends;
}

static inline void encrypt_all(struct evert_tls *tls)
{
	if (!can_encrypt(tls))
		return;
	if (tls->gathered)
		encrypt_gathered(tls);
	while (tls->written)
		encrypt_written(tls);
}

/* Not before: inside, the protocol could enter the session again, or write
   something between two pieces. */
static inline void heed_full(struct evert_tls *tls)
{
	if (!tls->handshake && evert_tls_lower(tls)->full)
		pause_writing(tls);
}

void evert_tls_flush(struct evert_tls *tls)
{
	encrypt_all(tls);
	heed_full(tls);
}

/* More than is to be queued is not gathered, so that the mark is noticed. */
void evert_tls_begin_gathering(struct evert_tls *tls,
			       struct evert_tls_gathered *gathered)
{
	gathered->length = 0;
	gathered->most = tls->high < EVERT_TLS_RECORD ? tls->high :
							EVERT_TLS_RECORD - 1;
	if (tls->written || tls->base.closing || tls->base.write_ended ||
	    tls->has_file)
		gathered->most = 0;
	tls->gathered = gathered;
}

void evert_tls_gather_no_more(struct evert_tls *tls)
{
	if (tls->gathered)
		tls->gathered->most = 0;
}

void evert_tls_end_gathering(struct evert_tls *tls)
{
	evert_tls_flush(tls);
	tls->gathered = NULL;
}

/* ---- Marks ---- */

static size_t waiting(const struct evert_tls *tls)
{
	return evert_tls_bytes_length(tls->written) +
	       (tls->gathered ? tls->gathered->length : 0);
}

size_t evert_tls_queued(const struct evert_transport *base)
{
	const struct evert_tls *tls = evert_tls_from(base);

	return waiting(tls) + evert_tls_files_length(tls) +
	       evert_transport_queued(evert_tls_lower(tls));
}

/* Encrypted, it may go below at once; the one below pauses us, if need be. */
void evert_tls_heed_mark(struct evert_tls *tls)
{
	if (tls->base.full || evert_tls_queued(&tls->base) <= tls->high)
		return;
	if (tls->handshake || tls->has_file)
		pause_writing(tls);
	else
		evert_tls_flush(tls);
}

/* Has the protocol begun, which is not to hear of the handshake? */
static bool has_begun(const struct evert_tls *tls)
{
	return !tls->handshake || tls->handshake->in_the_middle;
}

void evert_tls_below_pause_writing(struct evert_protocol *below)
{
	struct evert_tls *tls = evert_tls_from_below(below);

	if (has_begun(tls) && !tls->sends)
		pause_writing(tls);
}

void evert_tls_heed_room(struct evert_tls *tls)
{
	struct evert_protocol *protocol = tls->base.protocol;

	if (tls->base.closing || !tls->base.full ||
	    evert_tls_lower(tls)->full || tls->has_file)
		return;
	tls->base.full = false;
	if (protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
}

void evert_tls_below_resume_writing(struct evert_protocol *below)
{
	struct evert_tls *tls = evert_tls_from_below(below);

	if (tls->handshake)
		return;
	evert_tls_flush(tls);
	if (tls->has_file)
		evert_tls_plan(tls);
	else
		evert_tls_heed_room(tls);
}

void evert_tls_heed_below(struct evert_tls *tls)
{
	if (evert_tls_lower(tls)->full)
		pause_writing(tls);
	else
		evert_tls_below_resume_writing(&tls->below);
}

void evert_tls_set_marks(struct evert_transport *base, size_t high, size_t low)
{
	struct evert_tls *tls = evert_tls_from(base);

	tls->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	tls->low = low < tls->high ? (uint32_t)low : tls->high;
	if (tls->gathered && tls->gathered->most > tls->high)
		tls->gathered->most = tls->high;
	if (base->closing || base->write_ended)
		return;
	evert_transport_set_write_marks(evert_tls_lower(tls),
					evert_tls_mark_below(tls), tls->low);
	evert_tls_heed_mark(tls);
}

void evert_tls_marks(const struct evert_transport *base, size_t *high,
		     size_t *low)
{
	*high = evert_tls_from(base)->high;
	*low = evert_tls_from(base)->low;
}

/* ---- Writing ---- */

/* All of it goes below now. */
static void encrypt_pieces(struct evert_tls *tls, const struct iovec *pieces,
			   size_t count)
{
	size_t i;

	encrypt_all(tls);
	for (i = 0; i < count; i++)
		encrypt(tls, pieces[i].iov_base, pieces[i].iov_len);
	heed_full(tls);
}

static bool put_one(struct evert_tls *tls, const struct iovec *piece)
{
	if (tls->has_file)
		return evert_tls_put_behind_file(tls, piece->iov_base,
						 piece->iov_len);
	return evert_tls_bytes_add(&tls->written, piece->iov_base,
				   piece->iov_len);
}

static bool put(struct evert_tls *tls, const struct iovec *pieces,
		size_t count)
{
	size_t i;

	if (tls->gathered && tls->gathered->length)
		encrypt_all(tls); /* it comes first */
	for (i = 0; i < count; i++)
		if (!put_one(tls, &pieces[i]))
			return false;
	if (!tls->busy && !tls->handshake)
		evert_tls_plan(tls);
	return true;
}

/* What is not gathered: it fills a record, or nobody gathers. */
static EVERT_APART int write_apart(struct evert_tls *tls,
				   const struct iovec *pieces, size_t count,
				   size_t length)
{
	if (!length)
		return 0;
	if (tls->base.closing || tls->base.write_ended)
		return -EPIPE;
	if (tls->error)
		return -tls->error;
	if (can_encrypt(tls) && !tls->has_file &&
	    (length >= EVERT_TLS_RECORD ||
	     waiting(tls) + length > EVERT_TLS_RECORD)) {
		encrypt_pieces(tls, pieces, count);
		return tls->error == ENOMEM ? -ENOMEM : 0;
	}
	if (!put(tls, pieces, count)) {
		evert_tls_lose(tls, ENOMEM);
		return -ENOMEM;
	}
	evert_tls_heed_mark(tls);
	return tls->error == ENOMEM ? -ENOMEM : 0;
}

static EVERT_APART int write_one_apart(struct evert_tls *tls, const void *data,
				       size_t length)
{
	struct iovec piece = { (void *)data, length };

	return write_apart(tls, &piece, 1, length);
}

/* Is there room where it is gathered? */
static inline char *gather(struct evert_tls *tls, size_t length)
{
	struct evert_tls_gathered *gathered = tls->gathered;
	char *to;

	if (!gathered || gathered->length + length > gathered->most || !length)
		return NULL;
	to = gathered->bytes + gathered->length;
	gathered->length += length;
	return to;
}

int evert_tls_write(struct evert_transport *base, const void *data,
		    size_t length)
{
	struct evert_tls *tls = evert_tls_from(base);
	char *to = gather(tls, length);

	if (!to)
		return write_one_apart(tls, data, length);
	memcpy(to, data, length);
	return 0;
}

int evert_tls_write_sequence(struct evert_transport *base,
			     const struct iovec *pieces, size_t count)
{
	struct evert_tls *tls = evert_tls_from(base);
	size_t i, length = 0;
	char *to;

	for (i = 0; i < count; i++)
		length += pieces[i].iov_len;
	to = gather(tls, length);
	if (!to)
		return write_apart(tls, pieces, count, length);
	for (i = 0; i < count; i++) {
		if (pieces[i].iov_len)
			memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
		to += pieces[i].iov_len;
	}
	return 0;
}

/* It is encrypted, and so copied, in any case. */
int evert_tls_write_owned(struct evert_transport *base, const void *data,
			  size_t length, void (*release)(void *arg), void *arg)
{
	int error = evert_tls_write(base, data, length);

	release(arg);
	return error;
}
