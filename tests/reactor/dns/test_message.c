/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/message.h"
#include "../../../reactor/dns/record.h"
#include "../../support/death.h"

static struct evert_dns_message message;
static struct evert_dns_cursor cursor;
static struct evert_dns_record record;
static char text[2000];

/* A message of a header with these counts, and these bytes. */
static uint8_t bytes[70000];
static size_t length;

static void begin(int questions, int answers, int authority, int additional)
{
	const int counts[] = { questions, answers, authority, additional };

	memset(bytes, 0, 12);
	bytes[1] = 7; /* the id */
	bytes[2] = 0x81;
	for (size_t i = 0; i < 4; i++)
		bytes[5 + 2 * i] = (uint8_t)counts[i];
	length = 12;
}

#define put(string) put_bytes(string, sizeof(string) - 1)

static void put_bytes(const void *more, size_t count)
{
	memcpy(bytes + length, more, count);
	length += count;
}

static int read_it(void)
{
	return evert_dns_message_read(&message, bytes, length);
}

/* The next record's text, its tabs as spaces; "" at the end. */
static char *next(void)
{
	if (!evert_dns_cursor_next(&cursor, &record))
		return (char *)"";
	evert_dns_record_text(&record, text, sizeof(text));
	for (char *at = strchr(text, '\t'); at; at = strchr(at, '\t'))
		*at = ' ';
	return text;
}

static void is_refused_at(size_t at, const char *why)
{
	cr_assert(eq(int, read_it(), -EBADMSG));
	cr_assert(eq(str, (char *)message.problem.text, (char *)why));
	cr_assert(eq(sz, message.problem.at, at));
}

#define QUESTION "\3www\4test\0\0\1\0\1"
#define A_FIXED	 "\0\1\0\1\0\0\16\20\0\4"
#define OPT	 "\0\0\51\4\320\0\0\200\0\0\0"

Test(dns_message, is_read_with_its_header_and_first_question)
{
	begin(1, 0, 0, 0);
	bytes[2] = 0xff - 0x78; /* QR AA TC RD, opcode 0 */
	bytes[3] = 0xb3;	/* RA AD CD, NXDOMAIN */
	put(QUESTION);
	cr_assert(eq(int, read_it(), 0));
	cr_assert(eq(u16, message.header.id, 7));
	cr_assert(eq(u16, message.header.rcode, EVERT_DNS_NXDOMAIN));
	cr_assert(eq(u8, message.header.opcode, EVERT_DNS_QUERY));
	cr_assert(message.header.is_response);
	cr_assert(message.header.is_authoritative);
	cr_assert(message.header.is_truncated);
	cr_assert(message.header.recursion_desired);
	cr_assert(message.header.recursion_available);
	cr_assert(message.header.is_authentic);
	cr_assert(message.header.is_checking_disabled);
	cr_assert(message.has_question);
	cr_assert(eq(u16, message.question.type, EVERT_DNS_A));
	cr_assert(eq(u16, message.question.dns_class, EVERT_DNS_CLASS_IN));
	evert_dns_name_text(message.question.name, text, sizeof(text));
	cr_assert(eq(str, text, "www.test."));
	cr_assert(not(message.edns.is_present));
	cr_assert(eq(sz, message.trailing, 0));
}

Test(dns_message, gives_the_records_of_each_section)
{
	begin(1, 2, 1, 1);
	put(QUESTION);
	put("\xc0\14\0\5\0\1\0\0\0\5\0\4\1a\xc0\20"); /* CNAME a.test. */
	put("\1a\xc0\20" A_FIXED "\300\0\2\1");
	put("\xc0\20\0\2\0\1\0\0\0\6\0\5\2ns\xc0\20"); /* NS ns.test. */
	put("\2ns\xc0\20" A_FIXED "\300\0\2\2");
	cr_assert(eq(int, read_it(), 0));

	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
	cr_assert(eq(str, next(), "www.test.  5 IN CNAME a.test."));
	cr_assert(eq(sz, record.length, 8));
	cr_assert(eq(str, next(), "a.test.   3600 IN A 192.0.2.1"));
	cr_assert(eq(str, next(), ""));
	cr_assert(eq(str, next(), ""));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_AUTHORITY);
	cr_assert(eq(str, next(), "test.   6 IN NS ns.test."));
	cr_assert(eq(str, next(), ""));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ADDITIONAL);
	cr_assert(eq(str, next(), "ns.test.  3600 IN A 192.0.2.2"));
	cr_assert(eq(str, next(), ""));
}

