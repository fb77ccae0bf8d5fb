/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/message_writer.h"
#include "../../../reactor/dns/records_internal.h"
#include "../../support/memory.h"

/* A record of example.org with that data. */
#define record_of(type, data) made(type, data, sizeof(data) - 1)

static const struct evert_dns_record *made(uint16_t type, const char *data,
					   size_t length)
{
	static struct evert_dns_record record;

	record = (struct evert_dns_record){
		.name = (const uint8_t *)"\7example\3org",
		.type = type,
		.dns_class = EVERT_DNS_CLASS_IN,
		.ttl = 300,
		.data = (const uint8_t *)data,
		.length = (uint16_t)length,
	};
	return &record;
}

static char *data_text(const struct evert_dns_record *record)
{
	static char text[4096];

	evert_dns_record_data_text(record, text, sizeof(text));
	return text;
}

static bool is(struct evert_dns_string string, const char *text)
{
	return string.length == strlen(text) &&
	       !memcmp(string.bytes, text, string.length);
}

Test(dns_record, gives_the_address_of_a_and_aaaa)
{
	struct evert_address address;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	cr_assert(
		eq(int,
		   evert_dns_record_address(
			   record_of(EVERT_DNS_A, "\300\0\2\1"), 80, &address),
		   0));
	evert_address_text(&address, text, sizeof(text));
	cr_assert(eq(str, text, "192.0.2.1:80"));
	cr_assert(eq(int,
		     evert_dns_record_address(
			     record_of(EVERT_DNS_AAAA,
				       "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"),
			     53, &address),
		     0));
	evert_address_text(&address, text, sizeof(text));
	cr_assert(eq(str, text, "[2001:db8::1]:53"));
	cr_assert(eq(int,
		     evert_dns_record_address(
			     record_of(EVERT_DNS_A, "\300\0\2"), 80, &address),
		     -EINVAL));
	cr_assert(
		eq(int,
		   evert_dns_record_address(
			   record_of(EVERT_DNS_NS, "\300\0\2\1"), 80, &address),
		   -EINVAL));
}

Test(dns_record, is_made_of_an_address_of_ip)
{
	struct evert_dns_record record = { .ttl = 1 };
	struct evert_address address;

	cr_assert(zero(int, evert_address_parse(&address, "::1", 0)));
	cr_assert(zero(int, evert_dns_record_set_address(&record, &address)));
	cr_assert(eq(int, record.type, EVERT_DNS_AAAA));
	cr_assert(eq(int, record.length, 16));
	cr_assert(zero(int, evert_address_unix(&address, "/tmp/a", 6)));
	cr_assert(eq(int, evert_dns_record_set_address(&record, &address),
		     -EAFNOSUPPORT));
}

Test(dns_record, gives_the_name_that_it_consists_of)
{
	const uint16_t types[] = { EVERT_DNS_CNAME, EVERT_DNS_DNAME,
				   EVERT_DNS_NS, EVERT_DNS_PTR };
	char text[EVERT_DNS_NAME_TEXT_SIZE];

	for (size_t i = 0; i < 4; i++) {
		cr_assert(eq(int,
			     evert_dns_record_target(
				     record_of(types[i], "\1a\1b\0"), text),
			     0));
		cr_assert(eq(str, text, "a.b."));
	}
	cr_assert(eq(int,
		     evert_dns_record_target(
			     record_of(EVERT_DNS_MX, "\1a\1b\0"), text),
		     -EINVAL));
	cr_assert(eq(int,
		     evert_dns_record_target(record_of(EVERT_DNS_NS, "\1a\1b"),
					     text),
		     -EINVAL));
}

Test(dns_record, gives_what_mx_srv_and_soa_say)
{
	struct evert_dns_mx mx;
	struct evert_dns_srv srv;
	struct evert_dns_soa soa;
	const struct evert_dns_record *record;

	record = record_of(EVERT_DNS_MX, "\0\12\4mail\0");
	cr_assert(eq(int, evert_dns_record_mx(record, &mx), 0));
	cr_assert(eq(u16, mx.preference, 10));
	cr_assert(eq(str, mx.exchange, "mail."));
	cr_assert(eq(int, evert_dns_record_srv(record, &srv), -EINVAL));
	cr_assert(eq(int, evert_dns_record_soa(record, &soa), -EINVAL));

	record = record_of(EVERT_DNS_SRV, "\0\1\0\2\0\120\3web\0");
	cr_assert(eq(int, evert_dns_record_srv(record, &srv), 0));
	cr_assert(eq(u16, srv.priority, 1));
	cr_assert(eq(u16, srv.weight, 2));
	cr_assert(eq(u16, srv.port, 80));
	cr_assert(eq(str, srv.target, "web."));
	cr_assert(eq(int, evert_dns_record_mx(record, &mx), -EINVAL));

	record = record_of(EVERT_DNS_SOA, "\2ns\0\1h\0\0\0\0\1\0\0\0\2\0\0\0\3"
					  "\0\0\0\4\0\0\0\5");
	cr_assert(eq(int, evert_dns_record_soa(record, &soa), 0));
	cr_assert(eq(str, soa.mname, "ns."));
	cr_assert(eq(str, soa.rname, "h."));
	cr_assert(eq(u32, soa.serial, 1));
	cr_assert(eq(u32, soa.refresh, 2));
	cr_assert(eq(u32, soa.retry, 3));
	cr_assert(eq(u32, soa.expire, 4));
	cr_assert(eq(u32, soa.minimum, 5));
}

