/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/record.h"
#include "../../../reactor/dns/zone.h"
#include "../../support/memory.h"

static struct evert_dns_zone *zone;
static struct evert_dns_record record;

static void close_zone(void)
{
	evert_dns_zone_destroy(zone);
	zone = NULL;
}

static void open_zone(const char *text)
{
	close_zone();
	zone = evert_dns_zone_create("z", text, strlen(text), "example.org.");
	cr_assert(ne(ptr, zone, NULL));
}

/* The next record, its tabs as single spaces; "" at the end; or the error. */
static char *next(void)
{
	static char text[5000];
	size_t used = 0;
	int found = evert_dns_zone_next(zone, &record);

	if (found < 0)
		return (char *)evert_dns_zone_problem(zone);
	if (!found)
		return (char *)"";
	evert_dns_record_text(&record, text, sizeof(text));
	for (char *at = text; *at; at++)
		if (*at != '\t')
			text[used++] = *at;
		else if (text[used - 1] != ' ')
			text[used++] = ' ';
	text[used] = '\0';
	return text;
}

/* That is next. */
#define gives(line) cr_assert(eq(str, next(), line))

/* The data of `entry` (type and data), printed. */
static char *data_again(const char *entry)
{
	static char text[70000];
	char line[70000];

	snprintf(line, sizeof(line), "a 1 %s\n", entry);
	open_zone(line);
	if (evert_dns_zone_next(zone, &record) < 0)
		return (char *)evert_dns_zone_problem(zone);
	evert_dns_record_data_text(&record, text, sizeof(text));
	return text;
}

/* Is printed as it was read. */
static void stays(const char *type, const char *data)
{
	char entry[2000];

	snprintf(entry, sizeof(entry), "%s %s", type, data);
	cr_assert(eq(str, data_again(entry), (char *)data));
}

/* The problem, at that column of its data behind "a 1 ". */
static void is_refused(const char *entry, size_t column, const char *why)
{
	char expected[200];

	snprintf(expected, sizeof(expected), "z:1:%zu: %s", column + 4, why);
	cr_assert(eq(str, data_again(entry), expected), "%s", entry);
}

TestSuite(dns_zone, .fini = close_zone);

Test(dns_zone, gives_one_record_after_the_other)
{
	open_zone("$TTL 1h\n"
		  "@ IN SOA ns hostmaster 2024010101 1d 2h 1w 300\n"
		  "\tNS ns\n"
		  "  IN NS ns.example.net.\n"
		  "ns 60 A 192.0.2.1\n"
		  "\n"
		  "; a comment\n"
		  "www.example.org. IN 1m CNAME ns ; another\n"
		  "  IN 5 TXT \"a b\" c\"d;e\"");
	gives("example.org. 3600 IN SOA ns.example.org. "
	      "hostmaster.example.org. 2024010101 86400 7200 604800 300");
	gives("example.org. 3600 IN NS ns.example.org.");
	gives("example.org. 3600 IN NS ns.example.net.");
	gives("ns.example.org. 60 IN A 192.0.2.1");
	gives("www.example.org. 60 IN CNAME ns.example.org.");
	gives("www.example.org. 5 IN TXT \"a b\" \"c\" \"d;e\"");
	gives("");
	gives("");
}

Test(dns_zone, changes_its_origin_and_ttl)
{
	open_zone(
		"$ORIGIN sub\n$TTL 10\na A 192.0.2.1\n"
		"$ORIGIN example.net.\n$ttl 1w2d3h4m5s\na A 192.0.2.1\n@ A 192.0.2.1\n"
		"$ORIGIN .\nb A 192.0.2.1\n");
	gives("a.sub.example.org. 10 IN A 192.0.2.1");
	gives("a.example.net. 788645 IN A 192.0.2.1");
	gives("example.net. 788645 IN A 192.0.2.1");
	gives("b. 788645 IN A 192.0.2.1");
}

