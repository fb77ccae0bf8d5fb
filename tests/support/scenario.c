/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/base/memory.h"
#include "../../protocols/framing/line_receiver.h"
#include "../../reactor/endpoint/connect.h"
#include "../../reactor/endpoint/listen.h"
#include "../../reactor/transport/transport.h"
#include "scenario_datagrams.h"
#include "scenario_local.h"
#include "unfired.h"
#include "unhandled.h"

enum { LONG_NAME = 9000 };

static struct scenario *now; /* the one that runs */
static struct evert_reactor *reactor;
static struct evert_port *port;
static char endpoint[64];
static char long_name[LONG_NAME + 1];
static size_t pending; /* clients */

/* ---- Waiting that can't hang ---- */

static struct evert_system_ops ops;
static const struct evert_system_ops *kernel_ops;

static int how_long(int milliseconds)
{
	now->system.now += now->wait_nanoseconds;
	if (++now->waits > now->waits_at_most)
		cr_fatal("it does not come to an end");
	/* Everything has a time-out: to wait for ever is a hang, too. */
	return milliseconds < 0 ? 5000 : milliseconds;
}

static void check_woken(int ready, int milliseconds)
{
	if (!ready && milliseconds < 0)
		cr_fatal("nothing is left to wake it");
}

static int wait_by_epoll(struct evert_system *system, int epoll,
			 struct epoll_event *events, int count,
			 int milliseconds)
{
	int limit = how_long(milliseconds);
	int ready;

	now->system.virtual_time = milliseconds >= 0;
	ready = kernel_ops->epoll_wait(system, epoll, events, count, limit);
	now->system.virtual_time = true;
	check_woken(ready, milliseconds);
	return ready;
}

static int wait_by_poll(struct evert_system *system, struct pollfd *fds,
			nfds_t count, int milliseconds)
{
	int limit = how_long(milliseconds);
	int ready;

	now->system.virtual_time = milliseconds >= 0;
	ready = kernel_ops->poll(system, fds, count, limit);
	now->system.virtual_time = true;
	check_woken(ready, milliseconds);
	return ready;
}

/* ---- The protocols: both are line receivers ---- */

struct speaker {
	struct evert_line_receiver base;
	struct evert_firing_queue asked; /* a client's: for the next lines */
};

static struct speaker *speaker_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct speaker, base);
}

static void made(struct evert_line_receiver *base)
{
	struct evert_transport *transport = base->base.transport;
	struct evert_address host, other;

	now->made++;
	if (!evert_transport_host(transport, &host) &&
	    !evert_transport_peer(transport, &other))
		cr_assert(ne(int, evert_address_port(&host),
			     evert_address_port(&other)));
	evert_transport_set_keep_alive(transport, true);
}

static void lost(struct evert_line_receiver *base,
		 const struct evert_failure *reason)
{
	(void)base, (void)reason;
	now->lost++;
}

static void destroy(struct evert_line_receiver *base)
{
	now->live--;
	evert_free(speaker_from(base));
}

static struct evert_protocol *
make_speaker(const struct evert_line_receiver_ops *speaker_ops)
{
	struct speaker *speaker = evert_allocate(sizeof(*speaker));

	if (!speaker)
		return NULL;
	evert_line_receiver_init(&speaker->base, speaker_ops);
	speaker->asked = (struct evert_firing_queue){ .ring = NULL };
	now->live++;
	return &speaker->base.base;
}

/* Answers each line but one. */
static void greet(struct evert_line_receiver *base, const char *line,
		  size_t length)
{
	char text[LONG_NAME + 16];
	int size = snprintf(text, sizeof(text), "Hello, %.*s!", (int)length,
			    line);

	if (length != strlen("silence") || memcmp(line, "silence", length))
		evert_line_receiver_send_line(base, text, (size_t)size);
}

static void say_bye(struct evert_line_receiver *base)
{
	evert_line_receiver_send_line(base, "bye", 3);
	evert_transport_lose_connection(base->base.transport);
}

static struct evert_protocol *build_server(struct evert_factory *factory,
					   const struct evert_address *peer)
{
	static const struct evert_line_receiver_ops server_ops = {
		.line_received = greet,
		.connection_made = made,
		.connection_lost = lost,
		.end_received = say_bye,
		.destroy = destroy,
	};

	(void)factory, (void)peer;
	return make_speaker(&server_ops);
}

static void hear(struct evert_line_receiver *base, const char *line,
		 size_t length)
{
	evert_line_receiver_answer(base, evert_result_text(line, length));
}

static struct evert_protocol *build_client(struct evert_factory *factory,
					   const struct evert_address *peer)
{
	static const struct evert_line_receiver_ops client_ops = {
		.line_received = hear,
		.connection_made = made,
		.connection_lost = lost,
		.destroy = destroy,
		.asked = EVERT_ASKED(struct speaker, asked),
	};

	(void)factory, (void)peer;
	return make_speaker(&client_ops);
}

