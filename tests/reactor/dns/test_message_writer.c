/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/message_writer.h"
#include "../../support/death.h"

static struct evert_dns_writer writer;
static uint8_t bytes[65536];
static size_t length;

/* A name of its own; sixteen are kept. */
static const uint8_t *name(const char *text)
{
	static uint8_t names[16][EVERT_DNS_NAME_SIZE];
	static int next;
	uint8_t *made = names[next++ % 16];

	cr_assert(eq(int, evert_dns_name_parse(made, text, NULL), 0));
	return made;
}

static struct evert_dns_record a_record(const char *owner)
{
	return (struct evert_dns_record){
		.name = name(owner),
		.type = EVERT_DNS_A,
		.dns_class = EVERT_DNS_CLASS_IN,
		.ttl = 3600,
		.data = (const uint8_t *)"\300\0\2\1",
		.length = 4,
	};
}

/* A record whose data is a name. */
static struct evert_dns_record of_name(const char *owner, uint16_t type,
				       const char *target)
{
	struct evert_dns_record record = a_record(owner);

	record.type = type;
	record.data = name(target);
	record.length = (uint16_t)evert_dns_name_length(record.data);
	return record;
}

static void ask(const char *text)
{
	struct evert_dns_question question = {
		.type = EVERT_DNS_A,
		.dns_class = EVERT_DNS_CLASS_IN,
	};

	evert_dns_name_parse(question.name, text, NULL);
	cr_assert(eq(int, evert_dns_writer_question(&writer, &question), 0));
}

static int answer(struct evert_dns_record record)
{
	return evert_dns_writer_records(&writer, EVERT_DNS_ANSWER, &record, 1);
}

static int add(struct evert_dns_record record)
{
	return evert_dns_writer_records(&writer, EVERT_DNS_ADDITIONAL, &record,
					1);
}

static void is_written(const void *expected, size_t count)
{
	length = evert_dns_writer_finish(&writer);
	cr_assert(eq(sz, length, count));
	cr_assert(eq(int, memcmp(bytes, expected, count), 0));
}

#define is(string) is_written(string, sizeof(string) - 1)

static void begin(size_t size)
{
	evert_dns_writer_init(&writer, bytes, size);
	writer.header.id = 7;
	writer.header.is_response = true;
}

/* What was written, read. */
static struct evert_dns_message *again(void)
{
	static struct evert_dns_message message;

	length = evert_dns_writer_finish(&writer);
	cr_assert(eq(int, evert_dns_message_read(&message, bytes, length), 0));
	cr_assert(eq(sz, message.trailing, 0));
	return &message;
}

Test(dns_writer, writes_a_question_and_an_answer_that_points_to_it)
{
	begin(512);
	ask("www.test");
	cr_assert(eq(int, answer(a_record("www.test")), 0));
	is("\0\7\200\0\0\1\0\1\0\0\0\0"
	   "\3www\4test\0\0\1\0\1"
	   "\xc0\14\0\1\0\1\0\0\16\20\0\4\300\0\2\1");
}

Test(dns_writer, writes_every_flag_of_the_header)
{
	begin(512);
	writer.header.opcode = EVERT_DNS_NOTIFY;
	writer.header.rcode = EVERT_DNS_REFUSED;
	writer.header.is_authoritative = true;
	writer.header.recursion_desired = true;
	writer.header.is_authentic = true;
	is("\0\7\245\45\0\0\0\0\0\0\0\0");
	begin(512);
	writer.header.is_response = false;
	writer.header.is_truncated = true;
	writer.header.recursion_available = true;
	writer.header.is_checking_disabled = true;
	is("\0\7\2\220\0\0\0\0\0\0\0\0");
}

Test(dns_writer, compresses_names_in_data_of_the_types_of_rfc_1035_only)
{
	struct evert_dns_record srv = a_record("a.test");

	begin(512);
	ask("a.test");
	cr_assert(eq(int, answer(of_name("a.test", EVERT_DNS_CNAME, "b.test")),
		     0));
	srv.type = EVERT_DNS_SRV;
	srv.data = (const uint8_t *)"\0\1\0\2\0\3\1b\4test";
	srv.length = 14;
	cr_assert(eq(int, answer(srv), 0));
	cr_assert(eq(int, answer(of_name("a.test", EVERT_DNS_DNAME, "b.test")),
		     0));
	is("\0\7\200\0\0\1\0\3\0\0\0\0"
	   "\1a\4test\0\0\1\0\1"
	   "\xc0\14\0\5\0\1\0\0\16\20\0\4\1b\xc0\16"
	   "\xc0\14\0\41\0\1\0\0\16\20\0\16\0\1\0\2\0\3\1b\4test\0"
	   "\xc0\14\0\47\0\1\0\0\16\20\0\10\1b\4test\0");
}

