/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/name/lookup_failure.h"
#include "../../../reactor/name/lookup_internal.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system names;
static struct evert_reactor *reactor;
static struct recorder_factory factory;

/* What the last lookup brought. */
static size_t answered; /* how many */
static int error;
static const struct evert_error *kind;
static char reason[128];
static char found[128]; /* the addresses, a space before each */

static const char *const two[] = { "127.0.0.2", "::2", NULL };

static void begin(void)
{
	test_system_init(&names);
	names.addresses = two;
	reactor = make_reactor(&names.base);
	recorder_factory_init(&factory, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

TestSuite(system_lookup, .init = begin, .fini = finish);

static void note_address(const struct evert_address *address)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];

	strcat(found, " ");
	strcat(found, evert_address_text(address, text, sizeof(text)));
}

static void done(void *arg, const struct evert_lookup_result *result)
{
	size_t i;

	(void)arg;
	answered++;
	error = result->error;
	kind = result->kind;
	snprintf(reason, sizeof(reason), "%s",
		 result->reason ? result->reason : "");
	found[0] = '\0';
	for (i = 0; i < result->count; i++)
		note_address(&result->addresses[i]);
}

static struct evert_lookup *look_up(const char *host)
{
	return evert_lookup_start(reactor, host, 80, false, done, NULL);
}

static void wait_for_calls(enum test_call call, size_t count)
{
	while (names.plans[call].calls < count)
		sched_yield();
}

/* ---- Answers ---- */

Test(system_lookup, p76_brings_the_addresses_in_the_systems_order)
{
	look_up("name.example");
	turn_until_count(reactor, &answered, 1);
	cr_assert(eq(int, error, 0));
	cr_assert(eq(str, found, " 127.0.0.2:80 [::2]:80"));
}

static struct addrinfo asked;
static char asked_host[64], asked_port[8];

static int note_question(struct evert_system *system, const char *host,
			 const char *port, const struct addrinfo *hints,
			 struct addrinfo **addresses)
{
	(void)system;
	(void)addresses;
	asked = *hints;
	strcpy(asked_host, host);
	strcpy(asked_port, port);
	return EAI_NONAME;
}