static struct evert_factory server_factory = { .build_protocol = build_server };
static struct evert_factory client_factory = { .build_protocol = build_client };

/* ---- Chains ---- */

static struct evert_result ask(struct speaker *speaker, const char *name)
{
	return evert_result_wait(evert_line_receiver_ask(&speaker->base, name,
							 strlen(name)));
}

/* The client of a chain, kept by its number while it lives. */
static struct speaker *clients[SCENARIO_CLIENTS];

static struct evert_result ask_short(struct evert_result *in, void *number)
{
	struct speaker **client = number;

	*client = speaker_from(evert_line_receiver_from(
		evert_result_as_protocol(in)));
	return ask(*client, "World");
}

static bool is_closing(const struct speaker *client)
{
	return evert_transport_is_closing(client->base.base.transport);
}

static struct evert_result ask_long(struct evert_result *in, void *number)
{
	struct speaker **client = number;

	cr_assert(eq(str, (char *)evert_result_as_text(in), "Hello, World!"));
	if (is_closing(*client))
		return evert_result_fail(EVERT_ERROR, 0, "closing");
	return ask(*client, long_name);
}

static struct evert_result close_client(struct evert_result *in, void *number)
{
	struct speaker **client = number;
	struct evert_transport *transport = (*client)->base.base.transport;

	cr_assert(eq(sz, evert_result_text_length(in), LONG_NAME + 8));
	evert_transport_lose_connection(transport);
	return evert_result_wait(evert_transport_closed(transport));
}

static struct evert_result ask_in_vain(struct evert_result *in, void *number)
{
	struct speaker **client = number;

	*client = speaker_from(evert_line_receiver_from(
		evert_result_as_protocol(in)));
	return ask(*client, "silence");
}

static struct evert_result ask_and_end(struct evert_result *in, void *number)
{
	struct speaker **client = number;
	struct evert_result answer;

	*client = speaker_from(evert_line_receiver_from(
		evert_result_as_protocol(in)));
	answer = ask(*client, "World");
	evert_transport_lose_write((*client)->base.base.transport);
	return answer;
}

static struct evert_result wait_for_bye(struct evert_result *in, void *number)
{
	struct speaker **client = number;

	cr_assert(eq(str, (char *)evert_result_as_text(in), "Hello, World!"));
	if (is_closing(*client))
		return evert_result_fail(EVERT_ERROR, 0, "closing");
	return evert_result_wait(
		evert_firing_queue_add(&(*client)->asked));
}

static struct evert_result abort_client(struct evert_result *in, void *number)
{
	struct speaker *client = speaker_from(evert_line_receiver_from(
		evert_result_as_protocol(in)));

	(void)number;
	evert_result_release(ask(client, "World"));
	evert_transport_abort(client->base.base.transport);
	return evert_result_none();
}

/* ---- Beginning and ending ---- */

static void stop(void)
{
	evert_reactor_stop(reactor);
}

static struct evert_result chain_ended(struct evert_result *in, void *slot)
{
	const char **outcome = slot;

	now->done++;
	*outcome = evert_result_is_failure(in) ?
			   evert_result_as_failure(in)->kind->name :
			   "ok";
	return evert_result_none();
}

static void end_chain(struct evert_deferred *d, size_t number)
{
	now->begun++;
	evert_deferred_add_timeout(d, 30, evert_reactor_clock(reactor));
	evert_deferred_add_both(d, chain_ended, &now->outcomes[number]);
}

static struct evert_result refused(struct evert_result *in, void *arg)
{
	(void)arg;
	stop();
	return *in;
}

/* The port is closed: who connects to it now is refused. */
static struct evert_result connect_in_vain(struct evert_result *in, void *arg)
{
	struct evert_deferred *d =
		evert_connect(reactor, endpoint, &client_factory);

	(void)in, (void)arg;
	end_chain(d, 5);
	evert_deferred_add_both(d, refused, NULL);
	evert_deferred_release(d);
	return evert_result_none();
}

static struct evert_result client_ended(struct evert_result *in, void *arg)
{
	struct evert_deferred *d;

	(void)arg;
	if (--pending || !port)
		return *in;
	d = evert_port_stop_listening(port);
	evert_deferred_add_both(d, connect_in_vain, NULL);
	evert_deferred_release(d);
	return *in;
}

