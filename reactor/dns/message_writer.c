/* SPDX-License-Identifier: MIT */
#include "message_writer_internal.h"

#include "../../deferred/base/bug.h"
#include "field_internal.h"
#include "message_internal.h"

#define OPT_SIZE 11

static void put_u32(uint8_t *bytes, uint32_t value)
{
	dns_put_u16(bytes, value >> 16);
	dns_put_u16(bytes + 2, value);
}

void evert_dns_writer_init(struct evert_dns_writer *writer, void *bytes,
			   size_t size)
{
	if (size < DNS_HEADER_SIZE)
		evert_bug("evert_dns_writer_init: a message takes at least 12 "
			  "bytes, not %zu",
			  size);
	writer->header = (struct evert_dns_header){ .id = 0 };
	writer->bytes = bytes;
	writer->size = size < DNS_MESSAGE_MAX ? size : DNS_MESSAGE_MAX;
	writer->length = DNS_HEADER_SIZE;
	writer->is_full = false;
	writer->section = EVERT_DNS_QUESTION;
	memset(writer->counts, 0, sizeof(writer->counts));
	writer->edns.is_present = false;
	writer->first_size = 0;
	writer->is_first_kept = false;
	writer->suffix_count = 0;
	memset(writer->heads, 0, sizeof(writer->heads));
}

static void go_to_section(struct evert_dns_writer *writer,
			  enum evert_dns_section section)
{
	if (section < writer->section || section >= EVERT_DNS_SECTIONS)
		evert_bug("evert_dns_writer: section %d after section %d; "
			  "write them in their order",
			  (int)section, (int)writer->section);
	writer->section = section;
}

/* A point to which the message can go back. */
struct mark {
	size_t length;
	size_t suffix_count;
	uint16_t count;
};

static struct mark mark(const struct evert_dns_writer *writer)
{
	return (struct mark){ writer->length, writer->suffix_count,
			      writer->counts[writer->section] };
}

static void go_back(struct evert_dns_writer *writer, struct mark to)
{
	evert_dns_writer_forget_names(writer, to.suffix_count);
	writer->length = to.length;
	writer->counts[writer->section] = to.count;
}

int evert_dns_writer_question(struct evert_dns_writer *writer,
			      const struct evert_dns_question *question)
{
	uint8_t *fixed;
	struct mark begin;
	int err;

	go_to_section(writer, EVERT_DNS_QUESTION);
	begin = mark(writer);
	err = evert_dns_writer_append_name(writer, question->name);
	fixed = err ? NULL : dns_writer_extend(writer, 4);
	if (!fixed) {
		go_back(writer, begin);
		return -EMSGSIZE;
	}
	dns_put_u16(fixed, question->type);
	dns_put_u16(fixed + 2, question->dns_class);
	writer->counts[EVERT_DNS_QUESTION]++;
	return 0;
}

int evert_dns_writer_edns(struct evert_dns_writer *writer,
			  const struct evert_dns_edns *edns)
{
	size_t size = OPT_SIZE + (size_t)edns->options_length;

	if (!edns->is_present)
		return 0;
	if (writer->edns.is_present)
		evert_bug(
			"evert_dns_writer_edns: a message has one OPT record");
	if (writer->size - writer->length < size)
		return -EMSGSIZE;
	writer->size -= size;
	writer->edns = *edns;
	return 0;
}

static int append_data(struct evert_dns_writer *writer,
		       const struct evert_dns_record *record)
{
	const struct dns_type *type = evert_dns_type_of(
		record->type, record->dns_class, record->length);
	const uint8_t *data = record->data;
	size_t left = record->length;
	size_t size;
	int err;

	for (const uint8_t *field = type->fields; *field; field++) {
		size = dns_field_length(*field, data, left);
		if (size == DNS_MALFORMED)
			return -EINVAL;
		if (evert_dns_kinds[*field].is_short)
			err = evert_dns_writer_append_name(writer, data);
		else
			err = dns_writer_append(writer, data, size);
		if (err)
			return err;
		data += size;
		left -= size;
	}
	return left ? -EINVAL : 0;
}

static int append_record(struct evert_dns_writer *writer,
			 const struct evert_dns_record *record)
{
	uint8_t *fixed;
	size_t begin;
	int err = evert_dns_writer_append_name(writer, record->name);

	if (err)
		return err;
	fixed = dns_writer_extend(writer, 10);
	if (!fixed)
		return -EMSGSIZE;
	dns_put_u16(fixed, record->type);
	dns_put_u16(fixed + 2, record->dns_class);
	put_u32(fixed + 4, record->ttl);
	begin = writer->length;
	err = append_data(writer, record);
	dns_put_u16(fixed + 8, writer->length - begin);
	return err;
}

int evert_dns_writer_records(struct evert_dns_writer *writer,
			     enum evert_dns_section section,
			     const struct evert_dns_record *records,
			     size_t count)
{
	struct mark begin;
	int err = 0;

	go_to_section(writer, section);
	if (writer->is_full)
		return -EMSGSIZE;
	begin = mark(writer);
	for (size_t i = 0; !err && i < count; i++) {
		err = append_record(writer, &records[i]);
		writer->counts[section]++;
	}
	if (err)
		go_back(writer, begin);
	if (err == -EMSGSIZE && section != EVERT_DNS_ADDITIONAL)
		writer->is_full = true;
	return err;
}

static void append_opt(struct evert_dns_writer *writer)
{
	const struct evert_dns_edns *edns = &writer->edns;
	uint8_t *opt;

	writer->size += OPT_SIZE + (size_t)edns->options_length;
	opt = dns_writer_extend(writer, OPT_SIZE);
	opt[0] = 0;
	dns_put_u16(opt + 1, EVERT_DNS_OPT);
	dns_put_u16(opt + 3, edns->size);
	opt[5] = (uint8_t)(writer->header.rcode >> 4);
	opt[6] = edns->version;
	dns_put_u16(opt + 7, edns->is_dnssec_ok ? DNS_DO : 0);
	dns_put_u16(opt + 9, edns->options_length);
	if (edns->options_length)
		dns_writer_append(writer, edns->options, edns->options_length);
	writer->counts[EVERT_DNS_ADDITIONAL]++;
}

static unsigned int flags_of(const struct evert_dns_writer *writer)
{
	const struct evert_dns_header *header = &writer->header;

	return (header->is_response ? DNS_QR : 0U) |
	       (header->opcode & 15U) << 11 |
	       (header->is_authoritative ? DNS_AA : 0U) |
	       (header->is_truncated || writer->is_full ? DNS_TC : 0U) |
	       (header->recursion_desired ? DNS_RD : 0U) |
	       (header->recursion_available ? DNS_RA : 0U) |
	       (header->is_authentic ? DNS_AD : 0U) |
	       (header->is_checking_disabled ? DNS_CD : 0U) |
	       (header->rcode & 15U);
}

size_t evert_dns_writer_finish(struct evert_dns_writer *writer)
{
	if (writer->header.rcode > 15 && !writer->edns.is_present)
		evert_bug("evert_dns_writer_finish: rcode %u needs EDNS; see "
			  "evert_dns_writer_edns",
			  writer->header.rcode);
	if (writer->edns.is_present)
		append_opt(writer);
	dns_put_u16(writer->bytes, writer->header.id);
	dns_put_u16(writer->bytes + 2, flags_of(writer));
	for (size_t i = 0; i < EVERT_DNS_SECTIONS; i++)
		dns_put_u16(writer->bytes + 4 + 2 * i, writer->counts[i]);
	return writer->length;
}
