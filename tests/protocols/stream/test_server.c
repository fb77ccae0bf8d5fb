/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../../deferred/combine.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/stream/server.h"
#include "../../../reactor/run.h"
#include "../../support/death.h"
#include "../../support/diary.h"
#include "../../support/memory.h"
#include "../../support/program.h"
#include "../../support/reactor.h"
#include "../../support/stream.h"
#include "../../support/system.h"
#include "../../support/unhandled.h"

static struct test_system kernel;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	diary_unhandled();
}

TestSuite(server, .init = begin);

/* Runs a program that returns nothing. */
static void run(evert_body body)
{
	expect_nothing(run_program(&kernel.base, body, NULL));
}

static char endpoint[64]; /* of the server */

static struct evert_server *await_server(evert_stream_body body)
{
	struct evert_result r =
		evert_await(evert_serve("tcp:127.0.0.1:0", body, NULL));
	struct evert_server *server = evert_server_take(&r);

	snprintf(endpoint, sizeof(endpoint), "%s",
		 endpoint_of(evert_server_port(server)));
	return server;
}

static struct evert_stream *await_client(void)
{
	struct evert_result r = evert_await(evert_stream_connect(endpoint));

	return evert_stream_take(&r);
}

static void send_line(struct evert_stream *stream, const char *line)
{
	cr_assert(eq(int,
		     evert_stream_write_line(stream, line, strlen(line)), 0));
}

static struct evert_result await_line(struct evert_stream *stream)
{
	return evert_await(evert_stream_read_line(stream));
}

static void await_end(struct evert_stream *stream)
{
	expect_failure(evert_await(evert_stream_read(stream, 1)),
		       EVERT_STREAM_END);
}

/* Waits until the server has been told of whatever happened, and has done
   what that makes it do at once. */
static void await_quiet(void)
{
	evert_result_release(evert_await(evert_sleep(0.001)));
}

/* ---- Serving ---- */

/* Greets until the end; the line "bad" makes it fail. */
static struct evert_result greet(struct evert_stream *stream, void *arg)
{
	struct evert_result r;
	char answer[64];

	(void)arg;
	for (;;) {
		r = await_line(stream);
		if (evert_result_is_failure(&r))
			return r;
		snprintf(answer, sizeof(answer), "Hello, %s!",
			 evert_result_as_text(&r));
		evert_result_release(r);
		if (!strcmp(answer, "Hello, bad!"))
			return plain_failure();
		send_line(stream, answer);
	}
}

static struct evert_result serve_two_in_turn(void *arg)
{
	struct evert_server *server = await_server(greet);
	struct evert_stream *a = await_client(), *b = await_client();

	(void)arg;
	send_line(b, "Bob");
	expect_text(await_line(b), "Hello, Bob!");
	send_line(a, "Alice");
	expect_text(await_line(a), "Hello, Alice!");
	cr_assert(eq(sz, evert_server_connections(server), 2));
	evert_stream_destroy(a);
	await_quiet();
	cr_assert(eq(sz, evert_server_connections(server), 1));
	evert_stream_destroy(b);
	return evert_await(evert_server_stop(server));
}

Test(server, serves_each_connection_by_a_coroutine)
{
	run(serve_two_in_turn);
	cr_assert(eq(str, diary, ""));
}

static struct evert_result serve_good_and_bad(void *arg)
{
	struct evert_server *server = await_server(greet);
	struct evert_stream *good = await_client(), *bad = await_client();

	(void)arg;
	send_line(bad, "bad");
	await_end(bad);
	send_line(good, "Bob");
	expect_text(await_line(good), "Hello, Bob!");
	evert_stream_destroy(bad);
	evert_stream_destroy(good);
	return evert_await(evert_server_stop(server));
}

Test(server, a_failure_is_reported_and_ends_only_its_connection)
{
	run(serve_good_and_bad);
	cr_assert(eq(str, diary, "unhandled:ERROR"));
}

static char reported[256];

static void keep_report(const struct evert_unhandled *report, void *arg)
{
	(void)arg;
	snprintf(reported, sizeof(reported), "%s %zu %s %s",
		 report->failure->message, report->link_count,
		 report->links[0], report->deferred_place);
}

