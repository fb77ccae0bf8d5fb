/* SPDX-License-Identifier: MIT */
/* What a program does inside the callbacks of a connection over TLS. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

static struct tls_pair pair;
static struct evert_deferred *connecting;
static bool failed;
static const struct evert_error *failed_kind;

static void begin(void)
{
	tls_pair_begin(&pair);
	recorder_factory_init(&pair.clients, NULL, NULL);
	recorder_factory_init(&pair.servers, NULL, NULL);
}

static void finish(void)
{
	tls_pair_close(&pair);
}

TestSuite(tls_reentrant, .init = begin, .fini = finish);

static struct evert_transport *of(struct recorder *recorder)
{
	return recorder->base.transport;
}

static void use(struct recorder_factory *factory,
		const struct recorder_hooks *hooks)
{
	factory->hooks = hooks;
	recorder_factory_init(factory, hooks, NULL);
}

static struct evert_result note(struct evert_result *in, void *arg)
{
	(void)arg;
	failed = evert_result_is_failure(in);
	failed_kind = failed ? evert_result_as_failure(in)->kind : NULL;
	return evert_result_none();
}

/* Both sides, as far as hooks let them. */
static void connect_both(const struct recorder_hooks *client,
			 const struct recorder_hooks *server)
{
	struct evert_port *port;

	use(&pair.clients, client);
	use(&pair.servers, server);
	port = tls_listen_here(&pair, &pair.servers);
	pair.client = &pair.clients.recorders[0];
	pair.server = &pair.servers.recorders[0];
	connecting = evert_tls_connect(pair.reactor, endpoint_of(port),
				       &pair.clients.base, pair.client_context,
				       "localhost");
	evert_deferred_add_both(connecting, note, NULL);
}

static void open_both(const struct recorder_hooks *client,
		      const struct recorder_hooks *server)
{
	connect_both(client, server);
	turn_until_count(pair.reactor, &pair.client->made, 1);
	turn_until_count(pair.reactor, &pair.server->made, 1);
}

static void close_both(void)
{
	evert_deferred_release(connecting);
	turn_until_count(pair.reactor, &pair.client->destroyed, 1);
	turn_until_count(pair.reactor, &pair.server->destroyed, 1);
}

/* ---- Inside a write ---- */

static char much[40000];

static void write_much(struct recorder *recorder)
{
	if (recorder->paused == 1)
		cr_expect(eq(int, evert_transport_write(of(recorder), much,
							sizeof(much)), 0));
}

static char first[1 << 20];
static size_t seconds, wrong;

static void look(struct recorder *recorder, const char *data, size_t length)
{
	size_t i;

	(void)recorder;
	for (i = 0; i < length; i++) {
		seconds += data[i] == 's';
		wrong += data[i] == 'f' && seconds;
	}
}

static const struct recorder_hooks writes_when_paused = {
	.paused = write_much,
};
static const struct recorder_hooks looks = { .received = look };

Test(tls_reentrant, p55_what_is_written_in_pause_writing_comes_behind)
{
	memset(first, 'f', sizeof(first));
	memset(much, 's', sizeof(much));
	open_both(&writes_when_paused, &looks);
	evert_transport_set_write_marks(of(pair.client), 1000, 0);
	evert_transport_pause_reading(of(pair.server));
	while (!pair.client->paused)
		evert_transport_write(of(pair.client), first, sizeof(first));
	evert_transport_lose_connection(of(pair.client));
	evert_transport_resume_reading(of(pair.server));
	close_both();

	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(eq(sz, seconds, sizeof(much)));
	cr_expect(eq(sz, wrong, 0));
}

static void set_marks(struct recorder *recorder)
{
	evert_transport_write(of(recorder), "small", 5);
	evert_transport_set_write_marks(of(recorder), 0, 0);
}

static const struct recorder_hooks sets_marks = { .paused = set_marks };

Test(tls_reentrant, p55_so_is_what_marks_that_are_set_there_send)
{
	open_both(&sets_marks, NULL);
	evert_transport_set_write_marks(of(pair.client), 1000, 0);
	evert_transport_pause_reading(of(pair.server));
	recorder_fill(pair.client);
	evert_transport_lose_connection(of(pair.client));
	evert_transport_resume_reading(of(pair.server));
	close_both();
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

static void abort_it(struct recorder *recorder)
{
	evert_transport_abort(of(recorder));
}

static const struct recorder_hooks aborts_when_paused = {
	.paused = abort_it,
};

Test(tls_reentrant, p51_aborted_in_pause_writing)
{
	open_both(&aborts_when_paused, NULL);
	evert_transport_pause_reading(of(pair.server));
	recorder_fill(pair.client);
	cr_expect(eq(int, evert_transport_write(of(pair.client), "x", 1),
		     -EPIPE));
	evert_transport_resume_reading(of(pair.server));
	close_both();
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_ABORTED);
}

/* ---- Inside data_received ---- */

static int after[3];

