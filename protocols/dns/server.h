/* SPDX-License-Identifier: MIT */
/*
 * Answering DNS questions, over datagrams and streams (twisted.names.server;
 * RFC 1035, 7766, 6891). A function is handed questions and gives answers:
 *
 *	static struct evert_result answer(struct evert_dns_request *request,
 *					  void *table)
 *	{
 *		char name[EVERT_DNS_NAME_TEXT_SIZE];
 *		const struct evert_address *found;
 *
 *		evert_dns_name_text(request->question.name, name, sizeof(name));
 *		found = find(table, name);
 *		if (found)
 *			evert_dns_request_add_address(request, 300, found);
 *		else
 *			request->rcode = EVERT_DNS_NXDOMAIN;
 *		return evert_result_none();
 *	}
 *
 *	server = evert_dns_server_create(reactor, answer, table, NULL);
 *	d = evert_dns_server_listen(server, "127.0.0.1", 4343);
 *
 * A name's text ends in a dot ("www.example.org."), and has its letters as the
 * client wrote them: compare without case, or compare the names themselves
 * (reactor/dns/name.h).
 *
 * What it returns may wait for a Deferred: then the answer is sent when that
 * has fired, meanwhile others are answered:
 *
 *	d = evert_defer_to_thread(reactor, look_up, key);
 *	evert_deferred_add_callback(d, answer_late, request);
 *	return evert_result_wait(d);
 *
 * A failure is answered SERVFAIL, and reported as one that nobody handled.
 *
 * The server itself answers what is no question: FORMERR to what it cannot
 * read or has not one question, NOTIMP to another opcode, BADVERS to an EDNS
 * version that is not 0, REFUSED to a class that is not IN and to what asks for
 * a zone (AXFR, IXFR); nothing to responses and to what is shorter than a
 * header. It cuts what is too large for a datagram, and sets TC.
 *
 * Thread rule: the reactor's thread. Everything may be called from inside the
 * answering function.
 */
#ifndef EVERT_PROTOCOLS_DNS_SERVER_H
#define EVERT_PROTOCOLS_DNS_SERVER_H

#include "../../deferred/deferred.h"
#include "../../reactor/dns/message.h"
#include "../../reactor/dns/record.h"
#include "../../reactor/reactor.h"
#include "../../reactor/transport/datagram.h"
#include "../../reactor/transport/protocol.h"

EVERT_BEGIN

struct evert_dns_server;

/* ---- Questions ---- */

/* A question and the answer in the making. It is the server's, until the
   answering function has returned, or what it waits for has fired. */
struct evert_dns_request {
	/* What was asked; to be read. */
	struct evert_dns_server *server;
	struct evert_dns_header header;
	struct evert_dns_question question; /* of the class IN */
	struct evert_dns_edns edns;	    /* without its options */
	struct evert_address peer;
	bool is_stream; /* it came over TCP, or another stream */

	/* The answer's header; to be written. At first 0 and false. */
	uint16_t rcode; /* enum evert_dns_rcode */
	bool is_authoritative;
	bool recursion_available;
	bool is_authentic;
};

/*
 * Adds a set of records to a section of the answer, sections in their order.
 * A set is sent as a whole or not at all. What `records` points to is borrowed
 * until the answer was sent. 0, or -ENOMEM: then the answer is SERVFAIL.
 */
int evert_dns_request_add(struct evert_dns_request *request,
			  enum evert_dns_section section,
			  const struct evert_dns_record *records, size_t count);

/* The same, of a set that the request then owns; on an error, too. NULL (what
   a function without memory returned) is -ENOMEM. */
int evert_dns_request_add_owned(struct evert_dns_request *request,
				enum evert_dns_section section,
				struct evert_dns_records *records);

/*
 * Adds the address to the answer section, as a record of the name that was
 * asked for: A or AAAA, if that was asked for, or ANY; else nothing. So a
 * table of names and addresses needs no more. 0; -ENOMEM, then it is SERVFAIL;
 * -EAFNOSUPPORT for an address that is neither.
 */
int evert_dns_request_add_address(struct evert_dns_request *request,
				  uint32_t ttl,
				  const struct evert_address *address);

/* The function that answers questions. */
typedef struct evert_result (*evert_dns_answer)(
	struct evert_dns_request *request, void *arg);

/* ---- Servers ---- */

/* How a server answers. All zero is the default. */
struct evert_dns_server_options {
	/* The largest answer over datagrams, whatever the client would take;
	   0: 1232, which is not fragmented (RFC 9715). At least 512. */
	uint16_t datagram_size;
	/* Answers that are waited for: of all datagrams, beyond which they are
	   SERVFAIL (0: 10000); of one connection, beyond which it is not read
	   (0: 100). */
	size_t waiting, waiting_each;
	size_t connections;  /* at once; one more is closed. 0: 1000 */
	double idle_seconds; /* before a connection is closed. 0: 10 */
};

/*
 * Makes a server that listens nowhere yet. The caller owns it. `options` may
 * be NULL. NULL and errno: ENOMEM; EINVAL for an option out of range.
 */
struct evert_dns_server *
evert_dns_server_create(struct evert_reactor *reactor, evert_dns_answer answer,
			void *arg,
			const struct evert_dns_server_options *options);

/*
 * Listens on an address, UDP and TCP, on one port; 0 picks one that is free for
 * both. `host` is a numeric address without brackets, or NULL: every address,
 * IPv4 and IPv6. Fires with the port number (evert_result_as_integer). Fails
 * with EVERT_LISTEN_FAILED, then it does not listen there; EVERT_CANCELLED
 * after evert_dns_server_destroy. The caller owns the reading end.
 */
#define evert_dns_server_listen(...) \
	evert_dns_server_listen_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_dns_server_listen_at(struct evert_dns_server *server, const char *host,
			   uint16_t port, const char *place);

/* What serves other kinds of sockets: the factory of its connections, for
   evert_listen on any endpoint of streams; and a protocol for a transport of
   datagrams, one each, which the transport owns. They may be used until the
   server is destroyed; the ports are the caller's to stop. NULL, errno ENOMEM.
   */
struct evert_factory *evert_dns_server_factory(struct evert_dns_server *server);
struct evert_datagram_protocol *
evert_dns_server_datagram_protocol(struct evert_dns_server *server);

/*
 * Stops listening. Answers that are waited for are cancelled, those that were
 * given are sent; connections are closed. From inside the answering function,
 * too: what that returns is not sent. NULL does nothing.
 */
void evert_dns_server_destroy(struct evert_dns_server *server);

/* How many questions it has answered. */
uint64_t evert_dns_server_answered(const struct evert_dns_server *server);

EVERT_END

#endif
