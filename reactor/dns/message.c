/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "../../deferred/base/bug.h"
#include "field_internal.h"
#include "message_internal.h"

#include <errno.h>
#include <string.h>

/* Where the fixed part of a record, behind its name, has its fields. */
enum {
	TYPE = 0,
	CLASS = 2,
	TTL = 4,
	LENGTH = 8,
	FIXED = 10
};

static int malformed(struct evert_dns_problem *problem, size_t at,
		     const char *text)
{
	*problem = (struct evert_dns_problem){ .text = text, .at = at };
	return -EBADMSG;
}

static void read_header(struct evert_dns_message *message)
{
	struct evert_dns_header *header = &message->header;
	uint16_t flags = dns_u16(message->bytes + 2);

	header->id = dns_u16(message->bytes);
	header->opcode = flags >> 11 & 15;
	header->rcode = flags & 15;
	header->is_response = flags & DNS_QR;
	header->is_authoritative = flags & DNS_AA;
	header->is_truncated = flags & DNS_TC;
	header->recursion_desired = flags & DNS_RD;
	header->recursion_available = flags & DNS_RA;
	header->is_authentic = flags & DNS_AD;
	header->is_checking_disabled = flags & DNS_CD;
	for (size_t i = 0; i < EVERT_DNS_SECTIONS; i++)
		message->counts[i] = dns_u16(message->bytes + 4 + 2 * i);
}

static int read_question(const struct evert_dns_message *message, size_t *at,
			 struct evert_dns_question *question,
			 struct evert_dns_problem *problem)
{
	int err = evert_dns_name_read(question->name, message->bytes,
				      message->length, at, problem);

	if (err)
		return err;
	if (message->length - *at < 4)
		return malformed(problem, *at, "a question without its end");
	question->type = dns_u16(message->bytes + *at);
	question->dns_class = dns_u16(message->bytes + *at + 2);
	*at += 4;
	return 0;
}

static bool has_loose_name(const struct dns_type *type)
{
	for (const uint8_t *field = type->fields; *field; field++)
		if (evert_dns_kinds[*field].is_loose)
			return true;
	return false;
}

/*
 * The data from `at` to `end` with its names in full, into `data`, which
 * holds it whatever it is: types with such names have no field without bound.
 */
static int expand(const uint8_t *bytes, size_t at, size_t end,
		  const struct dns_type *type, uint8_t *data, size_t *length,
		  struct evert_dns_problem *problem)
{
	size_t size;
	int err;

	*length = 0;
	for (const uint8_t *field = type->fields; *field; field++) {
		if (evert_dns_kinds[*field].is_name) {
			err = evert_dns_name_read(data + *length, bytes, end,
						  &at, problem);
			if (err)
				return err;
			*length += evert_dns_name_length(data + *length);
			continue;
		}
		size = dns_field_length(*field, bytes + at, end - at);
		if (size == DNS_MALFORMED)
			return malformed(problem, at,
					 "data not as its type has it");
		memcpy(data + *length, bytes + at, size);
		*length += size;
		at += size;
	}
	return at == end ? 0
			 : malformed(problem, at, "data with more behind it");
}

/* Data without names that may be compressed stays where it lies. */
static int read_data(const uint8_t *bytes, size_t at,
		     struct evert_dns_record *record, uint8_t *room,
		     struct evert_dns_problem *problem)
{
	const struct dns_type *type = evert_dns_type_of(
		record->type, record->dns_class, record->length);
	size_t length;
	int err;

	record->data = bytes + at;
	if (has_loose_name(type)) {
		err = expand(bytes, at, at + record->length, type, room,
			     &length, problem);
		record->data = room;
		record->length = (uint16_t)length;
		return err;
	}
	if (!evert_dns_data_is_well_formed(type, record->data, record->length))
		return malformed(problem, at, "data not as its type has it");
	return 0;
}

static int read_record(const struct evert_dns_message *message, size_t *at,
		       struct evert_dns_record *record, uint8_t *name,
		       uint8_t *room, struct evert_dns_problem *problem)
{
	const uint8_t *fixed;
	int err = evert_dns_name_read(name, message->bytes, message->length, at,
				      problem);

	if (err)
		return err;
	if (message->length - *at < FIXED)
		return malformed(problem, *at, "a record without its end");
	fixed = message->bytes + *at;
	record->name = name;
	record->type = dns_u16(fixed + TYPE);
	record->dns_class = dns_u16(fixed + CLASS);
	record->ttl = dns_u32(fixed + TTL);
	record->length = dns_u16(fixed + LENGTH);
	if (message->length - *at - FIXED < record->length)
		return malformed(problem, *at + LENGTH, "data without its end");
	err = read_data(message->bytes, *at + FIXED, record, room, problem);
	*at += FIXED + dns_u16(fixed + LENGTH);
	return err;
}