Test(system_lookup, asks_for_streams_of_every_family_and_looks_no_port_up)
{
	struct evert_system_ops ops = *names.base.ops;

	ops.getaddrinfo = note_question;
	names.base.ops = &ops;
	look_up("name.example");
	turn_until_count(reactor, &answered, 1);
	cr_assert(eq(str, asked_host, "name.example"));
	cr_assert(eq(str, asked_port, "80"));
	cr_assert(eq(int, asked.ai_family, AF_UNSPEC));
	cr_assert(eq(int, asked.ai_socktype, SOCK_STREAM));
	cr_assert(eq(int, asked.ai_flags, AI_NUMERICSERV));
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

Test(system_lookup, p76_finds_what_the_hosts_file_says)
{
	names.addresses = NULL;
	look_up("localhost");
	turn_until_count(reactor, &answered, 1);
	cr_assert(eq(int, error, 0));
	cr_assert(strstr(found, "127.0.0.1:80") || strstr(found, "[::1]:80"));
}

static int code;

static int fail_with_code(struct evert_system *system, const char *host,
			  const char *port, const struct addrinfo *hints,
			  struct addrinfo **addresses)
{
	(void)system;
	(void)host;
	(void)port;
	(void)hints;
	/* As POSIX allows: what is here now means nothing. */
	*addresses = (struct addrinfo *)reason;
	errno = EIO;
	return code;
}

/* What becomes of a code of getaddrinfo. */
static int error_of(int failed_with)
{
	size_t before = answered;

	code = failed_with;
	look_up("name.example");
	turn_until_count(reactor, &answered, before + 1);
	return error;
}

Test(system_lookup, tells_why_there_is_no_address)
{
	struct evert_system_ops ops = *names.base.ops;

	ops.getaddrinfo = fail_with_code;
	names.base.ops = &ops;
	cr_assert(eq(int, error_of(EAI_NONAME), ENOENT));
	cr_assert(eq(str, reason, (char *)gai_strerror(EAI_NONAME)));
	cr_assert(kind == EVERT_NO_NAME);
	error_of(EAI_NODATA);
	cr_assert(kind == EVERT_NO_DATA);
	cr_assert(eq(int, error_of(EAI_FAIL), ENOENT));
	cr_assert(eq(str, reason, (char *)gai_strerror(EAI_FAIL)));
	cr_assert(eq(int, error_of(EAI_AGAIN), EAGAIN));
	cr_assert(eq(str, reason, (char *)gai_strerror(EAI_AGAIN)));
	cr_assert(eq(int, error_of(EAI_MEMORY), ENOMEM));
	cr_assert(eq(int, error_of(EAI_SYSTEM), EIO));
	cr_assert(eq(str, reason, strerror(EIO)));
	cr_assert(eq(str, found, ""));
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

static void is_of_kind(int failed_with, const struct evert_error *expected)
{
	error_of(failed_with);
	cr_assert(eq(ptr, (void *)kind, (void *)expected), "%s",
		  gai_strerror(failed_with));
}

Test(system_lookup, tells_of_what_kind_a_failure_is)
{
	struct evert_system_ops ops = *names.base.ops;

	ops.getaddrinfo = fail_with_code;
	names.base.ops = &ops;
	is_of_kind(EAI_NONAME, EVERT_NO_NAME);
	is_of_kind(EAI_NODATA, EVERT_NO_DATA);
	is_of_kind(EAI_AGAIN, EVERT_SERVER_FAILED);
	is_of_kind(EAI_MEMORY, EVERT_NO_MEMORY);
	is_of_kind(EAI_FAIL, EVERT_LOOKUP_FAILED);
	is_of_kind(EAI_SYSTEM, EVERT_LOOKUP_FAILED);
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

/* ---- Threads ---- */

static void note_time(void *flag)
{
	*(bool *)flag = true;
}

Test(system_lookup, p76_does_not_block_the_loop)
{
	bool passed = false;

	atomic_store(&names.lookups_blocked, true);
	look_up("name.example");
	wait_for_calls(CALL_GETADDRINFO, 1);
	evert_reactor_call_later(reactor, 0.001, note_time, &passed);
	turn_until(reactor, &passed);
	cr_assert(eq(sz, answered, 0));
	atomic_store(&names.lookups_blocked, false);
	turn_until_count(reactor, &answered, 1);
}

Test(system_lookup, four_at_a_time_and_the_others_in_turn)
{
	int i;

	atomic_store(&names.lookups_blocked, true);
	for (i = 0; i < 20; i++)
		look_up("name.example");
	wait_for_calls(CALL_GETADDRINFO, 4);
	turn_until_idle(reactor);
	cr_assert(eq(sz, names.plans[CALL_GETADDRINFO].calls, 4));
	cr_assert(eq(sz, names.plans[CALL_START_THREAD].calls, 4));
	atomic_store(&names.lookups_blocked, false);
	turn_until_count(reactor, &answered, 20);
	cr_assert(eq(sz, names.plans[CALL_GETADDRINFO].calls, 20));
}

Test(system_lookup, works_again_when_its_threads_have_ended)
{
	size_t round;

	for (round = 1; round <= 50; round++) {
		look_up("name.example");
		turn_until_count(reactor, &answered, round);
	}
}

Test(system_lookup, goes_on_with_the_threads_there_are)
{
	atomic_store(&names.lookups_blocked, true);
	test_system_fail(&names, CALL_START_THREAD, 2, EAGAIN, true);
	look_up("name.example");
	look_up("name.example");
	look_up("name.example");
	atomic_store(&names.lookups_blocked, false);
	turn_until_count(reactor, &answered, 3);
}

Test(system_lookup, can_not_begin_without_a_thread)
{
	test_system_fail(&names, CALL_START_THREAD, 1, EAGAIN, false);
	cr_assert(eq(ptr, look_up("name.example"), NULL));
	cr_assert(eq(int, errno, EAGAIN));
	look_up("name.example");
	turn_until_count(reactor, &answered, 1);
}

static sigset_t blocked;

static int note_mask(struct evert_system *system, const char *host,
		     const char *port, const struct addrinfo *hints,
		     struct addrinfo **addresses)
{
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	return note_question(system, host, port, hints, addresses);
}

Test(system_lookup, its_threads_receive_no_signals)
{
	struct evert_system_ops ops = *names.base.ops;
	sigset_t ours;

	ops.getaddrinfo = note_mask;
	names.base.ops = &ops;
	look_up("name.example");
	turn_until_count(reactor, &answered, 1);
	cr_assert(sigismember(&blocked, SIGINT) == 1);
	cr_assert(sigismember(&blocked, SIGALRM) == 1);
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	cr_assert(sigismember(&ours, SIGINT) == 0);
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

Test(system_lookup, two_reactors_share_the_threads)
{
	struct evert_reactor *other = make_reactor(&names.base);

	atomic_store(&names.lookups_blocked, true);
	look_up("name.example");
	evert_lookup_start(other, "name.example", 80, false, done, NULL);
	atomic_store(&names.lookups_blocked, false);
	turn_until_count(reactor, &answered, 1);
	turn_until_count(other, &answered, 2);
	evert_reactor_destroy(other);
}

/* ---- Cancelling ---- */

Test(system_lookup, cancelled_it_tells_nothing_whenever_that_is)
{
	struct evert_lookup *lookup;
	int delay, i;

	for (delay = 0; delay < 200; delay++) {
		lookup = look_up("name.example");
		for (i = 0; i < delay; i++)
			sched_yield();
		evert_lookup_cancel(lookup);
		if (delay % 10 == 0)
			turn_until_idle(reactor);
	}
	turn_until_idle(reactor);
	cr_assert(eq(sz, answered, 0));
}

Test(system_lookup, cancelled_in_the_middle_of_the_queue_leaves_the_others)
{
	struct evert_lookup *lookups[8];
	size_t i;

	atomic_store(&names.lookups_blocked, true);
	for (i = 0; i < 8; i++)
		lookups[i] = look_up("name.example");
	wait_for_calls(CALL_GETADDRINFO, 4);
	evert_lookup_cancel(lookups[5]);
	evert_lookup_cancel(lookups[7]);
	atomic_store(&names.lookups_blocked, false);
	turn_until_count(reactor, &answered, 6);
	turn_until_idle(reactor);
	cr_assert(eq(sz, answered, 6));
	cr_assert(eq(sz, names.plans[CALL_GETADDRINFO].calls, 6));
}

/* ---- What an endpoint makes of it ---- */

static struct evert_result connect_to(const char *endpoint)
{
	return turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &factory.base));
}

Test(system_lookup, that_fails_fails_the_connect_and_names_the_name)
{
	static const char *const none[] = { NULL };
	struct evert_result result;
	char message[256];

	names.addresses = none;
	result = connect_to("tcp:name.example:80");
	cr_assert(evert_result_failed_with(&result, EVERT_LOOKUP_FAILED));
	cr_assert(evert_result_failed_with(&result, EVERT_CONNECT_FAILED));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, ENOENT));
	snprintf(message, sizeof(message), "cannot look up name.example: %s",
		 gai_strerror(EAI_NONAME));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     message));
	evert_result_release(result);
}

