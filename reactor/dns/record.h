/* SPDX-License-Identifier: MIT */
/*
 * DNS records as values.
 *
 *	struct evert_dns_mx mx;
 *
 *	for (size_t i = 0; i < found->count; i++)
 *		if (!evert_dns_record_mx(&found->record[i], &mx))
 *			printf("%u %s\n", mx.preference, mx.exchange);
 *
 * Any thread; only evert_dns_records_... allocate.
 */
#ifndef EVERT_REACTOR_DNS_RECORD_H
#define EVERT_REACTOR_DNS_RECORD_H

#include "../address.h"
#include "message.h"
#include "name.h"
#include "type.h"

EVERT_BEGIN

/*
 * Copies the records, with all they point to, into one block. The caller owns
 * the set, and gives it back by evert_dns_records_destroy. NULL, errno ENOMEM.
 */
struct evert_dns_records *
evert_dns_records_copy(const struct evert_dns_record *records, size_t count)
	EVERT_MUST_USE;

/*
 * The same of a message's section: the records that belong to `name` (NULL:
 * to any), of the class IN and the type (EVERT_DNS_ANY: any type). An empty
 * set, if there are none.
 */
struct evert_dns_records *
evert_dns_records_select(const struct evert_dns_message *message,
			 enum evert_dns_section section, const uint8_t *name,
			 uint16_t type) EVERT_MUST_USE;

/* Frees a set of records. NULL does nothing. */
void evert_dns_records_destroy(struct evert_dns_records *records);

/*
 * Writes the record as `dig +noall +answer` prints it, without an end of
 * line; or its data alone, as it stands there. Cuts it to `size` bytes, the
 * zero byte included. Returns the length of the whole text (as snprintf).
 */
size_t evert_dns_record_text(const struct evert_dns_record *record, char *text,
			     size_t size);
size_t evert_dns_record_data_text(const struct evert_dns_record *record,
				  char *text, size_t size);

/*
 * What is in the data of a record, as values of C. 0; -EINVAL: the record is
 * of another type, or its data is not as its type has it. Names are text, with
 * a dot at the end, as evert_dns_name_text writes it.
 */

/* Reads the address of an A or AAAA record, and gives it this port. */
int evert_dns_record_address(const struct evert_dns_record *record,
			     uint16_t port, struct evert_address *address);

/* The other way round, from an address to a record: sets type, class (IN) and
   data of it, which is borrowed from the address. 0; -EAFNOSUPPORT: it is
   neither. */
int evert_dns_record_set_address(struct evert_dns_record *record,
				 const struct evert_address *address);

/* Reads the name that a CNAME, DNAME, NS or PTR record points to. */
int evert_dns_record_target(const struct evert_dns_record *record,
			    char text[EVERT_DNS_NAME_TEXT_SIZE]);

/* A mail exchange (MX). */
struct evert_dns_mx {
	uint16_t preference; /* the lowest is tried first */
	char exchange[EVERT_DNS_NAME_TEXT_SIZE];
};

/* Reads the data of an MX record. */
int evert_dns_record_mx(const struct evert_dns_record *record,
			struct evert_dns_mx *mx);

/* Where a service is (SRV, RFC 2782). */
struct evert_dns_srv {
	uint16_t priority;
	uint16_t weight;
	uint16_t port;
	char target[EVERT_DNS_NAME_TEXT_SIZE];
};

/* Reads the data of an SRV record. */
int evert_dns_record_srv(const struct evert_dns_record *record,
			 struct evert_dns_srv *srv);

/* The begin of a zone (SOA); times in seconds. */
struct evert_dns_soa {
	char mname[EVERT_DNS_NAME_TEXT_SIZE];
	char rname[EVERT_DNS_NAME_TEXT_SIZE];
	uint32_t serial;
	uint32_t refresh;
	uint32_t retry;
	uint32_t expire;
	uint32_t minimum; /* how long "no" may be kept (RFC 2308, 4) */
};

/* Reads the data of an SOA record. */
int evert_dns_record_soa(const struct evert_dns_record *record,
			 struct evert_dns_soa *soa);

/* Bytes inside a record; zero bytes may be among them. */
struct evert_dns_string {
	const char *bytes;
	size_t length;
};

/* Reads the string number `index`, from 0 on, of a TXT, SPF or HINFO record.
   -ENOENT: there are fewer. */
int evert_dns_record_string(const struct evert_dns_record *record,
			    size_t index, struct evert_dns_string *string);

/* A rule to rewrite names (NAPTR, RFC 3403). */
struct evert_dns_naptr {
	uint16_t order;
	uint16_t preference;
	struct evert_dns_string flags;
	struct evert_dns_string services;
	struct evert_dns_string regexp;
	char replacement[EVERT_DNS_NAME_TEXT_SIZE];
};

/* Reads the data of a NAPTR record. */
int evert_dns_record_naptr(const struct evert_dns_record *record,
			   struct evert_dns_naptr *naptr);

/* Who may certify a name (CAA, RFC 8659). */
struct evert_dns_caa {
	uint8_t flags;
	struct evert_dns_string tag;
	struct evert_dns_string value;
};

/* Reads the data of a CAA record. */
int evert_dns_record_caa(const struct evert_dns_record *record,
			 struct evert_dns_caa *caa);

/* How a service is reached (SVCB and HTTPS, RFC 9460). */
struct evert_dns_svcb {
	uint16_t priority; /* 0: an alias */
	char target[EVERT_DNS_NAME_TEXT_SIZE];
	struct evert_dns_string params; /* all, as they stand in the message */
};

/* Reads the data of an SVCB or HTTPS record. */
int evert_dns_record_svcb(const struct evert_dns_record *record,
			  struct evert_dns_svcb *svcb);

/* The value of a parameter (1: alpn, 3: port ...). -ENOENT: it has none. */
int evert_dns_svcb_param(const struct evert_dns_svcb *svcb, uint16_t key,
			 struct evert_dns_string *value);

EVERT_END

#endif
