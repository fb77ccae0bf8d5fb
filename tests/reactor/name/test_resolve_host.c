/* SPDX-License-Identifier: MIT */
/* Hosts: numeric, in the hosts file, by the search list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/resolve.h"
#include "../../../reactor/name/resolver.h"
#include "../../../reactor/reason.h"
#include "../../support/name_server.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system names;
static struct evert_reactor *reactor;
static struct name_server server;
static struct evert_resolver_options options;
static char folder[] = "/tmp/evert-names-XXXXXX";
static char hosts[64], resolv_conf[64], host_conf[64], nsswitch[64];

static void put(const char *path, const char *text)
{
	FILE *to = fopen(path, "w");

	cr_assert(to != NULL);
	fputs(text, to);
	fclose(to);
}

static void begin(void)
{
	test_system_init(&names);
	names.virtual_time = true;
	reactor = make_reactor(&names.base);
	name_server_open(&server);
	cr_assert(mkdtemp(folder) != NULL);
	sprintf(hosts, "%s/hosts", folder);
	sprintf(resolv_conf, "%s/resolv.conf", folder);
	sprintf(host_conf, "%s/host.conf", folder);
	sprintf(nsswitch, "%s/nsswitch.conf", folder);
	put(hosts, "");
	put(resolv_conf, "search one.example two.example\n");
	put(host_conf, "multi on\n");
	put(nsswitch, "hosts: files dns\n");
	options = name_server_options(&server);
	options.resolv_conf_file = resolv_conf;
	options.hosts_file = hosts;
	options.host_conf_file = host_conf;
	options.nsswitch_file = nsswitch;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	name_server_close(&server);
	unlink(hosts);
	unlink(resolv_conf);
	unlink(host_conf);
	unlink(nsswitch);
	rmdir(folder);
}

TestSuite(resolve_host, .init = begin, .fini = finish);

/* ---- What comes of it ---- */

static char seen[1024];

static char *show(struct evert_deferred *deferred)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_addresses *found;
	char text[EVERT_ADDRESS_TEXT_SIZE];
	size_t i;

	seen[0] = '\0';
	if (evert_result_is_failure(&result)) {
		strcpy(seen, evert_result_as_failure(&result)->kind->name);
	} else {
		found = evert_result_as_addresses(&result);
		for (i = 0; i < found->count; i++) {
			evert_address_text(&found->address[i], text,
					   sizeof(text));
			strcat(strcat(seen, text), " ");
		}
	}
	evert_result_release(result);
	return seen;
}

static char *find(const char *host)
{
	return show(evert_resolve_host(reactor, host));
}

static bool was_asked(void)
{
	return !name_server_is_idle(&server, reactor);
}

/* Answers the next two queries, of both families, for that name. */
static void answer(const char *name, const char *ip4, const char *ip6)
{
	char line[128];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct name_query query = name_server_take(&server, reactor);
		bool is_ip4 = query.type == EVERT_DNS_A;
		const char *address = is_ip4 ? ip4 : ip6;

		cr_assert(strcasecmp(query.name, name) == 0, "%s, not %s",
			  query.name, name);
		sprintf(line, "%s 60 %s %s", name, is_ip4 ? "A" : "AAAA",
			address ? address : "");
		name_server_answer(&server, &query, address ? line : NULL);
	}
}

static void refuse(const char *name, uint16_t rcode)
{
	const struct name_reply reply = { .rcode = rcode };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct name_query query = name_server_take(&server, reactor);

		cr_assert(strcasecmp(query.name, name) == 0, "%s, not %s",
			  query.name, name);
		name_server_reply(&server, &query, &reply);
	}
}

/* ---- Without a server ---- */

Test(resolve_host, has_as_many_addresses_as_the_hosts_file_gives_it_up_to_256)
{
	static char text[300 * 32];
	struct evert_result result;
	char *end = text;
	unsigned i;

	for (i = 0; i < 300; i++)
		end += sprintf(end, "192.0.%u.%u many\n", i / 200, i % 200);
	put(hosts, text);
	result = turn_until_fired(reactor,
				  evert_resolve_host(reactor, "many"));
	cr_assert(eq(sz, evert_result_as_addresses(&result)->count, 256));
	evert_result_release(result);
}

