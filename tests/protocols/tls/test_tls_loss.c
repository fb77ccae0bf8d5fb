/* SPDX-License-Identifier: MIT */
/* What came before a connection was lost, and what is under way when one side
   closes. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;

static void finish(void)
{
	tls_pair_close(&pair);
}

/* Resets are of TCP: elsewhere an abort is an end. */
static enum tls_carrier carriers[] = { OVER_TCP, OVER_TLS };

#define OVER_EACH(name)                                                    \
	ParameterizedTestParameters(tls_loss, name)                        \
	{                                                                  \
		return cr_make_param_array(enum tls_carrier, carriers, 2); \
	}                                                                  \
	ParameterizedTest(enum tls_carrier *carrier, tls_loss, name,       \
			  .fini = finish)

static struct evert_transport *of(struct recorder *recorder)
{
	return recorder->base.transport;
}

static void expect_lost(struct recorder *recorder, const char *data)
{
	turn_until_count(pair.reactor, &recorder->destroyed, 1);
	cr_expect(eq(str, recorder->data, (char *)data));
	cr_expect(recorder->lost_kind != EVERT_CONNECTION_DONE);
	cr_expect(eq(sz, recorder->ended, 0));
}

/* ---- 84 ---- */

OVER_EACH(p84_what_came_before_a_reset_is_delivered_to_who_was_paused)
{
	tls_pair_open(&pair, *carrier, NULL, NULL, NULL);
	evert_transport_pause_reading(of(pair.server));
	recorder_write(pair.client, "one");
	turn_until_idle(pair.reactor);
	evert_transport_abort(of(pair.client));
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, pair.server->events, "M"));
	evert_transport_resume_reading(of(pair.server));
	expect_lost(pair.server, "one");
}

static void pause_here(struct recorder *recorder, const char *data,
		       size_t length)
{
	(void)data;
	(void)length;
	evert_transport_pause_reading(of(recorder));
}

static const struct recorder_hooks pausing = { .received = pause_here };

/* Records which came together. */
OVER_EACH(p84_so_is_what_was_kept_when_it_was_paused)
{
	tls_pair_open(&pair, *carrier, NULL, &pausing, NULL);
	evert_transport_pause_reading(of(pair.server));
	turn_until_idle(pair.reactor);
	recorder_write(pair.client, "one ");
	turn_until_idle(pair.reactor);
	recorder_write(pair.client, "two");
	turn_until_idle(pair.reactor);
	evert_transport_resume_reading(of(pair.server));
	turn_until_count(pair.reactor, &pair.server->received, 4);
	evert_transport_abort(of(pair.client));
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, pair.server->events, "MD"));
	evert_transport_resume_reading(of(pair.server));
	expect_lost(pair.server, "one two");
}

/* ---- 83 ---- */

static void answer(struct recorder *recorder, const char *data, size_t length)
{
	(void)data;
	(void)length;
	recorder_write(recorder, "answer");
	evert_transport_lose_connection(of(recorder));
}

static const struct recorder_hooks answering = { .received = answer };

static void write_much(struct recorder *recorder)
{
	static const char much[1 << 20];

	evert_transport_write(of(recorder), much, sizeof(much));
}

static const struct recorder_hooks sending = { .resumed = write_much };

OVER_EACH(p83_an_answer_survives_who_is_still_sending)
{
	tls_pair_open(&pair, *carrier, &sending, &answering, NULL);
	write_much(pair.client);
	write_much(pair.client);
	turn_until_count(pair.reactor, &pair.client->received, 6);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
	cr_expect(eq(str, pair.client->data, "answer"));
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

/* ---- 54 ---- */

OVER_EACH(p54_a_reset_is_noticed_by_who_is_paused_and_has_nothing_unread)
{
	tls_pair_open(&pair, *carrier, NULL, NULL, NULL);
	evert_transport_pause_reading(of(pair.server));
	turn_until_idle(pair.reactor);
	evert_transport_abort(of(pair.client));
	expect_lost(pair.server, "");
}
