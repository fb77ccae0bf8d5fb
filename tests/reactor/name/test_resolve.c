/* SPDX-License-Identifier: MIT */
/* The resolver beside a server that the test plays. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/lookup_failure.h"
#include "../../../reactor/name/resolve.h"
#include "../../../reactor/name/resolver.h"
#include "../../../reactor/reason.h"
#include "../../support/name_server.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system names;
static struct evert_reactor *reactor;
static struct name_server server, second;
static struct evert_resolver_options options;
static struct evert_address addresses[3];

static void use_servers(size_t count)
{
	addresses[0] = server.address;
	addresses[1] = second.address;
	options.server_count = count;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
}

static void begin(void)
{
	test_system_init(&names);
	names.virtual_time = true;
	reactor = make_reactor(&names.base);
	name_server_open(&server);
	name_server_open(&second);
	options = name_server_options(&server);
	options.servers = addresses;
	use_servers(1);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	name_server_close(&server);
	name_server_close(&second);
}

TestSuite(resolve, .init = begin, .fini = finish);

static struct name_query take(void)
{
	return name_server_take(&server, reactor);
}

/* ---- Looking at outcomes ---- */

static char seen[2048];

/* Columns are apart by one blank. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\t')
			*text = ' ';
		if (*text != ' ' || text[1] != '\t')
			*to++ = *text;
	}
	*to = '\0';
}

/* The records, ";" behind each; or the failure's kind and words. */
static char *show(struct evert_deferred *deferred)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_dns_records *records;
	const struct evert_failure *failure;
	char *end = seen;
	size_t i;

	if (evert_result_is_failure(&result)) {
		failure = evert_result_as_failure(&result);
		sprintf(seen, "%s: %s", failure->kind->name, failure->message);
	} else {
		records = evert_result_as_dns_records(&result);
		for (i = 0; i < records->count; i++) {
			evert_dns_record_text(&records->record[i], end, 256);
			strcat(end, ";");
			end += strlen(end);
		}
	}
	evert_result_release(result);
	squeeze(seen);
	return seen;
}

static const struct evert_error *fail(struct evert_deferred *deferred)
{
	return turn_until_failed(reactor, deferred);
}

/* Looks up, and answers at once. */
static char *look_up(const char *name, uint16_t type, const char *answers)
{
	struct evert_deferred *deferred = evert_resolve(reactor, name, type);
	struct name_query query = take();

	name_server_answer(&server, &query, answers);
	return show(deferred);
}

/* ---- Records ---- */

Test(resolve, p76_gives_the_records_of_a_name)
{
	cr_assert(eq(str,
		     look_up("a.example", EVERT_DNS_MX,
			     "a.example 60 MX 10 m.a.example\n"
			     "a.example 60 MX 20 n.example\n"),
		     "a.example. 60 IN MX 10 m.a.example.;"
		     "a.example. 60 IN MX 20 n.example.;"));
}

Test(resolve, asks_what_it_was_told_to_and_wants_recursion)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "A.example", EVERT_DNS_TXT);
	struct name_query query = take();

	cr_assert(eq(int, strcasecmp(query.name, "a.example."), 0));
	cr_assert(eq(int, query.type, EVERT_DNS_TXT));
	cr_assert(eq(int, query.message.question.dns_class, 1));
	cr_assert(query.message.header.recursion_desired);
	cr_assert(query.message.edns.is_present == false);
	evert_deferred_cancel(deferred);
	evert_result_release(turn_until_fired(reactor, deferred));
}

