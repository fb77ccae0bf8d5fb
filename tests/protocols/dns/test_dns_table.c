/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/dns/table.h"
#include "../../../reactor/transport/memory_datagrams.h"
#include "../../support/dns_client.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"

static struct evert_reactor *reactor;
static struct evert_dns_table *table;
static struct evert_dns_server *server;
static struct dns_client client;
static char problem[512];

/* What a file says. */
static int load(const char *text, const char *origin)
{
	char path[] = "/tmp/evert-zone-XXXXXX";
	int fd = mkstemp(path), error;

	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	error = evert_dns_table_load(table, path, origin, problem,
				     sizeof(problem));
	unlink(path);
	return error;
}

static void begin(void)
{
	struct evert_result number;

	reactor = make_reactor(NULL);
	table = evert_dns_table_create();
	server = evert_dns_server_create(reactor, evert_dns_table_answer, table,
					 NULL);
	number = turn_until_fired(
		reactor, evert_dns_server_listen(server, "127.0.0.1", 0));
	dns_client_init(&client, reactor,
			(uint16_t)evert_result_as_integer(&number));
}

static void finish(void)
{
	dns_client_finish(&client);
	evert_dns_server_destroy(server);
	evert_reactor_destroy(reactor);
	evert_dns_table_destroy(table);
}

TestSuite(dns_table, .init = begin, .fini = finish);

static void answers(const char *question, const char *answer)
{
	cr_assert(eq(str, (char *)dns_ask(&client, question), (char *)answer));
}

static const char zone[] =
	"$TTL 300\n"
	"@ SOA ns.example.org. admin.example.org. 1 2 3 4 60\n"
	"@ NS ns\n"
	"@ MX 10 mail\n"
	"ns A 192.0.2.53\n"
	"mail A 192.0.2.25\n"
	"mail AAAA 2001:db8::25\n"
	"www CNAME web\n"
	"web A 192.0.2.1\n"
	"out CNAME www.example.net.\n"
	"ring CNAME ring2\n"
	"ring2 CNAME ring\n"
	"self CNAME self\n"
	"_sip._tcp SRV 1 1 1 ns\n"
	"_sip._tcp SRV 2 2 2 ns\n"
	"old DNAME new\n"
	"kid.old NS ns\n"
	"web.new A 192.0.2.7\n"
	"round DNAME x.round\n"
	"far DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaa.example.net.\n"
	"moved.sub DNAME new\n"
	"deep.down TXT \"here\"\n"
	"*.wild TXT \"any\"\n"
	"is.here.wild A 192.0.2.9\n"
	"sub NS ns.sub\n"
	"ns.sub A 192.0.2.54\n"
	"sub DS 1 8 2 00\n";

#define SOA                                                                \
	"example.org. 60 IN SOA ns.example.org. admin.example.org. 1 2 3 4 " \
	"60"

static void load_zone(void)
{
	cr_assert(eq(int, load(zone, "example.org"), 0), "%s", problem);
}

Test(dns_table, gives_what_a_name_has)
{
	load_zone();
	answers("ns.example.org. A",
		"NOERROR aa; ns.example.org. 300 IN A 192.0.2.53");
	answers("NS.eXample.org. A",
		"NOERROR aa; ns.example.org. 300 IN A 192.0.2.53");
}

Test(dns_table, gives_the_addresses_of_hosts_beside)
{
	load_zone();
	answers("example.org. MX",
		"NOERROR aa; example.org. 300 IN MX 10 mail.example.org.;; "
		"mail.example.org. 300 IN A 192.0.2.25 | "
		"mail.example.org. 300 IN AAAA 2001:db8::25");
}

Test(dns_table, no_says_the_soa_and_how_long)
{
	load_zone();
	answers("nix.example.org. A", "NXDOMAIN aa;; " SOA);
	answers("ns.example.org. AAAA", "NOERROR aa;; " SOA);
}

Test(dns_table, a_name_above_others_is_there)
{
	load_zone();
	answers("down.example.org. TXT", "NOERROR aa;; " SOA);
}