Test(dns_record, gives_the_strings_of_txt)
{
	const struct evert_dns_record *record =
		record_of(EVERT_DNS_TXT, "\3one\0\5three");
	struct evert_dns_string string;

	cr_assert(eq(int, evert_dns_record_string(record, 0, &string), 0));
	cr_assert(is(string, "one"));
	cr_assert(eq(int, evert_dns_record_string(record, 1, &string), 0));
	cr_assert(is(string, ""));
	cr_assert(eq(int, evert_dns_record_string(record, 2, &string), 0));
	cr_assert(is(string, "three"));
	cr_assert(
		eq(int, evert_dns_record_string(record, 3, &string), -ENOENT));
	record = record_of(EVERT_DNS_A, "\3one");
	cr_assert(
		eq(int, evert_dns_record_string(record, 0, &string), -EINVAL));
}

Test(dns_record, gives_what_naptr_and_caa_say)
{
	struct evert_dns_naptr naptr;
	struct evert_dns_caa caa;
	const struct evert_dns_record *record;

	record =
		record_of(EVERT_DNS_NAPTR, "\0\144\0\12\1u\7E2U+sip\3!x!\1r\0");
	cr_assert(eq(int, evert_dns_record_naptr(record, &naptr), 0));
	cr_assert(eq(u16, naptr.order, 100));
	cr_assert(eq(u16, naptr.preference, 10));
	cr_assert(is(naptr.flags, "u"));
	cr_assert(is(naptr.services, "E2U+sip"));
	cr_assert(is(naptr.regexp, "!x!"));
	cr_assert(eq(str, naptr.replacement, "r."));
	cr_assert(eq(int, evert_dns_record_caa(record, &caa), -EINVAL));

	record = record_of(EVERT_DNS_CAA, "\200\5issueca.test");
	cr_assert(eq(int, evert_dns_record_caa(record, &caa), 0));
	cr_assert(eq(u8, caa.flags, 128));
	cr_assert(is(caa.tag, "issue"));
	cr_assert(is(caa.value, "ca.test"));
	cr_assert(eq(int, evert_dns_record_naptr(record, &naptr), -EINVAL));
}

Test(dns_record, gives_the_parameters_of_svcb_and_https)
{
	struct evert_dns_svcb svcb;
	struct evert_dns_string value;
	const struct evert_dns_record *record =
		record_of(EVERT_DNS_HTTPS, "\0\1\1t\0"
					   "\0\1\0\3\2h2\0\3\0\2\40\373");

	cr_assert(eq(int, evert_dns_record_svcb(record, &svcb), 0));
	cr_assert(eq(u16, svcb.priority, 1));
	cr_assert(eq(str, svcb.target, "t."));
	cr_assert(eq(int, evert_dns_svcb_param(&svcb, 1, &value), 0));
	cr_assert(is(value, "\2h2"));
	cr_assert(eq(int, evert_dns_svcb_param(&svcb, 3, &value), 0));
	cr_assert(eq(sz, value.length, 2));
	cr_assert(eq(int, evert_dns_svcb_param(&svcb, 2, &value), -ENOENT));
	cr_assert(eq(int, evert_dns_svcb_param(&svcb, 4, &value), -ENOENT));
	record = record_of(EVERT_DNS_MX, "\0\1\1t\0");
	cr_assert(eq(int, evert_dns_record_svcb(record, &svcb), -EINVAL));
}

Test(dns_record, is_printed_with_the_columns_of_dig)
{
	char text[200];
	const struct evert_dns_record *record =
		record_of(EVERT_DNS_A, "\300\0\2\1");
	struct evert_dns_record other = *record;

	cr_assert(eq(sz, evert_dns_record_text(record, text, sizeof(text)),
		     strlen("example.org.\t\t300\tIN\tA\t192.0.2.1")));
	cr_assert(eq(str, text, "example.org.\t\t300\tIN\tA\t192.0.2.1"));
	cr_assert(eq(sz, evert_dns_record_text(record, text, 6),
		     strlen("example.org.\t\t300\tIN\tA\t192.0.2.1")));
	cr_assert(eq(str, text, "examp"));
	other.type = 65280;
	other.dns_class = 9;
	other.ttl = 123456789;
	other.name = (const uint8_t *)"\34a-name-that-is-rather-long-x";
	evert_dns_record_text(&other, text, sizeof(text));
	cr_assert(eq(str, text,
		     "a-name-that-is-rather-long-x. 123456789\tCLASS9 "
		     "TYPE65280 \\# 4 C0000201"));
}

