/* SPDX-License-Identifier: MIT */
#include "message_writer.h"

#include "../../deferred/base/bug.h"
#include "field_internal.h"
#include "message_internal.h"
#include "name_internal.h"

#include <errno.h>
#include <string.h>

#define OPT_SIZE   11
#define LABELS_MAX 127
/* How far a pointer reaches. */
#define POINTER_MAX 0x3fff

static void put_u16(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
	put_u16(bytes, value >> 16);
	put_u16(bytes + 2, value);
}

/* Room for so many bytes more, which the caller writes; or NULL. */
static uint8_t *extend(struct evert_dns_writer *writer, size_t count)
{
	uint8_t *bytes = writer->bytes + writer->length;

	if (writer->size - writer->length < count)
		return NULL;
	writer->length += count;
	return bytes;
}

static int append(struct evert_dns_writer *writer, const void *bytes,
		  size_t count)
{
	uint8_t *room = extend(writer, count);

	if (!room)
		return -EMSGSIZE;
	memcpy(room, bytes, count);
	return 0;
}

/*
 * What was written of names, as a tree: a label, and where the rest of its
 * name stands, `parent` (0: the root). So a suffix is found label by label
 * from the right, each by one look into a small table of chains.
 */

static size_t bucket(const uint8_t *label, size_t parent)
{
	size_t size = 1U + *label;
	uint64_t first = 0;
	uint64_t last = 0;

	if (size >= sizeof(first)) {
		memcpy(&first, label, sizeof(first));
		memcpy(&last, label + size - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < size; i++)
			first = first << 8 | label[i];
	}
	first ^= last * 0x9e3779b97f4a7c15 ^ parent << 40;
	return first * 0xff51afd7ed558ccd >> 58;
}

/* Where that label stands before that parent; 0: nowhere. */
static size_t find_suffix(const struct evert_dns_writer *writer,
			  const uint8_t *label, size_t parent)
{
	const struct evert_dns_suffix *suffix;
	size_t index = writer->heads[bucket(label, parent)];

	for (; index; index = suffix->next) {
		suffix = &writer->suffixes[index - 1];
		if (suffix->parent == parent &&
		    !memcmp(writer->bytes + suffix->at, label, 1U + *label))
			return suffix->at;
	}
	return 0;
}

static void keep_suffix(struct evert_dns_writer *writer, const uint8_t *label,
			size_t parent, size_t at)
{
	struct evert_dns_suffix *suffix;
	uint16_t *head = &writer->heads[bucket(label, parent)];

	if (at > POINTER_MAX ||
	    writer->suffix_count == EVERT_DNS_WRITER_SUFFIXES)
		return;
	suffix = &writer->suffixes[writer->suffix_count++];
	suffix->at = (uint16_t)at;
	suffix->parent = (uint16_t)parent;
	suffix->next = *head;
	*head = writer->suffix_count;
}

/* Forgets all suffixes but the first `count`; the last made are the first in
   their chains. */
static void forget_suffixes(struct evert_dns_writer *writer, size_t count)
{
	struct evert_dns_suffix *suffix;

	while (writer->suffix_count > count) {
		suffix = &writer->suffixes[writer->suffix_count - 1];
		writer->heads[bucket(writer->bytes + suffix->at,
				     suffix->parent)] = suffix->next;
		writer->suffix_count--;
	}
}

/* The labels of `name` up to `rest`, and what stands behind them: a pointer
   to `parent`, or the root. */
static int append_labels(struct evert_dns_writer *writer, const uint8_t *name,
			 const uint8_t *rest, size_t parent)
{
	size_t size = (size_t)(rest - name);
	uint8_t *room = extend(writer, size + (parent ? 2 : 1));

	if (!room)
		return -EMSGSIZE;
	memcpy(room, name, size);
	if (parent)
		put_u16(room + size, DNS_POINTER << 8 | parent);
	else
		room[size] = 0;
	return 0;
}

/* Where each label begins, and the root behind them: how many there are. */
static size_t label_starts(const uint8_t *name,
			   const uint8_t *starts[LABELS_MAX + 1])
{
	size_t count = 0;

	for (starts[0] = name; *starts[count]; count++)
		starts[count + 1] = starts[count] + 1 + *starts[count];
	return count;
}