Test(server, p15_the_report_names_the_body_and_who_serves)
{
	evert_set_unhandled_hook(keep_report, NULL);
	run(serve_good_and_bad);
	cr_assert(strstr(reported, "planned 1 body ") != NULL, "%s", reported);
	cr_assert(strstr(reported, "test_server.c:") != NULL, "%s", reported);
}

static struct evert_result fail_with(struct evert_stream *stream, void *arg)
{
	struct evert_result kind = await_line(stream);
	const char *name = evert_result_as_text(&kind);
	const struct evert_error *kinds[] = {
		EVERT_STREAM_END, EVERT_STREAM_INCOMPLETE, EVERT_CANCELLED,
		EVERT_REACTOR_STOPPED, EVERT_CONNECTION_LOST,
	};
	size_t i = 0;

	(void)arg;
	while (strcmp(kinds[i]->name, name))
		i++;
	evert_result_release(kind);
	return evert_result_failure(evert_failure_bare(kinds[i]));
}

static struct evert_result let_it_fail(void *kind)
{
	struct evert_server *server = await_server(fail_with);
	struct evert_stream *client = await_client();

	send_line(client, kind);
	await_end(client);
	evert_stream_destroy(client);
	return evert_await(evert_server_stop(server));
}

static void expect_report(const char *kind, const char *report)
{
	diary_clear();
	expect_nothing(run_program(&kernel.base, let_it_fail, (void *)kind));
	cr_assert(eq(str, diary, (char *)report));
}

Test(server, an_end_that_somebody_wanted_is_not_reported)
{
	expect_report("STREAM_END", "");
	expect_report("CANCELLED", "");
	expect_report("REACTOR_STOPPED", "");
	expect_report("STREAM_INCOMPLETE", "unhandled:STREAM_INCOMPLETE");
	expect_report("CONNECTION_LOST", "unhandled:CONNECTION_LOST");
}

static struct evert_result return_at_once(struct evert_stream *stream,
					  void *arg)
{
	(void)arg;
	send_line(stream, "bye");
	return evert_result_none();
}

static struct evert_result be_sent_away(void *arg)
{
	struct evert_server *server = await_server(return_at_once);
	struct evert_stream *client = await_client();

	(void)arg;
	expect_text(await_line(client), "bye");
	await_end(client);
	evert_stream_destroy(client);
	return evert_await(evert_server_stop(server));
}

Test(server, a_body_that_returns_at_once_has_its_answer_sent)
{
	run(be_sent_away);
}

static struct evert_result read_on(void *stream)
{
	struct evert_result r = evert_await(evert_stream_read(stream, 1));

	diary_add("%s", evert_result_as_failure(&r)->kind->name);
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result leave_a_reader(struct evert_stream *stream,
					  void *arg)
{
	(void)arg;
	evert_deferred_release(evert_spawn(read_on, stream));
	return evert_result_none();
}

static struct evert_result meet_a_reader(void *arg)
{
	struct evert_server *server = await_server(leave_a_reader);
	struct evert_stream *client = await_client();

	(void)arg;
	await_end(client);
	evert_stream_destroy(client);
	return evert_await(evert_server_stop(server));
}

Test(server, another_reader_of_the_stream_hears_that_the_body_has_returned)
{
	run(meet_a_reader);
	cr_assert(eq(str, diary, "STREAM_CLOSED"));
}

/* ---- Stopping ---- */

/* When it is cancelled, takes a second to clean up; cancelled once more while
   doing so, it gives up. */
static struct evert_result clean_up(struct evert_stream *stream, void *arg)
{
	struct evert_result r = await_line(stream), slept;

	(void)arg;
	slept = evert_await(evert_sleep(1));
	diary_add(evert_result_is_failure(&slept) ? "gave-up" : "cleaned");
	evert_result_release(slept);
	return r;
}

static struct evert_result stop_when_busy(void *arg)
{
	struct evert_server *server = await_server(clean_up);
	struct evert_stream *a = await_client(), *b = await_client();
	struct evert_deferred *stopped;

