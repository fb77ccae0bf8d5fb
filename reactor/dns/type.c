/* SPDX-License-Identifier: MIT */
#include "type_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* By number. What can only be asked for has no fields. */
static const struct dns_type types[] = {
	{ 1, true, "A", { DNS_IP4 } },
	{ 2, false, "NS", { DNS_NAME_SHORT } },
	{ 3, false, "MD", { DNS_NAME_SHORT } },
	{ 4, false, "MF", { DNS_NAME_SHORT } },
	{ 5, false, "CNAME", { DNS_NAME_SHORT } },
	{ 6,
	  false,
	  "SOA",
	  { DNS_NAME_SHORT, DNS_NAME_SHORT, DNS_U32, DNS_PERIOD, DNS_PERIOD,
	    DNS_PERIOD, DNS_PERIOD } },
	{ 7, false, "MB", { DNS_NAME_SHORT } },
	{ 8, false, "MG", { DNS_NAME_SHORT } },
	{ 9, false, "MR", { DNS_NAME_SHORT } },
	{ 12, false, "PTR", { DNS_NAME_SHORT } },
	{ 13, false, "HINFO", { DNS_STRING, DNS_STRING } },
	{ 14, false, "MINFO", { DNS_NAME_SHORT, DNS_NAME_SHORT } },
	{ 15, false, "MX", { DNS_U16, DNS_NAME_SHORT } },
	{ 16, false, "TXT", { DNS_STRINGS } },
	{ 17, false, "RP", { DNS_NAME_LOOSE, DNS_NAME_LOOSE } },
	{ 18, false, "AFSDB", { DNS_U16, DNS_NAME_LOOSE } },
	{ 21, false, "RT", { DNS_U16, DNS_NAME_LOOSE } },
	{ 26, true, "PX", { DNS_U16, DNS_NAME_LOOSE, DNS_NAME_LOOSE } },
	{ 28, true, "AAAA", { DNS_IP6 } },
	{ 33, true, "SRV", { DNS_U16, DNS_U16, DNS_U16, DNS_NAME_LOOSE } },
	{ 35,
	  true,
	  "NAPTR",
	  { DNS_U16, DNS_U16, DNS_STRING, DNS_STRING, DNS_STRING,
	    DNS_NAME_LOOSE } },
	{ 36, true, "KX", { DNS_U16, DNS_NAME } },
	{ 39, false, "DNAME", { DNS_NAME } },
	{ 41, false, "OPT", { DNS_OPTIONS } },
	{ 43, false, "DS", { DNS_U16, DNS_U8, DNS_U8, DNS_HEX } },
	{ 44, false, "SSHFP", { DNS_U8, DNS_U8, DNS_HEX } },
	{ 46,
	  false,
	  "RRSIG",
	  { DNS_TYPE, DNS_U8, DNS_U8, DNS_U32, DNS_TIME, DNS_TIME, DNS_U16,
	    DNS_NAME, DNS_BASE64 } },
	{ 47, false, "NSEC", { DNS_NAME, DNS_BITMAP } },
	{ 48, false, "DNSKEY", { DNS_U16, DNS_U8, DNS_U8, DNS_BASE64 } },
	{ 49, true, "DHCID", { DNS_BASE64 } },
	{ 50,
	  false,
	  "NSEC3",
	  { DNS_U8, DNS_U8, DNS_U16, DNS_SALT, DNS_HASH, DNS_BITMAP } },
	{ 51, false, "NSEC3PARAM", { DNS_U8, DNS_U8, DNS_U16, DNS_SALT } },
	{ 52, false, "TLSA", { DNS_U8, DNS_U8, DNS_U8, DNS_HEX } },
	{ 53, false, "SMIMEA", { DNS_U8, DNS_U8, DNS_U8, DNS_HEX } },
	{ 59, false, "CDS", { DNS_U16, DNS_U8, DNS_U8, DNS_HEX } },
	{ 60, false, "CDNSKEY", { DNS_U16, DNS_U8, DNS_U8, DNS_BASE64 } },
	{ 61, false, "OPENPGPKEY", { DNS_BASE64 } },
	{ 62, false, "CSYNC", { DNS_U32, DNS_U16, DNS_BITMAP } },
	{ 63, false, "ZONEMD", { DNS_U32, DNS_U8, DNS_U8, DNS_HEX } },
	{ 64, true, "SVCB", { DNS_U16, DNS_NAME, DNS_PARAMS } },
	{ 65, true, "HTTPS", { DNS_U16, DNS_NAME, DNS_PARAMS } },
	{ 99, false, "SPF", { DNS_STRINGS } },
	{ 251, false, "IXFR", { DNS_END } },
	{ 252, false, "AXFR", { DNS_END } },
	{ 255, false, "ANY", { DNS_END } },
	{ 256, false, "URI", { DNS_U16, DNS_U16, DNS_VALUE } },
	{ 257, false, "CAA", { DNS_U8, DNS_TAG, DNS_VALUE } },
};