static void write_behind(struct recorder *recorder, int *error)
{
	*error = evert_transport_write(of(recorder), "behind", 6);
}

static void lose_and_write(struct recorder *recorder, const char *data,
			   size_t length)
{
	evert_transport_write(of(recorder), data, length);
	evert_transport_lose_connection(of(recorder));
	write_behind(recorder, &after[0]);
}

static void end_and_write(struct recorder *recorder, const char *data,
			  size_t length)
{
	evert_transport_write(of(recorder), data, length);
	evert_transport_lose_write(of(recorder));
	write_behind(recorder, &after[0]);
}

static void abort_and_write(struct recorder *recorder, const char *data,
			    size_t length)
{
	(void)data;
	(void)length;
	evert_transport_abort(of(recorder));
	write_behind(recorder, &after[0]);
}

static void expect_epipe(void (*received)(struct recorder *recorder,
					  const char *data, size_t length),
			 const char *answer)
{
	struct recorder_hooks hooks = { .received = received };

	open_both(NULL, &hooks);
	recorder_write(pair.client, "text");
	turn_until_count(pair.reactor, &pair.server->received, 4);
	turn_until_idle(pair.reactor);
	if (!pair.client->lost)
		evert_transport_lose_connection(of(pair.client));
	close_both();
	cr_expect(eq(int, after[0], -EPIPE));
	cr_expect(eq(str, pair.client->data, (char *)answer));
}

Test(tls_reentrant, p50_nothing_is_written_behind_lose_connection)
{
	expect_epipe(lose_and_write, "text");
}

Test(tls_reentrant, p52_nothing_is_written_behind_lose_write)
{
	expect_epipe(end_and_write, "text");
}

Test(tls_reentrant, p51_nothing_is_written_behind_abort)
{
	expect_epipe(abort_and_write, "");
}

static void write_and_abort(struct recorder *recorder, const char *data,
			    size_t length)
{
	evert_transport_write(of(recorder), data, length);
	evert_transport_abort(of(recorder));
}

static const struct recorder_hooks writes_and_aborts = {
	.received = write_and_abort,
};

Test(tls_reentrant, p51_abort_drops_what_was_written_before)
{
	open_both(NULL, &writes_and_aborts);
	recorder_write(pair.client, "text");
	close_both();
	cr_expect(eq(str, pair.client->events, "MLX"));
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_ABORTED);
}

/* ---- Inside connection_made ---- */

static void cancel(struct recorder *recorder)
{
	(void)recorder;
	evert_deferred_cancel(connecting);
}

static const struct recorder_hooks cancels = { .made = cancel };

Test(tls_reentrant, p61_cancelled_in_connection_made)
{
	connect_both(&cancels, NULL);
	close_both();
	cr_expect(eq(int, failed, true));
	cr_expect(failed_kind == EVERT_CANCELLED);
	cr_expect(eq(str, pair.client->events, "MLX"));
}

static void cancel_building(struct recorder_factory *factory)
{
	(void)factory;
	evert_deferred_cancel(connecting);
}

Test(tls_reentrant, p61_cancelled_while_the_protocol_is_built)
{
	connect_both(NULL, NULL);
	pair.clients.building = cancel_building;
	turn_until_count(pair.reactor, &pair.servers.built, 1);
	close_both();
	cr_expect(eq(int, failed, true));
	cr_expect(failed_kind == EVERT_CANCELLED);
	cr_expect(eq(str, pair.client->events, "X"));
}

static const struct recorder_hooks aborts_when_made = { .made = abort_it };