Test(dns_message, gives_all_its_questions)
{
	begin(2, 0, 0, 0);
	put(QUESTION);
	put("\xc0\20\0\17\0\1");
	cr_assert(eq(int, read_it(), 0));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_QUESTION);
	cr_assert(evert_dns_cursor_next(&cursor, &record));
	cr_assert(eq(u16, record.type, EVERT_DNS_A));
	cr_assert(evert_dns_cursor_next(&cursor, &record));
	cr_assert(eq(u16, record.type, EVERT_DNS_MX));
	evert_dns_name_text(record.name, text, sizeof(text));
	cr_assert(eq(str, text, "test."));
	cr_assert(not(evert_dns_cursor_next(&cursor, &record)));
}

Test(dns_message, tells_what_opt_says_and_passes_it_over)
{
	begin(1, 0, 0, 2);
	put(QUESTION);
	put("\0\0\51\4\320\1\2\200\0\0\10\0\12\0\4abcd");
	put("\1a\xc0\20" A_FIXED "\300\0\2\1");
	cr_assert(eq(int, read_it(), 0));
	cr_assert(message.edns.is_present);
	cr_assert(message.edns.is_dnssec_ok);
	cr_assert(eq(u8, message.edns.version, 2));
	cr_assert(eq(u16, message.edns.size, 1232));
	cr_assert(eq(u16, message.header.rcode, EVERT_DNS_BADVERS));
	cr_assert(eq(u16, message.edns.options_length, 8));
	cr_assert(eq(int, memcmp(message.edns.options, "\0\12\0\4abcd", 8), 0));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ADDITIONAL);
	cr_assert(eq(str, next(), "a.test.   3600 IN A 192.0.2.1"));
	cr_assert(eq(str, next(), ""));
}

Test(dns_message, with_an_opt_that_is_wrong_is_refused)
{
	begin(0, 0, 0, 2);
	put(OPT OPT);
	is_refused_at(12 + 11, "a second OPT record");
	begin(0, 1, 0, 0);
	put(OPT);
	is_refused_at(12, "an OPT record not among the additional");
	begin(0, 0, 0, 1);
	put("\1a" OPT);
	is_refused_at(12, "an OPT record not of the root");
	begin(0, 0, 0, 1);
	put("\0\0\51\4\320\0\0\0\0\0\5\0\12\0\2a");
	is_refused_at(12 + 11, "data not as its type has it");
	begin(0, 0, 0, 1);
	put("\0\0\51\4\320\0\0\0\0\0\12\0\12\0\1a\0\12\0\2b");
	is_refused_at(12 + 11, "data not as its type has it");
}

