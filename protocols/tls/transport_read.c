/* SPDX-License-Identifier: MIT */
/*
 * Reading. Records are decrypted where the one below has put them; only what
 * can't be decrypted yet (reading is paused, the handshake waits) is kept, and
 * then the one below is stopped.
 */
#include "transport_internal.h"

#include <errno.h>

#include "handshake_internal.h"
#include "transport_file_internal.h"

/* ---- To the protocol ---- */

static bool delivers(const struct evert_tls *tls)
{
	return !tls->base.closing && !tls->paused && !tls->ended &&
	       !tls->broken;
}

/* Does the protocol keep data that the end comes behind? */
static bool is_held(const struct evert_tls *tls)
{
	return tls->paused || tls->base.held || tls->kept;
}

static void fail_cut(struct evert_tls *tls)
{
	tls->cut = true;
	evert_tls_fail(tls, evert_failure_bare(EVERT_TLS_TRUNCATED));
}

void evert_tls_tell_end(struct evert_tls *tls)
{
	struct evert_protocol *protocol = tls->base.protocol;

	tls->end_waits = false;
	if (tls->base.closing)
		return;
	tls->end_waits = is_held(tls);
	if (tls->end_waits)
		return;
	if (!tls->ended) {
		fail_cut(tls);
		return;
	}
	tls->base.ended = true;
	if (protocol->ops->end_received)
		protocol->ops->end_received(protocol);
	else
		evert_transport_lose_connection(&tls->base);
}

/* One record. False: there is no more, for now. */
static bool deliver_record(struct evert_tls *tls, char *plain)
{
	size_t size;

	switch (evert_tls_engine_read(&tls->engine, plain, &size)) {
	case EVERT_TLS_DONE:
		tls->base.protocol->ops->data_received(tls->base.protocol,
						       plain, size);
		return true;
	case EVERT_TLS_ENDED:
		tls->ended = true;
		tls->engine.input->left = 0; /* what comes behind it is not TLS */
		evert_tls_tell_end(tls);
		return false;
	case EVERT_TLS_BROKEN:
		evert_tls_break(tls);
		return false;
	default:
		return false;
	}
}

/* What the protocol writes meanwhile is encrypted when all is delivered. */
static void deliver(struct evert_tls *tls)
{
	struct evert_tls_gathered gathered;
	char plain[EVERT_TLS_RECORD];

	evert_tls_begin_gathering(tls, &gathered);
	while (tls->engine.input->left && delivers(tls) && deliver_record(tls, plain))
		;
	evert_tls_end_gathering(tls);
}

/* Works through bytes: how many of them it leaves. */
static size_t work(struct evert_tls *tls, const char *data, size_t length)
{
	struct evert_tls_input input = { .at = data, .left = length };

	tls->busy = true;
	tls->engine.input = &input;
	if (!tls->handshake || evert_tls_handshake_go_on(tls))
		deliver(tls);
	tls->engine.input = NULL;
	tls->busy = false;
	if (tls->broken || tls->ended || (tls->base.closing && !tls->handshake))
		return 0;
	return input.left;
}

/* ---- What has to be kept ---- */

static void keep(struct evert_tls *tls, const char *data, size_t length)
{
	if (!evert_tls_bytes_add(&tls->kept, data, length))
		evert_tls_lose(tls, ENOMEM);
}

/* It comes before what came meanwhile. */
void evert_tls_put_back(struct evert_tls *tls, struct evert_tls_bytes **bytes,
			size_t left)
{
	struct evert_tls_bytes *later = tls->kept;

	if (!*bytes || !left) {
		evert_tls_bytes_drop(bytes);
		return;
	}
	(*bytes)->start += (*bytes)->length - left;
	(*bytes)->length = left;
	tls->kept = *bytes;
	*bytes = NULL;
	if (later)
		keep(tls, evert_tls_bytes_first(later), later->length);
	evert_tls_bytes_drop(&later);
}

static bool may_work(const struct evert_tls *tls)
{
	return !tls->busy && !tls->waits && !tls->broken && !tls->gone &&
	       (tls->handshake || !tls->paused);
}

void evert_tls_read_kept(struct evert_tls *tls)
{
	struct evert_tls_bytes *bytes = tls->kept;
	size_t left;

	if (!may_work(tls) || !(bytes || (tls->resumes && tls->handshake)))
		return;
	tls->kept = NULL;
	tls->resumes = false;
	left = work(tls, bytes ? evert_tls_bytes_first(bytes) : "",
		    evert_tls_bytes_length(bytes));
	evert_tls_put_back(tls, &bytes, left);
}

/* ---- Steering the one below ---- */

/* While a choice waits it reads, too: a client that goes is noticed. */
void evert_tls_steer(struct evert_tls *tls)
{
	struct evert_transport *lower = evert_tls_lower(tls);
	bool reads = !tls->kept && !tls->in_thread &&
		     (tls->handshake || !tls->paused);
	bool held = !tls->base.closing && (tls->kept || tls->base.held);
	bool let_go = tls->holds && !held;

	if (tls->gone)
		return;
	lower->held = tls->holds = held;
	if (let_go || (reads && tls->stops)) /* the first: it tells its end */
		evert_transport_resume_reading(lower);
	if (!reads && (let_go || !tls->stops))
		evert_transport_pause_reading(lower);
	tls->stops = !reads;
}

