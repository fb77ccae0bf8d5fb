/* SPDX-License-Identifier: MIT */
#include "transport_internal.h"

#include <errno.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/reactor.h"
#include "error_internal.h"
#include "handshake_internal.h"
#include "transport_file_internal.h"

/* ---- The end ---- */

/* Is there something that can't be encrypted before the handshake is done? Our
   end alone, too, whose reading goes on. */
static bool has_to_wait(const struct evert_tls *tls)
{
	return (tls->handshake &&
		(!tls->loses || evert_tls_bytes_length(tls->written))) ||
	       tls->has_file;
}

static void say_end(struct evert_tls *tls)
{
	if (tls->handshake || tls->broken || tls->said_end)
		return;
	tls->said_end = true;
	tls->all_sent = !evert_transport_queued(evert_tls_lower(tls));
	evert_tls_engine_close(&tls->engine);
}

/* What was written is encrypted: our end, as far as it was asked for. */
static void send_end(struct evert_tls *tls)
{
	struct evert_transport *lower = evert_tls_lower(tls);

	say_end(tls);
	if ((tls->loses || tls->base.ended) && !tls->let_go) {
		tls->let_go = true; /* both sides have ended */
		tls->base.closing = true;
		evert_transport_lose_connection(lower);
	} else if (!lower->write_ended) {
		evert_transport_lose_write(lower);
	}
}

void evert_tls_settle(struct evert_tls *tls)
{
	if (tls->gone)
		return;
	evert_tls_flush(tls);
	evert_tls_send_files(tls);
	if ((tls->loses || tls->base.write_ended) && !has_to_wait(tls))
		send_end(tls);
	evert_tls_steer(tls);
}

/* No more is taken below than what can be queued at once. */
static void give_up_files(struct evert_tls *tls)
{
	evert_tls_fail(tls, evert_failure_create(
				    EVERT_REACTOR_STOPPED, 0,
				    "%zu bytes were given up when the reactor "
				    "stopped", evert_tls_files_length(tls)));
}

void evert_tls_stopping(struct evert_protocol *below)
{
	struct evert_tls *tls = evert_tls_from_below(below);
	struct evert_protocol *protocol = tls->base.protocol;

	if (protocol->ops->stopping && !tls->base.closing && !tls->handshake)
		protocol->ops->stopping(protocol);
	tls->base.closing = true;
	evert_tls_flush(tls);
	if (tls->has_file)
		give_up_files(tls);
	else
		say_end(tls);
}

static void run(struct evert_task *task)
{
	struct evert_tls *tls = evert_container_of(task, struct evert_tls,
						   task);

	if (tls->gone)
		return;
	evert_tls_read_kept(tls);
	if (tls->end_waits)
		evert_tls_tell_end(tls);
	evert_tls_settle(tls);
}

struct evert_reactor *evert_tls_reactor(const struct evert_tls *tls)
{
	struct evert_reactor *reactor =
		evert_transport_reactor(evert_tls_lower(tls));

	if (!reactor)
		reactor = evert_reactor_current();
	if (!reactor)
		evert_bug("TLS over a transport that has no reactor, while "
			  "none runs; see evert_memory_transport_set_reactor");
	return reactor;
}

void evert_tls_plan(struct evert_tls *tls)
{
	if (!tls->gone)
		evert_task_plan(evert_tls_reactor(tls), &tls->task);
}

static void lose_connection(struct evert_transport *base)
{
	struct evert_tls *tls = evert_tls_from(base);

	if (base->closing)
		return;
	base->closing = true;
	tls->loses = true;
	evert_tls_gather_no_more(tls);
	evert_tls_plan(tls);
}

static void give_up(struct evert_tls *tls)
{
	tls->base.closing = true;
	tls->broken = true;
	tls->waits = false;
	evert_tls_drop_written(tls);
	evert_tls_drop_files(tls);
}

static void abort_connection(struct evert_transport *base)
{
	struct evert_tls *tls = evert_tls_from(base);

	if (tls->gone)
		return;
	give_up(tls);
	evert_transport_abort(evert_tls_lower(tls));
}

void evert_tls_fail(struct evert_tls *tls, struct evert_failure *failure)
{
	give_up(tls);
	evert_transport_fail(evert_tls_lower(tls), failure);
}

void evert_tls_break(struct evert_tls *tls)
{
	evert_tls_fail(tls, evert_tls_failure(tls->engine.ssl, SSL_ERROR_SSL,
					      EVERT_HERE));
}

void evert_tls_lose(struct evert_tls *tls, int error)
{
	tls->error = (int16_t)error;
	evert_tls_fail(tls, evert_failure_create(EVERT_CONNECTION_LOST, error,
						 "connection lost"));
	evert_transport_abort(evert_tls_lower(tls));
}