static void start_client(size_t number, evert_callback first,
			 evert_callback second, evert_callback third)
{
	struct evert_deferred *d =
		evert_connect(reactor, endpoint, &client_factory);
	double seconds = first == ask_in_vain ? 3 : 20;

	if (!first)
		evert_deferred_cancel(d);
	evert_deferred_add_callback(d, first, &clients[number]);
	evert_deferred_add_callback(d, second, &clients[number]);
	evert_deferred_add_callback(d, third, &clients[number]);
	evert_deferred_add_timeout(d, seconds, evert_reactor_clock(reactor));
	end_chain(d, number);
	evert_deferred_add_both(d, client_ended, NULL);
	evert_deferred_release(d);
}

/* By datagrams; by UNIX sockets. */
static void start_exchange(size_t number, struct evert_deferred *d)
{
	end_chain(d, number);
	evert_deferred_add_both(d, client_ended, NULL);
	evert_deferred_release(d);
}

static void start_clients(void *arg)
{
	(void)arg;
	pending = 7;
	start_client(0, ask_short, ask_long, close_client);
	start_client(1, NULL, NULL, NULL);
	start_client(2, ask_in_vain, NULL, NULL);
	start_client(3, ask_and_end, wait_for_bye, NULL);
	start_client(4, abort_client, NULL, NULL);
	start_exchange(6, scenario_exchange(reactor));
	start_exchange(7, scenario_local(reactor, &now->made, &now->lost));
}

static struct evert_result listening(struct evert_result *in, void *arg)
{
	(void)arg;
	port = evert_result_as_port(in);
	snprintf(endpoint, sizeof(endpoint), "tcp:127.0.0.1:%u",
		 evert_address_port(evert_port_address(port)));
	if (evert_reactor_call_from_thread(reactor, start_clients, NULL))
		start_clients(NULL);
	return *in;
}

static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	stop();
	return evert_result_none();
}

static struct evert_firing *lingering;

static void linger_no_more(void *arg)
{
	(void)arg;
	evert_deferred_fire(&lingering, evert_result_none());
}

/* Before shutdown: connections still work for a while. */
static struct evert_result linger(void *arg)
{
	struct evert_deferred *d = evert_deferred_create(&lingering);
	struct evert_delayed_call call = evert_reactor_call_later(
		reactor, 0.1, linger_no_more, NULL);

	(void)arg;
	port = NULL; /* soon */
	if (!evert_delayed_call_active(call))
		linger_no_more(NULL);
	return evert_result_wait(d);
}

static void run(void)
{
	struct evert_reactor_options options = { .system = &now->system.base };
	struct evert_deferred *d;

	reactor = evert_reactor_create(&options);
	if (!reactor)
		return;
	evert_reactor_add_trigger(reactor, EVERT_BEFORE_SHUTDOWN, linger,
				  NULL);
	d = evert_listen(reactor, "tcp:127.0.0.1:0", &server_factory);
	evert_deferred_add_callbacks(d, listening, not_listening, NULL);
	evert_deferred_release(d);
	evert_reactor_run(reactor);
	evert_reactor_destroy(reactor);
	/* Where nobody could wait for it. */
	evert_deferred_abandon(&lingering);
}

/* ---- What a test calls ---- */

void scenario_init(struct scenario *scenario)
{
	memset(scenario, 0, sizeof(*scenario));
	test_system_init(&scenario->system);
	scenario->system.virtual_time = true;
	scenario->wait_nanoseconds = 10000000;
	scenario->waits_at_most = 50000;
}

void scenario_run(struct scenario *scenario)
{
	size_t before = count_descriptors();

	now = scenario;
	scenario_local_begin();
	memset(long_name, 'x', LONG_NAME);
	memset(clients, 0, sizeof(clients));
	kernel_ops = scenario->system.base.ops;
	ops = *kernel_ops;
	ops.epoll_wait = wait_by_epoll;
	ops.poll = wait_by_poll;
	scenario->system.base.ops = &ops;
	ignore_unhandled();
	run();
	evert_set_unhandled_hook(NULL, NULL);
	scenario->system.base.ops = kernel_ops;
	scenario_local_finish();
	cr_assert(eq(sz, scenario->done, scenario->begun));
	cr_assert(eq(sz, scenario->made, scenario->lost));
	cr_assert(eq(sz, scenario->live, 0));
	cr_assert(eq(sz, count_descriptors(), before));
}

void scenario_expect_success(const struct scenario *scenario)
{
	static const char *const expected[SCENARIO_CLIENTS] = {
		"ok", "CANCELLED", "TIMED_OUT", "ok", "ok", "CONNECT_FAILED",
		"ok", "ok",
	};
	size_t i;

	for (i = 0; i < SCENARIO_CLIENTS; i++)
		cr_assert(scenario->outcomes[i] &&
				  !strcmp(scenario->outcomes[i], expected[i]),
			  "client %zu: %s", i,
			  scenario->outcomes[i] ? scenario->outcomes[i] :
						  "no outcome");
}