Test(dns_zone, takes_the_last_ttl_or_the_minimum_of_the_soa_where_none_is)
{
	open_zone("a A 192.0.2.1\n@ SOA . . 1 2 3 4 77\na A 192.0.2.1\n"
		  "a 5 A 192.0.2.1\na A 192.0.2.1\n$TTL 9\na A 192.0.2.1\n"
		  "a 6 A 192.0.2.1\na A 192.0.2.1\n");
	gives("z:1:3: no TTL is known");
	gives("example.org. 77 IN SOA . . 1 2 3 4 77");
	gives("a.example.org. 77 IN A 192.0.2.1");
	gives("a.example.org. 5 IN A 192.0.2.1");
	gives("a.example.org. 5 IN A 192.0.2.1");
	gives("a.example.org. 9 IN A 192.0.2.1");
	gives("a.example.org. 6 IN A 192.0.2.1");
	gives("a.example.org. 9 IN A 192.0.2.1");
}

Test(dns_zone, goes_over_lines_in_parentheses)
{
	open_zone("@ 1 SOA ns ( hm ; its keeper )\n"
		  "\t1 ; serial\r\n"
		  "\n(2)3\n\t4 5)\r\n"
		  "a 1 TXT ( \"(\" \\( ;\n)\n"
		  "( b ) 1 A 192.0.2.1\n");
	gives("example.org. 1 IN SOA ns.example.org. hm.example.org. "
	      "1 2 3 4 5");
	gives("a.example.org. 1 IN TXT \"(\" \"(\"");
	gives("b.example.org. 1 IN A 192.0.2.1");
}

Test(dns_zone, tells_where_what_is_wrong_and_goes_on_behind_it)
{
	open_zone("  1 A 192.0.2.1\n"
		  "a 1 A 192.0.2.256\n"
		  "b 1 A 192.0.2.1 x\n"
		  "c 1 A\n"
		  "d..e 1 A 192.0.2.1\n"
		  "f 1 NS (\n  g..h )\n"
		  "i 1 )A 192.0.2.1\n"
		  "j 1 TXT \"abc\n"
		  "k 1 A 192.0.2.1\n"
		  "l 1 A (192.0.2.1\n");
	gives("z:1:3: no owner yet");
	gives("z:2:7: no IPv4 address");
	gives("z:3:17: more than belongs there");
	gives("z:4:6: the entry ends too early");
	gives("z:5:3: an empty label");
	gives("z:7:5: an empty label");
	gives("z:8:5: a parenthesis that nothing opened");
	gives("z:9:13: a quote is not closed");
	gives("k.example.org. 1 IN A 192.0.2.1");
	gives("z:12:1: a parenthesis is not closed");
	gives("");
}

Test(dns_zone, refuses_what_does_not_belong_into_a_zone)
{
	open_zone("$INCLUDE other.zone\n"
		  "$GENERATE 1-9 a$ A 192.0.2.$\n"
		  "a 1 OPT \\# 0\na 1 AXFR \\# 0\na 1 TYPE0 \\# 0\n"
		  "a 1 BLA x\n"
		  "a 1 CLASS255 A 192.0.2.1\n"
		  "a 1 IN A 192.0.2.1\na 1 CH TXT x\n"
		  "a 2147483648 A 192.0.2.1\na 1 2 A 192.0.2.1\n"
		  "$TTL\n$TTL x\n$ORIGIN\n$ORIGIN a b\n");
	gives("z:1:1: $INCLUDE is not allowed here");
	gives("z:2:1: an unknown directive");
	gives("z:3:5: a type that no zone has");
	gives("z:4:5: a type that no zone has");
	gives("z:5:5: a type that no zone has");
	gives("z:6:5: no type of records");
	gives("z:7:5: a class that no record has");
	gives("a.example.org. 1 IN A 192.0.2.1");
	gives("z:9:5: a second class");
	gives("z:10:3: no type of records");
	gives("z:11:5: no type of records");
	gives("z:12:5: the entry ends too early");
	gives("z:13:6: no TTL");
	gives("z:14:8: the entry ends too early");
	gives("z:15:11: more than belongs there");
}