	(void)arg;
	await_quiet();
	stopped = evert_server_stop(server);
	await_quiet();
	cr_assert(not(evert_deferred_has_fired(stopped)));
	diary_add("stopping");
	evert_result_release(evert_await(stopped));
	diary_add("stopped");
	await_end(a);
	await_end(b);
	evert_stream_destroy(a);
	evert_stream_destroy(b);
	return evert_result_none();
}

Test(server, stopped_while_busy_it_waits_for_the_connections_to_clean_up)
{
	run(stop_when_busy);
	cr_assert(eq(str, diary, "stopping cleaned cleaned stopped"));
}

static struct evert_result return_a_wait(struct evert_stream *stream, void *arg)
{
	(void)stream;
	(void)arg;
	diary_add("begun");
	return evert_result_wait(evert_sleep(100));
}

static struct evert_result stop_what_waits(void *arg)
{
	struct evert_server *server = await_server(return_a_wait);
	struct evert_stream *a = await_client(), *b = await_client();

	(void)arg;
	await_quiet();
	evert_result_release(evert_await(evert_server_stop(server)));
	diary_add("stopped");
	evert_stream_destroy(a);
	evert_stream_destroy(b);
	return evert_result_none();
}

/* Promise 85: they end while the server goes through them. */
Test(server, p85_stopped_it_ends_bodies_that_returned_something_to_wait_for)
{
	run(stop_what_waits);
	cr_assert(eq(str, diary, "begun begun stopped"));
}

static struct evert_result connect_when_stopped(void *arg)
{
	struct evert_server *server = await_server(greet);

	(void)arg;
	evert_result_release(evert_await(evert_server_stop(server)));
	return evert_await(evert_stream_connect(endpoint));
}

Test(server, stopped_it_listens_no_more)
{
	expect_failure(run_program(&kernel.base, connect_when_stopped, NULL),
		       EVERT_CONNECT_FAILED);
}

static struct evert_server *shared;

static struct evert_result stop_at_once(struct evert_stream *stream, void *arg)
{
	struct evert_result r = evert_await(evert_server_stop(shared));

	(void)stream;
	(void)arg;
	diary_add("inside:%s", evert_result_as_failure(&r)->kind->name);
	return r;
}

static struct evert_result be_stopped_at_once(void *arg)
{
	struct evert_stream *client;

	(void)arg;
	shared = await_server(stop_at_once);
	client = await_client();
	await_end(client);
	evert_stream_destroy(client);
	return evert_result_none();
}

Test(server, stopped_by_a_connection_it_cancels_that_one_too)
{
	run(be_stopped_at_once);
	cr_assert(eq(str, diary, "inside:CANCELLED"));
}

static struct evert_result stop_on_line(struct evert_stream *stream, void *arg)
{
	struct evert_result r = await_line(stream);

	(void)arg;
	if (!evert_result_is_failure(&r)) {
		evert_result_release(r);
		r = evert_await(evert_server_stop(shared));
		diary_add("inside");
	}
	diary_add("%s", evert_result_as_failure(&r)->kind->name);
	return r;
}

static struct evert_result stop_by_line(void *arg)
{
	struct evert_stream *a, *b;

	(void)arg;
	shared = await_server(stop_on_line);
	a = await_client();
	b = await_client();
	send_line(b, "stop");
	await_end(a);
	await_end(b);
	evert_stream_destroy(a);
	evert_stream_destroy(b);
	return evert_result_none();
}

Test(server, stopped_by_a_connection_that_has_waited_it_cancels_all)
{
	run(stop_by_line);
	cr_assert(eq(str, diary, "inside CANCELLED CANCELLED"));
}

static struct evert_result release_result(void *arg)
{
	struct evert_result r = evert_await(
		evert_serve("tcp:127.0.0.1:0", greet, NULL));
	struct evert_server *server = evert_result_as(&r, &evert_type_server);

	(void)arg;
	snprintf(endpoint, sizeof(endpoint), "%s",
		 endpoint_of(evert_server_port(server)));
	evert_result_release(r);
	await_quiet();
	return evert_await(evert_stream_connect(endpoint));
}

Test(server, a_result_that_is_released_stops_it)
{
	expect_failure(run_program(&kernel.base, release_result, NULL),
		       EVERT_CONNECT_FAILED);
}

static struct evert_result cancel_stop(void *arg)
{
	struct evert_server *server = await_server(clean_up);
	struct evert_stream *client = await_client();
	struct evert_deferred *stopped;