/* Keeps the first `count` labels of a name that was written to `begin`. */
static void keep_labels(struct evert_dns_writer *writer,
			const uint8_t *const *labels, size_t count,
			size_t parent, size_t begin)
{
	size_t at;

	while (count--) {
		at = begin + (size_t)(labels[count] - labels[0]);
		keep_suffix(writer, labels[count], parent, at);
		parent = at;
	}
}

/*
 * The first name, which is asked for, is mostly that of the answer as well, and
 * the only one: it is compared as a whole, and kept among the suffixes when
 * there is another.
 */
static bool is_first_name(const struct evert_dns_writer *writer,
			  const uint8_t *name, size_t size)
{
	return size == writer->first_size && size > 1 &&
	       !memcmp(writer->bytes + DNS_HEADER_SIZE, name, size);
}

static void keep_first_name(struct evert_dns_writer *writer)
{
	const uint8_t *labels[LABELS_MAX + 1];
	size_t count;

	if (writer->is_first_kept)
		return;
	writer->is_first_kept = true;
	count = label_starts(writer->bytes + DNS_HEADER_SIZE, labels);
	keep_labels(writer, labels, count, 0, DNS_HEADER_SIZE);
}

static int append_first_name(struct evert_dns_writer *writer,
			     const uint8_t *name, size_t size)
{
	int err = append(writer, name, size);

	writer->first_size = err ? 0 : (uint16_t)size;
	writer->is_first_kept = false;
	return err;
}

static int append_other_name(struct evert_dns_writer *writer,
			     const uint8_t *name)
{
	const uint8_t *labels[LABELS_MAX + 1];
	size_t begin = writer->length;
	size_t parent = 0;
	size_t count = label_starts(name, labels);
	size_t at;
	int err;

	keep_first_name(writer);
	for (; count; count--) {
		at = find_suffix(writer, labels[count - 1], parent);
		if (!at)
			break;
		parent = at;
	}
	err = append_labels(writer, name, labels[count], parent);
	if (!err)
		keep_labels(writer, labels, count, parent, begin);
	return err;
}

static int append_name(struct evert_dns_writer *writer, const uint8_t *name)
{
	size_t size = evert_dns_name_length(name);

	if (writer->length == DNS_HEADER_SIZE)
		return append_first_name(writer, name, size);
	if (is_first_name(writer, name, size))
		return append_labels(writer, name, name, DNS_HEADER_SIZE);
	return append_other_name(writer, name);
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
	forget_suffixes(writer, to.suffix_count);
	writer->is_first_kept &= to.suffix_count > 0;
	writer->length = to.length;
	writer->counts[writer->section] = to.count;
}

int evert_dns_writer_question(struct evert_dns_writer *writer,
			      const struct evert_dns_question *question)
{
	uint8_t *fixed;
	struct mark begin;

	go_to_section(writer, EVERT_DNS_QUESTION);
	begin = mark(writer);
	fixed = append_name(writer, question->name) ? NULL : extend(writer, 4);
	if (!fixed) {
		go_back(writer, begin);
		return -EMSGSIZE;
	}
	put_u16(fixed, question->type);
	put_u16(fixed + 2, question->dns_class);
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
			err = append_name(writer, data);
		else
			err = append(writer, data, size);
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
	int err = append_name(writer, record->name);

	if (err)
		return err;
	fixed = extend(writer, 10);
	if (!fixed)
		return -EMSGSIZE;
	put_u16(fixed, record->type);
	put_u16(fixed + 2, record->dns_class);
	put_u32(fixed + 4, record->ttl);
	begin = writer->length;
	err = append_data(writer, record);
	put_u16(fixed + 8, writer->length - begin);
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
	opt = extend(writer, OPT_SIZE);
	opt[0] = 0;
	put_u16(opt + 1, EVERT_DNS_OPT);
	put_u16(opt + 3, edns->size);
	opt[5] = (uint8_t)(writer->header.rcode >> 4);
	opt[6] = edns->version;
	put_u16(opt + 7, edns->is_dnssec_ok ? DNS_DO : 0);
	put_u16(opt + 9, edns->options_length);
	if (edns->options_length)
		append(writer, edns->options, edns->options_length);
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
	put_u16(writer->bytes, writer->header.id);
	put_u16(writer->bytes + 2, flags_of(writer));
	for (size_t i = 0; i < EVERT_DNS_SECTIONS; i++)
		put_u16(writer->bytes + 4 + 2 * i, writer->counts[i]);
	return writer->length;
}