Test(dns_zone, refuses_types_that_are_only_asked_for)
{
	open_zone("a 1 TYPE127 \\# 0\na 1 TYPE128 \\# 0\n"
		  "a 1 TYPE248 \\# 0\na 1 TYPE255 \\# 0\n"
		  "a 1 TYPE300 \\# 0\n");
	gives("a.example.org. 1 IN TYPE127 \\# 0");
	gives("z:2:5: a type that no zone has");
	gives("z:3:5: a type that no zone has");
	gives("z:4:5: a type that no zone has");
	gives("a.example.org. 1 IN TYPE300 \\# 0");
}

Test(dns_zone, reads_and_prints_every_type_it_has)
{
	stays("A", "192.0.2.1");
	stays("AAAA", "2001:db8::1");
	stays("NS", "ns.test.");
	stays("CNAME", ".");
	stays("PTR", "a\\.b.c\\000d.test.");
	stays("DNAME", "other.test.");
	stays("SOA", "ns.test. h.test. 4294967295 1 2 3 4");
	stays("MX", "10 mail.test.");
	stays("TXT", "\"a b\" \"\" \"\\\"\\\\\\000\\255;\"");
	stays("HINFO", "\"PC\" \"Linux\"");
	stays("RP", "a.test. b.test.");
	stays("AFSDB", "1 a.test.");
	stays("SRV", "1 2 65535 web.test.");
	stays("NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .");
	stays("CAA", "0 issue \"ca.test; x=y\"");
	stays("CAA", "128 tbs \"\"");
	stays("URI", "10 1 \"ftp://a.test/\"");
	stays("DS", "12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCD"
		    "EF01234567 89ABCDEF");
	stays("SSHFP", "4 2 00FF");
	stays("TLSA", "3 1 1 ABCD");
	stays("DNSKEY", "257 3 13 AAECAwQF");
	stays("CDS", "0 0 0 00");
	stays("OPENPGPKEY", "AA==");
	stays("RRSIG", "A 13 2 3600 20240229235959 20240131000000 1 a.test. "
		       "AAE=");
	stays("RRSIG", "TYPE65280 13 2 3600 21060207062815 19700101000000 1 . "
		       "AAE=");
	stays("NSEC", "b.test. A NS CAA TYPE1234");
	stays("NSEC", "b.test.");
	stays("NSEC3", "1 1 12 AABB 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG");
	stays("NSEC3", "1 1 0 - 2T7B4G4V");
	stays("NSEC3PARAM", "1 0 0 -");
	stays("CSYNC", "66 3 A NS AAAA");
	stays("ZONEMD", "1 1 1 00112233");
	stays("HTTPS", "0 alias.test.");
	stays("HTTPS", "1 .");
	stays("HTTPS", "1 . alpn=\"h2,h3\" no-default-alpn port=8443 "
		       "ipv4hint=192.0.2.1,192.0.2.2 ech=AAE= "
		       "ipv6hint=2001:db8::1 dohpath=\"/q{?dns}\" "
		       "key65333=\"a b\" key65334");
	stays("SVCB", "1 a.test. mandatory=alpn,port alpn=\"h2\" port=53");
	stays("TYPE65280", "\\# 3 010203");
	stays("TYPE65280", "\\# 0");
}