Test(resolve_host, p76_a_numeric_address_needs_no_lookup)
{
	cr_assert(eq(str, find("192.0.2.1"), "192.0.2.1:0 "));
	cr_assert(eq(str, find("2001:db8::1"), "[2001:db8::1]:0 "));
	cr_assert(eq(str, find("127.1"), "127.0.0.1:0 "));
	cr_assert(was_asked() == false);
}

Test(resolve_host, the_empty_name_fails_without_a_query)
{
	cr_assert(eq(str, find(""), "NO_NAME"));
	cr_assert(was_asked() == false);
}

Test(resolve_host, a_host_longer_than_any_name_fails_without_a_query)
{
	char host[2 * EVERT_DNS_NAME_TEXT_SIZE + 4];
	size_t length;

	for (length = sizeof(host) - 8; length < sizeof(host); length++) {
		memset(host, 'a', length);
		host[length] = '\0';
		cr_assert(eq(str, find(host), "NO_NAME"));
	}
	cr_assert(was_asked() == false);
}

Test(resolve_host, p76_what_is_in_the_hosts_file_is_not_asked_for)
{
	put(hosts, "127.0.0.3 a.example a\n127.0.0.2 a\n");
	evert_reactor_forget_names(reactor);
	cr_assert(eq(str, find("A"), "127.0.0.3:0 127.0.0.2:0 "));
	cr_assert(was_asked() == false);
}

Test(resolve_host, without_multi_the_first_line_of_the_hosts_file_counts)
{
	put(hosts, "127.0.0.3 a.example a\n127.0.0.2 a\n");
	put(host_conf, "");
	evert_reactor_forget_names(reactor);
	cr_assert(eq(str, find("a"), "127.0.0.3:0 "));
}

Test(resolve_host, p76_files_are_read_again_when_they_have_changed)
{
	put(hosts, "127.0.0.2 a\n");
	evert_reactor_forget_names(reactor);
	cr_assert(eq(str, find("a"), "127.0.0.2:0 "));
	put(hosts, "127.0.0.33 a\n");
	cr_assert(eq(str, find("a"), "127.0.0.2:0 "));
	names.now += 1000000000;
	cr_assert(eq(str, find("a"), "127.0.0.33:0 "));
}

Test(resolve_host, p76_localhost_is_answered_here)
{
	cr_assert(eq(str, find("localhost"), "[::1]:0 127.0.0.1:0 "));
	cr_assert(eq(str, find("localhost."), "[::1]:0 127.0.0.1:0 "));
	cr_assert(eq(str, find("x.LOCALHOST"), "[::1]:0 127.0.0.1:0 "));
	cr_assert(was_asked() == false);
}

Test(resolve_host, localhost_is_what_the_hosts_file_says)
{
	put(hosts, "127.0.0.1 localhost\n");
	evert_reactor_forget_names(reactor);
	cr_assert(eq(str, find("localhost"), "127.0.0.1:0 "));
}

Test(resolve_host, without_dns_only_the_hosts_file_counts)
{
	put(nsswitch, "hosts: files\n");
	evert_reactor_forget_names(reactor);
	cr_assert(eq(str, find("a.example"), "NO_NAME"));
	cr_assert(was_asked() == false);
}

