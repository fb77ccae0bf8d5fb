/* SPDX-License-Identifier: MIT */
/*
 * Messages: whatever is read can be printed, written again, and is then read
 * as it was.
 */
#include "must.h"

#include <errno.h>

#include "../../reactor/dns/message_writer.h"
#include "../../reactor/dns/record.h"

static void check_equal(const struct evert_dns_record *a,
			const struct evert_dns_record *b)
{
	must(a->type == b->type && a->dns_class == b->dns_class);
	must(a->ttl == b->ttl && a->length == b->length);
	must(evert_dns_name_length(a->name) == evert_dns_name_length(b->name));
	must(!memcmp(a->name, b->name, evert_dns_name_length(a->name)));
	must(!a->length || !memcmp(a->data, b->data, a->length));
}

static void print(const struct evert_dns_record *record)
{
	static char text[300000];
	char cut[20];
	size_t length = evert_dns_record_text(record, text, sizeof(text));

	must(length < sizeof(text) && length == strlen(text));
	must(evert_dns_record_text(record, cut, sizeof(cut)) == length);
	must(!strncmp(text, cut, sizeof(cut) - 1));
}

static void take_apart(const struct evert_dns_record *record)
{
	struct evert_address address;
	struct evert_dns_mx mx;
	struct evert_dns_srv srv;
	struct evert_dns_soa soa;
	struct evert_dns_naptr naptr;
	struct evert_dns_caa caa;
	struct evert_dns_svcb svcb;
	struct evert_dns_string string;
	char text[EVERT_DNS_NAME_TEXT_SIZE];

	evert_dns_record_address(record, 1, &address);
	evert_dns_record_target(record, text);
	evert_dns_record_mx(record, &mx);
	evert_dns_record_srv(record, &srv);
	evert_dns_record_soa(record, &soa);
	evert_dns_record_naptr(record, &naptr);
	evert_dns_record_caa(record, &caa);
	if (!evert_dns_record_svcb(record, &svcb))
		evert_dns_svcb_param(&svcb, 3, &string);
	for (size_t i = 0; !evert_dns_record_string(record, i, &string); i++)
		must(string.bytes + string.length <=
		     (const char *)record->data + record->length);
}

/* False, if it needs more room than a message has. */
static bool write_section(struct evert_dns_writer *writer,
			  const struct evert_dns_message *message,
			  enum evert_dns_section section)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	int err = 0;

	evert_dns_cursor_start(&cursor, message, section);
	while (!err && evert_dns_cursor_next(&cursor, &record)) {
		print(&record);
		take_apart(&record);
		err = evert_dns_writer_records(writer, section, &record, 1);
	}
	must(!err || err == -EMSGSIZE);
	return !err;
}

static bool write_questions(struct evert_dns_writer *writer,
			    const struct evert_dns_message *message)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	struct evert_dns_question question;

	evert_dns_cursor_start(&cursor, message, EVERT_DNS_QUESTION);
	while (evert_dns_cursor_next(&cursor, &record)) {
		memcpy(question.name, record.name,
		       evert_dns_name_length(record.name));
		question.type = record.type;
		question.dns_class = record.dns_class;
		if (evert_dns_writer_question(writer, &question))
			return false;
	}
	return true;
}

static bool write_all(struct evert_dns_writer *writer,
		      const struct evert_dns_message *message)
{
	bool fits = write_questions(writer, message) &&
		    !evert_dns_writer_edns(writer, &message->edns);

	for (int i = EVERT_DNS_ANSWER; fits && i < EVERT_DNS_SECTIONS; i++)
		fits = write_section(writer, message,
				     (enum evert_dns_section)i);
	return fits;
}

static void compare_sections(const struct evert_dns_message *a,
			     const struct evert_dns_message *b,
			     enum evert_dns_section section)
{
	struct evert_dns_cursor of_a;
	struct evert_dns_cursor of_b;
	struct evert_dns_record record_a;
	struct evert_dns_record record_b;

	evert_dns_cursor_start(&of_a, a, section);
	evert_dns_cursor_start(&of_b, b, section);
	while (evert_dns_cursor_next(&of_a, &record_a)) {
		must(evert_dns_cursor_next(&of_b, &record_b));
		check_equal(&record_a, &record_b);
	}
	must(!evert_dns_cursor_next(&of_b, &record_b));
}

static void compare(const struct evert_dns_message *a,
		    const struct evert_dns_message *b)
{
	must(!memcmp(a->counts, b->counts, sizeof(a->counts)));
	must(a->header.id == b->header.id);
	must(a->header.opcode == b->header.opcode);
	must(a->header.rcode == b->header.rcode);
	must(a->header.is_response == b->header.is_response);
	must(a->header.is_authoritative == b->header.is_authoritative);
	must(a->header.is_truncated == b->header.is_truncated);
	must(a->edns.is_present == b->edns.is_present);
	must(a->edns.size == b->edns.size);
	must(a->edns.version == b->edns.version);
	must(a->edns.options_length == b->edns.options_length);
	for (int i = 0; i < EVERT_DNS_SECTIONS; i++)
		compare_sections(a, b, (enum evert_dns_section)i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[65535];
	struct evert_dns_message message;
	struct evert_dns_message again;
	struct evert_dns_writer writer;
	size_t limit = size > 3 ? 12U + data[0] * 16U : 512;

	if (evert_dns_message_read(&message, data, size)) {
		must(message.problem.text && message.problem.at <= size);
		return 0;
	}
	/* First into too little room, perhaps. */
	evert_dns_writer_init(&writer, bytes, limit);
	write_all(&writer, &message);
	writer.header.rcode &= 15;
	must(evert_dns_writer_finish(&writer) <= limit);
	must(!evert_dns_message_read(&again, bytes, writer.length));

	evert_dns_writer_init(&writer, bytes, sizeof(bytes));
	writer.header = message.header;
	if (!write_all(&writer, &message))
		return 0;
	must(evert_dns_writer_finish(&writer) == writer.length);
	must(!evert_dns_message_read(&again, bytes, writer.length));
	must(!again.trailing);
	compare(&message, &again);
	return 0;
}
