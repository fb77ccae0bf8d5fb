/* SPDX-License-Identifier: MIT */
/* Files over TLS, while memory, descriptors or the disk give out: each has one
   outcome, and nothing is left behind. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/send_file.h"
#include "../../support/file.h"
#include "../../support/memory.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/tls_pair.h"

TestSuite(tls_file_sweep, .timeout = 120);

enum { LENGTH = 300000 };

static struct tls_pair pair;
static size_t outcomes;
static bool has_hole;

static struct evert_result count(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	has_hole |= evert_result_failed_with(in, EVERT_SYSTEM) &&
		    evert_result_as_failure(in)->error == ENOMEM;
	return evert_result_none();
}

/* How many Deferreds there are. */
static size_t send_one(struct evert_transport *transport, size_t length)
{
	int fd = make_hole(length);
	struct evert_deferred *d =
		evert_transport_send_file(transport, fd, 0, length);

	close(fd);
	if (!d)
		return 0;
	evert_deferred_add_both(d, count, NULL);
	evert_deferred_release(d);
	return 1;
}

static void open_pair(void)
{
	outcomes = 0;
	has_hole = false;
	tls_pair_open(&pair, OVER_TCP, NULL, NULL, NULL);
}

/* Two, with what is written between and behind; then the end. */
static void send_all(bool whole)
{
	struct evert_transport *transport = pair.client->base.transport;
	size_t sent = send_one(transport, LENGTH);

	evert_transport_write(transport, "between", 7);
	sent += send_one(transport, 10);
	evert_transport_write(transport, "behind", 6);
	evert_transport_lose_connection(transport);
	turn_until_count(pair.reactor, &pair.client->lost, 1);
	turn_until_count(pair.reactor, &pair.server->lost, 1);
	cr_expect(eq(sz, outcomes, sent));
	cr_expect(eq(sz, pair.client->lost, 1));
	if (has_hole)
		cr_expect(pair.client->lost_kind != EVERT_CONNECTION_DONE);
	if (pair.client->lost_kind != EVERT_CONNECTION_DONE)
		cr_expect(pair.server->lost_kind != EVERT_CONNECTION_DONE);
	else if (whole)
		cr_expect(eq(sz, pair.server->received, LENGTH + 23));
}

static void fail_at(size_t n, bool forever)
{
	failing_allocator_start(0, false);
	open_pair();
	failing_allocator_fail(n, forever);
	send_all(false);
	failing_allocator_fail(0, false);
	tls_pair_close(&pair);
	cr_assert(zero(sz, failing_allocator_stop().live), "%zu", n);
}

Test(tls_file_sweep, without_memory_each_has_an_outcome)
{
	size_t n;

	for (n = 1; n < 30; n++) {
		fail_at(n, false);
		fail_at(n, true);
	}
}

static void fail_call(enum test_call call, size_t n, int error)
{
	open_pair();
	test_system_fail(&pair.system, call, n, error, false);
	/* Without a descriptor of its own a file is refused, no more. */
	send_all(error == EINTR && call != CALL_DUP);
	tls_pair_close(&pair);
}

Test(tls_file_sweep, whatever_call_fails_each_has_an_outcome)
{
	static const enum test_call calls[] = { CALL_PREAD, CALL_DUP, CALL_SEND,
						CALL_SENDMSG, CALL_WRITEV,
						CALL_READ, CALL_CLOSE };
	static const int errors[] = { EIO, EPIPE, ECONNRESET, EMFILE, EINTR };
	size_t i, j, n;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (j = 0; j < sizeof(errors) / sizeof(*errors); j++)
			for (n = 1; n < 4; n++)
				fail_call(calls[i], n, errors[j]);
}

Test(tls_file_sweep, short_sends_change_nothing)
{
	open_pair();
	pair.system.send_at_most = 7777;
	send_all(true);
	cr_expect(pair.server->lost_kind == EVERT_CONNECTION_DONE);
	tls_pair_close(&pair);
}
