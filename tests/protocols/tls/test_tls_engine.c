/* SPDX-License-Identifier: MIT */
/* A session over memory: however the bytes come, and what becomes of them when
   they are not those that were sent. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/err.h>

#include "../../../protocols/tls/bytes_internal.h"
#include "../../../protocols/tls/engine_internal.h"
#include "../../support/tls/certificates.h"
#include "../../support/transcript.h"
#include "../../../protocols/tls/context_internal.h"

/* ---- Two that talk ---- */

struct side {
	struct evert_tls_engine engine;
	struct evert_tls_input input;
	struct evert_tls_bytes *sent; /* and not received by the other one */
	bool open, ended, broken;
	char got[256]; /* plain text */
	size_t length;
};

static struct evert_tls_context *client_context_made, *server_context_made;
static struct side client, server;

static void take(struct evert_tls_engine *engine, unsigned char type,
		 const char *data, size_t length)
{
	struct side *side = evert_container_of(engine, struct side, engine);

	cr_assert(type == 0);
	cr_assert(evert_tls_bytes_add(&side->sent, data, length));
}

static const struct evert_tls_way way = { .send = take };

static void init(struct side *side, struct evert_tls_context *context,
		 const char *name)
{
	SSL *ssl;

	memset(side, 0, sizeof(*side));
	cr_assert(evert_tls_context_session(context, name, &ssl) == NULL);
	cr_assert(evert_tls_engine_init(&side->engine, ssl, &way));
	side->engine.input = &side->input;
}

static void begin(void)
{
	init(&client, client_context_made, "localhost");
	init(&server, server_context_made, NULL);
}

static void finish(struct side *side)
{
	evert_tls_engine_finish(&side->engine);
	evert_tls_bytes_drop(&side->sent);
}

static void end(void)
{
	finish(&client);
	finish(&server);
	ERR_clear_error();
}

static void make_contexts(void)
{
	client_context_made = client_context("root.crt");
	server_context_made = server_context("server.pem");
}

static void release_contexts(void)
{
	evert_tls_context_release(client_context_made);
	evert_tls_context_release(server_context_made);
}

TestSuite(tls_engine, .init = make_contexts, .fini = release_contexts);

static void heed(struct side *side, enum evert_tls_outcome outcome)
{
	side->ended |= outcome == EVERT_TLS_ENDED;
	side->broken |= outcome == EVERT_TLS_BROKEN;
}

static void shake(struct side *side)
{
	enum evert_tls_outcome outcome =
		evert_tls_engine_handshake(&side->engine);

	side->open = outcome == EVERT_TLS_DONE;
	heed(side, outcome);
}

static void read_all(struct side *side)
{
	char plain[EVERT_TLS_RECORD];
	enum evert_tls_outcome outcome = EVERT_TLS_DONE;
	size_t size;

	while (side->input.left && outcome == EVERT_TLS_DONE) {
		outcome = evert_tls_engine_read(&side->engine, plain, &size);
		heed(side, outcome);
		if (outcome != EVERT_TLS_DONE)
			return;
		cr_assert(le(sz, side->length + size, sizeof(side->got)));
		memcpy(side->got + side->length, plain, size);
		side->length += size;
	}
}

static void give(struct side *side, const char *data, size_t length)
{
	side->input.at = data;
	side->input.left = length;
	if (!side->open && !side->broken)
		shake(side);
	if (side->open && !side->ended && !side->broken)
		read_all(side);
}

/* At most `most` bytes at a time. */
static void carry(struct side *from, struct side *to, size_t most)
{
	struct evert_tls_bytes *sent = from->sent;
	size_t at, length;

	from->sent = NULL;
	for (at = 0; sent && at < sent->length; at += length) {
		length = sent->length - at < most ? sent->length - at : most;
		give(to, evert_tls_bytes_first(sent) + at, length);
	}
	evert_tls_bytes_drop(&sent);
}

static void carry_all(size_t most)
{
	while (client.sent || server.sent) {
		carry(&client, &server, most);
		carry(&server, &client, most);
	}
}

static void write_text(struct side *side, const char *text)
{
	cr_assert(evert_tls_engine_write(&side->engine, text, strlen(text)));
}

