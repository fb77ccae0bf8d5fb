/* SPDX-License-Identifier: MIT */
#include "name_server.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "../../reactor/dns/message_writer.h"
#include "../../reactor/dns/record.h"
#include "reactor.h"

/* ---- Sockets ---- */

static int open_socket(int type, struct evert_address *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	return bind(fd, &address->as.any, address->length) ? close(fd), -1 :
							     fd;
}

/* One port for both; another process may have it over TCP. */
void name_server_open(struct name_server *server)
{
	do {
		evert_address_parse(&server->address, "127.0.0.1", 0);
		server->udp = open_socket(SOCK_DGRAM, &server->address);
		cr_assert(server->udp >= 0);
		cr_assert(getsockname(server->udp, &server->address.as.any,
				      &server->address.length) == 0);
		server->tcp = open_socket(SOCK_STREAM, &server->address);
		if (server->tcp < 0)
			close(server->udp);
	} while (server->tcp < 0);
	cr_assert(listen(server->tcp, 16) == 0);
	server->stream = -1;
}

struct evert_resolver_options
name_server_options(const struct name_server *server)
{
	return (struct evert_resolver_options){
		.way = EVERT_RESOLVER_OWN,
		.servers = &server->address,
		.server_count = 1,
		.resolv_conf_file = "/dev/null",
		.hosts_file = "/dev/null",
		.host_conf_file = "/dev/null",
		.nsswitch_file = "/dev/null",
		.gai_conf_file = "/dev/null",
	};
}

void name_server_close(struct name_server *server)
{
	close(server->udp);
	close(server->tcp);
	if (server->stream >= 0)
		close(server->stream);
}

static bool is_readable(int fd)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	return poll(&watched, 1, 0) == 1;
}

/* ---- Queries ---- */

static void look_at(struct name_query *query)
{
	cr_assert(evert_dns_message_read(&query->message, query->bytes,
					 query->length) == 0);
	cr_assert(query->message.has_question);
	evert_dns_name_text(query->message.question.name, query->name,
			    sizeof(query->name));
	query->type = query->message.question.type;
}

static void turn_until_readable(struct evert_reactor *reactor, int fd)
{
	while (!is_readable(fd))
		turn(reactor);
}

struct name_query name_server_take(struct name_server *server,
				   struct evert_reactor *reactor)
{
	struct name_query query = { .from.length = sizeof(query.from.as) };
	ssize_t got;

	turn_until_readable(reactor, server->udp);
	got = recvfrom(server->udp, query.bytes, sizeof(query.bytes), 0,
		       &query.from.as.any, &query.from.length);
	cr_assert(got > 0);
	query.length = (size_t)got;
	look_at(&query);
	return query;
}

static void read_exactly(int fd, void *to, size_t size,
			 struct evert_reactor *reactor)
{
	size_t got = 0;

	while (got < size) {
		turn_until_readable(reactor, fd);
		got += (size_t)read(fd, (char *)to + got, size - got);
	}
}

/* Without waiting for what was sent before to be acknowledged: time does not
   pass by itself. */