Test(dns_zone, reads_data_in_other_ways_than_it_is_printed)
{
	cr_assert(eq(str, data_again("A \\# 4 C0000201"), "192.0.2.1"));
	cr_assert(eq(str, data_again("TYPE1 \\# 4 c0 00 02 01"), "192.0.2.1"));
	cr_assert(eq(str, data_again("type1 192.0.2.1"), "192.0.2.1"));
	cr_assert(eq(str, data_again("MX 1 @"), "1 example.org."));
	cr_assert(eq(str, data_again("TXT a\\ b \\097\\\"c"),
		     "\"a b\" \"a\\\"c\""));
	cr_assert(eq(str, data_again("TXT \"#\" \"\\#\""), "\"#\" \"#\""));
	cr_assert(eq(str, data_again("RRSIG A 13 x 1h 86400 0 1 . AAE="),
		     "z:1:16: no number, or too large a one"));
	cr_assert(eq(str, data_again("RRSIG a 13 2 60 86400 0 1 . A A E ="),
		     "A 13 2 60 19700102000000 19700101000000 1 . AAE="));
	cr_assert(eq(str, data_again("NSEC . CAA A ns a"), ". A NS CAA"));
	cr_assert(eq(str, data_again("CAA 0 issue ca.test"),
		     "0 issue \"ca.test\""));
}

/* The examples of RFC 9460, appendix D.2. */
Test(dns_zone, reads_the_parameters_of_rfc_9460)
{
	cr_assert(eq(str, data_again("SVCB 16 foo.example.org. port=53"),
		     "16 foo.example.org. port=53"));
	cr_assert(eq(str, data_again("SVCB 1 foo. key667=\"hello\\210qoo\""),
		     "1 foo. key667=\"hello\\210qoo\""));
	cr_assert(eq(str,
		     data_again("SVCB 1 foo. ipv6hint=\"2001:db8::1,"
				"2001:db8::53:1\""),
		     "1 foo. ipv6hint=2001:db8::1,2001:db8::53:1"));
	cr_assert(eq(str,
		     data_again("SVCB 16 foo. alpn=h2,h3-19 mandatory="
				"ipv4hint,alpn ipv4hint=192.0.2.1"),
		     "16 foo. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" "
		     "ipv4hint=192.0.2.1"));
	cr_assert(eq(str,
		     data_again("SVCB 16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,"
				"h2\""),
		     "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\""));
	cr_assert(eq(sz, record.length, 2 + 5 + 4 + 12));
	cr_assert(eq(int, memcmp(record.data + 11, "\10f\\oo,bar\2h2", 12), 0));
	cr_assert(eq(str,
		     data_again("SVCB 16 foo. alpn=f\\\\\\092oo\\092,bar,"
				"h2"),
		     "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\""));
}

/* RFC 9460, 2.1: what stands behind "keyN" is the wire form. */
Test(dns_zone, a_parameter_named_by_its_number_is_written_as_its_bytes)
{
	cr_assert(eq(str, data_again("SVCB 1 . key1=\\002h2"),
		     "1 . alpn=\"h2\""));
	cr_assert(eq(str, data_again("SVCB 1 . KEY3=\"\\000\\053\""),
		     "1 . port=53"));
	cr_assert(eq(str, data_again("SVCB 1 . key2"), "1 . no-default-alpn"));
	cr_assert(eq(str, data_again("SVCB 1 . key4=ABCD mandatory=key4"),
		     "1 . mandatory=ipv4hint ipv4hint=65.66.67.68"));
	is_refused("SVCB 1 . key1=h2", 10, "not a value that this key has");
	is_refused("SVCB 1 . key2=a", 10, "not a value that this key has");
	is_refused("SVCB 1 . key3=53 port=53", 18, "a key that was there");
}

Test(dns_zone, a_protocol_of_a_parameter_has_up_to_255_bytes)
{
	char entry[300] = "SVCB 1 . alpn=";
	char *name = entry + strlen(entry);

	memset(name, 'x', 255);
	data_again(entry);
	cr_assert(eq(sz, record.length, 2 + 1 + 4 + 256));
	cr_assert(eq(u8, record.data[7], 255));
	name[255] = 'x';
	is_refused(entry, 15, "no list of protocols");
}

