/* SPDX-License-Identifier: MIT */
/* Six addresses of this machine, of which some refuse and some hang: these
   have a listener whose backlog is full. The sockets are real, time is not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

enum { ADDRESSES = 6, FILLERS = 3, MOST_PORTS = 50 };

static const char *const six[] = {
	"127.0.0.2", "127.0.0.3", "127.0.0.4",
	"127.0.0.5", "127.0.0.6", "127.0.0.7", NULL,
};

static struct test_system names;
static struct evert_reactor *reactor;
static struct recorder_factory clients;
static int listeners[ADDRESSES];
static struct evert_result outcome;
static int fillers[ADDRESSES][FILLERS];
static char endpoint[64];

/* -1: the port is another's. */
static int listen_on(const char *host, unsigned port, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct evert_address at;

	cr_assert(evert_address_parse(&at, host, (uint16_t)port) == 0);
	if (!bind(fd, &at.as.any, at.length) && !listen(fd, backlog))
		return fd;
	close(fd);
	return -1;
}

static unsigned port_of(int fd)
{
	struct evert_address at = { .length = sizeof(at.as) };

	cr_assert(getsockname(fd, &at.as.any, &at.length) == 0);
	return evert_address_port(&at);
}

/* What connects from now on waits, until the kernel gives up. */
static void fill_backlog(size_t i, unsigned port)
{
	struct evert_address at;
	size_t n;

	evert_address_parse(&at, six[i], (uint16_t)port);
	for (n = 0; n < FILLERS; n++) {
		fillers[i][n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fillers[i][n], &at.as.any, at.length);
	}
}

static void close_all(void)
{
	size_t i, n;

	for (i = 0; i < ADDRESSES; i++) {
		for (n = 0; n < FILLERS; n++)
			close(fillers[i][n]);
		close(listeners[i]);
	}
}

static bool take_port(const char *kinds)
{
	unsigned port = 0;
	size_t i;

	memset(listeners, -1, sizeof(listeners));
	memset(fillers, -1, sizeof(fillers));
	for (i = 0; i < ADDRESSES; i++) {
		listeners[i] = listen_on(six[i], port, kinds[i] == 'h' ? 0 : 9);
		if (listeners[i] < 0)
			return false;
		port = port_of(listeners[i]);
		if (kinds[i] == 'h')
			fill_backlog(i, port);
	}
	for (i = 0; i < ADDRESSES; i++)
		if (kinds[i] == 'r') {
			close(listeners[i]);
			listeners[i] = -1;
		}
	snprintf(endpoint, sizeof(endpoint), "tcp:name.example:%u", port);
	return true;
}

/* A letter each: one that refuses, hangs, or accepts. */
static void open_six(const char *kinds)
{
	size_t tries = 0;

	while (!take_port(kinds)) {
		close_all();
		cr_assert(lt(sz, tries++, MOST_PORTS));
	}
	names.addresses = six;
	atomic_store(&names.threads_work, true);
}

static void begin(void)
{
	test_system_init(&names);
	names.virtual_time = true;
	reactor = make_reactor(&names.base);
	recorder_factory_init(&clients, NULL, NULL);
}

static void finish(void)
{
	evert_result_release(outcome);
	evert_reactor_destroy(reactor);
	close_all();
}

TestSuite(attempts, .init = begin, .fini = finish);

static int64_t milliseconds_to_connect(const char *kinds)
{
	int64_t first;

	open_six(kinds);
	first = names.now;
	outcome = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));
	cr_assert(not(evert_result_is_failure(&outcome)));
	return (names.now - first) / 1000000;
}

Test(attempts, p77_are_there_in_200_ms_when_five_of_six_hang)
{
	cr_assert(lt(i64, milliseconds_to_connect("hhhhha"), 200));
}

Test(attempts, p77_are_there_at_once_when_five_of_six_refuse)
{
	cr_assert(eq(i64, milliseconds_to_connect("rrrrra"), 0));
}

Test(attempts, p77_are_there_in_200_ms_when_five_of_six_refuse_or_hang)
{
	cr_assert(lt(i64, milliseconds_to_connect("hrhrha"), 200));
	close_all();
	cr_assert(lt(i64, milliseconds_to_connect("rhhrha"), 200));
}

static const struct evert_failure *failure_of(const char *kinds,
					      const char *options)
{
	open_six(kinds);
	strcat(endpoint, options);
	outcome = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));
	return evert_result_as_failure(&outcome);
}

static size_t count(const struct evert_failure *failure, const char *words)
{
	const struct evert_failure *cause;
	size_t found = 0;

	for (cause = failure->cause; cause; cause = cause->next)
		found += strstr(cause->message, words) != NULL;
	return found;
}

Test(attempts, p77_that_all_fail_are_one_failure_with_six_reasons)
{
	const struct evert_failure *failure = failure_of("rrrrrr", "");

	cr_assert(eq(int, failure->error, ECONNREFUSED));
	cr_assert(eq(sz, count(failure, "cannot connect to 127.0.0."), 6));
}

Test(attempts, p77_that_refuse_or_hang_are_one_failure_with_six_reasons)
{
	const struct evert_failure *failure =
		failure_of("rhrhhr", ":timeout=0.3");

	cr_assert(eq(int, failure->error, ETIMEDOUT));
	cr_assert(eq(sz, count(failure, "Connection refused"), 3));
	cr_assert(eq(sz, count(failure, "no answer from 127.0.0."), 3));
}