Test(dns_message, cut_off_anywhere_is_refused_with_what_was_read_before)
{
	size_t whole;

	begin(1, 1, 0, 1);
	put(QUESTION);
	put("\xc0\14\0\6\0\1\0\0\0\5\0\32\1a\xc0\20\1b\xc0\20"
	    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0");
	bytes[length++] = 5;
	bytes[12 + 14 + 11] = 28;
	put(OPT);
	whole = length;
	cr_assert(eq(int, read_it(), 0), "%s at %zu", message.problem.text,
		  message.problem.at);
	for (length = 0; length < whole; length++) {
		cr_assert(eq(int, read_it(), -EBADMSG));
		cr_assert(le(sz, message.problem.at, length));
		cr_assert(message.has_question == (length >= 12 + 14));
		cr_assert(eq(u16, message.header.id, length < 12 ? 0 : 7));
	}
}

Test(dns_message, counts_the_bytes_behind_its_end)
{
	begin(1, 0, 0, 0);
	put(QUESTION);
	put("abc");
	cr_assert(eq(int, read_it(), 0));
	cr_assert(eq(sz, message.trailing, 3));
}

Test(dns_message, of_more_than_65535_bytes_is_refused)
{
	begin(0, 0, 0, 0);
	length = 65535;
	cr_assert(eq(int, read_it(), 0));
	length = 65536;
	is_refused_at(65535, "a message of more than 65535 bytes");
}

Test(dns_message, with_data_that_is_not_of_its_type_is_refused)
{
	begin(0, 1, 0, 0);
	put("\0\0\1\0\1\0\0\0\0\0\3abc");
	is_refused_at(23, "data not as its type has it");
	begin(0, 1, 0, 0);
	put("\0\0\1\0\1\0\0\0\0\0\5abcde");
	is_refused_at(23, "data not as its type has it");
	begin(0, 1, 0, 0);
	put("\0\0\17\0\1\0\0\0\0\0\4\0\1\0x"); /* MX with more */
	is_refused_at(26, "data with more behind it");
	begin(0, 1, 0, 0);
	put("\0\0\17\0\1\0\0\0\0\0\4\0\1\1x\0"); /* its name goes beyond */
	is_refused_at(27, "a name without its end");
	begin(0, 1, 0, 0);
	put("\0\0\20\0\1\0\0\0\0\0\0"); /* TXT without a string */
	is_refused_at(23, "data not as its type has it");
	begin(0, 2, 0, 0);
	put("\0\0\20\0\1\0\0\0\0\0\2\2a"); /* one that goes beyond */
	put("\0\0\1\0\1\0\0\0\0\0\4abcd");
	is_refused_at(23, "data not as its type has it");
	begin(0, 2, 0, 0);
	put("\0\0\15\0\1\0\0\0\0\0\4\1a\2b"); /* HINFO, the second */
	put("\0\0\1\0\1\0\0\0\0\0\4abcd");
	is_refused_at(23, "data not as its type has it");
	begin(0, 1, 0, 0);
	put("\0\0\15\0\1\0\0\0\0\0\2\1a"); /* HINFO of one string */
	is_refused_at(23, "data not as its type has it");
	begin(0, 1, 0, 0);
	put("\0\0\17\0\1\0\0\0\0\0\1\0"); /* MX of a byte */
	is_refused_at(23, "data not as its type has it");
}

Test(dns_message, takes_a_ttl_with_its_highest_bit_for_zero)
{
	begin(0, 1, 0, 0);
	put("\0\0\1\0\1\200\0\0\1\0\4abcd");
	cr_assert(eq(int, read_it(), 0));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
	cr_assert(evert_dns_cursor_next(&cursor, &record));
	cr_assert(eq(u32, record.ttl, 0));
}

Test(dns_message, takes_data_of_another_class_as_it_is)
{
	begin(0, 2, 0, 0);
	put("\0\0\1\0\3\0\0\0\0\0\3abc");
	put("\0\0\17\0\377\0\0\0\0\0\0"); /* of an UPDATE */
	cr_assert(eq(int, read_it(), 0));
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
	cr_assert(eq(str, next(), ".   0 CH A \\# 3 616263"));
	cr_assert(eq(str, next(), ".   0 ANY MX \\# 0"));
}

static void start_unread(void *arg)
{
	(void)arg;
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
}

Test(dns_message, that_could_not_be_read_has_no_records_to_give)
{
	cr_assert(
		eq(int, evert_dns_message_read(&message, bytes, 3), -EBADMSG));
	dies(start_unread, NULL, SIGABRT, "could not be read");
}