	(void)arg;
	await_quiet();
	stopped = evert_server_stop(server);
	evert_deferred_cancel(stopped);
	expect_failure(evert_await(stopped), EVERT_CANCELLED);
	await_end(client);
	evert_stream_destroy(client);
	return evert_result_none();
}

Test(server, p24_a_stop_that_is_cancelled_goes_on)
{
	run(cancel_stop);
	cr_assert(eq(str, diary, "cleaned"));
}

/* ---- For ever ---- */

static struct evert_result cancel_forever(void *arg)
{
	struct evert_server *server = await_server(clean_up);
	struct evert_stream *client = await_client();
	struct evert_deferred *forever = evert_server_forever(server);
	size_t i;

	await_quiet();
	for (i = 0; i < *(size_t *)arg; i++) {
		evert_deferred_cancel(forever);
		await_quiet();
	}
	expect_failure(evert_await(forever), EVERT_CANCELLED);
	diary_add("over");
	await_end(client);
	evert_stream_destroy(client);
	return evert_result_none();
}

static void run_forever(size_t cancels)
{
	expect_nothing(run_program(&kernel.base, cancel_forever, &cancels));
}

Test(server, for_ever_is_until_it_is_cancelled)
{
	run_forever(1);
	cr_assert(eq(str, diary, "cleaned over"));
}

Test(server, p33_cancelled_again_it_cancels_the_connections_again)
{
	run_forever(2);
	cr_assert(eq(str, diary, "gave-up over"));
}

static void cancel(void *deferred)
{
	evert_deferred_cancel(deferred);
}

/* There a connection could end at once, while the next one is looked for. */
static struct evert_result cancel_by_callback(void *arg)
{
	struct evert_server *server = await_server(greet);
	struct evert_stream *clients[] = {
		await_client(), await_client(), await_client(),
	};
	struct evert_deferred *forever = evert_server_forever(server);
	size_t i;

	(void)arg;
	await_quiet();
	evert_reactor_call_later(evert_reactor_current(), 0, cancel, forever);
	expect_failure(evert_await(forever), EVERT_CANCELLED);
	for (i = 0; i < 3; i++) {
		await_end(clients[i]);
		evert_stream_destroy(clients[i]);
	}
	return evert_result_none();
}

Test(server, cancelled_by_a_callback_it_ends_every_connection)
{
	run(cancel_by_callback);
	cr_assert(eq(str, diary, ""));
}

static struct evert_result starve_forever(void *arg)
{
	struct evert_server *server = await_server(greet);
	struct evert_stream *client = await_client();

