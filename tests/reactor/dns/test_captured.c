/* SPDX-License-Identifier: MIT */
/*
 * Messages that name servers sent, asked over UDP with EDNS and DO, and what
 * dig 9.18 printed of them with +noall +answer +authority +additional.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/message_writer.h"
#include "../../../reactor/dns/record.h"

static const struct captured {
	const char *what;
	const char *hex;
	const char *text;
} captured[] = {
	{
		"bind 9.18: mx with its addresses",
		"123485000001000200020005076578616d706c65036f726700000f00"
		"01c00c000f000100000e100009000a046d61696cc00cc00c000f0001"
		"00000e1000140014046d61696c076578616d706c65036e657400c00c"
		"0002000100000e100005026e73c00cc00c0002000100000e10000502"
		"6e73c045c02b000100010000012c0004c0000201c02b000100010000"
		"012c0004c0000202c05e0001000100000e100004c0000235c05e001c"
		"000100000e10001020010db800000000000000000000005300002904"
		"d0000080000000",
		"example.org.\t\t3600\tIN\tMX\t10 mail.example.org.\n"
		"example.org.\t\t3600\tIN\tMX\t20 mail.example.net.\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.org.\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.net.\n"
		"mail.example.org.\t300\tIN\tA\t192.0.2.1\n"
		"mail.example.org.\t300\tIN\tA\t192.0.2.2\n"
		"ns.example.org.\t\t3600\tIN\tA\t192.0.2.53\n"
		"ns.example.org.\t\t3600\tIN\tAAAA\t2001:db8::53\n"
	},
	{
		"nsd 4.6: an alias and its address",
		"12348500000100020002000303777777076578616d706c65036f7267"
		"0000010001c00c0005000100000e1000372f612d766572792d6c6f6e"
		"672d686f73742d6e616d652d746861742d676f65732d6f7665722d74"
		"68652d636f6c756d6e046d61696cc010c02d000100010000003c0004"
		"c0000203c0100002000100000e100005026e73c010c0100002000100"
		"000e100010026e73076578616d706c65036e657400c0800001000100"
		"000e100004c0000235c080001c000100000e10001020010db8000000"
		"00000000000000005300002904d0000080000000",
		"www.example.org.\t3600\tIN\tCNAME\ta-very-long-host-name-tha"
		"t-goes-over-the-column.mail.example.org.\n"
		"a-very-long-host-name-that-goes-over-the-column.mail.exa"
		"mple.org. 60 IN\tA 192.0.2.3\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.org.\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.net.\n"
		"ns.example.org.\t\t3600\tIN\tA\t192.0.2.53\n"
		"ns.example.org.\t\t3600\tIN\tAAAA\t2001:db8::53\n"
	},
	{
		"knot 3.2: https",
		"123485000001000100000001056874747073076578616d706c65036f"
		"72670000410001c00c0041000100000e10004f000100000100060268"
		"320268330003000220fb00040008c0000201c0000202000500080001"
		"0203040506070006002020010db80000000000000000000000012001"
		"0db800000000000000000000000200002904d0000080000000",
		"https.example.org.\t3600\tIN\tHTTPS\t1 . alpn=\"h2,h3\" port=8"
		"443 ipv4hint=192.0.2.1,192.0.2.2 ech=AAECAwQFBgc= ipv6hi"
		"nt=2001:db8::1,2001:db8::2\n"
	},
	{
		"unbound 1.17: naptr",
		"123481800001000200000001056e61707472076578616d706c65036f"
		"72670000230001c00c0023000100000dd4001f006400140173000004"
		"5f736970045f746370076578616d706c65036f726700c00c00230001"
		"00000dd4001e0064000a0175074532552b7369700e215e2e2a242173"
		"69703a614062210000002904d0000080000000",
		"naptr.example.org.\t3540\tIN\tNAPTR\t100 20 \"s\" \"\" \"\" _sip._"
		"tcp.example.org.\n"
		"naptr.example.org.\t3540\tIN\tNAPTR\t100 10 \"u\" \"E2U+sip\" \"!"
		"^.*$!sip:a@b!\" .\n"
	},
	{
		"unbound 1.17: soa spelt as asked",
		"123481800001000100000001076558616d504c45036f726700000600"
		"01c00c0006000100000dd40026026e73c00c0a686f73746d61737465"
		"72c00c78a3f1750001518000001c2000093a800000012c00002904d0"
		"000080000000",
		"eXamPLE.org.\t\t3540\tIN\tSOA\tns.eXamPLE.org. hostmaster.eXa"
		"mPLE.org. 2024010101 86400 7200 604800 300\n"
	},
	{
		"bind 9.18: no such name",
		"123485030001000000010001046e6f6e65076578616d706c65036f72"
		"670000010001c011000600010000012c0026026e73c0110a686f7374"
		"6d6173746572c01178a3f1750001518000001c2000093a800000012c"
		"00002904d0000080000000",
		"example.org.\t\t300\tIN\tSOA\tns.example.org. hostmaster.exam"
		"ple.org. 2024010101 86400 7200 604800 300\n"
	},
	{
		"nsd 4.6: a referral",
		"123481000001000000010002017803737562076578616d706c65036f"
		"72670000010001c00e0002000100000e100005026e73c00ec02f0001"
		"000100000e100004c000020900002904d0000080000000",
		"sub.example.org.\t3600\tIN\tNS\tns.sub.example.org.\n"
		"ns.sub.example.org.\t3600\tIN\tA\t192.0.2.9\n"
	},
	{
		"knot 3.2: a signature",
		"12348500000100010000000103736967076578616d706c65036f7267"
		"00002e0001c00c002e000100015180009f0001050300015180714646"
		"d73e5510d70a52076578616d706c6503636f6d00a090755ba58d1aff"
		"a576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c754"
		"28631e0cf2a28d50875f70c329d7dbfafea807dc1fba1dc34c95d401"
		"f23f334ce63bfcf3f1b5b44739e5f0eded18d6b33f040a911376d173"
		"d757a9f0c1fa1798941bb0b36b2df9062790fa7f0166f2737eea9073"
		"78341fb12dc0a77a00002904d0000080000000",
		"sig.example.org.\t86400\tIN\tRRSIG\tA 5 3 86400 203003221731"
		"03 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0"
		"MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKi jVCHX3DDKdfb+v6oB9w"
		"fuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3tGNaz PwQKkRN20XPXV6nwwf"
		"oXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3A p3o=\n"
	},
	{
		"bind 9.18: a dname and the alias made of it",
		"123485000001000200000001017805646e616d65076578616d706c65"
		"036f72670000010001c00e0027000100000e10001406746172676574"
		"076578616d706c65036e657400c00c0005000100000e1000040178c0"
		"3100002904d0000080000000",
		"dname.example.org.\t3600\tIN\tDNAME\ttarget.example.net.\n"
		"x.dname.example.org.\t3600\tIN\tCNAME\tx.target.example.net."
		"\n"
	},
	{
		"nsd 4.6: strings",
		"12348500000100010002000305736576656e0178076578616d706c65"
		"036f72670000100001c00c0010000100000e1000260b763d73706631"
		"202d616c6c001861202271756f74656422205c203b2000ff20737472"
		"696e67c0140002000100000e100005026e73c014c014000200010000"
		"0e100010026e73076578616d706c65036e657400c063000100010000"
		"0e100004c0000235c063001c000100000e10001020010db800000000"
		"000000000000005300002904d0000080000000",
		"seven.x.example.org.\t3600\tIN\tTXT\t\"v=spf1 -all\" \"\" \"a \\\"q"
		"uoted\\\" \\\\ ; \\000\\255 string\"\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.org.\n"
		"example.org.\t\t3600\tIN\tNS\tns.example.net.\n"
		"ns.example.org.\t\t3600\tIN\tA\t192.0.2.53\n"
		"ns.example.org.\t\t3600\tIN\tAAAA\t2001:db8::53\n"
	},
};

#define COUNT (sizeof(captured) / sizeof(captured[0]))

static char text[20000];

static size_t bytes_of(const char *hex, uint8_t *bytes)
{
	size_t length = strlen(hex) / 2;
	char digits[3] = "";

	for (size_t i = 0; i < length; i++) {
		memcpy(digits, hex + 2 * i, 2);
		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return length;
}

/* All records, a line each. */
static char *print(const struct evert_dns_message *message)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	size_t used = 0;

	text[0] = '\0';
	for (int i = EVERT_DNS_ANSWER; i < EVERT_DNS_SECTIONS; i++) {
		evert_dns_cursor_start(&cursor, message,
				       (enum evert_dns_section)i);
		while (evert_dns_cursor_next(&cursor, &record)) {
			used += evert_dns_record_text(&record, text + used,
						      sizeof(text) - used);
			used += (size_t)sprintf(text + used, "\n");
		}
	}
	return text;
}

