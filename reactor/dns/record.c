/* SPDX-License-Identifier: MIT */
/* What is in a record's data, as values of C. */
#include "record.h"

#include "field_internal.h"

#include <errno.h>
#include <string.h>

/* Data of that type, well-formed: its fields are where they should be. */
static bool is_of(const struct evert_dns_record *record, uint16_t type)
{
	const struct dns_type *row =
		evert_dns_type_of(type, record->dns_class, record->length);

	return record->type == type && row->name &&
	       evert_dns_data_is_well_formed(row, record->data, record->length);
}

static void name_text(char text[EVERT_DNS_NAME_TEXT_SIZE], const uint8_t *name)
{
	evert_dns_name_text(name, text, EVERT_DNS_NAME_TEXT_SIZE);
}

/* Reads a string, and returns what is behind it. */
static const uint8_t *take_string(const uint8_t *data,
				  struct evert_dns_string *string)
{
	string->bytes = (const char *)data + 1;
	string->length = *data;
	return data + 1 + *data;
}

int evert_dns_record_address(const struct evert_dns_record *record,
			     uint16_t port, struct evert_address *address)
{
	memset(address, 0, sizeof(*address));
	if (is_of(record, EVERT_DNS_A)) {
		address->length = sizeof(address->as.ip4);
		address->as.ip4.sin_family = AF_INET;
		address->as.ip4.sin_port = htons(port);
		memcpy(&address->as.ip4.sin_addr, record->data, 4);
		return 0;
	}
	if (is_of(record, EVERT_DNS_AAAA)) {
		address->length = sizeof(address->as.ip6);
		address->as.ip6.sin6_family = AF_INET6;
		address->as.ip6.sin6_port = htons(port);
		memcpy(&address->as.ip6.sin6_addr, record->data, 16);
		return 0;
	}
	return -EINVAL;
}

int evert_dns_record_set_address(struct evert_dns_record *record,
				 const struct evert_address *address)
{
	bool is_ip6 = address->as.any.sa_family == AF_INET6;

	if (!is_ip6 && address->as.any.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	record->dns_class = EVERT_DNS_CLASS_IN;
	record->type = is_ip6 ? EVERT_DNS_AAAA : EVERT_DNS_A;
	record->length = is_ip6 ? 16 : 4;
	record->data =
		is_ip6 ? address->as.ip6.sin6_addr.s6_addr :
			 (const uint8_t *)&address->as.ip4.sin_addr.s_addr;
	return 0;
}

int evert_dns_record_target(const struct evert_dns_record *record,
			    char text[EVERT_DNS_NAME_TEXT_SIZE])
{
	if (!is_of(record, EVERT_DNS_CNAME) &&
	    !is_of(record, EVERT_DNS_DNAME) && !is_of(record, EVERT_DNS_NS) &&
	    !is_of(record, EVERT_DNS_PTR))
		return -EINVAL;
	name_text(text, record->data);
	return 0;
}

int evert_dns_record_mx(const struct evert_dns_record *record,
			struct evert_dns_mx *mx)
{
	if (!is_of(record, EVERT_DNS_MX))
		return -EINVAL;
	mx->preference = dns_u16(record->data);
	name_text(mx->exchange, record->data + 2);
	return 0;
}

int evert_dns_record_srv(const struct evert_dns_record *record,
			 struct evert_dns_srv *srv)
{
	if (!is_of(record, EVERT_DNS_SRV))
		return -EINVAL;
	srv->priority = dns_u16(record->data);
	srv->weight = dns_u16(record->data + 2);
	srv->port = dns_u16(record->data + 4);
	name_text(srv->target, record->data + 6);
	return 0;
}

int evert_dns_record_soa(const struct evert_dns_record *record,
			 struct evert_dns_soa *soa)
{
	const uint8_t *data = record->data;

	if (!is_of(record, EVERT_DNS_SOA))
		return -EINVAL;
	name_text(soa->mname, data);
	data += evert_dns_name_length(data);
	name_text(soa->rname, data);
	data += evert_dns_name_length(data);
	soa->serial = dns_u32(data);
	soa->refresh = dns_u32(data + 4);
	soa->retry = dns_u32(data + 8);
	soa->expire = dns_u32(data + 12);
	soa->minimum = dns_u32(data + 16);
	return 0;
}

int evert_dns_record_string(const struct evert_dns_record *record, size_t index,
			    struct evert_dns_string *string)
{
	const uint8_t *data = record->data;
	const uint8_t *end = data + record->length;

	if (!is_of(record, EVERT_DNS_TXT) && !is_of(record, EVERT_DNS_SPF) &&
	    !is_of(record, EVERT_DNS_HINFO))
		return -EINVAL;
	do {
		if (data == end)
			return -ENOENT;
		data = take_string(data, string);
	} while (index--);
	return 0;
}

int evert_dns_record_naptr(const struct evert_dns_record *record,
			   struct evert_dns_naptr *naptr)
{
	const uint8_t *data = record->data;

	if (!is_of(record, EVERT_DNS_NAPTR))
		return -EINVAL;
	naptr->order = dns_u16(data);
	naptr->preference = dns_u16(data + 2);
	data = take_string(data + 4, &naptr->flags);
	data = take_string(data, &naptr->services);
	data = take_string(data, &naptr->regexp);
	name_text(naptr->replacement, data);
	return 0;
}

int evert_dns_record_caa(const struct evert_dns_record *record,
			 struct evert_dns_caa *caa)
{
	const uint8_t *value;

	if (!is_of(record, EVERT_DNS_CAA))
		return -EINVAL;
	caa->flags = record->data[0];
	value = take_string(record->data + 1, &caa->tag);
	caa->value.bytes = (const char *)value;
	caa->value.length = (size_t)(record->data + record->length - value);
	return 0;
}

int evert_dns_record_svcb(const struct evert_dns_record *record,
			  struct evert_dns_svcb *svcb)
{
	const uint8_t *target = record->data + 2;
	size_t length;

	if (!is_of(record, EVERT_DNS_SVCB) && !is_of(record, EVERT_DNS_HTTPS))
		return -EINVAL;
	length = evert_dns_name_length(target);
	svcb->priority = dns_u16(record->data);
	name_text(svcb->target, target);
	svcb->params.bytes = (const char *)target + length;
	svcb->params.length = record->length - 2 - length;
	return 0;
}

int evert_dns_svcb_param(const struct evert_dns_svcb *svcb, uint16_t key,
			 struct evert_dns_string *value)
{
	const uint8_t *params = (const uint8_t *)svcb->params.bytes;
	size_t size;

	for (size_t at = 0; at < svcb->params.length; at += 4 + size) {
		size = dns_u16(params + at + 2);
		if (dns_u16(params + at) != key)
			continue;
		value->bytes = svcb->params.bytes + at + 4;
		value->length = size;
		return 0;
	}
	return -ENOENT;
}