static const struct dns_type unknown = { .fields = { DNS_UNKNOWN } };

struct number {
	uint16_t number;
	const char *name;
};

static const struct number classes[] = {
	{ 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" },
};

static const struct number rcodes[] = {
	{ 0, "NOERROR" },    { 1, "FORMERR" },	{ 2, "SERVFAIL" },
	{ 3, "NXDOMAIN" },   { 4, "NOTIMP" },	{ 5, "REFUSED" },
	{ 6, "YXDOMAIN" },   { 7, "YXRRSET" },	{ 8, "NXRRSET" },
	{ 9, "NOTAUTH" },    { 10, "NOTZONE" }, { 16, "BADVERS" },
	{ 23, "BADCOOKIE" },
};

static const struct dns_type *find(uint16_t type)
{
	size_t low = 0;
	size_t high = type < COUNT(types) ? type : COUNT(types);
	size_t middle;

	/* From 1 on, and no two alike: no row stands behind its number. */
	while (low < high) {
		middle = (low + high) / 2;
		if (types[middle].number < type)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT(types) && types[low].number == type ? &types[low]
							       : NULL;
}

const struct dns_type *evert_dns_type_of(uint16_t type, uint16_t dns_class,
					 size_t length)
{
	const struct dns_type *row = find(type);

	if (!row || row->fields[0] == DNS_END ||
	    (row->is_internet && dns_class != EVERT_DNS_CLASS_IN))
		return &unknown;
	if (!length && (dns_class == EVERT_DNS_CLASS_NONE ||
			dns_class == EVERT_DNS_CLASS_ANY))
		return &unknown;
	return row;
}

const char *evert_dns_type_text(uint16_t type, char *text, size_t size)
{
	const struct dns_type *row = find(type);

	if (row)
		snprintf(text, size, "%s", row->name);
	else
		snprintf(text, size, "TYPE%u", type);
	return text;
}

static const char *number_text(const struct number *numbers, size_t count,
			       const char *other, uint16_t number, char *text,
			       size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (numbers[i].number == number) {
			snprintf(text, size, "%s", numbers[i].name);
			return text;
		}
	}
	snprintf(text, size, "%s%u", other, number);
	return text;
}

const char *evert_dns_class_text(uint16_t dns_class, char *text, size_t size)
{
	return number_text(classes, COUNT(classes), "CLASS", dns_class, text,
			   size);
}

const char *evert_dns_rcode_text(uint16_t rcode, char *text, size_t size)
{
	return number_text(rcodes, COUNT(rcodes), "RCODE", rcode, text, size);
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && !strncasecmp(text, word, length);
}

/* TYPE65280, CLASS9 (RFC 3597, 5). */
static int parse_numbered(uint16_t *number, const char *text, size_t length,
			  const char *other)
{
	size_t at = strlen(other);
	uint32_t value = 0;

	if (length <= at || strncasecmp(text, other, at))
		return -EINVAL;
	for (; at < length; at++) {
		if (text[at] < '0' || text[at] > '9')
			return -EINVAL;
		value = value * 10 + (uint32_t)(text[at] - '0');
		if (value > UINT16_MAX)
			return -EINVAL;
	}
	*number = (uint16_t)value;
	return 0;
}

int evert_dns_type_parse_span(uint16_t *type, const char *text, size_t length)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (is_word(text, length, types[i].name)) {
			*type = types[i].number;
			return 0;
		}
	}
	return parse_numbered(type, text, length, "TYPE");
}

int evert_dns_class_parse_span(uint16_t *dns_class, const char *text,
			       size_t length)
{
	for (size_t i = 0; i < COUNT(classes); i++) {
		if (is_word(text, length, classes[i].name)) {
			*dns_class = classes[i].number;
			return 0;
		}
	}
	return parse_numbered(dns_class, text, length, "CLASS");
}

int evert_dns_type_parse(uint16_t *type, const char *text)
{
	return evert_dns_type_parse_span(type, text, strlen(text));
}

int evert_dns_class_parse(uint16_t *dns_class, const char *text)
{
	return evert_dns_class_parse_span(dns_class, text, strlen(text));
}