static int lose_write(struct evert_transport *base)
{
	struct evert_tls *tls = evert_tls_from(base);

	if (base->closing || base->write_ended || tls->error)
		return -EPIPE;
	base->write_ended = true;
	evert_tls_gather_no_more(tls);
	evert_tls_plan(tls);
	return 0;
}

/* ---- What the one below does ---- */

static struct evert_deferred *wait_closed(struct evert_transport *base,
					  const char *place)
{
	return evert_transport_closed_at(
		evert_tls_lower(evert_tls_from(base)), place);
}

static int get_address(const struct evert_transport *base, bool peer,
		       struct evert_address *address)
{
	struct evert_transport *lower = evert_tls_lower(evert_tls_from(base));

	return lower->ops->address(lower, peer, address);
}

static int set_option(struct evert_transport *base, int level, int option,
		      int value)
{
	struct evert_transport *lower = evert_tls_lower(evert_tls_from(base));

	return lower->ops->set_option(lower, level, option, value);
}

static int get_option(const struct evert_transport *base, int level,
		      int option, void *value, socklen_t *length)
{
	struct evert_transport *lower = evert_tls_lower(evert_tls_from(base));

	return lower->ops->get_option ?
		       lower->ops->get_option(lower, level, option, value,
					      length) :
		       -EOPNOTSUPP;
}

static struct evert_reactor *get_reactor(const struct evert_transport *base)
{
	return evert_tls_reactor(evert_tls_from(base));
}

/* ---- Its protocol ---- */

void evert_tls_own(struct evert_tls *tls,
		   const struct evert_owned_protocol *upper)
{
	tls->destroys = upper->destroys;
	tls->frees = upper->frees;
	tls->base.protocol = upper->protocol;
	upper->protocol->transport = &tls->base;
}

static struct evert_owned_protocol owned(const struct evert_tls *tls)
{
	return (struct evert_owned_protocol){
		.protocol = tls->base.protocol,
		.destroys = tls->destroys,
		.frees = tls->frees,
	};
}

static int set_protocol(struct evert_transport *base,
			struct evert_protocol *protocol,
			struct evert_owned_protocol *former)
{
	struct evert_owned_protocol upper = { protocol, true, false };
	struct evert_tls *tls = evert_tls_from(base);

	if (base->closing || tls->gone)
		return -EPIPE;
	*former = owned(tls);
	base->held = false;
	evert_tls_own(tls, &upper);
	return 0;
}

const struct evert_transport_ops evert_tls_transport_ops = {
	.write = evert_tls_write,
	.write_sequence = evert_tls_write_sequence,
	.write_owned = evert_tls_write_owned,
	.lose_connection = lose_connection,
	.abort = abort_connection,
	.lose_write = lose_write,
	.pause_reading = evert_tls_pause_reading,
	.resume_reading = evert_tls_resume_reading,
	.set_marks = evert_tls_set_marks,
	.queued = evert_tls_queued,
	.closed = wait_closed,
	.set_closing_time = evert_tls_set_closing_time,
	.address = get_address,
	.set_option = set_option,
	.is_reading = evert_tls_is_reading,
	.marks = evert_tls_marks,
	.reactor = get_reactor,
	.set_protocol = set_protocol,
	.get_option = get_option,
	.write_file = evert_tls_write_file,
};

/* ---- Life and death ---- */

struct evert_tls *evert_tls_create(SSL *ssl)
{
	struct evert_tls *tls = evert_allocate(sizeof(*tls));

	if (!tls) {
		SSL_free(ssl);
		return NULL;
	}
	*tls = (struct evert_tls){
		.base.ops = &evert_tls_transport_ops,
		.below.ops = &evert_tls_below_ops,
		.ktls = EOPNOTSUPP,
	};
	evert_task_init(&tls->task, run);
	if (evert_tls_engine_init(&tls->engine, ssl, &evert_tls_way))
		return tls;
	SSL_free(ssl);
	evert_free(tls);
	return NULL;
}

static void finish_upper(struct evert_tls *tls)
{
	struct evert_owned_protocol upper = owned(tls);

	tls->base.protocol = NULL;
	evert_owned_protocol_release(&upper);
}

void evert_tls_destroy(struct evert_tls *tls)
{
	evert_task_cancel(&tls->task);
	tls->base.closing = true;
	evert_tls_finish_files(tls);
	finish_upper(tls);
	if (tls->in_thread) {
		tls->doomed = true;
		return;
	}
	evert_tls_engine_finish(&tls->engine);
	evert_tls_bytes_drop(&tls->kept);
	evert_tls_drop_written(tls);
	evert_failure_release(tls->base.why);
	evert_free(tls);
}
