/* SPDX-License-Identifier: MIT */
/*
 * DNS messages, read where they lie (RFC 1035, 4; EDNS: RFC 6891).
 *
 *	struct evert_dns_message message;
 *	struct evert_dns_cursor cursor;
 *	struct evert_dns_record record;
 *
 *	if (evert_dns_message_read(&message, bytes, length))
 *		return refuse(&message.problem);
 *	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
 *	while (evert_dns_cursor_next(&cursor, &record))
 *		consider(&record);
 *
 * Any thread; nothing here allocates.
 */
#ifndef EVERT_REACTOR_DNS_MESSAGE_H
#define EVERT_REACTOR_DNS_MESSAGE_H

#include "name.h"
#include "type.h"

EVERT_BEGIN

/* The header of a message, but for its counts. */
struct evert_dns_header {
	uint16_t id;
	uint8_t opcode;		   /* enum evert_dns_opcode, 0 to 15 */
	uint16_t rcode;		   /* enum evert_dns_rcode, 0 to 4095 */
	bool is_response;	   /* QR */
	bool is_authoritative;	   /* AA */
	bool is_truncated;	   /* TC */
	bool recursion_desired;	   /* RD */
	bool recursion_available;  /* RA */
	bool is_authentic;	   /* AD */
	bool is_checking_disabled; /* CD */
};

/* What the OPT record says. */
struct evert_dns_edns {
	bool is_present;
	bool is_dnssec_ok; /* DO */
	uint8_t version;
	uint16_t size; /* of the UDP messages that the sender takes, as sent */
	uint16_t options_length;
	const uint8_t *options; /* code, length, bytes; borrowed */
};

/* What a message asks for. */
struct evert_dns_question {
	uint8_t name[EVERT_DNS_NAME_SIZE];
	uint16_t type;
	uint16_t dns_class;
};

/* The sections of a message, in their order. */
enum evert_dns_section {
	EVERT_DNS_QUESTION,
	EVERT_DNS_ANSWER,
	EVERT_DNS_AUTHORITY,
	EVERT_DNS_ADDITIONAL,
	EVERT_DNS_SECTIONS,
};

/* A record of DNS. What it points to belongs to whoever gave it. */
struct evert_dns_record {
	const uint8_t *name; /* whose it is, a name (name.h) */
	const uint8_t *data; /* as in a message, names in it in full */
	uint16_t length;     /* of the data */
	uint16_t type;	     /* enum evert_dns_type */
	uint16_t dns_class;  /* enum evert_dns_class */
	uint32_t ttl;	     /* seconds */
};

/* Records that are owned together: one block, see record.h. */
struct evert_dns_records {
	size_t count;
	const struct evert_dns_record *record;
};

/* A message that was read: its bytes stay where they are. */
struct evert_dns_message {
	struct evert_dns_header header;
	uint16_t counts[EVERT_DNS_SECTIONS]; /* as the header has them */
	bool has_question;		     /* the next one is filled in */
	struct evert_dns_question question;  /* the first */
	struct evert_dns_edns edns;
	size_t trailing; /* bytes behind the last record */
	struct evert_dns_problem problem;

	/* Of the reader's own. */
	const uint8_t *bytes;
	size_t length;
	uint32_t sections[EVERT_DNS_SECTIONS];
};

/*
 * Reads a whole message and looks at every byte of it: names, counts, the
 * data of all types that type.h names, OPT (one, of the root, among the
 * additional). The bytes are borrowed as long as the message is used. Bytes
 * behind the last record are counted, no error. 0, or -EBADMSG with the
 * problem; then what was read before it stands: the header, if `length` is at
 * least 12 (else it is all zero), and the first question, if has_question
 * says so; enough to answer FORMERR. A TTL with its highest bit set is read
 * as 0 (RFC 2181, 8).
 */
int evert_dns_message_read(struct evert_dns_message *message,
			   const void *bytes, size_t length) EVERT_MUST_USE;

/* Room for the data of one record whose names are written in full. */
#define EVERT_DNS_EXPANDED_SIZE 1040

/* Where a reader is in a section of a message. */
struct evert_dns_cursor {
	const struct evert_dns_message *message;
	size_t at;
	unsigned int left;
	bool is_question;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	uint8_t data[EVERT_DNS_EXPANDED_SIZE];
};

/* Begins before the first record of a section. Only of a message without
   problem. */
void evert_dns_cursor_start(struct evert_dns_cursor *cursor,
			    const struct evert_dns_message *message,
			    enum evert_dns_section section);

/*
 * Goes on to the next record, or is false at the end. It points into the cursor
 * and the message, and holds until the next call. OPT is passed over: `edns`
 * has it. Questions are records without data and TTL.
 */
bool evert_dns_cursor_next(struct evert_dns_cursor *cursor,
			   struct evert_dns_record *record);

EVERT_END

#endif