static void write_section(struct evert_dns_writer *writer,
			  const struct evert_dns_message *message,
			  enum evert_dns_section section)
{
	struct evert_dns_records *records =
		evert_dns_records_select(message, section, NULL, EVERT_DNS_ANY);

	cr_assert(eq(int, evert_dns_writer_records(writer, section,
						   records->record,
						   records->count), 0));
	evert_dns_records_destroy(records);
}

/* Writes what was read. */
static size_t write(const struct evert_dns_message *message, uint8_t *bytes,
		    size_t size)
{
	struct evert_dns_writer writer;

	evert_dns_writer_init(&writer, bytes, size);
	writer.header = message->header;
	evert_dns_writer_question(&writer, &message->question);
	evert_dns_writer_edns(&writer, &message->edns);
	for (int i = EVERT_DNS_ANSWER; i < EVERT_DNS_SECTIONS; i++)
		write_section(&writer, message, (enum evert_dns_section)i);
	return evert_dns_writer_finish(&writer);
}

Test(captured, messages_are_printed_as_dig_prints_them)
{
	struct evert_dns_message message;
	uint8_t bytes[4096];

	for (size_t i = 0; i < COUNT; i++) {
		size_t length = bytes_of(captured[i].hex, bytes);

		cr_assert(eq(int, evert_dns_message_read(&message, bytes,
							 length), 0),
			  "%s: %s", captured[i].what, message.problem.text);
		cr_assert(eq(sz, message.trailing, 0));
		cr_assert(message.edns.is_present);
		cr_assert(eq(u16, message.header.id, 0x1234));
		cr_assert(eq(str, print(&message), (char *)captured[i].text),
			  "%s", captured[i].what);
	}
}

Test(captured, messages_written_again_are_read_as_they_were)
{
	struct evert_dns_message message;
	uint8_t bytes[4096];
	uint8_t written[4096];

	for (size_t i = 0; i < COUNT; i++) {
		size_t length = bytes_of(captured[i].hex, bytes);
		size_t again;

		cr_assert(eq(int, evert_dns_message_read(&message, bytes,
							 length), 0));
		again = write(&message, written, sizeof(written));

		cr_assert(eq(int, evert_dns_message_read(&message, written,
							 again), 0));
		cr_assert(eq(str, print(&message), (char *)captured[i].text),
			  "%s", captured[i].what);
	}
}
