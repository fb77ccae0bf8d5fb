/* SPDX-License-Identifier: MIT */
/* The question as it is sent, and whether a message is an answer to it. */
#include <string.h>

#include "../dns/message_internal.h"
#include "query_internal.h"

enum {
	HEADER = DNS_HEADER_SIZE,
	BEHIND_NAME = 4, /* type and class */
};

/* ---- The question ---- */

/* Of ASCII, whatever the locale. Lengths of labels, at most 63, are none. */
static bool is_letter(uint8_t byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* Of each byte that is a letter the bit 0x20. */
static uint64_t letters_of(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t small = (word | 0x20 * ones) & (0x7f * ones);
	uint64_t from_a = small + (0x80 - 'a') * ones;
	uint64_t beyond_z = small + (0x80 - 'z' - 1) * ones;

	return (from_a & ~beyond_z & ~word & (0x80 * ones)) >> 2;
}

/* Eight bits, each as the bit 0x20 of a byte. */
static uint64_t spread(uint8_t bits)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t each = bits * ones & 0x8040201008040201;

	return ((each + 0x7f * ones) & (0x80 * ones)) >> 2;
}

/* Up to eight bytes. */
static inline void mix_word(uint8_t *bytes, size_t size, unsigned bits)
{
	uint64_t word = 0;

	memcpy(&word, bytes, size);
	word ^= letters_of(word) & spread((uint8_t)bits);
	memcpy(bytes, &word, size);
}

/* 0x20: an answer that keeps the letters has seen the question. */
static void mix_case(uint8_t *name, size_t length, struct evert_random *random)
{
	unsigned bits = 0;
	size_t at;

	for (at = 0; at < length; at += sizeof(uint64_t)) {
		bits = at % 16 ? bits >> 8 : evert_random_take(random);
		if (length - at >= sizeof(uint64_t))
			mix_word(name + at, sizeof(uint64_t), bits);
		else
			mix_word(name + at, length - at, bits);
	}
}

/* The header without an id: one question, and with EDNS one record behind. */
static size_t put_header(uint8_t *message, bool is_authentic, bool with_edns)
{
	const uint8_t header[DNS_HEADER_SIZE] = {
		[2] = DNS_RD >> 8,
		[3] = is_authentic ? DNS_AD : 0,
		[5] = 1,
		[11] = with_edns,
	};

	memcpy(message, header, sizeof(header));
	return sizeof(header);
}

static size_t put_type(uint8_t *message, uint16_t type)
{
	const uint8_t behind_name[BEHIND_NAME] = {
		(uint8_t)(type >> 8),
		(uint8_t)type,
		0,
		EVERT_DNS_CLASS_IN,
	};

	memcpy(message, behind_name, sizeof(behind_name));
	return sizeof(behind_name);
}

/* OPT, of the root, without options (RFC 6891, 6.1.2). */
static size_t put_edns(uint8_t *message)
{
	static const uint8_t opt[11] = {
		[2] = EVERT_DNS_OPT,
		[3] = EVERT_QUERY_EDNS_SIZE >> 8,
		[4] = EVERT_QUERY_EDNS_SIZE & 0xff,
	};

	memcpy(message, opt, sizeof(opt));
	return sizeof(opt);
}

void evert_query_write(struct evert_query *query)
{
	struct evert_name_server *server = evert_query_server(query);
	size_t length = evert_dns_name_length(query->name);
	uint8_t *message = query->message;
	uint8_t *name;

	query->with_edns &= !server->has_no_edns;
	name = message + put_header(message, query->config->conf.trust_ad,
				    query->with_edns);
	memcpy(name, query->name, length);
	if (!evert_query_round(query) && server->case_echo != EVERT_CASE_LOST)
		mix_case(name, length, server->random);
	message = name + length;
	message += put_type(message, query->type);
	if (query->with_edns)
		message += put_edns(message);
	query->exchange.message = query->message;
	query->exchange.length = (uint16_t)(message - query->message);
}

/* ---- Answers ---- */

static uint16_t number_at(const uint8_t *message, size_t at)
{
	return (uint16_t)(message[at] << 8 | message[at + 1]);
}

static bool is_response(const uint8_t *message, size_t length)
{
	return length >= HEADER && (message[2] & 0xf8) == 0x80;
}

/* Without a question it may say that it can't answer, but nothing else. */
static bool may_lack_question(const uint8_t *message)
{
	unsigned rcode = message[3] & 0xf;

	return rcode != EVERT_DNS_NXDOMAIN &&
	       (rcode != EVERT_DNS_NOERROR || number_at(message, 10));
}

/* Is it the same but for large and small letters? */
static bool is_other_spelling(const uint8_t *theirs, const uint8_t *ours,
			      size_t length)
{
	uint8_t difference;
	size_t i;

	for (i = 0; i < length; i++) {
		difference = theirs[i] ^ ours[i];
		if (difference && (difference != 0x20 || !is_letter(ours[i])))
			return false;
	}
	return true;
}

static bool is_spelling_right(struct evert_query *query,
			      const uint8_t *theirs, const uint8_t *ours,
			      size_t length)
{
	struct evert_name_server *server = evert_query_server(query);

	if (!memcmp(theirs, ours, length)) {
		if (memcmp(ours, query->name, length) != 0)
			server->case_echo = EVERT_CASE_KEPT;
		return true;
	}
	if (!is_other_spelling(theirs, ours, length))
		return false;
	if (evert_query_round(query))
		return true;
	if (server->case_echo == EVERT_CASE_KEPT)
		return false;
	server->case_echo = EVERT_CASE_LOST;
	return true;
}

/* Is it our question that stands there? Then it gets the caller's spelling,
   and so does whatever points to it. */
static bool is_our_question(struct evert_query *query, uint8_t *message,
			    size_t length)
{
	const uint8_t *ours = query->message + HEADER;
	size_t name = evert_dns_name_length(ours);

	if (length < HEADER + name + BEHIND_NAME ||
	    memcmp(message + HEADER + name, ours + name, BEHIND_NAME) != 0 ||
	    !is_spelling_right(query, message + HEADER, ours, name))
		return false;
	memcpy(message + HEADER, query->name, name);
	return true;
}

bool evert_query_is_answer(struct evert_query *query, uint8_t *message,
			   size_t length)
{
	if (!is_response(message, length))
		return false;
	switch (number_at(message, 4)) {
	case 0:
		return may_lack_question(message);
	case 1:
		return is_our_question(query, message, length);
	default:
		return false;
	}
}
