/* SPDX-License-Identifier: MIT */
/* Questions that are asked at the same time, and what the kernel is given. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/resolve.h"
#include "../../../reactor/name/resolver.h"
#include "../../support/name_server.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system names;
static struct evert_system_ops ops;
static const struct evert_system_ops *usual;
static struct evert_reactor *reactor;
static struct name_server server;
static unsigned messages, cut; /* that the kernel took */
static int refusal;	       /* what it says to cutting: an errno; 0: yes */

static int send_several(struct evert_system *system, int fd,
			struct mmsghdr *sent, unsigned count, int flags)
{
	unsigned i;
	int taken;

	if (refusal && sent[0].msg_hdr.msg_controllen)
		return -refusal;
	taken = usual->sendmmsg(system, fd, sent, count, flags);
	for (i = 0; taken > 0 && i < (unsigned)taken; i++) {
		messages++;
		cut += sent[i].msg_hdr.msg_controllen > 0;
	}
	return taken;
}

static void begin(void)
{
	struct evert_resolver_options options;

	test_system_init(&names);
	names.virtual_time = true;
	usual = names.base.ops;
	ops = *usual;
	ops.sendmmsg = send_several;
	names.base.ops = &ops;
	reactor = make_reactor(&names.base);
	name_server_open(&server);
	options = name_server_options(&server);
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	name_server_close(&server);
}

TestSuite(udp_batch, .init = begin, .fini = finish);

/* Looks them up, and answers each with an address of its own. */
static void look_up(const char *const *asked, size_t count)
{
	struct evert_deferred *deferreds[8];
	struct name_query query;
	struct evert_result result;
	char answer[1100];
	size_t i;

	for (i = 0; i < count; i++)
		deferreds[i] = evert_resolve(reactor, asked[i], EVERT_DNS_A);
	for (i = 0; i < count; i++) {
		query = name_server_take(&server, reactor);
		snprintf(answer, sizeof(answer), "%s 60 A 192.0.2.1",
			 query.name);
		name_server_answer(&server, &query, answer);
	}
	for (i = 0; i < count; i++) {
		result = turn_until_fired(reactor, deferreds[i]);
		cr_assert(evert_result_as_dns_records(&result)->count == 1);
		evert_result_release(result);
	}
	cr_assert(name_server_is_idle(&server, reactor));
}

static const char *const even[] = { "a.example", "b.example", "c.example" };
static const char *const uneven[] = { "a.example", "bb.example", "ccc.example",
				      "d.example", "ee.example", "f.example" };

Test(udp_batch, both_questions_for_a_host_are_one_message)
{
	struct evert_deferred *deferred = evert_resolve_host(reactor, "host.");
	struct name_query first = name_server_take(&server, reactor);
	struct name_query next = name_server_take(&server, reactor);

	cr_assert(eq(u16, first.type, EVERT_DNS_A));
	cr_assert(eq(u16, next.type, EVERT_DNS_AAAA));
	cr_assert(eq(u32, messages, 1));
	evert_deferred_cancel(deferred);
	evert_result_release(turn_until_fired(reactor, deferred));
}

Test(udp_batch, those_of_one_length_are_one_message)
{
	look_up(even, 3);
	cr_assert(eq(u32, messages, 1));
	cr_assert(eq(u32, cut, 1));
}

Test(udp_batch, those_of_one_length_come_together_from_wherever_they_are)
{
	look_up(uneven, 6);
	cr_assert(eq(u32, messages, 3));
	cr_assert(eq(u32, cut, 2));
}

Test(udp_batch, one_alone_is_a_plain_message)
{
	look_up(even, 1);
	cr_assert(eq(u32, messages, 1));
	cr_assert(eq(u32, cut, 0));
	cr_assert(eq(sz, names.plans[CALL_GETSOCKOPT].calls, 0));
}

Test(udp_batch, a_kernel_that_does_not_know_of_cutting_is_given_each_apart)
{
	test_system_fail(&names, CALL_GETSOCKOPT, 1, ENOPROTOOPT, true);
	look_up(uneven, 6);
	look_up((const char *const[]){ "g.example", "h.example" }, 2);
	cr_assert(eq(u32, messages, 8));
	cr_assert(eq(u32, cut, 0));
	cr_assert(eq(sz, names.plans[CALL_GETSOCKOPT].calls, 1));
}

Test(udp_batch, those_that_are_given_apart_are_so_in_their_order)
{
	struct evert_deferred *deferreds[6];
	struct name_query query;
	size_t i;

	test_system_fail(&names, CALL_GETSOCKOPT, 1, ENOPROTOOPT, true);
	for (i = 0; i < 6; i++)
		deferreds[i] = evert_resolve(reactor, uneven[i], EVERT_DNS_A);
	for (i = 0; i < 6; i++) {
		query = name_server_take(&server, reactor);
		cr_assert(zero(int, strncasecmp(query.name, uneven[i],
						strlen(uneven[i]))));
	}
	for (i = 0; i < 6; i++) {
		evert_deferred_cancel(deferreds[i]);
		evert_result_release(turn_until_fired(reactor, deferreds[i]));
	}
}

Test(udp_batch, one_message_that_may_not_be_cut_is_given_apart)
{
	refusal = EIO;
	look_up(even, 3);
	cr_assert(eq(u32, messages, 3));
	cr_assert(eq(u32, cut, 0));
}

Test(udp_batch, a_way_that_refuses_to_cut_is_given_each_apart_from_then_on)
{
	refusal = EIO;
	look_up(uneven, 6);
	cr_assert(eq(u32, messages, 6));
	refusal = 0;
	look_up((const char *const[]){ "g.example", "h.example" }, 2);
	cr_assert(eq(u32, messages, 8));
	cr_assert(eq(u32, cut, 0));
}

Test(udp_batch, what_the_kernel_does_not_take_at_once_follows)
{
	names.send_at_most = 1;
	look_up(uneven, 6);
	cr_assert(eq(u32, messages, 3));
}