static void expect_got(const struct side *side, const char *text)
{
	cr_expect(eq(sz, side->length, strlen(text)));
	cr_expect(memcmp(side->got, text, side->length) == 0);
}

/* ---- However it is cut ---- */

static void converse(size_t most)
{
	begin();
	shake(&client);
	carry_all(most);
	cr_assert(client.open && server.open);
	write_text(&client, "question");
	evert_tls_engine_close(&client.engine);
	carry_all(most);
	expect_got(&server, "question");
	cr_expect(server.ended);
	write_text(&server, "answer"); /* it may still */
	evert_tls_engine_close(&server.engine);
	carry_all(most);
	expect_got(&client, "answer");
	cr_expect(client.ended);
	end();
}

Test(tls_engine, talks_in_whatever_pieces_it_comes)
{
	converse(SIZE_MAX);
	converse(1);
	converse(3);
	converse(1000);
}

Test(tls_engine, leaves_what_stands_behind_the_record_that_it_reads)
{
	char plain[EVERT_TLS_RECORD];
	struct evert_tls_bytes *sent;
	size_t size;

	begin();
	shake(&client);
	carry_all(SIZE_MAX);
	write_text(&client, "one");
	size = client.sent->length;
	write_text(&client, "two");
	sent = client.sent;
	client.sent = NULL;

	server.input.at = evert_tls_bytes_first(sent);
	server.input.left = sent->length;
	cr_assert(evert_tls_engine_read(&server.engine, plain, &size) ==
		  EVERT_TLS_DONE);
	cr_expect(eq(sz, size, 3));
	cr_expect(eq(sz, server.input.left, sent->length / 2));
	evert_tls_bytes_drop(&sent);
	end();
}

Test(tls_engine, an_error_that_others_left_in_the_queue_ends_nothing)
{
	begin();
	shake(&client);
	carry_all(SIZE_MAX);
	ERR_raise(ERR_LIB_USER, 1);
	write_text(&client, "text");
	carry_all(5);
	expect_got(&server, "text");
	evert_tls_engine_close(&client.engine);
	ERR_raise(ERR_LIB_USER, 1);
	carry_all(SIZE_MAX);
	cr_expect(server.ended && !server.broken);
	end();
}

/* ---- What is not what was sent ---- */

/* Changes a byte, takes some away, or puts some in. */
static void mutate(struct side *side, struct random *random)
{
	struct evert_tls_bytes *sent = side->sent;
	size_t at = random_below(random, sent->length);
	char *bytes = sent->data + sent->start;

	switch (random_below(random, 4)) {
	case 0:
		sent->length = at;
		break;
	case 1:
		memmove(bytes + at, bytes + at + 1, sent->length - at - 1);
		sent->length--;
		break;
	default:
		bytes[at] = (char)(bytes[at] ^ (1 << random_below(random, 8)));
	}
	if (!sent->length)
		evert_tls_bytes_drop(&side->sent);
}

static void carry_some(struct random *random, size_t when)
{
	size_t turn = 0;

	while (client.sent || server.sent) {
		if (turn++ == when && client.sent)
			mutate(&client, random);
		carry(&client, &server, 1 + random_below(random, 3000));
		if (turn++ == when && server.sent)
			mutate(&server, random);
		carry(&server, &client, 1 + random_below(random, 3000));
	}
}

/* Whatever comes is what was sent, or nothing. */
static void expect_begin_of(const struct side *side, const char *text)
{
	cr_assert(le(sz, side->length, strlen(text)));
	cr_assert(memcmp(side->got, text, side->length) == 0);
}

static void talk_mutated(uint64_t seed)
{
	struct random random = { seed };

	begin();
	shake(&client);
	carry_some(&random, random_below(&random, 6));
	if (client.open && server.open && !client.broken && !server.broken) {
		write_text(&client, "question");
		write_text(&server, "answer");
		evert_tls_engine_close(&client.engine);
		carry_some(&random, random_below(&random, 2));
	}
	expect_begin_of(&server, "question");
	expect_begin_of(&client, "answer");
	end();
}

Test(tls_engine, what_was_changed_on_the_way_is_never_taken_for_text,
     .timeout = 600)
{
	uint64_t seeds = getenv("LONG") ? 20000 : 300, seed;

	for (seed = 1; seed <= seeds; seed++)
		talk_mutated(seed);
}