Test(resolve, gives_the_name_back_as_it_was_spelt_by_who_asked)
{
	cr_assert(eq(str,
		     look_up("Www.Example", EVERT_DNS_A,
			     "wWW.eXAMPLE 60 A 192.0.2.1\n"),
		     "Www.Example. 60 IN A 192.0.2.1;"));
	cr_assert(eq(str,
		     show(evert_resolve(reactor, "WWW.example",
					EVERT_DNS_A)),
		     "WWW.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, p76_follows_aliases_within_an_answer)
{
	cr_assert(eq(str,
		     look_up("a.example", EVERT_DNS_A,
			     "b.example 30 CNAME c.example\n"
			     "c.example 60 A 192.0.2.1\n"
			     "a.example 60 CNAME b.example\n"
			     "other.example 60 A 192.0.2.9\n"),
		     "a.example. 60 IN CNAME b.example.;"
		     "b.example. 30 IN CNAME c.example.;"
		     "c.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, asks_for_an_alias_that_the_answer_says_nothing_of)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();

	name_server_answer(&server, &query, "a.example 60 CNAME b.example\n");
	query = take();
	cr_assert(eq(int, strcasecmp(query.name, "b.example."), 0));
	name_server_answer(&server, &query, "b.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred),
		     "a.example. 60 IN CNAME b.example.;"
		     "b.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, an_alias_itself_may_be_asked_for)
{
	cr_assert(eq(str,
		     look_up("a.example", EVERT_DNS_CNAME,
			     "a.example 60 CNAME b.example\n"),
		     "a.example. 60 IN CNAME b.example.;"));
}

Test(resolve, p76_aliases_that_go_round_in_a_circle_are_a_failure)
{
	cr_assert(eq(str,
		     look_up("a.example", EVERT_DNS_A,
			     "a.example 60 CNAME b.example\n"
			     "b.example 60 CNAME a.example\n"),
		     "SERVER_FAILED: cannot look up a.example.: its aliases "
		     "have no end"));
}

/* ---- No ---- */

static char *refuse(const char *name, const struct name_reply *reply)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, name, EVERT_DNS_A);
	struct name_query query = take();

	name_server_reply(&server, &query, reply);
	return show(deferred);
}

Test(resolve, p76_tells_that_there_is_no_such_name_and_who_says_so)
{
	const struct name_reply reply = { .rcode = EVERT_DNS_NXDOMAIN };
	char wanted[128], address[EVERT_ADDRESS_TEXT_SIZE];

	sprintf(wanted,
		"NO_NAME: cannot look up a.example.: %s said NXDOMAIN",
		evert_address_text(&server.address, address, sizeof(address)));
	cr_assert(eq(str, refuse("a.example", &reply), wanted));
}

Test(resolve, p76_tells_that_a_name_has_nothing_of_that_type)
{
	const struct name_reply reply = {
		.authorities = "example 60 SOA 60\n",
	};

	cr_assert(strstr(refuse("a.example", &reply), "NO_DATA: ") == seen);
}

Test(resolve, p76_keeps_no_for_as_long_as_the_SOA_says)
{
	const struct name_reply reply = {
		.rcode = EVERT_DNS_NXDOMAIN,
		.authorities = "example 60 SOA 30\n",
	};
	size_t waited = 0;

	refuse("a.example", &reply);
	cr_assert(eq(ptr, (void *)fail(evert_resolve(reactor, "A.example",
						     EVERT_DNS_A)),
		     (void *)EVERT_NO_NAME));
	names.now += 31 * 1000000000ll;
	(void)waited;
	refuse("a.example", &reply);
}

Test(resolve, does_not_keep_a_no_without_SOA)
{
	const struct name_reply reply = { .rcode = EVERT_DNS_NXDOMAIN };

	refuse("a.example", &reply);
	refuse("a.example", &reply);
}

Test(resolve, what_is_no_name_is_not_asked_for)
{
	static const char *const bad[] = { "", "a..b", ".a" };
	char label[300];
	size_t i;

	for (i = 0; i < 3; i++)
		cr_assert(eq(ptr,
			     (void *)fail(evert_resolve(reactor, bad[i],
							EVERT_DNS_A)),
			     (void *)EVERT_NO_NAME));
	memset(label, 'a', 64);
	strcpy(label + 64, ".example");
	cr_assert(eq(ptr,
		     (void *)fail(evert_resolve(reactor, label, EVERT_DNS_A)),
		     (void *)EVERT_NO_NAME));
	cr_assert(name_server_is_idle(&server, reactor));
}

Test(resolve, localhost_never_leaves_the_machine)
{
	cr_assert(eq(str, show(evert_resolve(reactor, "localhost", EVERT_DNS_A)),
		     "localhost. 86400 IN A 127.0.0.1;"));
	cr_assert(eq(str,
		     show(evert_resolve(reactor, "x.LocalHost.",
					EVERT_DNS_AAAA)),
		     "x.LocalHost. 86400 IN AAAA ::1;"));
	cr_assert(eq(ptr,
		     (void *)fail(evert_resolve(reactor, "localhost",
						EVERT_DNS_MX)),
		     (void *)EVERT_NO_DATA));
	cr_assert(name_server_is_idle(&server, reactor));
}

/* ---- The cache ---- */

Test(resolve, p76_keeps_what_it_knows_for_its_time)
{
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	names.now += 20 * 1000000000ll;
	cr_assert(eq(str, show(evert_resolve(reactor, "a.example", EVERT_DNS_A)),
		     "a.example. 40 IN A 192.0.2.1;"));
	cr_assert(name_server_is_idle(&server, reactor));
	names.now += 40 * 1000000000ll;
	cr_assert(eq(str,
		     look_up("a.example", EVERT_DNS_A,
			     "a.example 60 A 192.0.2.2\n"),
		     "a.example. 60 IN A 192.0.2.2;"));
}

Test(resolve, what_is_known_is_there_at_once)
{
	struct evert_deferred *deferred;

	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	cr_assert(evert_deferred_has_fired(deferred));
	evert_deferred_release(deferred);
}

Test(resolve, what_lives_longer_than_a_day_is_asked_for_again_after_one)
{
	look_up("a.example", EVERT_DNS_A, "a.example 1000000 A 192.0.2.1\n");
	names.now += 86399 * 1000000000ll;
	cr_assert(eq(str, show(evert_resolve(reactor, "a.example", EVERT_DNS_A)),
		     "a.example. 913601 IN A 192.0.2.1;"));
	names.now += 2 * 1000000000ll;
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
}

Test(resolve, there_is_nothing_to_forget_before_the_first_name)
{
	struct evert_reactor *another = make_reactor(NULL);

	evert_reactor_forget_names(another);
	evert_reactor_destroy(another);
}

Test(resolve, a_time_of_none_is_not_kept)
{
	look_up("a.example", EVERT_DNS_A, "a.example 0 A 192.0.2.1\n");
	look_up("a.example", EVERT_DNS_A, "a.example 0 A 192.0.2.1\n");
}

Test(resolve, p76_the_cache_is_bounded_and_loses_what_was_not_asked_for_longest)
{
	options.cache_size = 2;
	use_servers(1);
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	look_up("b.example", EVERT_DNS_A, "b.example 60 A 192.0.2.1\n");
	show(evert_resolve(reactor, "a.example", EVERT_DNS_A));
	look_up("c.example", EVERT_DNS_A, "c.example 60 A 192.0.2.1\n");
	show(evert_resolve(reactor, "a.example", EVERT_DNS_A));
	cr_assert(name_server_is_idle(&server, reactor));
	look_up("b.example", EVERT_DNS_A, "b.example 60 A 192.0.2.1\n");
}

Test(resolve, p76_the_cache_can_be_emptied_and_be_none)
{
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	evert_reactor_forget_names(reactor);
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	options.cache_size = -1;
	use_servers(1);
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
	look_up("a.example", EVERT_DNS_A, "a.example 60 A 192.0.2.1\n");
}

Test(resolve, equal_questions_under_way_are_one)
{
	struct evert_deferred *first =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct evert_deferred *other =
		evert_resolve(reactor, "A.EXAMPLE", EVERT_DNS_A);
	struct name_query query = take();

	cr_assert(name_server_is_idle(&server, reactor));
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(first), "a.example. 60 IN A 192.0.2.1;"));
	cr_assert(eq(str, show(other), "A.EXAMPLE. 60 IN A 192.0.2.1;"));
}

/* ---- Lies ---- */

/* Each is dropped, and the truth that comes later is taken. */
static void survive(const struct name_reply *lie)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();

	name_server_reply(&server, &query, lie);
	turn_until_idle(reactor);
	cr_assert(evert_deferred_has_fired(deferred) == false);
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 0 IN A 192.0.2.1;"));
}

Test(resolve, p76_an_answer_with_another_id_is_dropped)
{
	survive(&(struct name_reply){
		.id_is_off_by = 1,
		.answers = "a.example 60 A 192.0.2.66\n",
	});
}

Test(resolve, p76_an_answer_to_another_question_is_dropped)
{
	survive(&(struct name_reply){
		.question = "b.example",
		.answers = "a.example 60 A 192.0.2.66\n",
	});
}

Test(resolve, an_answer_without_a_question_is_dropped)
{
	survive(&(struct name_reply){
		.without_question = true,
		.answers = "a.example 60 A 192.0.2.66\n",
	});
	survive(&(struct name_reply){
		.without_question = true,
		.rcode = EVERT_DNS_NXDOMAIN,
	});
}

Test(resolve, an_answer_to_several_questions_is_dropped)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	static uint8_t bytes[65536];
	struct name_query query = take();
	size_t length = name_reply_write(
		&query,
		&(struct name_reply){
			.answers = "a.example 60 A 192.0.2.66\n" },
		bytes);

	bytes[5] = 2;
	cr_assert(sendto(server.udp, bytes, length, 0, &query.from.as.any,
			 query.from.length) > 0);
	turn_until_idle(reactor);
	cr_assert(evert_deferred_has_fired(deferred) == false);
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, a_question_is_no_answer)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();

	cr_assert(sendto(server.udp, query.bytes, query.length, 0,
			 &query.from.as.any, query.from.length) > 0);
	turn_until_idle(reactor);
	cr_assert(evert_deferred_has_fired(deferred) == false);
	evert_deferred_cancel(deferred);
	evert_result_release(turn_until_fired(reactor, deferred));
}