Test(system_lookup, without_a_thread_fails_the_connect)
{
	struct evert_result result;

	test_system_fail(&names, CALL_START_THREAD, 1, EAGAIN, false);
	result = connect_to("tcp:name.example:80");
	cr_assert(evert_result_failed_with(&result, EVERT_LOOKUP_FAILED));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, EAGAIN));
	evert_result_release(result);
}

Test(system_lookup, that_fails_fails_the_listen)
{
	test_system_fail(&names, CALL_GETADDRINFO, 1, EIO, false);
	cr_assert(
		eq(ptr,
		   (void *)turn_until_failed(
			   reactor, evert_listen(reactor, "tcp:name.example:0",
						 &factory.base)),
		   (void *)EVERT_LOOKUP_FAILED));
}

static int find_a_unix_socket(struct evert_system *system, const char *host,
			      const char *port, const struct addrinfo *hints,
			      struct addrinfo **addresses)
{
	static struct sockaddr_un local = { .sun_family = AF_UNIX };
	static struct addrinfo info = {
		.ai_family = AF_UNIX,
		.ai_addr = (struct sockaddr *)&local,
		.ai_addrlen = sizeof(local),
	};

	(void)system;
	(void)host;
	(void)port;
	(void)hints;
	*addresses = &info;
	return 0;
}

static void keep_it(struct evert_system *system, struct addrinfo *addresses)
{
	(void)system;
	(void)addresses;
}

Test(system_lookup, of_a_name_without_an_address_for_tcp_is_a_failure)
{
	struct evert_system_ops ops = *names.base.ops;
	struct evert_result result;

	ops.getaddrinfo = find_a_unix_socket;
	ops.freeaddrinfo = keep_it;
	names.base.ops = &ops;
	result = connect_to("tcp:name.example:80");
	cr_assert(evert_result_failed_with(&result, EVERT_LOOKUP_FAILED));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     "cannot look up name.example: it has no address"));
	evert_result_release(result);
	evert_reactor_destroy(reactor);
	reactor = NULL;
}
