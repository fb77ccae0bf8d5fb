/* SPDX-License-Identifier: MIT */
/*
 * DNS messages and zone files as text, without a socket.
 *
 *	dns_text print < message	the answers, as dig +noall +answer
 *	dns_text zone FILE ORIGIN	the records of a zone file, the same
 *	dns_text answer FILE ORIGIN	a query on stdin, its answer to stdout
 *
 * The last is a name server's work done for one message: tests/peers/dns_text.sh
 * lets dig read what it writes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../evert.h"

#define MESSAGE_MAX 65535

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "dns_text: %s: %s\n", what, why);
	exit(1);
}

static void print(const struct evert_dns_record *record)
{
	static char text[4 * MESSAGE_MAX + 2000];

	evert_dns_record_text(record, text, sizeof(text));
	puts(text);
}

static void read_message(struct evert_dns_message *message)
{
	static uint8_t bytes[MESSAGE_MAX + 1];
	char where[32];

	if (evert_dns_message_read(message, bytes,
				   fread(bytes, 1, sizeof(bytes), stdin))) {
		snprintf(where, sizeof(where), "byte %zu",
			 message->problem.at);
		give_up(where, message->problem.text);
	}
}

static int print_message(void)
{
	struct evert_dns_message message;
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;

	read_message(&message);
	evert_dns_cursor_start(&cursor, &message, EVERT_DNS_ANSWER);
	while (evert_dns_cursor_next(&cursor, &record))
		print(&record);
	return 0;
}

/* A whole file. The caller frees it. */
static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "r");
	char *bytes = NULL;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		give_up(path, strerror(errno));
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes)
		give_up(path, strerror(ENOMEM));
	*length = fread(bytes, 1, (size_t)size, file);
	fclose(file);
	return bytes;
}

static struct evert_dns_records *read_zone(const char *path, const char *origin)
{
	size_t length;
	char *bytes = read_file(path, &length);
	struct evert_dns_zone *zone =
		evert_dns_zone_create(path, bytes, length, origin);
	struct evert_dns_records *records;

	if (!zone)
		give_up(origin, strerror(errno));
	records = evert_dns_zone_records(zone);
	if (!records)
		give_up("zone", errno == EBADMSG ? evert_dns_zone_problem(zone) :
						   strerror(errno));
	evert_dns_zone_destroy(zone);
	free(bytes);
	return records;
}

static int print_zone(const char *path, const char *origin)
{
	struct evert_dns_records *records = read_zone(path, origin);

	for (size_t i = 0; i < records->count; i++)
		print(&records->record[i]);
	evert_dns_records_destroy(records);
	return 0;
}

/* All records of the name and type asked for, one set. */
static void write_answers(struct evert_dns_writer *writer,
			  const struct evert_dns_question *question,
			  const struct evert_dns_records *records)
{
	struct evert_dns_record *set;
	size_t count = 0;

	set = calloc(records->count + 1, sizeof(*set));
	if (!set)
		give_up("answer", strerror(ENOMEM));
	for (size_t i = 0; i < records->count; i++)
		if (records->record[i].type == question->type &&
		    evert_dns_name_is_equal(records->record[i].name,
					    question->name))
			set[count++] = records->record[i];
	if (!count)
		writer->header.rcode = EVERT_DNS_NXDOMAIN;
	evert_dns_writer_records(writer, EVERT_DNS_ANSWER, set, count);
	free(set);
}

static int answer(const char *path, const char *origin)
{
	static uint8_t bytes[MESSAGE_MAX];
	struct evert_dns_records *records = read_zone(path, origin);
	struct evert_dns_message query;
	struct evert_dns_writer writer;

	read_message(&query);
	evert_dns_writer_init(&writer, bytes, sizeof(bytes));
	writer.header = query.header;
	writer.header.is_response = true;
	evert_dns_writer_question(&writer, &query.question);
	evert_dns_writer_edns(&writer, &query.edns);
	write_answers(&writer, &query.question, records);
	fwrite(bytes, 1, evert_dns_writer_finish(&writer), stdout);
	evert_dns_records_destroy(records);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "print"))
		return print_message();
	if (argc == 4 && !strcmp(argv[1], "zone"))
		return print_zone(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "answer"))
		return answer(argv[2], argv[3]);
	fprintf(stderr, "usage: dns_text print < MESSAGE\n"
			"       dns_text zone FILE ORIGIN\n"
			"       dns_text answer FILE ORIGIN < QUERY\n");
	return 2;
}
