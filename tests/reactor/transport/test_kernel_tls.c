/* SPDX-License-Identifier: MIT */
/* What a library of TLS asks a connection for, so that the kernel encrypts. */
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/connection_internal.h"
#include "../../../reactor/transport/kernel_tls.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_system_ops ops;
static const struct evert_system_ops *below;
static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static struct connected pair;

static const char keys[] = "what the keys are is not looked at";

/* What the kernel was asked, in order: a letter each, U for the ULP, K for keys,
   and of records with a type the type and what they hold. */
static char asked[256];
static int refusal;   /* of the keys, an errno */
static size_t refuses; /* so many sends with a type first: EAGAIN */

static void note(const char *what)
{
	strncat(asked, what, sizeof(asked) - strlen(asked) - 1);
}

static int set_option(struct evert_system *system, int fd, int level,
		      int option, const void *value, socklen_t length)
{
	if (level == IPPROTO_TCP && option == TCP_ULP) {
		cr_expect(eq(str, (char *)value, "tls"));
		note("U");
		return 0;
	}
	if (level != SOL_TLS)
		return below->setsockopt(system, fd, level, option, value,
					 length);
	cr_expect(eq(int, option, TLS_TX));
	cr_expect(eq(int, memcmp(value, keys, sizeof(keys)), 0));
	cr_expect(eq(sz, (size_t)length, sizeof(keys)));
	note("K");
	return -refusal;
}

/* A record goes as it is, behind its type. */
static ssize_t send_message(struct evert_system *system, int fd,
			    const struct msghdr *message, int flags)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	char type[2] = "";

	(void)flags;
	if (refuses) {
		refuses--;
		return -EAGAIN;
	}
	cr_assert(header->cmsg_level == SOL_TLS);
	cr_assert(header->cmsg_type == TLS_SET_RECORD_TYPE);
	cr_assert(eq(sz, (size_t)message->msg_iovlen, 1));
	type[0] = *(const char *)CMSG_DATA(header);
	note(type);
	return below->send(fd, message->msg_iov->iov_base,
			   message->msg_iov->iov_len, system);
}

static void begin(void)
{
	failing_allocator_start(0, false);
	test_system_init(&kernel);
	below = kernel.base.ops;
	ops = *below;
	ops.setsockopt = set_option;
	ops.sendmsg = send_message;
	kernel.base.ops = &ops;
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(reactor, &clients, &servers);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	cr_expect(eq(sz, failing_allocator_stop().live, 0));
}

TestSuite(kernel_tls, .init = begin, .fini = finish);

static struct evert_transport *sender(void)
{
	return pair.client->base.transport;
}

static int encrypt(void)
{
	return evert_transport_encrypt(sender(), keys, sizeof(keys));
}

static void server_has(const char *text)
{
	turn_until_count(reactor, &pair.server->received, strlen(text));
	cr_expect(eq(str, pair.server->data, (char *)text));
}

/* ---- The keys ---- */

Test(kernel_tls, what_was_written_before_is_sent_before_the_keys_count)
{
	recorder_write(pair.client, "plain");
	cr_assert(eq(int, encrypt(), 0));
	cr_expect(eq(sz, evert_transport_queued(sender()), 0));
	cr_expect(eq(str, asked, "UK"));
	recorder_write(pair.client, ", sealed");
	server_has("plain, sealed");
}

Test(kernel_tls, where_the_peer_takes_nothing_more_it_is_busy_and_nothing_asked)
{
	test_system_fail(&kernel, CALL_SEND, 1, EAGAIN, true);
	recorder_write(pair.client, "plain");
	cr_expect(eq(int, encrypt(), -EBUSY));
	cr_expect(eq(str, asked, ""));
	test_system_fail(&kernel, CALL_SEND, 0, 0, false);
	server_has("plain");
	cr_expect(eq(int, encrypt(), 0));
}

