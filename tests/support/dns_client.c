/* SPDX-License-Identifier: MIT */
#include "dns_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "../../reactor/dns/message_writer.h"
#include "reactor.h"

enum { TEXT_SIZE = 200000 };

static char text[TEXT_SIZE];

void dns_client_init(struct dns_client *client, struct evert_reactor *reactor,
		     uint16_t port)
{
	*client = (struct dns_client){
		.reactor = reactor,
		.port = port,
		.udp = -1,
		.tcp = -1,
		.id = 1,
	};
}

void dns_client_finish(struct dns_client *client)
{
	if (client->udp >= 0)
		close(client->udp);
	if (client->tcp >= 0)
		close(client->tcp);
}

static int connect_by(const struct dns_client *client, int type)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(client->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	cr_assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
		  0);
	return fd;
}

/* ---- Texts ---- */

size_t dns_question_bytes(struct dns_client *client, const char *asked,
			  uint8_t *bytes, size_t size)
{
	char name[1100], type[32], class[32] = "IN";
	struct evert_dns_question question;
	struct evert_dns_writer writer;
	struct evert_dns_edns edns = {
		.is_present = client->edns_size,
		.size = (uint16_t)client->edns_size,
	};

	cr_assert(sscanf(asked, "%1099s %31s %31s", name, type, class) >= 2);
	cr_assert(evert_dns_name_parse(question.name, name, NULL) == 0);
	cr_assert(evert_dns_type_parse(&question.type, type) == 0);
	cr_assert(evert_dns_class_parse(&question.dns_class, class) == 0);
	evert_dns_writer_init(&writer, bytes, size);
	writer.header.id = client->id++;
	evert_dns_writer_edns(&writer, &edns);
	cr_assert(evert_dns_writer_question(&writer, &question) == 0);
	return evert_dns_writer_finish(&writer);
}

static size_t add_text(size_t used, const char *format, const char *what)
{
	int size = snprintf(text + used, TEXT_SIZE - used, format, what);

	cr_assert(size >= 0 && (size_t)size < TEXT_SIZE - used);
	return used + (size_t)size;
}

/* A record's text, each run of blanks as one. */
static size_t add_record(size_t used, const struct evert_dns_record *record)
{
	char line[70000], *from, *to = line;

	evert_dns_record_text(record, line, sizeof(line));
	for (from = line; *from; from++)
		if (*from != '\t')
			*to++ = *from;
		else if (to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return add_text(used, "%s", line);
}

static size_t add_section(size_t used, const struct evert_dns_message *message,
			  enum evert_dns_section section)
{
	static struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	bool is_first = true;

	evert_dns_cursor_start(&cursor, message, section);
	while (evert_dns_cursor_next(&cursor, &record)) {
		used = add_text(used, "%s", is_first ? " " : " | ");
		used = add_record(used, &record);
		is_first = false;
	}
	return used;
}

static const char *describe(const void *bytes, size_t length)
{
	char rcode[EVERT_DNS_NUMBER_TEXT_SIZE];
	struct evert_dns_message message;
	size_t used;
	int section;

	cr_assert(evert_dns_message_read(&message, bytes, length) == 0);
	evert_dns_rcode_text(message.header.rcode, rcode, sizeof(rcode));
	used = add_text(0, "%s", rcode);
	if (message.header.is_authoritative)
		used = add_text(used, "%s", " aa");
	if (message.header.is_truncated)
		used = add_text(used, "%s", " tc");
	for (section = EVERT_DNS_ANSWER; section < EVERT_DNS_SECTIONS;
	     section++) {
		used = add_text(used, "%s", ";");
		used = add_section(used, &message, section);
	}
	while (used && text[used - 1] == ';')
		text[--used] = '\0';
	return text;
}

/* ---- UDP ---- */

const char *dns_send_bytes(struct dns_client *client, const void *bytes,
			   size_t length)
{
	static uint8_t answer[65535];
	ssize_t size;

	if (client->udp < 0)
		client->udp = connect_by(client, SOCK_DGRAM);
	cr_assert(send(client->udp, bytes, length, 0) == (ssize_t)length);
	turn_until_idle(client->reactor);
	size = recv(client->udp, answer, sizeof(answer), MSG_DONTWAIT);
	return size < 0 ? "nothing" : describe(answer, (size_t)size);
}

const char *dns_ask(struct dns_client *client, const char *question)
{
	uint8_t bytes[2000];

	return dns_send_bytes(client, bytes,
			      dns_question_bytes(client, question, bytes,
						 sizeof(bytes)));
}

/* ---- TCP ---- */

void dns_stream_write(struct dns_client *client, const void *bytes,
		      size_t length)
{
	if (client->tcp < 0)
		client->tcp = connect_by(client, SOCK_STREAM);
	cr_assert(send(client->tcp, bytes, length, MSG_NOSIGNAL) ==
		  (ssize_t)length);
}

void dns_stream_ask(struct dns_client *client, const char *question)
{
	uint8_t bytes[2002];
	size_t length = dns_question_bytes(client, question, bytes + 2, 2000);

	bytes[0] = (uint8_t)(length >> 8);
	bytes[1] = (uint8_t)length;
	dns_stream_write(client, bytes, length + 2);
}

/* All of it, the reactor turning meanwhile; false: the end. */
static bool read_all(struct dns_client *client, uint8_t *bytes, size_t length)
{
	ssize_t size;

	while (length) {
		size = recv(client->tcp, bytes, length, MSG_DONTWAIT);
		if (size == 0)
			return false;
		if (size < 0) {
			cr_assert(errno == EAGAIN);
			turn(client->reactor);
			continue;
		}
		bytes += size;
		length -= (size_t)size;
	}
	return true;
}

const char *dns_stream_answer(struct dns_client *client)
{
	static uint8_t answer[65535];
	uint8_t prefix[2];
	size_t length;

	if (!read_all(client, prefix, 2))
		return "end";
	length = (size_t)(prefix[0] << 8 | prefix[1]);
	cr_assert(read_all(client, answer, length));
	return describe(answer, length);
}