Test(dns_record, with_data_that_is_not_of_its_type_is_printed_as_unknown)
{
	cr_assert(
		eq(str, data_text(record_of(EVERT_DNS_A, "ab")), "\\# 2 6162"));
	cr_assert(eq(str, data_text(record_of(EVERT_DNS_MX, "\0\1\7ab")),
		     "\\# 5 0001076162"));
}

Test(dns_records, are_copied_with_all_they_point_to)
{
	uint8_t name[] = "\3www\4test";
	uint8_t data[] = "\300\0\2\1";
	struct evert_dns_record records[2] = {
		{ .name = name, .data = data, .length = 4, .type = 1 },
		{ .name = name, .data = NULL, .length = 0, .type = 2 },
	};
	struct evert_dns_records *copy = evert_dns_records_copy(records, 2);
	struct evert_dns_records *none = evert_dns_records_copy(NULL, 0);

	memset(name, 0xee, sizeof(name));
	memset(data, 0xee, sizeof(data));
	cr_assert(eq(sz, copy->count, 2));
	cr_assert(eq(int, memcmp(copy->record[0].name, "\3www\4test", 10), 0));
	cr_assert(eq(int, memcmp(copy->record[0].data, "\300\0\2\1", 4), 0));
	cr_assert(eq(int, memcmp(copy->record[1].name, "\3www\4test", 10), 0));
	cr_assert(eq(sz, copy->record[1].length, 0));
	cr_assert(eq(sz, none->count, 0));
	evert_dns_records_destroy(copy);
	evert_dns_records_destroy(none);
	evert_dns_records_destroy(NULL);
}

Test(dns_record, a_set_that_several_have_lives_until_the_last_has_destroyed_it)
{
	const struct evert_dns_record record = {
		.name = (const uint8_t *)"\4test",
		.data = (const uint8_t *)"\300\0\2\1",
		.length = 4,
		.type = EVERT_DNS_A,
		.dns_class = EVERT_DNS_CLASS_IN,
	};
	struct evert_dns_records *set = evert_dns_records_copy(&record, 1);

	cr_assert(evert_dns_records_use(set) == set);
	cr_assert(evert_dns_records_use(set) == set);
	evert_dns_records_destroy(set);
	evert_dns_records_destroy(set);
	cr_assert(eq(int, memcmp(set->record[0].name, "\4test", 6), 0));
	evert_dns_records_destroy(set);
}

/* A message with two addresses, an alias, and one of another class. */
static void read_answers(struct evert_dns_message *message)
{
	static uint8_t bytes[512];
	struct evert_dns_writer writer;
	struct evert_dns_record records[4];

	records[0] = *record_of(EVERT_DNS_CNAME, "\3www\0");
	records[1] = *record_of(EVERT_DNS_A, "\300\0\2\1");
	records[1].name = (const uint8_t *)"\3WWW";
	records[2] = records[1];
	records[2].data = (const uint8_t *)"\300\0\2\2";
	records[3] = records[1];
	records[3].dns_class = EVERT_DNS_CLASS_CH;
	evert_dns_writer_init(&writer, bytes, sizeof(bytes));
	evert_dns_writer_records(&writer, EVERT_DNS_ANSWER, records, 4);
	cr_assert(eq(int,
		     evert_dns_message_read(message, bytes,
					    evert_dns_writer_finish(&writer)),
		     0));
}

Test(dns_records, are_selected_by_name_and_type)
{
	struct evert_dns_message message;
	struct evert_dns_records *found;

	read_answers(&message);
	found = evert_dns_records_select(&message, EVERT_DNS_ANSWER,
					 (const uint8_t *)"\3www", EVERT_DNS_A);
	cr_assert(eq(sz, found->count, 2));
	cr_assert(eq(u8, found->record[1].data[3], 2));
	evert_dns_records_destroy(found);
	found = evert_dns_records_select(&message, EVERT_DNS_ANSWER, NULL,
					 EVERT_DNS_ANY);
	cr_assert(eq(sz, found->count, 3));
	cr_assert(eq(str, data_text(&found->record[0]), "www."));
	evert_dns_records_destroy(found);
	found = evert_dns_records_select(&message, EVERT_DNS_AUTHORITY, NULL,
					 EVERT_DNS_ANY);
	cr_assert(eq(sz, found->count, 0));
	evert_dns_records_destroy(found);
}

static void select_all(void *arg)
{
	evert_dns_records_destroy(evert_dns_records_select(
		arg, EVERT_DNS_ANSWER, NULL, EVERT_DNS_ANY));
}

static void copy_one(void *arg)
{
	(void)arg;
	evert_dns_records_destroy(evert_dns_records_copy(
		record_of(EVERT_DNS_A, "\300\0\2\1"), 1));
}

Test(dns_records, survive_running_out_of_memory)
{
	struct evert_dns_message message;

	read_answers(&message);
	fail_every_allocation(select_all, &message);
	fail_every_allocation(copy_one, NULL);
}