Test(tls_reentrant, p51_aborted_in_connection_made)
{
	connect_both(&aborts_when_made, NULL);
	close_both();
	cr_expect(eq(int, failed, false));
	cr_expect(eq(str, pair.client->events, "MLX"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_ABORTED);
}

Test(tls_reentrant, p51_aborted_by_the_server_in_connection_made)
{
	connect_both(NULL, &aborts_when_made);
	close_both();
	cr_expect(eq(str, pair.server->events, "MLX"));
}

static void lose(struct recorder *recorder)
{
	recorder_write(recorder, "bye");
	evert_transport_lose_connection(of(recorder));
}

static const struct recorder_hooks loses_when_made = { .made = lose };

Test(tls_reentrant, p50_both_close_in_connection_made)
{
	connect_both(&loses_when_made, &loses_when_made);
	close_both();
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

Test(tls_reentrant, p50_the_server_closes_in_connection_made)
{
	connect_both(NULL, &loses_when_made);
	close_both();
	cr_expect(eq(str, pair.client->data, "bye"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

static void pause(struct recorder *recorder)
{
	evert_transport_pause_reading(of(recorder));
}

static const struct recorder_hooks pauses_when_made = { .made = pause };

/* What comes with the end of the handshake, and the end of TLS. */
Test(tls_reentrant, p54_paused_in_connection_made_gets_all_later)
{
	connect_both(&pauses_when_made, &loses_when_made);
	turn_until_count(pair.reactor, &pair.server->made, 1);
	turn_until_idle(pair.reactor);
	cr_expect(eq(str, pair.client->events, "M"));
	evert_transport_resume_reading(of(pair.client));
	cr_expect(eq(str, pair.client->events, "M"));
	close_both();
	cr_expect(eq(str, pair.client->data, "bye"));
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
}

static void stop(struct recorder *recorder)
{
	recorder_write(recorder, "bye");
	evert_reactor_stop(pair.reactor);
}

static const struct recorder_hooks stops_when_made = { .made = stop };

Test(tls_reentrant, p44_the_reactor_is_stopped_in_connection_made)
{
	connect_both(&stops_when_made, NULL);
	evert_deferred_release(connecting);
	run_reactor(pair.reactor);
	cr_expect(eq(int, failed, false));
	cr_expect(pair.client->lost_kind == EVERT_REACTOR_STOPPED);
	cr_expect(eq(sz, pair.server->made, pair.server->lost));
}

/* ---- Inside connection_lost ---- */

static struct evert_result take_failure(struct evert_result *in, void *arg)
{
	(void)arg;
	cr_expect(evert_result_is_failure(in));
	return evert_result_none();
}

static void expect_that_it_fails(struct evert_deferred *deferred)
{
	evert_deferred_add_both(deferred, take_failure, NULL);
	evert_deferred_release(deferred);
}

static void use_all(struct recorder *recorder)
{
	struct evert_transport *transport = of(recorder);
	struct evert_address address;

	after[0] = evert_transport_write(transport, "x", 1);
	after[1] = evert_transport_lose_write(transport);
	evert_transport_pause_reading(transport);
	evert_transport_resume_reading(transport);
	evert_transport_set_write_marks(transport, 0, 0);
	evert_transport_lose_connection(transport);
	evert_transport_abort(transport);
	evert_transport_peer(transport, &address);
	cr_expect(eq(sz, evert_transport_queued(transport), 0));
	cr_expect(evert_tls_version(transport) != NULL);
	after[2] = (int)evert_transport_set_closing_time(transport, 1);
	expect_that_it_fails(evert_tls_start(transport, pair.client_context,
					     "localhost"));
}

static const struct recorder_hooks uses_all_when_lost = { .lost = use_all };

Test(tls_reentrant, p51_everything_may_be_called_in_connection_lost)
{
	open_both(&uses_all_when_lost, NULL);
	evert_transport_lose_connection(of(pair.client));
	close_both();
	cr_expect(eq(int, after[0], -EPIPE));
	cr_expect(eq(int, after[1], -EPIPE));
	cr_expect(eq(str, pair.client->events, "MLX"));
}

/* ---- Begun where it goes on ---- */

static size_t started;

static struct evert_result note_started(struct evert_result *in, void *arg)
{
	started += !evert_result_is_failure(in) &&
		   evert_result_as_protocol(in) == arg;
	return evert_result_none();
}

static void start(struct recorder *recorder)
{
	bool is_client = recorder == pair.client;
	struct evert_deferred *done = evert_tls_start(
		of(recorder),
		is_client ? pair.client_context : pair.server_context,
		is_client ? "localhost" : NULL);

	evert_deferred_add_both(done, note_started, &recorder->base);
	evert_deferred_release(done);
}

static const struct recorder_hooks starts_when_made = { .made = start };

static void talk(void)
{
	recorder_write(pair.client, "question");
	turn_until_count(pair.reactor, &pair.server->received, 8);
	recorder_write(pair.server, "answer");
	turn_until_count(pair.reactor, &pair.client->received, 6);
	evert_transport_lose_connection(of(pair.client));
	close_both();
	cr_expect(pair.client->lost_kind == EVERT_CONNECTION_DONE);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
}

Test(tls_reentrant, tls_in_tls_begins_in_connection_made)
{
	connect_both(&starts_when_made, &starts_when_made);
	turn_until_count(pair.reactor, &started, 2);
	cr_expect(eq(str, pair.client->events, "M"));
	talk();
}

static void start_twice(struct recorder *recorder)
{
	start(recorder);
	start(recorder);
}

static const struct recorder_hooks starts_twice = { .made = start_twice };

/* Each fires with the protocol, not with what stands between. */
Test(tls_reentrant, one_in_the_other_is_begun_at_once)
{
	connect_both(&starts_twice, &starts_twice);
	turn_until_count(pair.reactor, &started, 4);
	talk();
}

/* ---- Errors of others ---- */

static void leave_errors(struct recorder *recorder, const char *data,
			 size_t length)
{
	(void)recorder;
	(void)data;
	(void)length;
	ERR_raise(ERR_LIB_SSL, SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
}

static const struct recorder_hooks leaves_errors = {
	.received = leave_errors,
};

Test(tls_reentrant, p53_errors_that_others_leave_in_openssls_queue_do_not_count)
{
	open_both(NULL, &leaves_errors);
	recorder_write(pair.client, "text");
	evert_transport_lose_connection(of(pair.client));
	close_both();
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
	ERR_clear_error();
}