Test(resolve, p76_an_answer_from_another_address_is_dropped)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();

	name_server_answer(&second, &query, "a.example 60 A 192.0.2.66\n");
	turn_until_idle(reactor);
	cr_assert(evert_deferred_has_fired(deferred) == false);
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

/* Bytes of every kind and length, from the server, with our id. */
Test(resolve, p76_garbage_is_dropped)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();
	const struct name_reply truth = {
		.answers = "a.example 60 A 192.0.2.1\n",
	};
	static uint8_t bytes[65536], copy[65536];
	size_t length = name_reply_write(&query, &truth, bytes), i;

	/* The longer ones first: what they leave behind does not count. */
	for (i = length; i-- > 0;) {
		memcpy(copy, bytes, length);
		cr_assert(sendto(server.udp, copy, i, 0, &query.from.as.any,
				 query.from.length) == (ssize_t)i);
		turn_until_idle(reactor);
		cr_assert(evert_deferred_has_fired(deferred) == false);
	}
	name_server_reply(&server, &query, &truth);
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, letters_are_mixed_and_another_mix_is_dropped_once_they_are_kept)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz.example";
	struct evert_deferred *deferred;
	struct name_query query;
	struct name_reply lie = { .question = name };

	deferred = evert_resolve(reactor, name, EVERT_DNS_A);
	query = take();
	cr_assert(strncmp(query.name, name, strlen(name)) != 0);
	name_server_answer(&server, &query, NULL);
	fail(deferred);
	deferred = evert_resolve(reactor, name, EVERT_DNS_A);
	query = take();
	name_server_reply(&server, &query, &lie);
	turn_until_idle(reactor);
	cr_assert(evert_deferred_has_fired(deferred) == false);
	/* The second round does without: a few servers lose them at times. */
	query = take();
	cr_assert(strncmp(query.name, name, strlen(name)) == 0);
	name_server_reply(&server, &query, &lie);
	cr_assert(eq(ptr, (void *)fail(deferred), (void *)EVERT_NO_DATA));
}

