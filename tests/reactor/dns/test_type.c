/* SPDX-License-Identifier: MIT */
/* The numbers of DNS and their names, as IANA has them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/type_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct number {
	uint16_t number;
	const char *name;
};

static const struct number types[] = {
	{ 1, "A" }, { 2, "NS" }, { 3, "MD" }, { 4, "MF" }, { 5, "CNAME" },
	{ 6, "SOA" }, { 7, "MB" }, { 8, "MG" }, { 9, "MR" }, { 12, "PTR" },
	{ 13, "HINFO" }, { 14, "MINFO" }, { 15, "MX" }, { 16, "TXT" },
	{ 17, "RP" }, { 18, "AFSDB" }, { 21, "RT" }, { 26, "PX" },
	{ 28, "AAAA" }, { 33, "SRV" }, { 35, "NAPTR" }, { 36, "KX" },
	{ 39, "DNAME" }, { 41, "OPT" }, { 43, "DS" }, { 44, "SSHFP" },
	{ 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 49, "DHCID" },
	{ 50, "NSEC3" }, { 51, "NSEC3PARAM" }, { 52, "TLSA" },
	{ 53, "SMIMEA" }, { 59, "CDS" }, { 60, "CDNSKEY" },
	{ 61, "OPENPGPKEY" }, { 62, "CSYNC" }, { 63, "ZONEMD" },
	{ 64, "SVCB" }, { 65, "HTTPS" }, { 99, "SPF" }, { 251, "IXFR" },
	{ 252, "AXFR" }, { 255, "ANY" }, { 256, "URI" }, { 257, "CAA" },
};

static const struct number classes[] = {
	{ 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" },
};

static const struct number rcodes[] = {
	{ 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" },
	{ 3, "NXDOMAIN" }, { 4, "NOTIMP" }, { 5, "REFUSED" },
	{ 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSET" },
	{ 9, "NOTAUTH" }, { 10, "NOTZONE" }, { 16, "BADVERS" },
	{ 23, "BADCOOKIE" },
};

typedef const char *name_of(uint16_t number, char *text, size_t size);
typedef int number_of(uint16_t *number, const char *name);

/* Of all numbers below 300: the names of these, and numbers for the rest. */
static void are_named(const struct number *all, size_t count, name_of *text_of,
		      const char *prefix)
{
	char text[EVERT_DNS_NUMBER_TEXT_SIZE], expected[32];
	uint16_t number;

	for (number = 0; number < 300; number++) {
		if (count && all->number == number) {
			strcpy(expected, all->name);
			all++;
			count--;
		} else {
			snprintf(expected, sizeof(expected), "%s%u", prefix,
				 number);
		}
		cr_assert(eq(str, (char *)text_of(number, text, sizeof(text)),
			     expected));
	}
	cr_assert(eq(sz, count, 0));
}

static void are_read(const struct number *all, size_t count,
		     number_of *parse)
{
	uint16_t number;
	size_t i;

	for (i = 0; i < count; i++) {
		cr_assert(eq(int, parse(&number, all[i].name), 0));
		cr_assert(eq(u16, number, all[i].number));
	}
}

Test(dns_type, each_has_its_name)
{
	are_named(types, COUNT(types), evert_dns_type_text, "TYPE");
	are_read(types, COUNT(types), evert_dns_type_parse);
}

Test(dns_type, each_class_has_its_name)
{
	are_named(classes, COUNT(classes), evert_dns_class_text, "CLASS");
	are_read(classes, COUNT(classes), evert_dns_class_parse);
}

Test(dns_type, each_rcode_has_its_name)
{
	are_named(rcodes, COUNT(rcodes), evert_dns_rcode_text, "RCODE");
}

/* RFC 1035, 3.3, and those after it: the rest is the same in all classes. */
Test(dns_type, only_these_have_data_of_the_class_IN_alone)
{
	static const uint16_t internet[] = { 1, 26, 28, 33, 35, 36, 49, 64,
					     65 };
	const struct dns_type *in_others;
	size_t i, found = 0;

	for (i = 0; i < COUNT(types); i++) {
		if (!dns_type_is_data(types[i].number))
			continue;
		in_others = evert_dns_type_of(types[i].number, 3, 1);
		if (found < COUNT(internet) &&
		    types[i].number == internet[found]) {
			cr_assert(eq(u8, in_others->fields[0], DNS_UNKNOWN));
			found++;
		} else {
			cr_assert(ne(u8, in_others->fields[0], DNS_UNKNOWN),
				  "%s", types[i].name);
		}
	}
	cr_assert(eq(sz, found, COUNT(internet)));
}

Test(dns_type, what_has_no_name_is_read_as_a_number)
{
	uint16_t number;

	cr_assert(eq(int, evert_dns_type_parse(&number, "type65535"), 0));
	cr_assert(eq(u16, number, 65535));
	cr_assert(eq(int, evert_dns_class_parse(&number, "class0"), 0));
	cr_assert(eq(u16, number, 0));
	cr_assert(eq(int, evert_dns_type_parse(&number, "type65536"), -EINVAL));
	cr_assert(eq(int, evert_dns_type_parse(&number, "type"), -EINVAL));
	cr_assert(eq(int, evert_dns_type_parse(&number, "type1x"), -EINVAL));
	cr_assert(eq(int, evert_dns_type_parse(&number, "IN"), -EINVAL));
	cr_assert(eq(int, evert_dns_class_parse(&number, "TYPE1"), -EINVAL));
	cr_assert(eq(int, evert_dns_class_parse(&number, ""), -EINVAL));
}
