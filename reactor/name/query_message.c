/* SPDX-License-Identifier: MIT */
/* The question as it is sent, and whether a message is an answer to it. */
#include <string.h>

#include "../dns/message_writer.h"
#include "query_internal.h"

enum {
	HEADER = 12,
	BEHIND_NAME = 4, /* type and class */
};

/* ---- The question ---- */

/* Of ASCII, whatever the locale. Lengths of labels, at most 63, are none. */
static bool is_letter(uint8_t byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* 0x20: an answer that keeps the letters has seen the question. */
static void mix_case(uint8_t *name, struct evert_random *random)
{
	size_t length = evert_dns_name_length(name), i;
	uint16_t bits = 0;

	for (i = 0; i < length; i++) {
		if (i % 16 == 0)
			bits = evert_random_take(random);
		if (is_letter(name[i]) && bits >> i % 16 & 1)
			name[i] ^= 0x20;
	}
}

void evert_query_write(struct evert_query *query)
{
	struct evert_name_server *server = evert_query_server(query);
	struct evert_dns_question question = {
		.type = query->type,
		.dns_class = EVERT_DNS_CLASS_IN,
	};
	struct evert_dns_edns edns = {
		.is_present = query->with_edns && !server->has_no_edns,
		.size = EVERT_QUERY_EDNS_SIZE,
	};
	struct evert_dns_writer writer;

	memcpy(question.name, query->name, evert_dns_name_length(query->name));
	if (!evert_query_round(query) && server->case_echo != EVERT_CASE_LOST)
		mix_case(question.name, server->random);
	evert_dns_writer_init(&writer, query->message, sizeof(query->message));
	writer.header = (struct evert_dns_header){
		.recursion_desired = true,
		.is_authentic = query->config->conf.trust_ad,
	};
	query->with_edns = edns.is_present;
	evert_dns_writer_question(&writer, &question);
	evert_dns_writer_edns(&writer, &edns);
	query->exchange.message = query->message;
	query->exchange.length = (uint16_t)evert_dns_writer_finish(&writer);
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
	size_t name = evert_dns_name_length(ours), i;
	uint8_t difference;

	if (length < HEADER + name + BEHIND_NAME ||
	    memcmp(message + HEADER + name, ours + name, BEHIND_NAME) != 0)
		return false;
	for (i = 0; i < name; i++) {
		difference = message[HEADER + i] ^ ours[i];
		if (difference && (difference != 0x20 || !is_letter(ours[i])))
			return false;
	}
	if (!is_spelling_right(query, message + HEADER, ours, name))
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
