/* SPDX-License-Identifier: MIT */
/*
 * One table says of each type of record what its data consists of; reading,
 * writing, printing and parsing all go by it, field by field.
 */
#ifndef EVERT_REACTOR_DNS_TYPE_INTERNAL_H
#define EVERT_REACTOR_DNS_TYPE_INTERNAL_H

#include "type.h"

/* The kinds of fields; field.c has what can be done with each. */
enum dns_field {
	DNS_END, /* no more fields */
	DNS_U8,
	DNS_U16,
	DNS_U32,
	DNS_PERIOD, /* seconds, read with units too */
	DNS_TIME,   /* seconds since 1970, written as a date */
	DNS_TYPE,   /* of a record */
	DNS_IP4,
	DNS_IP6,
	DNS_NAME,	/* a name, never compressed */
	DNS_NAME_LOOSE, /* some compress it; we read that, and do not */
	DNS_NAME_SHORT, /* a name of RFC 1035, compressed */
	DNS_STRING,	/* a length of one byte, and bytes; in quotes */
	DNS_TAG,	/* the same; letters and digits */
	DNS_SALT,	/* the same; hexadecimal */
	DNS_HASH,	/* the same; base 32 */
	/* Only as the last field: all that is left. */
	DNS_STRINGS, /* of DNS_STRING one or more */
	DNS_VALUE,   /* bytes; in quotes */
	DNS_BASE64,
	DNS_HEX,
	DNS_BITMAP,  /* types (RFC 4034, 4.1.2) */
	DNS_PARAMS,  /* of SVCB (RFC 9460, 2.2) */
	DNS_OPTIONS, /* of OPT */
	DNS_UNKNOWN, /* written as RFC 3597, 5 has it */
	DNS_FIELDS,
};

struct dns_type {
	uint16_t number;
	bool is_internet; /* only in the class IN as it stands here */
	const char *name;
	uint8_t fields[10]; /* enum dns_field */
};

/*
 * The row of the table for a record's data, never NULL: for what it does not
 * know, and for the empty data that an UPDATE has (RFC 2136, 2.4), one field
 * DNS_UNKNOWN.
 */
const struct dns_type *evert_dns_type_of(uint16_t type, uint16_t dns_class,
					 size_t length);

/* From 128 to 255: asked for, never data (RFC 6895, 3.1). */
static inline bool dns_type_is_meta(uint16_t type)
{
	return type >= 128 && type <= 255;
}

/* May a zone have it? OPT belongs to a message (RFC 6891, 6.1.1). */
static inline bool dns_type_is_data(uint16_t type)
{
	return type && type != EVERT_DNS_OPT && !dns_type_is_meta(type);
}

/* The same as evert_dns_..._parse, of text that no zero byte ends. */
int evert_dns_type_parse_span(uint16_t *type, const char *text, size_t length);
int evert_dns_class_parse_span(uint16_t *dns_class, const char *text,
			       size_t length);

#endif