static int read_opt(struct evert_dns_message *message, size_t at,
		    enum evert_dns_section section,
		    const struct evert_dns_record *opt)
{
	struct evert_dns_edns *edns = &message->edns;

	if (section != EVERT_DNS_ADDITIONAL)
		return malformed(&message->problem, at,
				 "an OPT record not among the additional");
	if (edns->is_present)
		return malformed(&message->problem, at, "a second OPT record");
	if (*opt->name)
		return malformed(&message->problem, at,
				 "an OPT record not of the root");
	edns->is_present = true;
	edns->is_dnssec_ok = opt->ttl & DNS_DO;
	edns->version = opt->ttl >> 16 & 0xff;
	edns->size = opt->dns_class;
	edns->options = opt->data;
	edns->options_length = opt->length;
	message->header.rcode |= (uint16_t)(opt->ttl >> 24 << 4);
	return 0;
}

static int read_questions(struct evert_dns_message *message, size_t *at)
{
	struct evert_dns_question other;
	unsigned int left = message->counts[EVERT_DNS_QUESTION];
	int err;

	message->sections[EVERT_DNS_QUESTION] = (uint32_t)*at;
	if (!left)
		return 0;
	err = read_question(message, at, &message->question, &message->problem);
	message->has_question = !err;
	while (!err && --left)
		err = read_question(message, at, &other, &message->problem);
	return err;
}

static int read_section(struct evert_dns_message *message, size_t *at,
			enum evert_dns_section section)
{
	struct evert_dns_record record;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	uint8_t room[EVERT_DNS_EXPANDED_SIZE];
	size_t begin;
	int err;

	for (unsigned int i = 0; i < message->counts[section]; i++) {
		begin = *at;
		err = read_record(message, at, &record, name, room,
				  &message->problem);
		if (!err && record.type == EVERT_DNS_OPT)
			err = read_opt(message, begin, section, &record);
		if (err)
			return err;
	}
	return 0;
}

static void clear(struct evert_dns_message *message, const void *bytes,
		  size_t length)
{
	message->header = (struct evert_dns_header){ .id = 0 };
	memset(message->counts, 0, sizeof(message->counts));
	message->has_question = false;
	message->question.name[0] = 0;
	message->edns = (struct evert_dns_edns){ .is_present = false };
	message->trailing = 0;
	message->problem = (struct evert_dns_problem){ .text = NULL };
	message->bytes = bytes;
	message->length = length;
}

int evert_dns_message_read(struct evert_dns_message *message, const void *bytes,
			   size_t length)
{
	size_t at = DNS_HEADER_SIZE;
	int err;

	clear(message, bytes, length);
	if (length < DNS_HEADER_SIZE)
		return malformed(&message->problem, length,
				 "a header without its end");
	read_header(message);
	if (length > DNS_MESSAGE_MAX)
		return malformed(&message->problem, DNS_MESSAGE_MAX,
				 "a message of more than 65535 bytes");
	err = read_questions(message, &at);
	for (int i = EVERT_DNS_ANSWER; !err && i < EVERT_DNS_SECTIONS; i++) {
		message->sections[i] = (uint32_t)at;
		if (message->counts[i])
			err = read_section(message, &at,
					   (enum evert_dns_section)i);
	}
	if (!err)
		message->trailing = length - at;
	return err;
}

void evert_dns_cursor_start(struct evert_dns_cursor *cursor,
			    const struct evert_dns_message *message,
			    enum evert_dns_section section)
{
	if (message->problem.text)
		evert_bug("evert_dns_cursor_start: the message could not be "
			  "read (%s); evert_dns_message_read said so",
			  message->problem.text);
	cursor->message = message;
	cursor->at = message->sections[section];
	cursor->left = message->counts[section];
	cursor->is_question = section == EVERT_DNS_QUESTION;
}

static void next_question(struct evert_dns_cursor *cursor,
			  struct evert_dns_record *record)
{
	struct evert_dns_question question;
	struct evert_dns_problem problem;

	read_question(cursor->message, &cursor->at, &question, &problem);
	memcpy(cursor->name, question.name, sizeof(cursor->name));
	*record = (struct evert_dns_record){
		.name = cursor->name,
		.type = question.type,
		.dns_class = question.dns_class,
	};
}

/* All was looked at before: nothing can be wrong now. */
bool evert_dns_cursor_next(struct evert_dns_cursor *cursor,
			   struct evert_dns_record *record)
{
	struct evert_dns_problem problem;

	while (cursor->left) {
		cursor->left--;
		if (cursor->is_question) {
			next_question(cursor, record);
			return true;
		}
		read_record(cursor->message, &cursor->at, record, cursor->name,
			    cursor->data, &problem);
		if (record->type == EVERT_DNS_OPT)
			continue;
		if (record->ttl > INT32_MAX)
			record->ttl = 0;
		return true;
	}
	return false;
}
