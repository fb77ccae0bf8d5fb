/* SPDX-License-Identifier: MIT */
/* Under what name is it told of, by EVERT_SLOW, what holds the loop? */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/running_internal.h"
#include "../../../reactor/run.h"
#include "../../../reactor/transport/datagram_open.h"
#include "../../../reactor/watch.h"
#include "../../support/reactor.h"

static int64_t time_now = 1; /* seconds, of who looks for what is slow */
static int reader;
static struct evert_reactor *reactor;

static int64_t now(void)
{
	return time_now * 1000000000;
}

/* More than EVERT_SLOW says, so that the watchdog sleeps over it. */
static void work(void)
{
	time_now += 1000;
}

static void begin(void)
{
	int ends[2];

	cr_assert(pipe(ends) == 0);
	reader = ends[0];
	cr_assert(fcntl(reader, F_SETFL, O_NONBLOCK) == 0);
	setenv("EVERT_SLOW", "600000", 1);
	evert_running_clock = now;
	reactor = make_reactor(NULL);
	cr_assert(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	close(ends[1]);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(reader);
}

TestSuite(slow_calls, .init = begin, .fini = finish);

/* It is what was told of first, and all of it. */
static void told_of(const char *what)
{
	static char said[4096], wanted[256];
	ssize_t size = read(reader, said, sizeof(said) - 1);

	said[size > 0 ? size : 0] = '\0';
	snprintf(wanted, sizeof(wanted), "evert: slow: %s", what);
	cr_assert(strncmp(said, wanted, strlen(wanted)) == 0, "%s", said);
	cr_assert(strstr(said, " in turn of the reactor made at ") != NULL);
	cr_assert(strstr(said, ", held the loop for 1000000 ms\n") != NULL);
	cr_assert(eq(ptr, strchr(said, '\n') + 1, said + size));
}

static void work_in_call(void *arg)
{
	(void)arg;
	work();
}

Test(slow_calls, a_delayed_call_is_told_of_by_its_place)
{
	evert_reactor_call_later(reactor, 0, work_in_call, NULL);
	turn(reactor);
	told_of("delayed call made at tests/reactor/transport/test_slow_calls");
}

Test(slow_calls, a_call_from_a_thread_is_told_of)
{
	cr_assert(zero(int, evert_reactor_call_from_thread(
				    reactor, work_in_call, NULL)));
	turn(reactor);
	told_of("call from a thread, in turn");
}

static void work_in_watcher(struct evert_watcher *watcher, unsigned ready,
			    void *arg)
{
	(void)ready;
	(void)arg;
	work();
	evert_watcher_destroy(watcher);
}

Test(slow_calls, a_watcher_is_told_of_by_its_place)
{
	cr_assert(ne(ptr,
		     evert_watcher_create(reactor, STDERR_FILENO, EVERT_WRITE,
					  work_in_watcher, NULL),
		     NULL));
	turn(reactor);
	told_of("watcher made at tests/reactor/transport/test_slow_calls.c:");
}

static struct evert_result work_in_callback(struct evert_result *in, void *arg)
{
	(void)arg;
	work();
	return *in;
}

static void fire(void *slot)
{
	struct evert_firing *firing = slot;

	evert_deferred_fire(&firing, evert_result_none());
}

Test(slow_calls, a_callback_is_told_of_by_its_label_and_not_who_fired)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, work_in_callback, NULL);
	evert_deferred_release(d);
	evert_reactor_call_later(reactor, 0, fire, slot);
	turn(reactor);
	told_of("callback work_in_callback (tests/");
}

static struct evert_result mend(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	work();
	return evert_result_none();
}

static struct evert_result fail(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_error(EIO, "on purpose");
}

Test(slow_calls, an_errback_is_told_of_too)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, fail, NULL);
	evert_deferred_add_errback(d, mend, NULL);
	evert_deferred_release(d);
	evert_reactor_call_later(reactor, 0, fire, slot);
	turn(reactor);
	told_of("callback mend (tests/");
}

static struct evert_result work_in_body(void *arg)
{
	evert_result_release(evert_await(evert_sleep(0)));
	work();
	return evert_result_none();
	(void)arg;
}

static void spawn(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_spawn(work_in_body, NULL));
}

Test(slow_calls, a_coroutine_is_told_of_by_its_name)
{
	evert_reactor_call_later(reactor, 0, spawn, NULL);
	turn(reactor);
	turn(reactor);
	told_of("coroutine work_in_body spawned at tests/reactor/transport/");
}

/* ---- Protocols ---- */

static void work_in_protocol(struct recorder *recorder)
{
	(void)recorder;
	work();
}

static void work_with_data(struct recorder *recorder, const char *data,
			   size_t length)
{
	(void)recorder;
	(void)data;
	(void)length;
	work();
}

static struct recorder_factory client, server;

static void connect_with(const struct recorder_hooks *hooks)
{
	recorder_factory_init(&client, NULL, NULL);
	recorder_factory_init(&server, hooks, NULL);
	connect_pair(reactor, &client, &server);
}

Test(slow_calls, a_protocol_that_is_connected_is_told_of)
{
	static const struct recorder_hooks hooks = { .made = work_in_protocol };

	connect_with(&hooks);
	told_of("connection_made for descriptor ");
}

Test(slow_calls, a_protocol_that_gets_data_is_told_of)
{
	static const struct recorder_hooks hooks = {
		.received = work_with_data,
	};

	connect_with(&hooks);
	recorder_write(&client.recorders[0], "abc");
	turn_until_count(reactor, &server.recorders[0].received, 3);
	told_of("data_received for descriptor ");
}

Test(slow_calls, a_protocol_that_has_lost_its_connection_is_told_of)
{
	static const struct recorder_hooks hooks = { .lost = work_in_protocol };

	connect_with(&hooks);
	evert_transport_abort(client.recorders[0].base.transport);
	turn_until_count(reactor, &server.recorders[0].destroyed, 1);
	told_of("connection_lost for descriptor ");
}

static void work_with_datagram(struct evert_datagram_protocol *protocol,
			       const struct evert_datagram *datagram)
{
	(void)protocol;
	(void)datagram;
	work();
	evert_reactor_stop(reactor);
}

Test(slow_calls, a_protocol_that_gets_a_datagram_is_told_of)
{
	static const struct evert_datagram_protocol_ops ops = {
		.datagram_received = work_with_datagram,
	};
	static struct evert_datagram_protocol protocol = { .ops = &ops };
	struct evert_datagram_transport *port;
	struct evert_address host;

	cr_assert(zero(int, evert_address_parse(&host, "127.0.0.1", 0)));
	port = evert_datagram_open(reactor, &host, NULL, NULL, &protocol);
	cr_assert(zero(int, evert_datagram_host(port, &host)));
	cr_assert(zero(int, evert_datagram_send_to(port, "abc", 3, &host)));
	run_reactor(reactor);
	told_of("datagram_received for descriptor ");
}