Test(resolve, each_letter_is_a_small_one_and_a_capital_at_times)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz.0123456789-z";
	bool small[sizeof(name)] = { false }, capital[sizeof(name)] = { false };
	struct evert_deferred *deferred;
	struct name_query query;
	size_t i, round;

	for (round = 0; round < 40; round++) {
		deferred = evert_resolve(reactor, name, EVERT_DNS_A);
		query = take();
		name_server_answer(&server, &query, NULL);
		fail(deferred);
		cr_assert(strncasecmp(query.name, name, strlen(name)) == 0);
		for (i = 0; i < strlen(name); i++) {
			small[i] |= query.name[i] == name[i];
			capital[i] |= query.name[i] != name[i];
		}
	}
	for (i = 0; i < strlen(name); i++)
		cr_assert(small[i] && capital[i] == !!isalpha(name[i]), "%c",
			  name[i]);
}

Test(resolve, letters_are_left_alone_for_a_server_that_loses_them)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz.example";
	struct evert_deferred *deferred;
	struct name_query query;
	const struct name_reply lower = { .question = name };

	deferred = evert_resolve(reactor, name, EVERT_DNS_A);
	query = take();
	name_server_reply(&server, &query, &lower);
	cr_assert(eq(ptr, (void *)fail(deferred), (void *)EVERT_NO_DATA));
	deferred = evert_resolve(reactor, name, EVERT_DNS_A);
	query = take();
	cr_assert(strncmp(query.name, name, strlen(name)) == 0);
	evert_deferred_cancel(deferred);
	evert_result_release(turn_until_fired(reactor, deferred));
}

Test(resolve, p76_ids_and_ports_are_others_each_time)
{
	struct evert_deferred *deferred;
	struct name_query query;
	uint16_t ids[8], ports[8];
	size_t i, same_ids = 0, same_ports = 0;

	for (i = 0; i < 8; i++) {
		deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
		query = take();
		ids[i] = query.message.header.id;
		ports[i] = evert_address_port(&query.from);
		name_server_answer(&server, &query, NULL);
		fail(deferred);
	}
	for (i = 1; i < 8; i++) {
		same_ids += ids[i] == ids[0];
		same_ports += ports[i] == ports[0];
	}
	cr_assert(lt(sz, same_ids, 3));
	cr_assert(lt(sz, same_ports, 3));
}

/* ---- Servers ---- */

