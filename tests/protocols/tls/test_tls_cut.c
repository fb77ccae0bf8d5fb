/* SPDX-License-Identifier: MIT */
/* A connection that is cut, in order or not, behind each of its bytes: whoever
   is in between may do that, and must not make an end of it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct evert_reactor *reactor;
static struct evert_tls_context *client_side, *server_side;
static struct recorder_factory clients, servers;
static struct recorder *client, *server;
static size_t outcomes, successes;

static void begin_with(enum evert_tls_version version)
{
	struct evert_tls_options options = {
		.lowest = version,
		.highest = version,
		.no_resumption = true, /* each is as long as the first */
	};

	reactor = make_reactor(NULL);
	client_side = client_context_with("root.crt", &options);
	server_side = server_context_with("server.pem", &options);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	evert_tls_context_release(client_side);
	evert_tls_context_release(server_side);
}

TestSuite(tls_cut, .fini = finish);

/* ---- A conversation ---- */

static void answer(struct recorder *recorder, const char *data, size_t length)
{
	(void)data;
	(void)length;
	if (recorder->received < 8)
		return;
	recorder_write(recorder, "answer");
	evert_transport_lose_connection(recorder->base.transport);
}

static void leave(struct recorder *recorder)
{
	evert_transport_lose_connection(recorder->base.transport);
}

static const struct recorder_hooks asking = { .ended = leave };
static const struct recorder_hooks answering = { .received = answer };

static struct evert_result note(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	successes += !evert_result_is_failure(in);
	return evert_result_none();
}

static struct recorder *build(struct recorder_factory *factory,
			      const struct recorder_hooks *hooks)
{
	static const struct evert_address nobody;

	recorder_factory_init(factory, hooks, NULL);
	return recorder_from(factory->base.build_protocol(&factory->base,
							  &nobody));
}

static void start(struct recorder *recorder, struct evert_tls_context *context,
		  const char *name)
{
	struct evert_deferred *started =
		evert_tls_start(recorder->base.transport, context, name);

	evert_deferred_add_both(started, note, NULL);
	evert_deferred_release(started);
}

static void converse(size_t bytes, bool in_order)
{
	struct memory_link *link;
	size_t turns;

	outcomes = successes = 0;
	client = build(&clients, &asking);
	server = build(&servers, &answering);
	link = memory_link_create(reactor, &client->base, &server->base);
	memory_link_cut(link, bytes, in_order);
	start(server, server_side, NULL);
	start(client, client_side, "localhost");
	recorder_write(client, "question");
	for (turns = 0; turns < 100 && !(client->lost && server->lost); turns++)
		evert_reactor_turn(reactor, 0);
	cr_assert(lt(sz, turns, 100), "cut after %zu bytes", bytes);
	cr_assert(eq(sz, outcomes, 2));
	memory_link_destroy(link);
}

/* ---- What becomes of it ---- */

static bool is_loss(const struct recorder *recorder)
{
	return evert_failure_is(
		&(struct evert_failure){ .kind = recorder->lost_kind },
		EVERT_CONNECTION_LOST);
}

static void look(size_t bytes, bool in_order)
{
	if (client->ended) {
		cr_assert(eq(str, client->data, "answer"));
	} else {
		cr_assert(is_loss(client), "cut after %zu bytes", bytes);
	}
	if (in_order && !client->ended && successes == 2)
		cr_assert(client->lost_kind == EVERT_TLS_TRUNCATED);
	if (server->received < 8)
		cr_assert(is_loss(server), "cut after %zu bytes", bytes);
	cr_assert(eq(sz, client->lost, 1));
	cr_assert(eq(sz, server->lost, 1));
}

static void cut_everywhere(bool in_order)
{
	size_t bytes = 1;

	do {
		converse(bytes, in_order);
		look(bytes, in_order);
		bytes += successes == 2 ? 1 : 7;
	} while (!client->ended);
	cr_expect(gt(sz, bytes, 1000));
}

Test(tls_cut, p53_of_1_3_in_order)
{
	begin_with(EVERT_TLS_1_3);
	cut_everywhere(true);
}

Test(tls_cut, p53_of_1_3_by_a_reset)
{
	begin_with(EVERT_TLS_1_3);
	cut_everywhere(false);
}

Test(tls_cut, p53_of_1_2_in_order)
{
	begin_with(EVERT_TLS_1_2);
	cut_everywhere(true);
}

Test(tls_cut, p53_of_1_2_by_a_reset)
{
	begin_with(EVERT_TLS_1_2);
	cut_everywhere(false);
}