Test(kernel_tls, a_kernel_that_refuses_leaves_the_connection_as_it_was)
{
	refusal = EINVAL;
	cr_expect(eq(int, encrypt(), -EINVAL));
	recorder_write(pair.client, "plain");
	server_has("plain");
}

Test(kernel_tls, a_kernel_without_tls_is_told)
{
	ops.setsockopt = below->setsockopt;
	test_system_fail(&kernel, CALL_SETSOCKOPT, 1, ENOENT, false);
	cr_expect(eq(int, encrypt(), -ENOENT));
	cr_expect(eq(str, asked, ""));
}

Test(kernel_tls, after_the_end_of_writing_there_are_no_keys)
{
	cr_assert(eq(int, evert_transport_lose_write(sender()), 0));
	cr_expect(eq(int, encrypt(), -EPIPE));
	cr_expect(eq(int, evert_transport_write_record(sender(), 'a', "x", 1),
		     -EPIPE));
	cr_expect(eq(str, asked, ""));
}

/* ---- Records ---- */

Test(kernel_tls, a_record_is_one_call_between_what_is_written_around_it)
{
	cr_assert(eq(int, encrypt(), 0));
	recorder_write(pair.client, "one ");
	cr_assert(eq(int, evert_transport_write_record(sender(), 'a', "two ",
						       4), 0));
	cr_assert(eq(int, evert_transport_write_record(sender(), 'b', "three ",
						       6), 0));
	recorder_write(pair.client, "four");
	server_has("one two three four");
	cr_expect(eq(str, asked, "UKab"));
}

Test(kernel_tls, a_record_that_the_kernel_has_no_room_for_is_sent_later)
{
	cr_assert(eq(int, encrypt(), 0));
	refuses = 1;
	cr_assert(eq(int, evert_transport_write_record(sender(), 'a', "two ",
						       4), 0));
	recorder_write(pair.client, "four");
	server_has("two four");
	cr_expect(eq(str, asked, "UKa"));
}

Test(kernel_tls, the_end_comes_behind_a_record)
{
	cr_assert(eq(int, encrypt(), 0));
	cr_assert(eq(int, evert_transport_write_record(sender(), 'a', "bye", 3),
		     0));
	evert_transport_lose_connection(sender());
	turn_until_count(reactor, &pair.server->lost, 1);
	cr_expect(eq(str, pair.server->data, "bye"));
}

Test(kernel_tls, a_record_has_a_byte_at_least_and_16_kibibytes_at_most)
{
	static char large[16385];

	cr_expect(eq(int, evert_transport_write_record(sender(), 'a', "", 0),
		     -EINVAL));
	cr_expect(eq(int, evert_transport_write_record(sender(), 'a', large,
						       sizeof(large)),
		     -EINVAL));
	cr_expect(eq(int, evert_transport_write_record(sender(), 'a', large,
						       sizeof(large) - 1), 0));
}

Test(kernel_tls, without_memory_for_a_record_the_connection_is_reset)
{
	cr_assert(eq(int, encrypt(), 0));
	failing_allocator_fail(1, false);
	cr_expect(eq(int, evert_transport_write_record(sender(), 'a', "x", 1),
		     -ENOMEM));
	failing_allocator_fail(0, false);
	turn_until_count(reactor, &pair.client->lost, 1);
	cr_expect(eq(int, pair.client->lost_error, ENOMEM));
}

/* ---- Other transports ---- */

Test(kernel_tls, in_memory_there_is_none)
{
	static const struct evert_address nobody;
	struct evert_memory_transport *memory = evert_memory_transport_create(
		clients.base.build_protocol(&clients.base, &nobody));
	struct evert_transport *transport =
		evert_memory_transport_base(memory);

	cr_expect(eq(int, evert_transport_encrypt(transport, keys,
						  sizeof(keys)), -EOPNOTSUPP));
	cr_expect(eq(int, evert_transport_write_record(transport, 'a', "x", 1),
		     -EOPNOTSUPP));
	evert_memory_transport_destroy(memory);
}