Test(resolve, p76_when_one_is_silent_the_next_is_asked)
{
	struct evert_deferred *deferred;
	struct name_query query;

	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	take();
	query = name_server_take(&second, reactor);
	name_server_answer(&second, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, p76_when_all_are_silent_they_are_asked_again_and_then_it_fails)
{
	struct evert_deferred *deferred;
	int64_t began = names.now;

	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	take();
	name_server_take(&second, reactor);
	take();
	name_server_take(&second, reactor);
	cr_assert(strstr(show(deferred), "LOOKUP_TIMED_OUT: ") == seen);
	cr_assert(strstr(seen, " is silent, ") != NULL);
	cr_assert(eq(i64, (names.now - began) / 100000000, 150));
}

Test(resolve, p76_as_often_and_as_long_as_the_options_say)
{
	struct evert_deferred *deferred;
	int64_t began = names.now;

	options.timeout = 2;
	options.attempts = 1;
	use_servers(1);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	take();
	cr_assert(strstr(show(deferred), "LOOKUP_TIMED_OUT: ") == seen);
	cr_assert(name_server_is_idle(&server, reactor));
	cr_assert(eq(i64, (names.now - began) / 100000000, 20));
}

static struct evert_address connected;

static int connect_to_none(struct evert_system *system, int fd,
			   const struct sockaddr *address, socklen_t length)
{
	(void)system;
	(void)fd;
	memcpy(&connected.as, address, length);
	connected.length = length;
	return -ENETUNREACH;
}

Test(resolve, a_server_without_a_port_is_asked_at_that_of_DNS)
{
	struct evert_system_ops ops = *names.base.ops;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	ops.connect = connect_to_none;
	names.base.ops = &ops;
	cr_assert(evert_address_parse(&addresses[0], "192.0.2.53", 0) == 0);
	options.server_count = 1;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
	show(evert_resolve(reactor, "a.example", EVERT_DNS_A));
	cr_assert(eq(str, (char *)evert_address_text(&connected, text,
					     sizeof(text)),
		     "192.0.2.53:53"));
	evert_reactor_destroy(reactor);
	reactor = NULL;
}

static void next_is_asked_after(const struct name_reply *reply)
{
	struct evert_deferred *deferred;
	struct name_query query;
	int64_t began = names.now;

	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	name_server_reply(&server, &query, reply);
	query = name_server_take(&second, reactor);
	cr_assert(eq(i64, names.now, began));
	name_server_answer(&second, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, when_one_fails_the_next_is_asked_at_once)
{
	next_is_asked_after(&(struct name_reply){ .rcode = EVERT_DNS_SERVFAIL });
}

Test(resolve, when_one_refuses_the_next_is_asked_at_once)
{
	next_is_asked_after(&(struct name_reply){
		.rcode = EVERT_DNS_REFUSED,
		.without_question = true,
	});
}

Test(resolve, p76_when_nobody_listens_the_next_is_asked_at_once)
{
	struct evert_deferred *deferred;
	struct name_query query;
	int64_t began = names.now;

	close(server.udp);
	server.udp = dup(server.tcp);
	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take(&second, reactor);
	cr_assert(eq(i64, names.now, began));
	name_server_answer(&second, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, when_all_fail_it_tells_what_each_has_said)
{
	struct evert_deferred *deferred;
	struct name_query query;

	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	name_server_reply(&server, &query,
			  &(struct name_reply){ .rcode = EVERT_DNS_SERVFAIL });
	query = name_server_take(&second, reactor);
	name_server_reply(&second, &query,
			  &(struct name_reply){ .rcode = EVERT_DNS_REFUSED });
	cr_assert(strstr(show(deferred), "SERVER_FAILED: ") == seen);
	cr_assert(strstr(seen, " said SERVFAIL, ") != NULL);
	cr_assert(strstr(seen, " said REFUSED") != NULL);
}

Test(resolve, EDNS_is_left_out_for_a_server_that_does_not_know_it)
{
	struct evert_deferred *deferred;
	struct name_query query;

	options.with_edns = true;
	use_servers(1);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	cr_assert(query.message.edns.is_present);
	cr_assert(eq(int, query.message.edns.size, 1232));
	name_server_reply(&server, &query,
			  &(struct name_reply){ .rcode = EVERT_DNS_FORMERR,
						.without_question = true });
	query = take();
	cr_assert(query.message.edns.is_present == false);
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.1\n");
	show(deferred);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	cr_assert(query.message.edns.is_present == false);
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.1\n");
	show(deferred);
}

static void asks_again_without_edns_after(uint16_t rcode)
{
	struct evert_deferred *deferred;
	struct name_query query;

	options.with_edns = true;
	use_servers(1);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	cr_assert(query.message.edns.is_present);
	name_server_reply(&server, &query, &(struct name_reply){
						   .rcode = rcode });
	query = take();
	cr_assert(not(query.message.edns.is_present));
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 0 IN A 192.0.2.1;"));
}

Test(resolve, EDNS_is_left_out_where_it_is_not_implemented)
{
	asks_again_without_edns_after(EVERT_DNS_NOTIMP);
}

/* ---- TCP ---- */

static struct name_query truncate_it(void)
{
	struct name_query query = take();

	name_server_reply(&server, &query,
			  &(struct name_reply){
				  .is_truncated = true,
				  .answers = "a.example 60 A 192.0.2.66\n",
			  });
	return name_server_take_stream(&server, reactor);
}

Test(resolve, p76_what_is_truncated_is_asked_over_TCP_and_not_looked_at)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = truncate_it();

	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, what_does_not_fit_into_a_datagram_is_asked_over_TCP)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "big.test", EVERT_DNS_A);
	struct name_query query = take();
	static char lines[400 * 32];
	char *end = lines;
	int i;

	for (i = 0; i < 400; i++)
		end += sprintf(end, "big.test 60 A 10.0.%d.%d\n", i / 256,
			       i % 256);
	name_server_answer(&server, &query, lines);
	query = name_server_take_stream(&server, reactor);
	name_server_answer(&server, &query, "big.test 60 A 192.0.2.1");
	cr_assert(eq(str, show(deferred), "big.test. 60 IN A 192.0.2.1;"));
}

Test(resolve, what_is_truncated_over_TCP_too_is_nonsense)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = truncate_it();

	name_server_reply(&server, &query,
			  &(struct name_reply){ .is_truncated = true });
	cr_assert(strstr(show(deferred), "SERVER_FAILED: ") == seen);
	cr_assert(strstr(seen, " talks nonsense") != NULL, "%s", seen);
}

