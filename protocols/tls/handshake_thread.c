/* SPDX-License-Identifier: MIT */
/*
 * A step of the handshake in a thread, for what takes long: the work with a
 * key. Meanwhile the session is the thread's alone: what comes is kept, what it
 * sends is gathered, and the transport outlives it, whatever happens.
 */
#include "handshake_internal.h"

#include "../../deferred/base/memory.h"
#include "../../reactor/thread/thread_pool.h"
#include "error_internal.h"

struct step {
	struct evert_tls *tls;
	struct evert_tls_engine engine; /* with the transport's SSL */
	struct evert_tls_input input; /* what is in `in` */
	struct evert_tls_bytes *in, *out;
	bool starved; /* of memory */
	enum evert_tls_outcome outcome;
	struct evert_failure *failure; /* of one that is broken */
};

static void finish(struct step *step)
{
	evert_tls_bytes_drop(&step->in);
	evert_tls_bytes_drop(&step->out);
	evert_failure_release(step->failure);
	evert_free(step);
}

/* ---- In the thread ---- */

static void gather(struct evert_tls_engine *engine, unsigned char type,
		   const char *data, size_t length)
{
	struct step *step = evert_container_of(engine, struct step, engine);

	(void)type; /* of no kernel's, which has no keys yet */
	if (!evert_tls_bytes_add(&step->out, data, length))
		step->starved = true;
}

static const struct evert_tls_way gathering = { .send = gather };

static struct evert_result run(void *arg)
{
	struct step *step = arg;

	step->outcome = evert_tls_engine_handshake(&step->engine);
	if (step->outcome == EVERT_TLS_BROKEN)
		step->failure = evert_tls_failure(step->engine.ssl,
						  SSL_ERROR_SSL, EVERT_HERE);
	return evert_result_none();
}

/* ---- Back ---- */

static void fail(struct evert_tls *tls, const struct evert_result *in)
{
	struct evert_failure *failure = evert_failure_create(
		EVERT_TLS_FAILED, 0, "no thread for the TLS handshake");

	evert_failure_add_cause(
		failure, evert_failure_copy(evert_result_as_failure(in)));
	evert_tls_fail(tls, failure);
}

static void send_gathered(struct evert_tls *tls, const struct step *step)
{
	if (step->out)
		evert_tls_send(&tls->engine, 0,
			       evert_tls_bytes_first(step->out),
			       step->out->length);
	if (step->starved)
		evert_tls_lose(tls, ENOMEM);
}

static void go_on(struct evert_tls *tls, struct step *step)
{
	struct evert_tls_input nothing = { .at = "" };
	struct evert_failure *failure = step->failure;

	step->failure = NULL;
	send_gathered(tls, step);
	evert_tls_put_back(tls, &step->in, step->input.left);
	tls->busy = true;
	tls->engine.input = &nothing;
	evert_tls_handshake_heed(tls, step->outcome, failure);
	tls->engine.input = NULL;
	tls->busy = false;
	evert_tls_read_kept(tls);
	evert_tls_settle(tls);
}

/* A failure: it has not run, or not to its end. */
static struct evert_result back(struct evert_result *in, void *arg)
{
	struct step *step = arg;
	struct evert_tls *tls = step->tls;

	tls->in_thread = tls->waits = false;
	evert_tls_engine_move(&tls->engine, &step->engine, &evert_tls_way);
	tls->engine.input = NULL;
	if (tls->doomed)
		evert_tls_destroy(tls);
	else if (tls->handshake && !tls->broken && evert_result_is_failure(in))
		fail(tls, in);
	else if (tls->handshake && !tls->broken)
		go_on(tls, step);
	finish(step);
	return evert_result_none();
}

/* ---- There ---- */

static struct step *prepare(struct evert_tls *tls)
{
	const struct evert_tls_input *input = tls->engine.input;
	struct step *step = evert_allocate(sizeof(*step));

	if (!step)
		return NULL;
	*step = (struct step){ .tls = tls };
	if (evert_tls_bytes_add(&step->in, input->at, input->left))
		return step;
	evert_free(step);
	return NULL;
}

void evert_tls_handshake_give_to_thread(struct evert_tls *tls)
{
	struct step *step = prepare(tls);
	struct evert_deferred *done;

	if (!step) {
		evert_tls_lose(tls, ENOMEM);
		return;
	}
	tls->in_thread = tls->waits = true;
	evert_tls_engine_move(&step->engine, &tls->engine, &gathering);
	step->engine.input = &step->input;
	step->input.at = step->in ? evert_tls_bytes_first(step->in) : "";
	step->input.left = evert_tls_bytes_length(step->in);
	tls->engine.input->left = 0;
	done = evert_defer_to_thread_at(evert_tls_reactor(tls), run, step, NULL,
					tls->handshake->place);
	evert_deferred_add_both(done, back, step);
	evert_deferred_release(done);
}