Test(dns_writer, keeps_the_spelling_of_every_name)
{
	begin(512);
	ask("www.TEST");
	cr_assert(eq(int, answer(a_record("www.test")), 0));
	cr_assert(eq(int, answer(a_record("WWW.test")), 0));
	cr_assert(eq(int, answer(a_record("www.TEST")), 0));
	is("\0\7\200\0\0\1\0\3\0\0\0\0"
	   "\3www\4TEST\0\0\1\0\1"
	   "\3www\4test\0\0\1\0\1\0\0\16\20\0\4\300\0\2\1"
	   "\3WWW\xc0\36\0\1\0\1\0\0\16\20\0\4\300\0\2\1"
	   "\xc0\14\0\1\0\1\0\0\16\20\0\4\300\0\2\1");
}

Test(dns_writer, points_to_nothing_behind_byte_16383)
{
	struct evert_dns_record big = a_record(".");
	static uint8_t zeros[16384];

	begin(65535);
	big.type = 65280;
	big.data = zeros;
	big.length = 16361;
	cr_assert(eq(int, answer(big), 0));
	cr_assert(eq(sz, writer.length, 16384));
	cr_assert(eq(int, answer(a_record("www")), 0));
	cr_assert(eq(int, answer(a_record("www")), 0));
	cr_assert(eq(sz, writer.length, 16384 + 2 * (5 + 14)));

	begin(65535);
	big.length = 16360;
	cr_assert(eq(int, answer(big), 0));
	cr_assert(eq(int, answer(a_record("www")), 0));
	cr_assert(eq(int, answer(a_record("www")), 0));
	cr_assert(eq(sz, writer.length, 16383 + 5 + 14 + 2 + 14));
	cr_assert(eq(u16, again()->counts[EVERT_DNS_ANSWER], 3));
}

Test(dns_writer, writes_many_names_that_are_read_as_they_were)
{
	struct evert_dns_message *message;
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	char text[64];
	int i;

	begin(65535);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "x%d.y%d.z%d.test", i, i % 70,
			 i % 9);
		cr_assert(
			eq(int, answer(of_name(text, EVERT_DNS_NS, text)), 0));
	}
	message = again();
	evert_dns_cursor_start(&cursor, message, EVERT_DNS_ANSWER);
	for (i = 0; evert_dns_cursor_next(&cursor, &record); i++) {
		snprintf(text, sizeof(text), "x%d.y%d.z%d.test", i, i % 70,
			 i % 9);
		cr_assert(evert_dns_name_is_equal(record.name, name(text)));
		cr_assert(evert_dns_name_is_equal(record.data, name(text)));
	}
	cr_assert(eq(int, i, 1000));
}

Test(dns_writer, writes_a_set_whole_or_truncates_the_message)
{
	struct evert_dns_record set[2] = { a_record("b.test"),
					   a_record("c.test") };
	size_t before;

	begin(70);
	ask("www.test");
	cr_assert(eq(int, answer(a_record("a.test")), 0));
	before = writer.length;
	cr_assert(
		eq(int,
		   evert_dns_writer_records(&writer, EVERT_DNS_ANSWER, set, 2),
		   -EMSGSIZE));
	cr_assert(eq(sz, writer.length, before));
	/* Smaller ones don't overtake it. */
	cr_assert(eq(int, answer(a_record("www.test")), -EMSGSIZE));
	cr_assert(eq(int, add(a_record("www.test")), -EMSGSIZE));
	cr_assert(again()->header.is_truncated);
	cr_assert(eq(u16, again()->counts[EVERT_DNS_ANSWER], 1));
}

Test(dns_writer, forgets_the_names_of_a_set_that_found_no_room)
{
	struct evert_dns_record set[2] = { a_record("bb.test"),
					   a_record("cc.test") };

	begin(75);
	ask("www.test");
	cr_assert(eq(
		int,
		evert_dns_writer_records(&writer, EVERT_DNS_ADDITIONAL, set, 2),
		0));
	begin(62);
	ask("www.test");
	cr_assert(eq(
		int,
		evert_dns_writer_records(&writer, EVERT_DNS_ADDITIONAL, set, 2),
		-EMSGSIZE));
	cr_assert(eq(int, add(a_record("bb.test")), 0));
	is("\0\7\200\0\0\1\0\0\0\0\0\1"
	   "\3www\4test\0\0\1\0\1"
	   "\2bb\xc0\20\0\1\0\1\0\0\16\20\0\4\300\0\2\1");
}