/* Records that are told of, and do not come. */
Test(resolve, what_is_spoilt_over_TCP_is_nonsense)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = truncate_it();
	static uint8_t bytes[65536 + 2];
	size_t length = name_reply_write(&query, &(struct name_reply){ 0 },
					 bytes + 2);

	bytes[0] = (uint8_t)(length >> 8);
	bytes[1] = (uint8_t)length;
	bytes[2 + 7] = 9;
	cr_assert(write(server.stream, bytes, length + 2) ==
		  (ssize_t)length + 2);
	cr_assert(strstr(show(deferred), "SERVER_FAILED: ") == seen);
	cr_assert(strstr(seen, " talks nonsense") != NULL, "%s", seen);
}

/* The question is asked over TCP, and this is the answer, behind its length. */
static size_t answer_of_stream(uint8_t bytes[2 + 65536])
{
	struct name_query query = truncate_it();
	const struct name_reply reply = {
		.answers = "a.example 60 A 192.0.2.1\n",
	};
	size_t length = name_reply_write(&query, &reply, bytes + 2);

	bytes[0] = (uint8_t)(length >> 8);
	bytes[1] = (uint8_t)length;
	return 2 + length;
}

Test(resolve, p76_an_answer_may_come_byte_by_byte)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	static uint8_t bytes[2 + 65536];
	size_t length = answer_of_stream(bytes), i;

	for (i = 0; i < length; i++) {
		cr_assert(evert_deferred_has_fired(deferred) == false);
		cr_assert(write(server.stream, bytes + i, 1) == 1);
		turn_until_idle(reactor);
	}
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

/* As many reads as a turn makes end with it: no other says that it is all. */
Test(resolve, an_answer_may_end_with_the_last_read_of_a_turn)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	static uint8_t bytes[2 + 65536];
	size_t length = answer_of_stream(bytes), first = length - 16;

	names.read_at_most = 1;
	cr_assert(eq(sz, write(server.stream, bytes, first), first));
	turn_until_idle(reactor);
	cr_assert(eq(sz, write(server.stream, bytes + first, 16), 16));
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

Test(resolve, when_a_connection_breaks_the_next_server_is_asked_at_once)
{
	struct evert_deferred *deferred;
	struct name_query query;
	int64_t asked = names.now;

	options.over_tcp = true;
	use_servers(2);
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = name_server_take_stream(&server, reactor);
	test_system_fail(&names, CALL_READ, 1, ETIMEDOUT, false);
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.66\n");
	query = name_server_take_stream(&second, reactor);
	name_server_answer(&second, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
	cr_assert(eq(i64, names.now, asked));
}

static void close_stream(void)
{
	close(server.stream);
	server.stream = -1;
}

Test(resolve, p76_when_the_server_closes_it_asks_once_more_on_another)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query;

	truncate_it();
	close_stream();
	query = name_server_take_stream(&server, reactor);
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(deferred), "a.example. 60 IN A 192.0.2.1;"));
}

/* A server that closes the connection over which it is asked for a name that
   begins with "bad", and answers all others. */
static void serve_stream(void)
{
	const struct name_reply none = { .rcode = EVERT_DNS_NXDOMAIN };
	struct name_query query = name_server_take_stream(&server, reactor);

	if (query.name[0] == 'b' || query.name[0] == 'B')
		close_stream();
	else
		name_server_reply(&server, &query, &none);
}

static bool has_query(void)
{
	struct pollfd fd = {
		.fd = server.stream < 0 ? server.tcp : server.stream,
		.events = POLLIN,
	};

	return poll(&fd, 1, 0) > 0;
}

Test(resolve, a_question_that_a_server_closes_at_costs_no_other_its_answer)
{
	struct evert_deferred *wanted[20];
	char name[16];
	size_t i;

	options.over_tcp = true;
	use_servers(1);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%s%zu.test", i % 8 ? "a" : "bad",
			 i);
		wanted[i] = evert_resolve(reactor, name, EVERT_DNS_A);
	}
	for (i = 0; i < 20; i++) {
		while (!evert_deferred_has_fired(wanted[i])) {
			if (has_query())
				serve_stream();
			turn(reactor);
		}
		cr_assert(eq(ptr, (void *)fail(wanted[i]),
			     (void *)(i % 8 ? EVERT_NO_NAME :
					      EVERT_SERVER_FAILED)));
	}
}

Test(resolve, over_one_connection_answers_come_in_any_order)
{
	struct evert_deferred *a, *b;
	struct name_query of_a, of_b;

	options.over_tcp = true;
	use_servers(1);
	a = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	b = evert_resolve(reactor, "b.example", EVERT_DNS_A);
	of_a = name_server_take_stream(&server, reactor);
	of_b = name_server_take_stream(&server, reactor);
	name_server_answer(&server, &of_b, "b.example 60 A 192.0.2.2\n");
	cr_assert(eq(str, show(b), "b.example. 60 IN A 192.0.2.2;"));
	name_server_answer(&server, &of_a, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(a), "a.example. 60 IN A 192.0.2.1;"));
	cr_assert(eq(sz, names.plans[CALL_SHUTDOWN].calls, 0));
	/* TCP_NODELAY: b does not wait until a is acknowledged. */
	cr_assert(eq(sz, names.plans[CALL_SETSOCKOPT].calls, 1));
}

