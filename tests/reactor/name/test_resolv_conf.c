/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/resolv_conf_internal.h"
#include "../../support/memory.h"

static struct evert_resolv_conf conf;
static struct evert_resolv_conf_environment environment;
static char listed[512];

static void finish(void)
{
	evert_resolv_conf_finish(&conf);
}

TestSuite(resolv_conf, .fini = finish);

static void read_conf(const char *text)
{
	static char copy[4096];

	evert_resolv_conf_finish(&conf);
	strcpy(copy, text);
	cr_assert(evert_resolv_conf_read(&conf, copy, &environment) == 0);
}

static char *servers_of(const char *text)
{
	char address[EVERT_ADDRESS_TEXT_SIZE];
	size_t i;

	read_conf(text);
	listed[0] = '\0';
	for (i = 0; i < conf.server_count; i++) {
		strcat(listed, evert_address_text(&conf.servers[i], address,
						  sizeof(address)));
		strcat(listed, " ");
	}
	return listed;
}

static char *search_of(const char *text)
{
	const char *domain = NULL;

	read_conf(text);
	listed[0] = '\0';
	while ((domain = evert_resolv_conf_search(&conf, domain)))
		strcat(strcat(listed, domain), " ");
	return listed;
}

/* ---- Servers ---- */

Test(resolv_conf, p76_names_several_servers)
{
	cr_assert(eq(str,
		     servers_of("nameserver 192.0.2.1\nnameserver\t2001:db8::1"
				" # x\nnameserver 192.0.2.2 and more\n"),
		     "192.0.2.1:53 [2001:db8::1]:53 192.0.2.2:53 "));
}

Test(resolv_conf, of_more_than_three_servers_the_first_count)
{
	cr_assert(eq(str,
		     servers_of("nameserver 1.1.1.1\nnameserver 1.1.1.2\n"
				"nameserver 1.1.1.3\nnameserver 1.1.1.4\n"),
		     "1.1.1.1:53 1.1.1.2:53 1.1.1.3:53 "));
}

Test(resolv_conf, without_a_server_it_is_this_machine)
{
	cr_assert(eq(str, servers_of(""), "127.0.0.1:53 "));
	cr_assert(eq(str, servers_of("nameserver\nnameserver name.example\n"),
		     "127.0.0.1:53 "));
}

Test(resolv_conf, a_server_may_be_written_as_inet_aton_has_it)
{
	cr_assert(eq(str, servers_of("nameserver 127.1\n"), "127.0.0.1:53 "));
}

Test(resolv_conf, a_keyword_stands_at_the_beginning_of_a_line)
{
	cr_assert(eq(str,
		     servers_of(" nameserver 1.1.1.1\n#nameserver 1.1.1.2\n"
				";nameserver 1.1.1.3\nnameservers 1.1.1.4\n"),
		     "127.0.0.1:53 "));
}

Test(resolv_conf, a_carriage_return_does_not_spoil_a_server)
{
	cr_assert(eq(str,
		     servers_of("nameserver 192.0.2.1\r\nsearch a.example\r\n"),
		     "192.0.2.1:53 "));
	cr_assert(eq(str, conf.search, "a.example"));
}

Test(resolv_conf, a_server_has_a_scope)
{
	servers_of("nameserver fe80::1%lo\n");
	cr_assert(eq(int, (int)conf.servers[0].as.ip6.sin6_scope_id, 1));
	servers_of("nameserver fe80::1%7\n");
	cr_assert(eq(int, (int)conf.servers[0].as.ip6.sin6_scope_id, 7));
}

Test(resolv_conf, a_server_with_a_scope_that_is_not_there_is_left_out)
{
	cr_assert(eq(str,
		     servers_of("nameserver fe80::1%nosuch0\n"
				"nameserver 192.0.2.1\n"),
		     "192.0.2.1:53 "));
}

/* ---- Domains ---- */

Test(resolv_conf, p76_has_a_search_list)
{
	cr_assert(eq(str, search_of("search a.example  b.example\tc.example\n"),
		     "a.example b.example c.example "));
	cr_assert(eq(str, search_of("domain a.example b.example\n"),
		     "a.example "));
	cr_assert(eq(str, search_of(""), ""));
}

Test(resolv_conf, the_last_of_search_and_domain_counts)
{
	cr_assert(eq(str, search_of("search a b\ndomain c d\n"), "c "));
	cr_assert(eq(str, search_of("domain c\nsearch a b\n"), "a b "));
	cr_assert(eq(str, search_of("domain c\nsearch \t\n"), "c "));
}

Test(resolv_conf, LOCALDOMAIN_takes_the_place_of_both)
{
	environment.local_domain = "x.example y.example";
	cr_assert(eq(str, search_of("search a b\ndomain c\n"),
		     "x.example y.example "));
}

Test(resolv_conf, a_host_with_a_domain_searches_that)
{
	environment.host_name = "host.own.example";
	cr_assert(eq(str, search_of(""), "own.example "));
	cr_assert(eq(str, search_of("search a\n"), "a "));
	environment.host_name = "host";
	cr_assert(eq(str, search_of(""), ""));
}

/* ---- Options ---- */

Test(resolv_conf, has_the_defaults_of_the_manual_and_leaves_the_timeout_open)
{
	read_conf("");
	cr_assert(eq(uint, conf.ndots, 1));
	cr_assert(eq(uint, conf.timeout, 0));
	cr_assert(eq(uint, conf.attempts, 2));
	cr_assert(conf.rotate == false && conf.use_tcp == false);
	cr_assert(conf.edns == false && conf.single_request == false);
}

Test(resolv_conf, numbers_have_limits)
{
	read_conf("options ndots:99 timeout:99 attempts:99\n");
	cr_assert(eq(uint, conf.ndots, 15));
	cr_assert(eq(uint, conf.timeout, 30));
	cr_assert(eq(uint, conf.attempts, 5));
	read_conf("options ndots:0 timeout:0 attempts:0\n");
	cr_assert(eq(uint, conf.ndots, 0));
	cr_assert(eq(uint, conf.timeout, 1));
	cr_assert(eq(uint, conf.attempts, 1));
	read_conf("options ndots:x timeout:-1\toptions\n");
	cr_assert(eq(uint, conf.ndots, 0));
	cr_assert(eq(uint, conf.timeout, 1));
}

Test(resolv_conf, lines_of_options_add_up_and_the_environments_are_the_last)
{
	environment.options = "ndots:3 use-vc";
	read_conf("options ndots:2 rotate\noptions edns0 trust-ad\n");
	cr_assert(eq(uint, conf.ndots, 3));
	cr_assert(conf.rotate && conf.edns && conf.trust_ad && conf.use_tcp);
}

Test(resolv_conf, an_option_is_known_by_its_beginning)
{
	read_conf("options rotated single-request-reopen no_tld_query xedns0 "
		  "no-aaaa no-reload\n");
	cr_assert(conf.rotate && conf.single_request && conf.no_tld_query);
	cr_assert(conf.no_aaaa && conf.no_reload);
	cr_assert(conf.edns == false);
}

static void read_some(void *arg)
{
	char text[] = "search a b\ndomain c\noptions rotate\n";
	const struct evert_resolv_conf_environment full = {
		.local_domain = NULL,
		.options = "ndots:1",
		.host_name = "a.b",
	};
	struct evert_resolv_conf some;

	(void)arg;
	evert_resolv_conf_read(&some, text, &full);
	evert_resolv_conf_finish(&some);
}

Test(resolv_conf, loses_nothing_when_memory_runs_out)
{
	fail_every_allocation(read_some, NULL);
}