Test(dns_zone, refuses_parameters_that_rfc_9460_refuses)
{
	is_refused("SVCB 1 . key123=a key123=b", 19, "a key that was there");
	is_refused("SVCB 1 . mandatory", 10, "not a value that this key has");
	is_refused("SVCB 1 . alpn", 10, "not a value that this key has");
	is_refused("SVCB 1 . port", 10, "not a value that this key has");
	is_refused("SVCB 1 . ipv4hint", 10, "not a value that this key has");
	is_refused("SVCB 1 . no-default-alpn=abc", 26,
		   "a key that has no value");
	is_refused("SVCB 1 . mandatory=key123,key123 key123=abc", 10,
		   "not a value that this key has");
	is_refused("SVCB 1 . mandatory=mandatory", 10,
		   "not a value that this key has");
	is_refused("SVCB 1 . port=65536", 15, "no port");
	is_refused("SVCB 1 . alpn=a,,b", 15, "no list of protocols");
	is_refused("SVCB 1 . alpn=", 15, "no list of protocols");
	is_refused("SVCB 1 . alpn=a\\\\", 15, "no list of protocols");
	is_refused("SVCB 1 . ipv4hint=192.0.2.1,", 29, "no address");
	is_refused("SVCB 1 . bla=1", 10, "no key");
	is_refused("SVCB 1 . kez7=1", 10, "no key");
	is_refused("SVCB 1 . \"port=53\"", 11, "no key");
}

Test(dns_zone, refuses_data_that_its_type_does_not_have)
{
	is_refused("A 1.2.3", 3, "no IPv4 address");
	is_refused("AAAA 1.2.3.4", 6, "no IPv6 address");
	is_refused("A \\# 3 010203", 3, "data not as its type has it");
	is_refused("A \\# 4 010203", 6, "not that many bytes follow");
	is_refused("A \\# x 010203", 6, "no number of bytes");
	is_refused("TYPE65280 abc", 11,
		   "data of this type is written as \\# LENGTH HEX");
	is_refused("MX 65536 a", 4, "no number, or too large a one");
	is_refused("MX -1 a", 4, "no number, or too large a one");
	is_refused("DS 1 1 1 ABC", 10, "digits that make no whole bytes");
	is_refused("DS 1 1 1 ABXX", 12, "no such digit");
	is_refused("DNSKEY 1 1 1 AAA", 14, "digits that make no whole bytes");
	is_refused("DNSKEY 1 1 1 AB==", 14, "digits that make no whole bytes");
	is_refused("DNSKEY 1 1 1 AA==AA==", 18, "no such digit");
	is_refused("RRSIG A 1 1 1 20230229000000 1 1 . A", 15,
		   "no date (YYYYMMDDHHmmSS)");
	is_refused("CAA 0 a-b x", 5, "data not as its type has it");
	is_refused("TXT \"a\\256\"", 7, "a wrong escape");
	is_refused("NSEC . BLA", 8, "no type of records");
	is_refused("NSEC3 1 1 1 - 2", 15, "digits that make no whole bytes");
	is_refused("AAAA 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
		   6, "no IPv6 address");
	is_refused("SOA a b 1 4294967296 1 1 1", 11, "no time");
	is_refused("SOA a b 1 4294967295s1 1 1 1", 11, "no time");
}

Test(dns_zone, refuses_entries_that_end_too_early)
{
	is_refused("A", 2, "the entry ends too early");
	is_refused("RRSIG", 6, "the entry ends too early");
	is_refused("CSYNC 1", 8, "the entry ends too early");
}

Test(dns_zone, refuses_strings_and_data_too_long)
{
	static char line[400000] = "TXT ";
	char *at = line + 4;

	memset(at, 'x', 255);
	data_again(line);
	cr_assert(eq(sz, record.length, 256));
	at[255] = 'x';
	cr_assert(eq(str, data_again(line),
		     "z:1:9: a string of more than 255 bytes"));
	at = line + sprintf(line, "NSEC3 1 1 1 ");
	memset(at, 'a', 512);
	at[512] = '\0';
	cr_assert(eq(str, data_again(line), "z:1:17: more than 255 bytes"));
}