Test(dns_table, aliases_are_followed)
{
	load_zone();
	answers("www.example.org. A",
		"NOERROR aa; www.example.org. 300 IN CNAME web.example.org. | "
		"web.example.org. 300 IN A 192.0.2.1");
	answers("www.example.org. CNAME",
		"NOERROR aa; www.example.org. 300 IN CNAME web.example.org.");
	answers("out.example.org. A",
		"NOERROR aa; out.example.org. 300 IN CNAME www.example.net.");
}

Test(dns_table, a_ring_of_aliases_ends)
{
	load_zone();
	cr_assert(strncmp(dns_ask(&client, "ring.example.org. A"),
			  "NOERROR aa; ring.example.org. ", 29) == 0);
}

Test(dns_table, a_ring_is_told_once)
{
	load_zone();
	answers("ring.example.org. A",
		"NOERROR aa; ring.example.org. 300 IN CNAME "
		"ring2.example.org. | ring2.example.org. 300 IN CNAME "
		"ring.example.org.");
	answers("self.example.org. A",
		"NOERROR aa; self.example.org. 300 IN CNAME self.example.org.");
}

Test(dns_table, a_set_is_once_in_an_answer)
{
	load_zone();
	answers("_sip._tcp.example.org. SRV",
		"NOERROR aa; _sip._tcp.example.org. 300 IN SRV 1 1 1 "
		"ns.example.org. | _sip._tcp.example.org. 300 IN SRV 2 2 2 "
		"ns.example.org.;; ns.example.org. 300 IN A 192.0.2.53");
}

Test(dns_table, what_is_below_a_dname_is_elsewhere)
{
	load_zone();
	answers("web.old.example.org. A",
		"NOERROR aa; old.example.org. 300 IN DNAME new.example.org. | "
		"web.old.example.org. 300 IN CNAME web.new.example.org. | "
		"web.new.example.org. 300 IN A 192.0.2.7");
	answers("nix.old.example.org. A",
		"NXDOMAIN aa; old.example.org. 300 IN DNAME new.example.org. "
		"| nix.old.example.org. 300 IN CNAME nix.new.example.org.; "
		SOA);
	answers("web.old.example.org. CNAME",
		"NOERROR aa; old.example.org. 300 IN DNAME new.example.org. | "
		"web.old.example.org. 300 IN CNAME web.new.example.org.");
	answers("old.example.org. A", "NOERROR aa;; " SOA);
	answers("old.example.org. DNAME",
		"NOERROR aa; old.example.org. 300 IN DNAME new.example.org.");
}

Test(dns_table, a_dname_hides_what_is_below_it_and_cuts_hide_dnames)
{
	load_zone();
	answers("x.kid.old.example.org. TXT",
		"NXDOMAIN aa; old.example.org. 300 IN DNAME new.example.org. | "
		"x.kid.old.example.org. 300 IN CNAME x.kid.new.example.org.; "
		SOA);
	answers("x.moved.sub.example.org. A",
		"NOERROR;; sub.example.org. 300 IN NS ns.sub.example.org.; "
		"ns.sub.example.org. 300 IN A 192.0.2.54");
}

Test(dns_table, dnames_that_go_round_end)
{
	const char *answer;
	int count;

	load_zone();
	answer = dns_ask(&client, "x.round.example.org. A");
	for (count = 0; answer; count++)
		answer = strstr(answer + 1, " IN ");
	cr_assert(lt(int, count, 20));
}

Test(dns_table, a_name_that_a_dname_makes_too_long_is_yxdomain)
{
	char label[64], question[300], answer[300];

	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(question, sizeof(question), "%s.%s.%s.far.example.org. A",
		 label, label, label);
	snprintf(answer, sizeof(answer),
		 "YXDOMAIN aa; far.example.org. 300 IN DNAME %.60s.%s.", label,
		 "example.net");
	load_zone();
	answers(question, answer);
}

Test(dns_table, there_is_one_dname_of_a_name)
{
	cr_assert(eq(int, load("a 5 DNAME b\na 5 A 192.0.2.1\n", NULL), 0));
	cr_assert(eq(int, load("a 5 DNAME c\n", NULL), -EBADMSG));
}

