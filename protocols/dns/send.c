/* SPDX-License-Identifier: MIT */
/* Answers as bytes. */
#include "server_internal.h"

#include <errno.h>

enum {
	PLAIN_SIZE = 512, /* over datagrams, without EDNS (RFC 1035, 2.3.4) */
	STREAM_SIZE = 65535,
};

static size_t most(const struct dns_origin *origin,
		   const struct evert_dns_edns *edns)
{
	size_t size = PLAIN_SIZE;

	if (!origin->datagram)
		return STREAM_SIZE;
	if (edns->is_present && edns->size > PLAIN_SIZE)
		size = edns->size;
	return size < origin->server->options.datagram_size
		       ? size
		       : origin->server->options.datagram_size;
}

/* What of the question's header is in the answer's. */
static struct evert_dns_header header_for(const struct evert_dns_header *asked,
					  uint16_t rcode)
{
	return (struct evert_dns_header){
		.id = asked->id,
		.opcode = asked->opcode,
		.rcode = rcode,
		.is_response = true,
		.recursion_desired = asked->recursion_desired,
		.is_checking_disabled = asked->is_checking_disabled,
	};
}

/* Who asked with EDNS is answered with it (RFC 6891, 6.1.1). */
static void begin(const struct dns_origin *origin,
		  const struct evert_dns_edns *edns,
		  const struct evert_dns_question *question,
		  const struct evert_dns_header *header)
{
	struct evert_dns_server *server = origin->server;
	struct evert_dns_edns ours = {
		.is_present = edns->is_present,
		.is_dnssec_ok = edns->is_dnssec_ok,
		.size = server->options.datagram_size,
	};

	evert_dns_writer_init(&server->writer, server->message,
			      most(origin, edns));
	server->writer.header = *header;
	if (question)
		evert_dns_writer_question(&server->writer, question);
	evert_dns_writer_edns(&server->writer, &ours);
}

/* Who can't be sent to any more is told nothing; a client asks again. */
static void send_off(const struct dns_origin *origin)
{
	struct evert_dns_server *server = origin->server;
	size_t length = evert_dns_writer_finish(&server->writer);
	const char *message = (const char *)server->message;

	server->answered++;
	if (origin->datagram)
		evert_datagram_answer(origin->datagram, message, length);
	else
		evert_length_prefixed_send_string(&origin->connection->base,
						  message, length);
}

void dns_send_refusal(const struct dns_origin *origin,
		      const struct evert_dns_message *message, uint16_t rcode)
{
	struct evert_dns_header header = header_for(&message->header, rcode);

	begin(origin, &message->edns,
	      message->has_question ? &message->question : NULL, &header);
	send_off(origin);
}

/* False: some data is not as its type has it. */
static bool write_sets(struct evert_dns_writer *writer,
		       const struct dns_set *sets, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (evert_dns_writer_records(writer, sets[i].section,
					     sets[i].records,
					     sets[i].count) == -EINVAL)
			return false;
	return true;
}

void dns_send_answer(const struct dns_origin *origin,
		     const struct evert_dns_request *request,
		     const struct dns_set *sets, size_t count)
{
	struct evert_dns_header header =
		header_for(&request->header, request->rcode);

	header.is_authoritative = request->is_authoritative;
	header.recursion_available = request->recursion_available;
	header.is_authentic = request->is_authentic;
	begin(origin, &request->edns, &request->question, &header);
	if (!write_sets(&origin->server->writer, sets, count)) {
		header.rcode = EVERT_DNS_SERVFAIL;
		begin(origin, &request->edns, &request->question, &header);
	}
	send_off(origin);
}