static void holds_not(const char *text)
{
	open_zone(text);
	cr_assert(eq(int, evert_dns_zone_next(zone, &record), -EBADMSG));
	cr_assert(ne(ptr,
		     strstr(evert_dns_zone_problem(zone),
			    "more data than a record holds"),
		     NULL));
	close_zone();
}

Test(dns_zone, holds_data_of_65535_bytes_and_no_more)
{
	char *text = malloc(400000);
	char *at = text + sprintf(text, "a 1 TXT");

	for (int i = 0; i < 255; i++)
		at += sprintf(at, " %0255d", 0);
	sprintf(at, " %0254d", 0);
	open_zone(text);
	cr_assert(eq(int, evert_dns_zone_next(zone, &record), 1));
	cr_assert(eq(sz, record.length, 65535));
	sprintf(at, " %0255d", 0);
	holds_not(text);
	free(text);
}

Test(dns_zone, holds_no_more_of_other_types_either)
{
	char *text = malloc(400000), *at;

	sprintf(text, "a 1 DNSKEY 1 1 1 %0100000d", 0);
	holds_not(text);
	at = text + sprintf(text, "a 1 SVCB 1 . ipv4hint=192.0.2.1");
	for (int i = 0; i < 17000; i++)
		at += sprintf(at, ",192.0.2.1");
	holds_not(text);
	free(text);
}

Test(dns_zone, needs_an_origin_that_is_a_name)
{
	zone = evert_dns_zone_create("z", "", 0, "a..b");
	cr_assert(eq(ptr, zone, NULL));
	cr_assert(eq(int, errno, EINVAL));
	zone = evert_dns_zone_create("z", NULL, 0, NULL);
	gives("");
	cr_assert(eq(str, (char *)evert_dns_zone_problem(zone), ""));
}

Test(dns_zone, gives_all_its_records_as_one_set)
{
	struct evert_dns_records *records;

	open_zone("a 1 A 192.0.2.1\nb 1 MX 10 a\n");
	next();
	records = evert_dns_zone_records(zone);
	cr_assert(eq(sz, records->count, 2));
	cr_assert(eq(u16, records->record[0].type, EVERT_DNS_A));
	cr_assert(eq(u16, records->record[1].length, 17));
	evert_dns_records_destroy(records);

	open_zone("a 1 A 192.0.2.1\nb 1 MX a\n");
	cr_assert(eq(ptr, evert_dns_zone_records(zone), NULL));
	cr_assert(eq(int, errno, EBADMSG));
	cr_assert(eq(str, (char *)evert_dns_zone_problem(zone),
		     "z:2:8: no number, or too large a one"));
}

static void read_all(void *arg)
{
	struct evert_dns_zone *made = evert_dns_zone_create(
		"z", "a 1 A 192.0.2.1", strlen("a 1 A 192.0.2.1"), NULL);

	(void)arg;
	if (made)
		evert_dns_records_destroy(evert_dns_zone_records(made));
	evert_dns_zone_destroy(made);
}

Test(dns_zone, survives_running_out_of_memory)
{
	fail_every_allocation(read_all, NULL);
}

/* Under AddressSanitizer nothing behind it may be read. */
Test(zone, ends_where_its_bytes_do)
{
	static const char text[] = "a 1 RRSIG A 8 2 300 20260101000000";
	size_t length = sizeof(text) - 1;
	char *bytes = malloc(length);

	memcpy(bytes, text, length);
	close_zone();
	zone = evert_dns_zone_create("z", bytes, length, NULL);
	cr_assert(lt(int, evert_dns_zone_next(zone, &record), 0));
	close_zone();
	free(bytes);
}

/* ---- Spoilt data ---- */