Test(resolve, a_connection_is_closed_when_it_was_idle_for_two_seconds)
{
	size_t before = count_descriptors();

	options.over_tcp = true;
	use_servers(1);
	evert_deferred_release(evert_resolve(reactor, "a.example", 1));
	(void)before;
	{
		struct name_query query =
			name_server_take_stream(&server, reactor);

		name_server_answer(&server, &query,
				   "a.example 60 A 192.0.2.1\n");
	}
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), before + 2));
	while (count_descriptors() > before + 1)
		turn(reactor);
}

/* ---- Ends ---- */

Test(resolve, p76_may_be_cancelled_at_any_time)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	size_t before = count_descriptors();
	struct name_query query;

	evert_deferred_cancel(deferred);
	cr_assert(eq(ptr, (void *)fail(deferred), (void *)EVERT_CANCELLED));
	cr_assert(eq(sz, count_descriptors(), before - 1));
	deferred = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	query = take();
	evert_deferred_cancel(deferred);
	evert_deferred_release(evert_resolve(reactor, "b.example", 1));
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(ptr, (void *)fail(deferred), (void *)EVERT_CANCELLED));
}

Test(resolve, cancelled_by_one_it_goes_on_for_the_other)
{
	struct evert_deferred *first =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct evert_deferred *other =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct name_query query = take();

	evert_deferred_cancel(first);
	fail(first);
	name_server_answer(&server, &query, "a.example 60 A 192.0.2.1\n");
	cr_assert(eq(str, show(other), "a.example. 60 IN A 192.0.2.1;"));
}

/* A failure of the first question, which the shutdown has ended. */
static struct evert_result ask_in_shutdown(struct evert_result *in, void *again)
{
	struct evert_deferred **asked = again;

	asked[0] = evert_resolve(reactor, "a.example", EVERT_DNS_A);
	asked[1] = evert_resolve(reactor, "localhost", EVERT_DNS_A);
	return *in;
}

static void is_stopped(struct evert_deferred *deferred)
{
	cr_assert(eq(str, show(deferred),
		     "REACTOR_STOPPED: the reactor was stopped"));
}

Test(resolve, fails_when_the_reactor_stops_and_when_it_has_stopped)
{
	struct evert_deferred *again[2] = { NULL }, *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	size_t i;

	evert_deferred_add_errback(deferred, ask_in_shutdown, again);
	evert_reactor_call_later(reactor, 0.5,
				 (void (*)(void *))evert_reactor_stop,
				 reactor);
	run_reactor(reactor);
	is_stopped(deferred);
	for (i = 0; i < 2; i++) {
		cr_assert(again[i] && evert_deferred_has_fired(again[i]));
		is_stopped(again[i]);
	}
}

Test(resolve, is_ended_by_destroying_the_reactor)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	const struct evert_result *result;

	evert_reactor_destroy(reactor);
	reactor = NULL;
	result = evert_deferred_result(deferred);
	cr_assert(result != NULL);
	cr_assert(evert_result_failed_with(result, EVERT_REACTOR_STOPPED));
	evert_deferred_release(deferred);
}

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	*(struct evert_deferred **)arg =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	return *in;
}

Test(resolve, who_is_told_may_ask_again)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);
	struct evert_deferred *again = NULL;
	struct name_query query = take();

	evert_deferred_add_callback(deferred, ask_again, &again);
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.1\n");
	show(deferred);
	query = take();
	name_server_answer(&server, &query, "a.example 0 A 192.0.2.2\n");
	cr_assert(eq(str, show(again), "a.example. 0 IN A 192.0.2.2;"));
}

Test(resolve, options_that_make_no_sense_are_refused)
{
	options.server_count = 4;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == -EINVAL);
	options.server_count = 1;
	addresses[0].as.any.sa_family = AF_UNIX;
	cr_assert(evert_reactor_set_resolver(reactor, &options) == -EINVAL);
	addresses[0] = server.address;
	evert_deferred_release(evert_resolve(reactor, "localhost", 1));
	cr_assert(evert_reactor_set_resolver(reactor, &options) == 0);
}

Test(resolve, options_are_not_changed_while_a_question_is_under_way)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);

	cr_assert(evert_reactor_set_resolver(reactor, &options) == -EBUSY);
	evert_deferred_cancel(deferred);
	cr_assert(fail(deferred) == EVERT_CANCELLED);
	cr_assert(evert_reactor_set_resolver(reactor, NULL) == 0);
}

static void ask_for_many(struct evert_deferred **deferreds, size_t count)
{
	char name[32];
	size_t i;

	for (i = 0; i < count; i++) {
		sprintf(name, "n%zu.example", i);
		deferreds[i] = evert_resolve(reactor, name, EVERT_DNS_A);
	}
}

static void cancel_many(struct evert_deferred **deferreds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		evert_deferred_cancel(deferreds[i]);
		evert_result_release(turn_until_fired(reactor, deferreds[i]));
	}
}