Test(dns_table, a_wildcard_stands_for_what_is_not_there)
{
	load_zone();
	answers("a.b.wild.example.org. TXT",
		"NOERROR aa; a.b.wild.example.org. 300 IN TXT \"any\"");
	answers("a.wild.example.org. A", "NOERROR aa;; " SOA);
	answers("a.here.wild.example.org. TXT", "NXDOMAIN aa;; " SOA);
}

Test(dns_table, what_is_anothers_is_referred_to)
{
	load_zone();
	answers("a.sub.example.org. A",
		"NOERROR;; sub.example.org. 300 IN NS ns.sub.example.org.; "
		"ns.sub.example.org. 300 IN A 192.0.2.54");
	answers("sub.example.org. DS",
		"NOERROR aa; sub.example.org. 300 IN DS 1 8 2 00");
}

Test(dns_table, any_gets_one_set)
{
	load_zone();
	answers("mail.example.org. ANY",
		"NOERROR aa; mail.example.org. 300 IN AAAA 2001:db8::25");
}

Test(dns_table, outside_of_its_zones_it_refuses)
{
	load_zone();
	answers("example.net. A", "REFUSED");
	answers("org. A", "REFUSED");
}

Test(dns_table, has_several_zones)
{
	load_zone();
	cr_assert(eq(int, load(zone, "example.net"), 0));
	answers("out.example.org. A",
		"NOERROR aa; out.example.org. 300 IN CNAME www.example.net. | "
		"www.example.net. 300 IN CNAME web.example.net. | "
		"web.example.net. 300 IN A 192.0.2.1");
}

Test(dns_table, without_a_soa_it_is_a_list_of_names)
{
	struct evert_address address;
	uint8_t name[EVERT_DNS_NAME_SIZE];

	evert_dns_name_parse(name, "www.example.org", NULL);
	evert_address_parse(&address, "2001:db8::1", 0);
	cr_assert(eq(int, evert_dns_table_add_address(table, name, 7, &address),
		     0));
	cr_assert(eq(sz, evert_dns_table_names(table), 1));
	answers("www.example.org. AAAA",
		"NOERROR aa; www.example.org. 7 IN AAAA 2001:db8::1");
	answers("www.example.org. A", "NOERROR aa");
	answers("example.net. A", "NXDOMAIN aa");
}

Test(dns_table, empty_it_knows_nothing)
{
	answers("www.example.org. A", "NXDOMAIN aa");
}

Test(dns_table, a_record_twice_is_one_and_a_set_has_one_ttl)
{
	cr_assert(eq(int, load("a 5 A 192.0.2.1\na 5 A 192.0.2.1\n"
			       "a 6 A 192.0.2.2\n",
			       NULL),
		     0));
	answers("a. A", "NOERROR aa; a. 6 IN A 192.0.2.1 | a. 6 IN A "
			"192.0.2.2");
}

Test(dns_table, an_alias_stands_alone)
{
	cr_assert(eq(int, load("a 5 A 192.0.2.1\na 5 CNAME b\n", NULL),
		     -EBADMSG));
	cr_assert(strstr(problem, ": a. CNAME: it cannot stand beside") !=
		  NULL);
	cr_assert(eq(int, load("b 5 CNAME a\nb 5 A 192.0.2.1\n", NULL),
		     -EBADMSG));
	cr_assert(eq(int, load("c 5 CNAME a\nc 5 CNAME b\n", NULL), -EBADMSG));
	cr_assert(eq(int, load("d 5 CNAME a\nd 5 CNAME a\n", NULL), 0));
}

Test(dns_table, an_error_says_where)
{
	cr_assert(eq(int, load("a 5 A 192.0.2.1\nb 5 A 192.0.2\n", NULL),
		     -EBADMSG));
	cr_assert(strstr(problem, ":2:") != NULL, "%s", problem);
	answers("a. A", "NOERROR aa; a. 5 IN A 192.0.2.1");
	cr_assert(eq(int, evert_dns_table_load(table, "/nowhere", NULL, problem,
					       sizeof(problem)),
		     -ENOENT));
	cr_assert(eq(str, problem, "/nowhere: No such file or directory"));
}