	(void)arg;
	await_quiet();
	failing_allocator_fail(1, false);
	cr_assert(evert_server_forever(server) == NULL);
	await_end(client);
	evert_stream_destroy(client);
	return evert_await(evert_stream_connect(endpoint));
}

Test(server, without_memory_for_ever_is_over_at_once)
{
	failing_allocator_start(0, false);
	expect_failure(run_program(&kernel.base, starve_forever, NULL),
		       EVERT_CONNECT_FAILED);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

static struct evert_result close_port_first(void *arg)
{
	struct evert_server *server = await_server(greet);
	struct evert_stream *client = await_client();
	struct evert_deferred *forever;

	(void)arg;
	await_quiet();
	evert_result_release(evert_await(
		evert_port_stop_listening(evert_server_port(server))));
	cr_assert(evert_server_port(server) == NULL);
	forever = evert_server_forever(server);
	cr_assert(not(evert_deferred_has_fired(forever)));
	send_line(client, "Bob");
	expect_text(await_line(client), "Hello, Bob!");
	evert_stream_destroy(client);
	return evert_await(forever);
}

Test(server, when_its_port_is_closed_it_ends_with_the_last_connection)
{
	run(close_port_first);
}

static struct evert_result forever_after_all(void *arg)
{
	struct evert_server *server = await_server(greet);

	(void)arg;
	evert_result_release(evert_await(
		evert_port_stop_listening(evert_server_port(server))));
	return evert_await(evert_server_forever(server));
}

Test(server, for_ever_is_over_at_once_when_all_is_gone_already)
{
	run(forever_after_all);
}

static struct evert_result diary_forever(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("forever:%s", evert_result_is_none(in) ? "nothing" : "?");
	return *in;
}

static struct evert_result serve_and_stop_reactor(void *arg)
{
	struct evert_deferred *forever =
		evert_server_forever(await_server(greet));
	struct evert_stream *client = await_client();

	(void)arg;
	evert_deferred_add_both(forever, diary_forever, NULL);
	evert_deferred_release(forever);
	send_line(client, "Bob");
	expect_text(await_line(client), "Hello, Bob!");
	evert_stream_destroy(client);
	client = await_client();
	await_quiet();
	evert_reactor_stop(evert_reactor_current());
	expect_failure(evert_await(evert_stream_read(client, 1)),
		       EVERT_REACTOR_STOPPED);
	evert_stream_destroy(client);
	return evert_result_none();
}

static void begin_serving(void *coroutine)
{
	*(struct evert_deferred **)coroutine =
		evert_spawn(serve_and_stop_reactor, NULL);
}

Test(server, p44_it_ends_when_the_reactor_stops_first)
{
	struct evert_reactor *reactor = make_reactor(&kernel.base);
	struct evert_deferred *coroutine;

	evert_reactor_call_later(reactor, 0, begin_serving, &coroutine);
	run_reactor(reactor);
	expect_nothing(outcome_of(coroutine));
	cr_assert(eq(str, diary, "forever:nothing"));
	evert_reactor_destroy(reactor);
}

/* ---- What goes wrong ---- */

static struct evert_result serve_badly(void *arg)
{
	(void)arg;
	return evert_await(evert_serve("tcp:127.0.0.1", greet, NULL));
}

Test(server, serving_fails_as_evert_listen_does)
{
	expect_failure(run_program(&kernel.base, serve_badly, NULL),
		       EVERT_BAD_ENDPOINT);
}

static struct evert_result serve_and_cancel(void *arg)
{
	struct evert_deferred *d =
		evert_serve("tcp:a.name.to.look.up:0", greet, NULL);

	(void)arg;
	evert_deferred_cancel(d);
	return evert_await(d);
}

Test(server, p24_serving_can_be_cancelled_while_a_name_is_looked_up)
{
	static const char *const addresses[] = { "127.0.0.1", NULL };

	kernel.addresses = addresses;
	expect_failure(run_program(&kernel.base, serve_and_cancel, NULL),
		       EVERT_CANCELLED);
}

static void serve_outside(void *arg)
{
	(void)arg;
	evert_serve("tcp:127.0.0.1:0", greet, NULL);
}

Test(server, outside_a_running_reactor_is_a_bug)
{
	dies(serve_outside, NULL, SIGABRT, "no reactor runs on this thread");
}

static struct evert_result talk_to_greeter(void *arg)
{
	struct evert_result r = evert_await(evert_stream_connect(endpoint));
	struct evert_stream *client;

	(void)arg;
	if (evert_result_is_failure(&r))
		return r;
	client = evert_stream_take(&r);
	evert_stream_write_line(client, "Bob", 3);
	r = evert_await(
		evert_timeout(5, evert_stream_read_line(client)));
	evert_stream_destroy(client);
	return r;
}

static struct evert_result serve_anyhow(void *arg)
{
	struct evert_result r =
		evert_await(evert_serve("tcp:127.0.0.1:0", greet, NULL));
	struct evert_deferred *clients[2];
	struct evert_server *server;

	(void)arg;
	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	snprintf(endpoint, sizeof(endpoint), "%s",
		 endpoint_of(evert_server_port(server)));
	clients[0] = evert_spawn(talk_to_greeter, NULL);
	clients[1] = evert_spawn(talk_to_greeter, NULL);
	r = evert_await(evert_deferred_list(clients, 2,
					    EVERT_CONSUME_FAILURES));
	evert_result_release(evert_await(evert_server_stop(server)));
	return r;
}

static void serve_with_little_memory(void *arg)
{
	(void)arg;
	run_program_anyhow(&kernel.base, serve_anyhow, NULL);
}

Test(server, p17_a_whole_conversation_survives_every_lack_of_memory)
{
	size_t before;

	cr_redirect_stderr();
	ignore_unhandled();
	before = count_descriptors();
	fail_every_allocation(serve_with_little_memory, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}

/* ---- Without stacks ---- */

static bool no_stacks;

/* In front of the system's: what stacks are mapped by. */
void *mmap(void *at, size_t size, int protection, int flags, int fd,
	   off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t) =
		(void *(*)(void *, size_t, int, int, int, off_t))(uintptr_t)
			dlsym(RTLD_NEXT, "mmap");

	if (no_stacks && flags & MAP_STACK)
		return MAP_FAILED;
	return next(at, size, protection, flags, fd, offset);
}

/* Clients that are no coroutines. */
static struct recorder_factory callers;

static void call_server(void)
{
	evert_deferred_release(evert_connect(evert_reactor_current(), endpoint,
					     &callers.base));
}

static void say_bob(struct recorder *caller)
{
	recorder_write(caller, "Bob\n");
}

/* The first call is not served; the second one is. */
static void call_again(struct recorder *caller)
{
	(void)caller;
	if (!no_stacks) {
		evert_deferred_release(evert_server_stop(shared));
		evert_reactor_stop(evert_reactor_current());
		return;
	}
	no_stacks = false;
	call_server();
}

static void hang_up(struct recorder *caller, const char *data, size_t length)
{
	(void)data;
	(void)length;
	evert_transport_lose_connection(caller->base.transport);
}

static struct evert_result keep_and_call(struct evert_result *in, void *arg)
{
	(void)arg;
	shared = evert_server_take(in);
	snprintf(endpoint, sizeof(endpoint), "%s",
		 endpoint_of(evert_server_port(shared)));
	call_server();
	return evert_result_none();
}

static void serve_by_callbacks(void *arg)
{
	struct evert_deferred *d = evert_serve("tcp:127.0.0.1:0", greet, NULL);

	(void)arg;
	evert_deferred_add_callback(d, keep_and_call, NULL);
	evert_deferred_release(d);
}

Test(server, without_memory_for_a_stack_it_ends_the_connection_and_goes_on)
{
	static const struct recorder_hooks hooks = {
		.made = say_bob,
		.received = hang_up,
		.lost = call_again,
	};
	struct evert_reactor *reactor = make_reactor(&kernel.base);

	recorder_factory_init(&callers, &hooks, NULL);
	no_stacks = true;
	evert_reactor_call_later(reactor, 0, serve_by_callbacks, NULL);
	run_reactor(reactor);
	evert_reactor_destroy(reactor);
	cr_assert(eq(str, callers.recorders[0].data, ""));
	cr_assert(eq(str, callers.recorders[1].data, "Hello, Bob!\r\n"));
	cr_assert(eq(str, diary, "unhandled:NO_MEMORY"));
}

/* ---- Reads in a row ---- */

enum { MANY_LINES = 60000 };

static struct evert_stream *flooded;
static size_t lines_read;

static struct evert_result ask_for_next(struct evert_result *in, void *arg);

static void ask_for_line(void)
{
	struct evert_deferred *d = evert_stream_read_line(flooded);

	evert_deferred_add_both(d, ask_for_next, NULL);
	evert_deferred_release(d);
}

static struct evert_result ask_for_next(struct evert_result *in, void *arg)
{
	(void)arg;
	if (evert_result_is_failure(in))
		return evert_result_none();
	lines_read++;
	ask_for_line();
	return evert_result_none();
}

static struct evert_result flood(struct evert_stream *stream, void *arg)
{
	static char data[MANY_LINES];

	(void)arg;
	memset(data, '\n', sizeof(data));
	evert_stream_write(stream, data, sizeof(data));
	return evert_await(evert_stream_wait_closed(stream));
}

static struct evert_result read_a_flood(void *arg)
{
	struct evert_server *server = await_server(flood);

	(void)arg;
	flooded = await_client();
	while (evert_stream_buffered(flooded) < MANY_LINES)
		await_quiet();
	ask_for_line(); /* on this coroutine's stack */
	while (lines_read < MANY_LINES)
		await_quiet();
	evert_stream_destroy(flooded);
	evert_deferred_release(evert_server_stop(server));
	return evert_result_none();
}

/* Promise 87. */
Test(server, p87_callbacks_that_each_ask_for_the_next_line_need_no_stack)
{
	run(read_a_flood);
	cr_assert(eq(sz, lines_read, MANY_LINES));
}