static const char *const sound[] = {
	"SOA a. b. 1 1w 2d 3h 4m5",
	"TXT \"a b\" c\\009\\\"",
	"NAPTR 1 2 \"s\" \"E2U+sip\" \"!^.*$!x!\" .",
	"RRSIG A 8 2 300 20240229000000 1709164800 12345 a. QUJD/+8=",
	"NSEC a. A MX RRSIG TYPE1234",
	"NSEC3 1 0 10 ab 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG",
	"NSEC3PARAM 1 0 10 -",
	"DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	"SRV 0 1 443 a.example.",
	"AAAA 2001:db8::1",
	"CAA 128 issue \"ca.example.net; a=b\"",
	"URI 10 1 \"ftp://ftp.example.com/\"",
	"SVCB 16 a. mandatory=alpn,port alpn=\"h2,f\\\\\\\\oo\\\\,bar\" "
	"no-default-alpn port=53 ipv4hint=192.0.2.1,192.0.2.2 ech=QUJD "
	"ipv6hint=2001:db8::1 key667=\"hello\\210qoo\"",
	"TYPE65280 \\# 4 01020304",
};

/* What could be read of it is read again as it was. */
static void is_read_alike(const char *entry)
{
	char line[1100], printed[1000];
	uint8_t data[1000];
	uint16_t type, length;

	snprintf(line, sizeof(line), "a 1 %s\n", entry);
	open_zone(line);
	if (evert_dns_zone_next(zone, &record) <= 0)
		return;
	type = record.type;
	length = record.length;
	memcpy(data, record.data, length);
	evert_dns_record_data_text(&record, printed, sizeof(printed));
	snprintf(line, sizeof(line), "a 1 TYPE%u %s\n", type, printed);
	open_zone(line);
	cr_assert(evert_dns_zone_next(zone, &record) == 1, "%s: %s", entry,
		  evert_dns_zone_problem(zone));
	cr_assert(record.length == length &&
		  !memcmp(record.data, data, length), "%s", entry);
}

Test(dns_zone, reads_again_what_it_prints_however_the_text_is_spoilt)
{
	static const char wrong[] = "\\\"=,-?z9 .%\200";
	char text[1000];
	size_t i, at, w;

	for (i = 0; i < sizeof(sound) / sizeof(*sound); i++) {
		for (at = 0; at <= strlen(sound[i]); at++) {
			snprintf(text, sizeof(text), "%.*s", (int)at,
				 sound[i]);
			is_read_alike(text);
		}
		strcpy(text, sound[i]);
		for (at = 0; text[at]; at++) {
			for (w = 0; wrong[w]; w++) {
				text[at] = wrong[w];
				is_read_alike(text);
			}
			text[at] = sound[i][at];
		}
	}
}

/* Is printed as data of an unknown type, or as what is read so. */
static void is_printed_right(uint16_t type, const uint8_t *data, size_t length)
{
	struct evert_dns_record spoilt = {
		.name = (const uint8_t *)"",
		.type = type,
		.dns_class = EVERT_DNS_CLASS_IN,
		.data = data,
		.length = (uint16_t)length,
	};
	char line[1000], printed[900];

	evert_dns_record_data_text(&spoilt, printed, sizeof(printed));
	if (!strncmp(printed, "\\#", 2))
		return;
	snprintf(line, sizeof(line), "a 1 TYPE%u %s\n", type, printed);
	open_zone(line);
	cr_assert(evert_dns_zone_next(zone, &record) == 1, "%s%s", line,
		  evert_dns_zone_problem(zone));
	cr_assert(record.length == length &&
		  !memcmp(record.data, data, length), "%s", line);
}

Test(dns_zone, prints_data_right_however_it_is_spoilt)
{
	static const uint8_t wrong[] = { 0, 1, 2, 63, 64, 192, 255 };
	uint8_t data[1000];
	size_t i, at, w, length;
	uint16_t type;

	for (i = 0; i < sizeof(sound) / sizeof(*sound); i++) {
		data_again(sound[i]);
		type = record.type;
		length = record.length;
		memcpy(data, record.data, length);
		for (at = 0; at < length; at++) {
			uint8_t right = data[at];

			is_printed_right(type, data, at);
			for (w = 0; w < sizeof(wrong); w++) {
				data[at] = wrong[w];
				is_printed_right(type, data, length);
			}
			data[at] = right;
		}
	}
}
