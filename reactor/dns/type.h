/* SPDX-License-Identifier: MIT */
/* The numbers of DNS and their names (IANA, "DNS Parameters"). Any thread. */
#ifndef EVERT_REACTOR_DNS_TYPE_H
#define EVERT_REACTOR_DNS_TYPE_H

#include "../../deferred/base/base.h"

EVERT_BEGIN

/* Types of records; any other number from 0 to 65535 is one as well. */
enum evert_dns_type {
	EVERT_DNS_A = 1,
	EVERT_DNS_NS = 2,
	EVERT_DNS_CNAME = 5,
	EVERT_DNS_SOA = 6,
	EVERT_DNS_PTR = 12,
	EVERT_DNS_HINFO = 13,
	EVERT_DNS_MX = 15,
	EVERT_DNS_TXT = 16,
	EVERT_DNS_RP = 17,
	EVERT_DNS_AFSDB = 18,
	EVERT_DNS_AAAA = 28,
	EVERT_DNS_SRV = 33,
	EVERT_DNS_NAPTR = 35,
	EVERT_DNS_DNAME = 39,
	EVERT_DNS_OPT = 41,
	EVERT_DNS_DS = 43,
	EVERT_DNS_SSHFP = 44,
	EVERT_DNS_RRSIG = 46,
	EVERT_DNS_NSEC = 47,
	EVERT_DNS_DNSKEY = 48,
	EVERT_DNS_NSEC3 = 50,
	EVERT_DNS_NSEC3PARAM = 51,
	EVERT_DNS_TLSA = 52,
	EVERT_DNS_SMIMEA = 53,
	EVERT_DNS_CDS = 59,
	EVERT_DNS_CDNSKEY = 60,
	EVERT_DNS_OPENPGPKEY = 61,
	EVERT_DNS_SVCB = 64,
	EVERT_DNS_HTTPS = 65,
	EVERT_DNS_SPF = 99,
	EVERT_DNS_IXFR = 251, /* only asked for, as the next two */
	EVERT_DNS_AXFR = 252,
	EVERT_DNS_ANY = 255,
	EVERT_DNS_URI = 256,
	EVERT_DNS_CAA = 257,
};

/* Classes of records. */
enum evert_dns_class {
	EVERT_DNS_CLASS_IN = 1,
	EVERT_DNS_CLASS_CH = 3,
	EVERT_DNS_CLASS_HS = 4,
	EVERT_DNS_CLASS_NONE = 254,
	EVERT_DNS_CLASS_ANY = 255,
};

/* What a message is for. */
enum evert_dns_opcode {
	EVERT_DNS_QUERY = 0,
	EVERT_DNS_IQUERY = 1,
	EVERT_DNS_STATUS = 2,
	EVERT_DNS_NOTIFY = 4,
	EVERT_DNS_UPDATE = 5,
};

/* What came of a question; from 16 on only with EDNS. */
enum evert_dns_rcode {
	EVERT_DNS_NOERROR = 0,
	EVERT_DNS_FORMERR = 1,
	EVERT_DNS_SERVFAIL = 2,
	EVERT_DNS_NXDOMAIN = 3,
	EVERT_DNS_NOTIMP = 4,
	EVERT_DNS_REFUSED = 5,
	EVERT_DNS_YXDOMAIN = 6,
	EVERT_DNS_YXRRSET = 7,
	EVERT_DNS_NXRRSET = 8,
	EVERT_DNS_NOTAUTH = 9,
	EVERT_DNS_NOTZONE = 10,
	EVERT_DNS_BADVERS = 16,
	EVERT_DNS_BADCOOKIE = 23,
};

/* Room for every text that evert_dns_type_text and its like write. */
#define EVERT_DNS_NUMBER_TEXT_SIZE 16

/*
 * The text of a number: they write its name, "MX", or where it has none
 * "TYPE65280", "CLASS9", "RCODE77" (RFC 3597, 5), cut to `size` bytes. They
 * return `text`.
 */
const char *evert_dns_type_text(uint16_t type, char *text, size_t size);
const char *evert_dns_class_text(uint16_t dns_class, char *text, size_t size);
const char *evert_dns_rcode_text(uint16_t rcode, char *text, size_t size);

/* The number of a name: they read it, in any case. 0, or -EINVAL. */
int evert_dns_type_parse(uint16_t *type, const char *text);
int evert_dns_class_parse(uint16_t *dns_class, const char *text);

EVERT_END

#endif