Test(dns_writer, points_into_the_question_after_a_set_found_no_room)
{
	begin(48);
	ask("a.b.test");
	cr_assert(eq(int, add(of_name("c.b.test", EVERT_DNS_NS, "long.d.test")),
		     -EMSGSIZE));
	cr_assert(eq(int, add(a_record("c.b.test")), 0));
	is("\0\7\200\0\0\1\0\0\0\0\0\1"
	   "\1a\1b\4test\0\0\1\0\1"
	   "\1c\xc0\16\0\1\0\1\0\0\16\20\0\4\300\0\2\1");
}

Test(dns_writer, points_nowhere_for_the_root)
{
	begin(512);
	ask(".");
	cr_assert(eq(int, answer(a_record(".")), 0));
	is("\0\7\200\0\0\1\0\1\0\0\0\0"
	   "\0\0\1\0\1"
	   "\0\0\1\0\1\0\0\16\20\0\4\300\0\2\1");
}

Test(dns_writer, leaves_out_additional_records_without_a_word)
{
	begin(45);
	ask("www.test");
	cr_assert(eq(int, add(a_record("long-name.test")), -EMSGSIZE));
	cr_assert(eq(int, add(a_record("www.test")), 0));
	cr_assert(not(again()->header.is_truncated));
	cr_assert(eq(u16, again()->counts[EVERT_DNS_ADDITIONAL], 1));
}

Test(dns_writer, keeps_room_for_opt_whatever_comes)
{
	const struct evert_dns_edns edns = {
		.is_present = true,
		.is_dnssec_ok = true,
		.size = 1232,
		.options = (const uint8_t *)"\0\12\0\2ab",
		.options_length = 6,
	};

	begin(12 + 14 + 11 + 6);
	writer.header.rcode = EVERT_DNS_BADVERS;
	ask("www.test");
	cr_assert(eq(int, evert_dns_writer_edns(&writer, &edns), 0));
	cr_assert(eq(int, answer(a_record("www.test")), -EMSGSIZE));
	is("\0\7\202\0\0\1\0\0\0\0\0\1"
	   "\3www\4test\0\0\1\0\1"
	   "\0\0\51\4\320\1\0\200\0\0\6\0\12\0\2ab");
	begin(12 + 14 + 11 + 5);
	ask("www.test");
	cr_assert(eq(int, evert_dns_writer_edns(&writer, &edns), -EMSGSIZE));
	cr_assert(not(again()->edns.is_present));
}

Test(dns_writer, finds_room_or_not_for_every_size)
{
	for (size_t size = 12; size < 80; size++) {
		struct evert_dns_question question = {
			.name = "\3www\4test",
			.type = EVERT_DNS_NS,
		};
		int err;

		memset(bytes, 0xee, sizeof(bytes));
		begin(size);
		err = evert_dns_writer_question(&writer, &question);
		cr_assert(eq(int, err, size < 26 ? -EMSGSIZE : 0));
		err = answer(of_name("x.test", EVERT_DNS_NS, "y.test"));
		cr_assert(eq(int, err, size < 44 ? -EMSGSIZE : 0));
		again();
		cr_assert(le(sz, length, size));
		cr_assert(eq(u8, bytes[size], 0xee));
	}
}

Test(dns_writer, refuses_data_that_is_not_of_its_type)
{
	struct evert_dns_record wrong = a_record("www.test");

	begin(512);
	wrong.length = 3;
	cr_assert(eq(int, answer(wrong), -EINVAL));
	wrong.length = 4;
	wrong.type = EVERT_DNS_MX;
	wrong.data = (const uint8_t *)"\0\1\0x";
	cr_assert(eq(int, answer(wrong), -EINVAL));
	is("\0\7\200\0\0\0\0\0\0\0\0\0");
}

static void backwards(void *arg)
{
	(void)arg;
	begin(512);
	add(a_record("a"));
	answer(a_record("a"));
}

static void without_edns(void *arg)
{
	(void)arg;
	begin(512);
	writer.header.rcode = EVERT_DNS_BADVERS;
	evert_dns_writer_finish(&writer);
}

static void with_two(void *arg)
{
	static const struct evert_dns_edns edns = { .is_present = true };

	(void)arg;
	begin(512);
	evert_dns_writer_edns(&writer, &edns);
	evert_dns_writer_edns(&writer, &edns);
}

static void too_small(void *arg)
{
	(void)arg;
	begin(11);
}

Test(dns_writer, stops_the_program_that_misuses_it)
{
	dies(backwards, NULL, SIGABRT, "in their order");
	dies(without_edns, NULL, SIGABRT, "needs EDNS");
	dies(with_two, NULL, SIGABRT, "a message has one OPT record");
	dies(too_small, NULL, SIGABRT, "at least 12");
}