Test(dns_table, a_refused_record_leaves_no_name)
{
	struct evert_dns_record record = {
		.name = (const uint8_t *)"\1a\1b",
		.data = (const uint8_t *)"",
		.type = EVERT_DNS_TXT,
		.dns_class = EVERT_DNS_CLASS_CH,
	};

	cr_assert(eq(int, evert_dns_table_add(table, &record), -EINVAL));
	record.dns_class = EVERT_DNS_CLASS_IN;
	record.type = EVERT_DNS_AXFR;
	cr_assert(eq(int, evert_dns_table_add(table, &record), -EINVAL));
	answers("b. A", "NXDOMAIN aa");
}

Test(dns_table, ten_thousand_names)
{
	char name[64], wanted[200];
	struct evert_address address;
	uint8_t bytes[EVERT_DNS_NAME_SIZE];
	int i;

	evert_address_parse(&address, "192.0.2.1", 0);
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "host%d.example.org.", i);
		evert_dns_name_parse(bytes, name, NULL);
		evert_dns_table_add_address(table, bytes, 9, &address);
	}
	cr_assert(eq(sz, evert_dns_table_names(table), 10000));
	for (i = 0; i < 10000; i += 997) {
		snprintf(name, sizeof(name), "host%d.example.org. A", i);
		snprintf(wanted, sizeof(wanted),
			 "NOERROR aa; host%d.example.org. 9 IN A 192.0.2.1", i);
		answers(name, wanted);
	}
}

static void fill_and_destroy(void *arg)
{
	struct evert_dns_table *own = evert_dns_table_create();
	struct evert_address address;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	size_t before;
	int error;

	(void)arg;
	if (!own)
		return;
	evert_dns_name_parse(name, "a.b.c", NULL);
	evert_address_parse(&address, "192.0.2.1", 0);
	do {
		before = evert_dns_table_names(own);
		error = evert_dns_table_add_address(own, name, 9, &address);
		cr_assert(eq(sz, evert_dns_table_names(own),
			     error ? before : 1));
	} while (!error && address.as.ip4.sin_addr.s_addr++ % 4);
	evert_dns_table_destroy(own);
}

Test(dns_table_memory, p96_where_memory_runs_out_it_stays_in_order)
{
	fail_every_allocation(fill_and_destroy, NULL);
}

/* Asks in memory whatever the zone has. */
static void ask_all(struct evert_memory_datagrams *memory)
{
	static const char *const questions[] = {
		"www.example.org. A", "out.example.org. A",
		"a.old.example.org. A", "web.old.example.org. A",
		"round.example.org. A", "x.wild.example.org. TXT",
		"mail.example.org. ANY", "a.sub.example.org. A",
		"sub.example.org. DS", "none.example.org. A",
		"_sip._tcp.example.org. SRV", "else.example. A",
	};
	struct dns_client asker = { .edns_size = 1232 };
	struct evert_address peer;
	uint8_t bytes[512];
	size_t i, length;

	evert_address_parse(&peer, "192.0.2.9", 5353);
	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		length = dns_question_bytes(&asker, questions[i], bytes,
					    sizeof(bytes));
		evert_memory_datagrams_deliver(memory, bytes, length, &peer);
		while (evert_memory_datagrams_count(memory))
			evert_memory_datagrams_take(memory);
	}
}

static void load_and_answer(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_memory_datagrams *memory = NULL;
	struct evert_datagram_protocol *protocol = NULL;
	struct evert_dns_server *dns = NULL;
	struct evert_address host;

	(void)arg;
	evert_address_parse(&host, "192.0.2.1", 53);
	table = evert_dns_table_create();
	if (own && table && !load(zone, "example.org"))
		dns = evert_dns_server_create(own, evert_dns_table_answer,
					      table, NULL);
	if (dns)
		protocol = evert_dns_server_datagram_protocol(dns);
	if (protocol)
		memory = evert_memory_datagrams_create(protocol, &host, NULL);
	if (memory)
		ask_all(memory);
	evert_memory_datagrams_destroy(memory);
	if (protocol)
		protocol->ops->destroy(protocol);
	evert_dns_server_destroy(dns);
	evert_reactor_destroy(own);
	evert_dns_table_destroy(table);
}

Test(dns_table_memory, p96_where_memory_runs_out_a_question_is_lost_at_most)
{
	fail_every_allocation(load_and_answer, NULL);
}