Test(resolve_host, without_files_the_hosts_file_does_not_count)
{
	struct evert_deferred *deferred;

	put(hosts, "127.0.0.2 a.example\n");
	put(nsswitch, "hosts:\tdns # files\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a.example");
	answer("a.example.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

/* Of a resolver that is to choose, with this line about hosts. */
static void is_asked_by_the_system(const char *line)
{
	static const char *const by_system[] = { "127.0.0.44", NULL };

	names.addresses = by_system;
	atomic_store(&names.threads_work, true);
	put(nsswitch, line);
	options.way = EVERT_RESOLVER_AUTOMATIC;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
	cr_assert(eq(str, find("a.example"), "127.0.0.44:0 "));
	cr_assert(eq(sz, names.plans[CALL_GETADDRINFO].calls, 1));
}

Test(resolve_host, other_services_are_asked_by_the_system)
{
	unsetenv("EVERT_RESOLVER");
	is_asked_by_the_system(
		"hosts: files mdns4_minimal [NOTFOUND=return] dns\n");
	put(nsswitch, "hosts: files dns\n");
	names.now += 1000000000;
	cr_assert(eq(str, find("localhost"), "[::1]:0 127.0.0.1:0 "));
	cr_assert(eq(sz, names.plans[CALL_GETADDRINFO].calls, 1));
}

Test(resolve_host, all_is_asked_by_the_system_where_the_environment_says_so)
{
	setenv("EVERT_RESOLVER", "system", 1);
	is_asked_by_the_system("hosts: files dns\n");
	unsetenv("EVERT_RESOLVER");
}

/* ---- With one ---- */

Test(resolve_host, p76_asks_for_both_families_at_the_same_time)
{
	struct evert_deferred *deferred =
		evert_resolve_host(reactor, "a.example.");

	answer("a.example.", "127.0.0.9", "::1");
	cr_assert(eq(str, show(deferred), "[::1]:0 127.0.0.9:0 "));
}

Test(resolve_host, one_family_may_fail)
{
	struct evert_deferred *deferred =
		evert_resolve_host(reactor, "a.example.");
	struct name_query query;
	size_t i;

	for (i = 0; i < 2; i++) {
		query = name_server_take(&server, reactor);
		if (query.type == EVERT_DNS_A)
			name_server_answer(&server, &query,
					   "a.example 60 A 127.0.0.9");
		else
			name_server_reply(&server, &query,
					  &(struct name_reply){
						  .rcode = EVERT_DNS_SERVFAIL,
					  });
	}
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, one_after_the_other_with_single_request)
{
	struct evert_deferred *deferred;
	struct name_query query;

	put(resolv_conf, "options single-request\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a.example.");
	query = name_server_take(&server, reactor);
	cr_assert(eq(int, query.type, EVERT_DNS_A));
	cr_assert(was_asked() == false);
	name_server_answer(&server, &query, "a.example 60 A 127.0.0.9");
	query = name_server_take(&server, reactor);
	cr_assert(eq(int, query.type, EVERT_DNS_AAAA));
	name_server_answer(&server, &query, "a.example 60 AAAA ::1");
	cr_assert(eq(str, show(deferred), "[::1]:0 127.0.0.9:0 "));
}

Test(resolve_host, no_aaaa_asks_for_IPv4_only)
{
	struct evert_deferred *deferred;
	struct name_query query;

	put(resolv_conf, "options no-aaaa\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a.example.");
	query = name_server_take(&server, reactor);
	cr_assert(eq(int, query.type, EVERT_DNS_A));
	name_server_answer(&server, &query, "a.example 60 A 127.0.0.9");
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
	cr_assert(was_asked() == false);
}

Test(resolve_host, p76_a_name_without_dots_is_searched_first)
{
	struct evert_deferred *deferred = evert_resolve_host(reactor, "a");

	refuse("a.one.example.", EVERT_DNS_NXDOMAIN);
	refuse("a.two.example.", EVERT_DNS_SERVFAIL);
	answer("a.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, the_root_may_be_in_the_list)
{
	struct evert_deferred *deferred;

	put(resolv_conf, "search . two.example\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a");
	refuse("a.", EVERT_DNS_NXDOMAIN);
	answer("a.two.example.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, a_silent_server_ends_the_list_but_not_the_name_as_it_is)
{
	struct evert_deferred *deferred;
	size_t i;

	put(resolv_conf, "search one.example two.example\n"
			 "options attempts:1\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a");
	for (i = 0; i < 2; i++) {
		struct name_query query = name_server_take(&server, reactor);

		cr_assert(strcasecmp(query.name, "a.one.example.") == 0, "%s",
			  query.name);
	}
	answer("a.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, a_name_with_enough_dots_is_asked_for_first)
{
	struct evert_deferred *deferred = evert_resolve_host(reactor, "a.b");

	refuse("a.b.", EVERT_DNS_NXDOMAIN);
	answer("a.b.one.example.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, ndots_says_how_many_are_enough)
{
	struct evert_deferred *deferred;

	put(resolv_conf, "search one.example\noptions ndots:2\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a.b");
	refuse("a.b.one.example.", EVERT_DNS_NXDOMAIN);
	answer("a.b.", "127.0.0.9", NULL);
	cr_assert(eq(str, show(deferred), "127.0.0.9:0 "));
}

Test(resolve_host, a_dot_at_the_end_ends_the_search)
{
	struct evert_deferred *deferred = evert_resolve_host(reactor, "a.");

	refuse("a.", EVERT_DNS_NXDOMAIN);
	cr_assert(eq(str, show(deferred), "NO_NAME"));
	cr_assert(was_asked() == false);
}

Test(resolve_host, a_name_that_exists_without_address_is_told_before_others)
{
	struct evert_deferred *deferred = evert_resolve_host(reactor, "a");

	answer("a.one.example.", NULL, NULL);
	refuse("a.two.example.", EVERT_DNS_NXDOMAIN);
	refuse("a.", EVERT_DNS_NXDOMAIN);
	cr_assert(eq(str, show(deferred), "NO_DATA"));
}

Test(resolve_host, no_tld_query_does_not_ask_for_a_name_without_dots)
{
	struct evert_deferred *deferred;

	put(resolv_conf, "search one.example\noptions no-tld-query\n");
	evert_reactor_forget_names(reactor);
	deferred = evert_resolve_host(reactor, "a");
	refuse("a.one.example.", EVERT_DNS_NXDOMAIN);
	cr_assert(eq(str, show(deferred), "NO_NAME"));
	cr_assert(was_asked() == false);
}

Test(resolve_host, may_be_cancelled_at_any_time)
{
	struct evert_deferred *deferred =
		evert_resolve_host(reactor, "a.example");
	size_t before = count_descriptors();

	evert_deferred_cancel(deferred);
	cr_assert(eq(str, show(deferred), "CANCELLED"));
	cr_assert(eq(sz, count_descriptors(), before - 1));
	deferred = evert_resolve_host(reactor, "localhost");
	evert_deferred_cancel(deferred);
	cr_assert(eq(str, show(deferred), "CANCELLED"));
}

Test(resolve_host, ends_with_the_reactor)
{
	struct evert_deferred *deferred =
		evert_resolve_host(reactor, "a.example");

	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(evert_result_failed_with(evert_deferred_result(deferred),
					   EVERT_REACTOR_STOPPED));
	evert_deferred_release(deferred);
}

Test(resolve_host, p76_connecting_uses_it)
{
	struct recorder_factory factory, clients;
	struct evert_port *port;
	struct evert_deferred *deferred;
	struct evert_result result;
	char endpoint[64];

	recorder_factory_init(&factory, NULL, NULL);
	recorder_factory_init(&clients, NULL, NULL);
	port = listen_here(reactor, &factory);
	sprintf(endpoint, "tcp:a.example:%s",
		strrchr(endpoint_of(port), ':') + 1);
	deferred = evert_connect(reactor, endpoint, &clients.base);
	answer("a.example.", "127.0.0.1", NULL);
	result = turn_until_fired(reactor, deferred);
	cr_assert(evert_result_is_failure(&result) == false);
	evert_result_release(result);
	deferred = evert_connect(reactor, "tcp:b.example:1", &clients.base);
	refuse("b.example.", EVERT_DNS_NXDOMAIN);
	refuse("b.example.one.example.", EVERT_DNS_NXDOMAIN);
	refuse("b.example.two.example.", EVERT_DNS_NXDOMAIN);
	result = turn_until_fired(reactor, deferred);
	cr_assert(evert_result_failed_with(&result, EVERT_NO_NAME));
	cr_assert(evert_result_failed_with(&result, EVERT_CONNECT_FAILED));
	evert_result_release(result);
}
