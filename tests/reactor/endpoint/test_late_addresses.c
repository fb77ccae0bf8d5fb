/* SPDX-License-Identifier: MIT */
/* Connecting to a name while its addresses of one family are known, and those
   of the other are not (RFC 8305, 3 and 5). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/resolver.h"
#include "../../support/name_server.h"
#include "../../support/reactor.h"
#include "../../support/routes.h"
#include "../../support/system.h"

static const char ip4[] = "name.example 60 A 127.0.0.2\n";
static const char two_ip4[] = "name.example 60 A 127.0.0.2\n"
			      "name.example 60 A 127.0.0.3\n";
static const char ip6[] = "name.example 60 AAAA 2001:db8::1\n";

static const struct route all_hang[] = {
	{ .host = "127.0.0.2", .hangs = true },
	{ .host = "127.0.0.3", .hangs = true },
	{ .host = "[2001:db8::1]", .hangs = true },
};

static struct test_system network;
static struct evert_reactor *reactor;
static struct name_server server;
static struct name_query query4, query6;
static struct recorder_factory clients;
static struct evert_deferred *connecting;
static struct evert_result outcome;
static size_t outcomes;
static int64_t asked;
static size_t descriptors; /* open before the connect */

static void begin(void)
{
	const struct evert_resolver_options options =
		name_server_options(&server);

	test_system_init(&network);
	routes_begin(&network);
	network.virtual_time = true;
	memcpy(routes, all_hang, sizeof(all_hang));
	reactor = make_reactor(&network.base);
	name_server_open(&server);
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
	recorder_factory_init(&clients, NULL, NULL);
}

static void finish(void)
{
	evert_deferred_release(connecting);
	evert_result_release(outcome);
	evert_reactor_destroy(reactor);
	name_server_close(&server);
	routes_end();
}

TestSuite(late_addresses, .init = begin, .fini = finish);

static struct evert_result keep(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	outcome = evert_result_take(in);
	return evert_result_none();
}

/* Begins to connect: the server has been asked for both families. */
static void connect_by(const char *endpoint)
{
	struct name_query query;

	descriptors = count_descriptors();
	connecting = evert_connect(reactor, endpoint, &clients.base);
	evert_deferred_add_both(connecting, keep, NULL);
	query = name_server_take(&server, reactor);
	query4 = query.type == EVERT_DNS_A ? query :
					     name_server_take(&server, reactor);
	query6 = query.type == EVERT_DNS_A ? name_server_take(&server, reactor) :
					     query;
	routes_use_any_family();
	asked = network.now;
}

static void connect_to_name(void)
{
	connect_by("tcp:name.example:80");
}

static void answer(const struct name_query *query, const char *records)
{
	name_server_answer(&server, query, records);
	turn_until_idle(reactor);
}

/* Turns until so many milliseconds have passed since the server was asked. */
static void pass_until(int milliseconds)
{
	int64_t left = asked + milliseconds * 1000000ll - network.now;

	turn_for(reactor, (double)left / 1e9);
}

/* When the first attempt was begun, in milliseconds since the server was
   asked. */
static int first_at(void)
{
	return (int)((first_attempt - asked) / 1000000);
}

static bool left_nothing(void)
{
	turn_until_idle(reactor);
	return outcomes == 1 &&
	       count_descriptors() == descriptors + routes_open_ends() &&
	       !evert_clock_pending(evert_reactor_clock(reactor));
}

/* ---- When it begins ---- */

Test(late_addresses, p77_of_IPv6_that_come_first_are_tried_at_once)
{
	connect_to_name();
	answer(&query6, ip6);
	cr_assert(eq(str, attempts, "[2001:db8::1]@0"));
	cr_assert(eq(int, first_at(), 0));
}

Test(late_addresses, p77_of_IPv4_that_come_first_wait_50_ms_for_IPv6)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(300);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
	cr_assert(eq(int, first_at(), 50));
}

Test(late_addresses, p77_wait_no_longer_when_IPv6_is_there)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(30);
	answer(&query6, ip6);
	pass_until(300);
	cr_assert(eq(str, attempts, "[2001:db8::1]@0 127.0.0.2@100"));
	cr_assert(eq(int, first_at(), 30));
}

Test(late_addresses, p77_wait_no_longer_when_there_is_no_IPv6)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(30);
	answer(&query6, NULL);
	pass_until(300);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
	cr_assert(eq(int, first_at(), 30));
}

Test(late_addresses, p77_are_awaited_when_the_first_family_has_none)
{
	connect_to_name();
	answer(&query6, NULL);
	pass_until(300);
	cr_assert(eq(str, attempts, ""));
	answer(&query4, ip4);
	pass_until(400);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
	cr_assert(eq(int, first_at(), 300));
}