static int accept_stream(int listener)
{
	int fd = accept(listener, NULL, NULL), on = 1;

	cr_assert(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

struct name_query name_server_take_stream(struct name_server *server,
					  struct evert_reactor *reactor)
{
	struct name_query query = { .over_tcp = true };
	uint8_t prefix[2];

	if (server->stream < 0) {
		turn_until_readable(reactor, server->tcp);
		server->stream = accept_stream(server->tcp);
	}
	read_exactly(server->stream, prefix, 2, reactor);
	query.length = (size_t)prefix[0] << 8 | prefix[1];
	cr_assert(query.length <= sizeof(query.bytes));
	read_exactly(server->stream, query.bytes, query.length, reactor);
	look_at(&query);
	return query;
}

bool name_server_is_idle(struct name_server *server,
			 struct evert_reactor *reactor)
{
	turn_until_idle(reactor);
	return !is_readable(server->udp) && !is_readable(server->tcp);
}

/* ---- Answers ---- */

/* The data of the few types that are needed, by hand: so the test does not
   lean on what it tests. Returns its length. */
static uint16_t write_data(const char *type, char *text, uint8_t *data)
{
	struct evert_address address;
	unsigned preference;
	char name[256];

	if (!strcmp(type, "A") || !strcmp(type, "AAAA")) {
		cr_assert(evert_address_parse(&address, text, 0) == 0);
		memcpy(data,
		       type[1] ? (void *)&address.as.ip6.sin6_addr :
					  (void *)&address.as.ip4.sin_addr,
		       type[1] ? 16 : 4);
		return type[1] ? 16 : 4;
	}
	if (!strcmp(type, "MX")) {
		cr_assert(sscanf(text, "%u %255s", &preference, name) == 2);
		data[0] = (uint8_t)(preference >> 8);
		data[1] = (uint8_t)preference;
		cr_assert(evert_dns_name_parse(data + 2, name, NULL) == 0);
		return (uint16_t)(2 + evert_dns_name_length(data + 2));
	}
	if (!strcmp(type, "SOA")) { /* its minimum alone */
		memset(data, 0, 22);
		data[21] = (uint8_t)atoi(text);
		return 22;
	}
	cr_assert(evert_dns_name_parse(data, text, NULL) == 0);
	return (uint16_t)evert_dns_name_length(data);
}

static void write_line(struct evert_dns_writer *writer,
		       enum evert_dns_section section, const char *line)
{
	uint8_t owner[EVERT_DNS_NAME_SIZE], data[512];
	char name[256], type[8], text[256];
	struct evert_dns_record record = {
		.name = owner,
		.data = data,
		.dns_class = EVERT_DNS_CLASS_IN,
	};
	unsigned ttl;

	cr_assert(sscanf(line, "%255s %u %7s %255[^\n]", name, &ttl, type,
			 text) == 4,
		  "%s", line);
	cr_assert(evert_dns_name_parse(owner, name, NULL) == 0);
	cr_assert(evert_dns_type_parse(&record.type, type) == 0);
	record.ttl = ttl;
	record.length = write_data(type, text, data);
	evert_dns_writer_records(writer, section, &record, 1);
}

static void write_section(struct evert_dns_writer *writer,
			  enum evert_dns_section section, const char *text)
{
	for (; text && *text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (*text)
			write_line(writer, section, text);
	}
}

size_t name_reply_write(const struct name_query *query,
			const struct name_reply *reply, uint8_t *bytes)
{
	static struct evert_dns_writer writer;
	struct evert_dns_question question = query->message.question;

	evert_dns_writer_init(&writer, bytes, 65535);
	writer.header = (struct evert_dns_header){
		.id = (uint16_t)(query->message.header.id +
				 reply->id_is_off_by),
		.is_response = true,
		.rcode = reply->rcode,
		.recursion_desired = true,
		.recursion_available = true,
		.is_truncated = reply->is_truncated,
	};
	if (reply->question)
		evert_dns_name_parse(question.name, reply->question, NULL);
	if (!reply->without_question)
		evert_dns_writer_question(&writer, &question);
	write_section(&writer, EVERT_DNS_ANSWER, reply->answers);
	write_section(&writer, EVERT_DNS_AUTHORITY, reply->authorities);
	return evert_dns_writer_finish(&writer);
}

void name_server_reply(struct name_server *server,
		       const struct name_query *query,
		       const struct name_reply *reply)
{
	static uint8_t bytes[2 + 65536];
	size_t length = name_reply_write(query, reply, bytes + 2);

	bytes[0] = (uint8_t)(length >> 8);
	bytes[1] = (uint8_t)length;
	if (query->over_tcp)
		cr_assert(write(server->stream, bytes, 2 + length) ==
			  (ssize_t)(2 + length));
	else
		cr_assert(sendto(server->udp, bytes + 2, length, 0,
				 &query->from.as.any, query->from.length) ==
			  (ssize_t)length);
}

void name_server_answer(struct name_server *server,
			const struct name_query *query, const char *answers)
{
	const struct name_reply reply = { .answers = answers };

	name_server_reply(server, query, &reply);
}
