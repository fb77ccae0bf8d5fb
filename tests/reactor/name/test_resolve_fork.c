/* SPDX-License-Identifier: MIT */
/* Names that are looked up while the process forks: either side has its own
   answer, by sockets and ids of its own. */
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/resolve.h"
#include "../../../reactor/name/resolver.h"
#include "../../../reactor/reason.h"
#include "../../support/child.h"
#include "../../support/name_server.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static const char answers[] = "a.example 60 A 192.0.2.1\n";
static const char others[] = "a.example 60 A 192.0.2.2\n";

static struct test_system names;
static struct evert_reactor *reactor;
static struct name_server server;
static struct evert_resolver_options options;
static struct evert_deferred *deferred;
static struct name_query query; /* the parent's */

static void begin(void)
{
	test_system_init(&names);
	names.virtual_time = true;
	reactor = make_reactor(&names.base);
	name_server_open(&server);
	options = name_server_options(&server);
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
}

static void finish(void)
{
	evert_deferred_release(deferred);
	evert_reactor_destroy(reactor);
	name_server_close(&server);
}

TestSuite(resolve_fork, .init = begin, .fini = finish);

static uint8_t last_byte(struct evert_result *result)
{
	return evert_result_is_failure(result) ?
		       0 :
		       evert_result_as_dns_records(result)->record[0].data[3];
}

/* Is that the outcome: an address with this byte at its end? */
static bool ends_with(uint8_t byte)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	bool does = last_byte(&result) == byte;

	deferred = NULL;
	evert_result_release(result);
	return does;
}

/* ---- UDP ---- */

static bool asks_anew(void)
{
	struct name_query anew = name_server_take(&server, reactor);

	name_server_answer(&server, &anew, others);
	return ends_with(2) &&
	       evert_address_port(&anew.from) != evert_address_port(&query.from);
}

Test(resolve_fork, p48_the_child_asks_anew_from_a_port_of_its_own)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&server, reactor);
	cr_assert(child(asks_anew));
	name_server_answer(&server, &query, answers);
	cr_assert(ends_with(1));
}

static bool is_not_answered_by_the_parents(void)
{
	name_server_answer(&server, &query, answers);
	return asks_anew();
}

Test(resolve_fork, p48_an_answer_to_the_parent_is_none_for_the_child)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&server, reactor);
	cr_assert(child(is_not_answered_by_the_parents));
	cr_assert(ends_with(1));
}

static struct evert_result drop(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

static bool is_stopped(void)
{
	evert_deferred_add_both(deferred, drop, NULL);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return evert_deferred_has_fired(deferred);
}

Test(resolve_fork, p48_the_child_may_destroy_its_copy_meanwhile)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&server, reactor);
	cr_assert(child(is_stopped));
	name_server_answer(&server, &query, answers);
	cr_assert(ends_with(1));
}

static bool may_be_cancelled(void)
{
	evert_deferred_cancel(deferred);
	return turn_until_failed(reactor, deferred) == EVERT_CANCELLED;
}

Test(resolve_fork, p61_the_child_may_cancel_and_the_parent_goes_on)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&server, reactor);
	cr_assert(child(may_be_cancelled));
	name_server_answer(&server, &query, answers);
	cr_assert(ends_with(1));
}

/* ---- TCP ---- */

static bool asks_anew_over_another(void)
{
	struct name_query anew;

	close(server.stream);
	server.stream = -1;
	anew = name_server_take_stream(&server, reactor);
	name_server_answer(&server, &anew, others);
	return ends_with(2);
}

Test(resolve_fork, p48_the_parents_connection_lives_on)
{
	options.over_tcp = true;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take_stream(&server, reactor);
	cr_assert(child(asks_anew_over_another));
	name_server_answer(&server, &query, answers);
	cr_assert(ends_with(1));
}

/* ---- What is known ---- */

static bool is_known(void)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	return ends_with(1) && name_server_is_idle(&server, reactor);
}

Test(resolve_fork, p48_the_child_knows_what_the_parent_knew)
{
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&server, reactor);
	name_server_answer(&server, &query, answers);
	cr_assert(ends_with(1));
	cr_assert(child(is_known));
}