Test(resolve, not_so_many_are_sent_at_once_that_some_would_be_lost)
{
	enum { MANY = 300, IN_FLIGHT = 100 };
	static struct evert_deferred *deferreds[MANY];
	struct name_query query;
	int64_t before;
	size_t i;

	ask_for_many(deferreds, MANY);
	for (i = 0; i < IN_FLIGHT; i++)
		query = take();
	cr_assert(name_server_is_idle(&server, reactor));
	name_server_answer(&server, &query, NULL);
	query = take();
	cr_assert(name_server_is_idle(&server, reactor));
	before = names.now;
	turn(reactor); /* sleeps, though there is more to send */
	cr_assert(gt(i64, names.now, before));
	cancel_many(deferreds, MANY);
}

Test(resolve, a_server_that_is_silent_delays_many_no_longer_than_one)
{
	enum { MANY = 150 };
	static struct evert_deferred *deferreds[MANY];
	int64_t asked = names.now;
	struct name_query query;
	size_t i;

	use_servers(2);
	ask_for_many(deferreds, MANY);
	for (i = 0; i < MANY; i++) {
		query = name_server_take(&second, reactor);
		name_server_answer(&second, &query, NULL);
	}
	for (i = 0; i < MANY; i++)
		cr_assert(eq(ptr, (void *)fail(deferreds[i]),
			     (void *)EVERT_NO_DATA));
	cr_assert(eq(i64, (names.now - asked) / 1000000, 2500));
}

Test(resolve, many_at_once_use_two_sockets_of_a_server_at_most)
{
	enum { MANY = 2000 };
	static struct evert_deferred *deferreds[MANY];
	size_t before = count_descriptors(), i;
	struct name_query query;
	char name[32];

	for (i = 0; i < MANY; i++) {
		sprintf(name, "n%zu.example", i);
		deferreds[i] = evert_resolve(reactor, name, EVERT_DNS_A);
		if (i % 100 != 99)
			continue;
		cr_assert(le(sz, count_descriptors(), before + 2));
	}
	for (i = 0; i < 50; i++) {
		query = take();
		name_server_answer(&server, &query, NULL);
		cr_assert(le(sz, count_descriptors(), before + 2));
	}
	query = take();
	name_server_reply(&server, &query,
			  &(struct name_reply){ .is_truncated = true });
	turn_until_idle(reactor); /* it is asked over TCP */
	cr_assert(eq(sz, count_descriptors(), before + 2));
	cancel_many(deferreds, MANY);
	turn_until_idle(reactor);
	cr_assert(le(sz, count_descriptors(), before + 1)); /* idle TCP */
}

/* The half of all ids, which one socket has at most, and those of the socket
   before it. */
Test(resolve, more_at_once_than_there_are_places_fail_and_the_rest_goes_on)
{
	enum { PLACES = 512 + 32768, MANY = PLACES + 100 };
	static struct evert_deferred *deferreds[MANY];
	struct name_query query;
	size_t i;

	ask_for_many(deferreds, MANY);
	for (i = PLACES; i < MANY; i++)
		cr_assert(eq(ptr, (void *)fail(deferreds[i]),
			     (void *)EVERT_SERVER_FAILED));
	query = take();
	name_server_answer(&server, &query, NULL);
	cancel_many(deferreds, PLACES);
}

/* ---- Without memory ---- */

static void answer_until_fired(struct evert_deferred *deferred)
{
	struct name_query query;
	bool is_idle;

	while (is_idle = name_server_is_idle(&server, reactor),
	       !evert_deferred_has_fired(deferred)) {
		if (is_idle) {
			turn(reactor);
			continue;
		}
		query = take();
		name_server_answer(&server, &query,
				   "a.example 60 CNAME b.example\n"
				   "b.example 60 A 192.0.2.1\n");
	}
}

/* Gives all the records, or none. */
static void resolve_once(void)
{
	struct evert_deferred *deferred =
		evert_resolve(reactor, "a.example", EVERT_DNS_A);

	if (!deferred)
		return;
	answer_until_fired(deferred);
	if (!evert_result_is_failure(evert_deferred_result(deferred)))
		cr_assert(eq(str, show(deferred),
			     "a.example. 60 IN CNAME b.example.;"
			     "b.example. 60 IN A 192.0.2.1;"));
	else
		evert_result_release(turn_until_fired(reactor, deferred));
}

static void resolve_on(struct test_system *system)
{
	struct evert_reactor_options of_reactor = { .system = &system->base };

	system->virtual_time = true;
	reactor = evert_reactor_create(&of_reactor);
	name_server_open(&server);
	options = name_server_options(&server);
	if (reactor && !evert_reactor_set_resolver(reactor, &options))
		resolve_once();
	evert_reactor_destroy(reactor);
	name_server_close(&server);
}

Test(resolve_memory, whichever_allocation_fails_it_ends_and_nothing_leaks)
{
	fail_every_allocation_on(NULL, resolve_on);
}