/* Is there nothing to be steered, nor else to be settled, as most often? */
static inline bool is_settled(const struct evert_tls *tls)
{
	return !(tls->paused | tls->stops | tls->holds | tls->waits |
		 tls->gone | tls->has_file) &&
	       !tls->kept && !tls->written && !tls->handshake &&
	       !(tls->base.held | tls->base.closing | tls->base.write_ended);
}

void evert_tls_pause_reading(struct evert_transport *base)
{
	struct evert_tls *tls = evert_tls_from(base);

	tls->paused = true;
	if (!tls->busy)
		evert_tls_steer(tls);
}

/* What was kept is delivered from the loop. */
void evert_tls_resume_reading(struct evert_transport *base)
{
	struct evert_tls *tls = evert_tls_from(base);

	tls->paused = false;
	if (tls->kept || tls->end_waits)
		evert_tls_plan(tls);
	if (!tls->busy)
		evert_tls_steer(tls);
}

bool evert_tls_is_reading(const struct evert_transport *base)
{
	return !evert_tls_from(base)->paused;
}

/* ---- As the protocol of the one below ---- */

/* Is nothing of what comes wanted any more? */
static bool drops(const struct evert_tls *tls)
{
	return tls->broken || tls->ended || tls->gone ||
	       (tls->base.closing && !tls->handshake);
}

static void keep_and_read(struct evert_tls *tls, const char *data,
			  size_t length)
{
	keep(tls, data, length);
	if (!tls->busy) {
		evert_tls_read_kept(tls);
		evert_tls_settle(tls);
	}
}

static void data_received(struct evert_protocol *below, const char *data,
			  size_t length)
{
	struct evert_tls *tls = evert_tls_from_below(below);
	size_t left;

	if (drops(tls))
		return;
	if (tls->kept || !may_work(tls)) {
		keep_and_read(tls, data, length);
		return;
	}
	left = work(tls, data, length);
	if (left)
		keep(tls, data + length - left, left);
	if (!is_settled(tls))
		evert_tls_settle(tls);
}

static void connection_made(struct evert_protocol *below)
{
	evert_tls_handshake_begin(evert_tls_from_below(below));
}

/* In the handshake the failure says so. */
static struct evert_failure *cut_short(const struct evert_tls *tls)
{
	if (tls->handshake)
		return evert_failure_create_at(
			tls->handshake->place, EVERT_TLS_FAILED, 0,
			"the other side ended the connection during the TLS "
			"handshake");
	return evert_failure_bare(EVERT_TLS_TRUNCATED);
}

/* Without the end of TLS: what came may be a part of what was sent. */
static void end_received(struct evert_protocol *below)
{
	struct evert_tls *tls = evert_tls_from_below(below);

	if (drops(tls))
		return;
	if (tls->handshake)
		evert_tls_fail(tls, cut_short(tls));
	else
		evert_tls_tell_end(tls);
}

/* Was only our end not taken, by a peer that had sent its own and closed? */
static bool is_done_all_the_same(const struct evert_tls *tls,
				 const struct evert_failure *reason)
{
	return reason->kind == EVERT_CONNECTION_LOST && tls->ended &&
	       tls->said_end && tls->all_sent &&
	       (reason->error == EPIPE || reason->error == ECONNRESET);
}

/* What connection_lost is to be told; the caller owns it. */
static struct evert_failure *reason_of(struct evert_tls *tls,
				       const struct evert_failure *reason)
{
	struct evert_failure *why;

	if (reason->kind == EVERT_CONNECTION_DONE && !tls->ended &&
	    !tls->base.closing)
		why = cut_short(tls);
	else if (is_done_all_the_same(tls, reason))
		why = evert_failure_bare(EVERT_CONNECTION_DONE);
	else
		why = evert_failure_copy(reason);
	return evert_transport_reason(&tls->base, why);
}

static void connection_lost(struct evert_protocol *below,
			    const struct evert_failure *reason)
{
	struct evert_tls *tls = evert_tls_from_below(below);
	struct evert_protocol *protocol = tls->base.protocol;
	bool begun = !tls->handshake || tls->handshake->in_the_middle;
	struct evert_failure *why = reason_of(tls, reason);

	tls->gone = true;
	tls->base.closing = true;
	evert_tls_drop_files(tls);
	if (begun && protocol->ops->connection_lost)
		protocol->ops->connection_lost(protocol, why);
	if (tls->handshake)
		evert_tls_handshake_end(tls, why);
	else
		evert_failure_release(why);
}

static struct evert_protocol *behind(struct evert_protocol *below)
{
	return evert_tls_from_below(below)->base.protocol;
}

static void destroy(struct evert_protocol *below)
{
	evert_tls_destroy(evert_tls_from_below(below));
}

const struct evert_protocol_ops evert_tls_below_ops = {
	.data_received = data_received,
	.connection_made = connection_made,
	.connection_lost = connection_lost,
	.end_received = end_received,
	.pause_writing = evert_tls_below_pause_writing,
	.resume_writing = evert_tls_below_resume_writing,
	.stopping = evert_tls_stopping,
	.behind = behind,
	.destroy = destroy,
};
