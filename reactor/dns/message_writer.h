/* SPDX-License-Identifier: MIT */
/*
 * Writing a DNS message into given memory.
 *
 *	evert_dns_writer_init(&writer, bytes, 512);
 *	writer.header = (struct evert_dns_header){ .id = id, .is_response = true };
 *	evert_dns_writer_question(&writer, &message.question);
 *	evert_dns_writer_records(&writer, EVERT_DNS_ANSWER, found, count);
 *	length = evert_dns_writer_finish(&writer);
 *
 * Names are compressed (RFC 1035, 4.1.4): owners, and in data those of the
 * types of RFC 1035 only (RFC 3597, 4). Only what is spelt the same, letter
 * for letter, is: so every name keeps its spelling.
 *
 * Any thread; nothing here allocates.
 */
#ifndef EVERT_REACTOR_DNS_MESSAGE_WRITER_H
#define EVERT_REACTOR_DNS_MESSAGE_WRITER_H

#include "message.h"

EVERT_BEGIN

/* How many ends of names are remembered to point to. */
#define EVERT_DNS_WRITER_SUFFIXES 256

/* A message in the making. */
struct evert_dns_writer {
	/* Yours to set, until the end. is_truncated is set by the writer as
	   well; an rcode above 15 needs EDNS. */
	struct evert_dns_header header;

	/* Of the writer's own. */
	uint8_t *bytes;
	size_t size; /* what is kept for OPT is not in it */
	size_t length;
	bool is_full; /* a set found no room */
	enum evert_dns_section section;
	uint16_t counts[EVERT_DNS_SECTIONS];
	struct evert_dns_edns edns;
	uint16_t first_size; /* of the name behind the header, in full */
	bool is_first_kept;  /* among the suffixes */
	uint16_t suffix_count;
	uint16_t heads[64];
	struct evert_dns_suffix {
		uint16_t at;
		uint16_t parent;
		uint16_t next;
	} suffixes[EVERT_DNS_WRITER_SUFFIXES];
};

/*
 * Begins a message of at most `size` bytes: 12 to 65535; 512 over UDP, what
 * EDNS says (at least 512), or 65535 over TCP. The memory is borrowed until
 * the end.
 */
void evert_dns_writer_init(struct evert_dns_writer *writer, void *bytes,
			   size_t size);

/* Writes a question; not after a record. 0; -EMSGSIZE: no room. */
int evert_dns_writer_question(struct evert_dns_writer *writer,
			      const struct evert_dns_question *question);

/*
 * Keeps room for an OPT record, which evert_dns_writer_finish writes: so call
 * it before any records. The options are borrowed until then. 0; -EMSGSIZE:
 * no room. With is_present false it does nothing.
 */
int evert_dns_writer_edns(struct evert_dns_writer *writer,
			  const struct evert_dns_edns *edns);

/*
 * Writes a set of records, all or none (RFC 2181, 9). Sections in their
 * order. 0; -EMSGSIZE: there is no room for all. Then, but for the additional
 * section, the message is truncated (TC) and takes no more records. -EINVAL:
 * the data of a record is not as its type has it; the message is as before.
 */
int evert_dns_writer_records(struct evert_dns_writer *writer,
			     enum evert_dns_section section,
			     const struct evert_dns_record *records,
			     size_t count);

/* Writes OPT and the header. Returns the message's length. */
size_t evert_dns_writer_finish(struct evert_dns_writer *writer);

EVERT_END

#endif