Test(late_addresses, p77_are_awaited_when_the_first_family_is_not_wanted)
{
	connect_by("tcp4:name.example:80");
	answer(&query6, ip6);
	cr_assert(eq(str, attempts, ""));
	answer(&query4, ip4);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
}

/* ---- Those that join in ---- */

Test(late_addresses, p77_take_their_turn_in_the_race)
{
	connect_to_name();
	answer(&query4, two_ip4);
	pass_until(120);
	answer(&query6, ip6);
	pass_until(500);
	cr_assert(eq(str, attempts,
		     "127.0.0.2@0 [2001:db8::1]@100 127.0.0.3@150"));
}

Test(late_addresses, p77_are_tried_at_once_when_all_others_have_failed)
{
	connect_to_name();
	routes[0].error = ECONNREFUSED;
	answer(&query4, ip4);
	pass_until(70);
	cr_assert(eq(sz, outcomes, 0));
	answer(&query6, ip6);
	cr_assert(eq(str, attempts, "127.0.0.2@0 [2001:db8::1]@20"));
	route_succeed("[2001:db8::1]");
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
}

Test(late_addresses, p77_are_tried_at_once_when_the_delay_is_over)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(400);
	answer(&query6, ip6);
	cr_assert(eq(str, attempts, "127.0.0.2@0 [2001:db8::1]@350"));
}

Test(late_addresses, p77_that_are_the_same_again_are_not_tried_again)
{
	connect_to_name();
	answer(&query4, two_ip4);
	pass_until(500);
	answer(&query6, NULL);
	pass_until(600);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@100"));
}

Test(late_addresses, p77_are_no_longer_looked_for_after_a_success)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(60);
	route_succeed("127.0.0.2");
	turn_until_count(reactor, &outcomes, 1);
	evert_transport_abort(recorder_of(&outcome)->base.transport);
	cr_assert(left_nothing());
	answer(&query6, ip6);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
}

/* ---- Failing ---- */

static const char *failure(void)
{
	cr_assert(eq(sz, outcomes, 1));
	return evert_result_as_failure(&outcome)->message;
}

Test(late_addresses, p77_that_do_not_come_are_no_reason_when_others_failed)
{
	const struct name_reply broken = { .rcode = EVERT_DNS_SERVFAIL };

	connect_to_name();
	routes[0].error = ECONNREFUSED;
	answer(&query4, ip4);
	pass_until(500);
	name_server_reply(&server, &query6, &broken);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(eq(str, (char *)failure(),
		     "cannot connect to 127.0.0.2:80: Connection refused"));
	cr_assert(left_nothing());
}

Test(late_addresses, p77_that_never_come_delay_a_failure_only)
{
	connect_to_name();
	routes[0].error = ECONNREFUSED;
	answer(&query4, ip4);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(eq(str, (char *)failure(),
		     "cannot connect to 127.0.0.2:80: Connection refused"));
}

Test(late_addresses, p77_that_fail_too_stand_beside_the_others)
{
	connect_to_name();
	routes[0].error = routes[2].error = ECONNREFUSED;
	answer(&query4, ip4);
	pass_until(200);
	answer(&query6, ip6);
	cr_assert(eq(str, (char *)failure(),
		     "cannot connect to name.example:80: Connection refused"));
	cr_assert(eq(sz, evert_result_as_failure(&outcome)->cause->next->index,
		     1));
	cr_assert(left_nothing());
}

/* ---- Cancelling ---- */

static bool is_cancelled_in_time(void)
{
	evert_deferred_cancel(connecting);
	return evert_result_failed_with(&outcome, EVERT_CANCELLED) &&
	       left_nothing();
}

Test(late_addresses, p61_is_cancelled_while_it_waits_for_IPv6)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(20);
	cr_assert(is_cancelled_in_time());
}

Test(late_addresses, p61_is_cancelled_while_some_are_tried)
{
	connect_to_name();
	answer(&query6, ip6);
	cr_assert(is_cancelled_in_time());
}

Test(late_addresses, p61_is_cancelled_when_all_that_came_have_failed)
{
	connect_to_name();
	routes[0].error = ECONNREFUSED;
	answer(&query4, ip4);
	pass_until(200);
	cr_assert(is_cancelled_in_time());
}

Test(late_addresses, p61_is_cancelled_when_all_have_come)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(200);
	answer(&query6, ip6);
	cr_assert(is_cancelled_in_time());
}

Test(late_addresses, fail_when_the_reactor_goes_before_they_come)
{
	connect_to_name();
	answer(&query4, ip4);
	pass_until(200);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(evert_result_failed_with(&outcome, EVERT_REACTOR_STOPPED));
}
