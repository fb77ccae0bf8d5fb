/* SPDX-License-Identifier: MIT */
#include "zone.h"

#include "../../deferred/base/memory.h"
#include "field_internal.h"
#include "period_internal.h"
#include "records_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DATA_MAX 65535
/* Room behind the file's name: line, column, and the longest problem. */
#define PROBLEM_SIZE 128

struct evert_dns_zone {
	struct dns_lexer lexer;
	uint8_t origin[EVERT_DNS_NAME_SIZE];
	uint8_t origin_given[EVERT_DNS_NAME_SIZE];
	uint8_t owner[EVERT_DNS_NAME_SIZE];
	bool has_owner;
	bool has_class; /* one was said, or the first record is read */
	bool has_default_ttl;
	bool has_last_ttl;
	uint16_t dns_class;
	uint32_t default_ttl; /* of $TTL */
	uint32_t last_ttl;
	size_t problem_size;
	char *problem;
	char *file;
	uint8_t data[DATA_MAX];
	char texts[]; /* the file's name, and the problem */
};

/* To the file's beginning, with nothing known. */
static void rewind_zone(struct evert_dns_zone *zone)
{
	memcpy(zone->origin, zone->origin_given, sizeof(zone->origin));
	evert_dns_lexer_start(&zone->lexer, zone->lexer.text,
			      zone->lexer.length, zone->origin);
	zone->has_owner = false;
	zone->has_class = false;
	zone->has_default_ttl = false;
	zone->has_last_ttl = false;
	zone->dns_class = EVERT_DNS_CLASS_IN;
	zone->problem[0] = '\0';
}

struct evert_dns_zone *evert_dns_zone_create(const char *file,
					     const void *bytes, size_t length,
					     const char *origin)
{
	size_t file_size = strlen(file) + 1;
	size_t problem_size = file_size + PROBLEM_SIZE;
	struct evert_dns_zone *zone =
		evert_allocate(sizeof(*zone) + file_size + problem_size);
	int err;

	if (!zone)
		return NULL;
	err = evert_dns_name_parse(zone->origin_given, origin ? origin : ".",
				   NULL);
	if (err) {
		evert_free(zone);
		errno = -err;
		return NULL;
	}
	zone->file = memcpy(zone->texts, file, file_size);
	zone->problem = zone->texts + file_size;
	zone->problem_size = problem_size;
	zone->lexer.text = bytes;
	zone->lexer.length = length;
	rewind_zone(zone);
	return zone;
}

void evert_dns_zone_destroy(struct evert_dns_zone *zone)
{
	evert_free(zone);
}

const char *evert_dns_zone_problem(const struct evert_dns_zone *zone)
{
	return zone->problem;
}

static int fail(struct evert_dns_zone *zone, const struct dns_word *word,
		const char *problem)
{
	return evert_dns_lexer_fail(&zone->lexer, word, 0, problem);
}

/* A TTL has 31 bits (RFC 2181, 8). */
static bool read_ttl(const struct dns_word *word, uint32_t *ttl)
{
	return !word->is_quoted &&
	       !evert_dns_period_read(word->text, word->length, ttl) &&
	       *ttl <= INT32_MAX;
}

static int set_origin(struct evert_dns_zone *zone)
{
	uint8_t origin[EVERT_DNS_NAME_SIZE];
	struct dns_word word;
	int err = evert_dns_lexer_want(&zone->lexer, &word);

	if (!err)
		err = evert_dns_word_name(&zone->lexer, &word, origin);
	if (!err)
		err = evert_dns_lexer_end(&zone->lexer);
	if (!err)
		memcpy(zone->origin, origin, evert_dns_name_length(origin));
	return err;
}

static int set_ttl(struct evert_dns_zone *zone)
{
	struct dns_word word;
	uint32_t ttl;
	int err = evert_dns_lexer_want(&zone->lexer, &word);

	if (!err && !read_ttl(&word, &ttl))
		err = fail(zone, &word, "no TTL");
	if (!err)
		err = evert_dns_lexer_end(&zone->lexer);
	if (err)
		return err;
	zone->default_ttl = ttl;
	zone->has_default_ttl = true;
	return 0;
}

static int obey(struct evert_dns_zone *zone, const struct dns_word *word)
{
	if (evert_dns_word_is(word, "$ORIGIN"))
		return set_origin(zone);
	if (evert_dns_word_is(word, "$TTL"))
		return set_ttl(zone);
	if (evert_dns_word_is(word, "$INCLUDE"))
		return fail(zone, word, "$INCLUDE is not allowed here");
	return fail(zone, word, "an unknown directive");
}

/* What is said before the data. */
struct heading {
	bool has_ttl;
	uint32_t ttl;
	struct dns_word type_word;
	uint16_t type;
};

static int set_class(struct evert_dns_zone *zone, const struct dns_word *word,
		     uint16_t dns_class)
{
	if (dns_class == EVERT_DNS_CLASS_ANY ||
	    dns_class == EVERT_DNS_CLASS_NONE || !dns_class)
		return fail(zone, word, "a class that no record has");
	if (zone->has_class && zone->dns_class != dns_class)
		return fail(zone, word, "a second class");
	zone->dns_class = dns_class;
	zone->has_class = true;
	return 0;
}

static int set_type(struct evert_dns_zone *zone, struct heading *heading)
{
	const struct dns_word *word = &heading->type_word;

	if (word->is_quoted ||
	    evert_dns_type_parse_span(&heading->type, word->text, word->length))
		return fail(zone, word, "no type of records");
	if (!dns_type_is_data(heading->type))
		return fail(zone, word, "a type that no zone has");
	return 0;
}

/* [TTL] [class] type, or [class] [TTL] type. */
static int read_heading(struct evert_dns_zone *zone, struct heading *heading)
{
	struct dns_word *word = &heading->type_word;
	bool has_class = false;
	uint16_t dns_class;
	int err;

	heading->has_ttl = false;
	for (;;) {
		err = evert_dns_lexer_want(&zone->lexer, word);
		if (err)
			return err;
		if (!heading->has_ttl && read_ttl(word, &heading->ttl)) {
			heading->has_ttl = true;
		} else if (!has_class && !word->is_quoted &&
			   !evert_dns_class_parse_span(&dns_class, word->text,
						       word->length)) {
			has_class = true;
			err = set_class(zone, word, dns_class);
			if (err)
				return err;
		} else {
			return set_type(zone, heading);
		}
	}
}

static uint32_t last_u32(const struct evert_dns_record *record)
{
	return dns_u32(record->data + record->length - 4);
}

static int find_ttl(struct evert_dns_zone *zone, const struct heading *heading,
		    struct evert_dns_record *record)
{
	if (heading->has_ttl)
		record->ttl = heading->ttl;
	else if (zone->has_default_ttl)
		record->ttl = zone->default_ttl;
	else if (zone->has_last_ttl)
		record->ttl = zone->last_ttl;
	else if (record->type == EVERT_DNS_SOA && last_u32(record) <= INT32_MAX)
		record->ttl = last_u32(record);
	else
		return fail(zone, &heading->type_word, "no TTL is known");
	zone->last_ttl = record->ttl;
	zone->has_last_ttl = true;
	return 0;
}

/* The data of a type, of a class, has its form where there is some. */
static int read_data(struct evert_dns_zone *zone,
		     struct evert_dns_record *record)
{
	const struct dns_type *type =
		evert_dns_type_of(record->type, record->dns_class, 1);
	struct dns_bytes out = { .bytes = zone->data, .size = DATA_MAX };
	int err = evert_dns_data_parse(type, &zone->lexer, &out);

	record->data = out.bytes;
	record->length = (uint16_t)out.length;
	return err;
}

/* Behind the owner. */
static int read_record(struct evert_dns_zone *zone,
		       struct evert_dns_record *record)
{
	struct heading heading;
	int err = read_heading(zone, &heading);

	if (err)
		return err;
	zone->has_class = true;
	record->name = zone->owner;
	record->type = heading.type;
	record->dns_class = zone->dns_class;
	err = read_data(zone, record);
	return err ? err : find_ttl(zone, &heading, record);
}

static int read_owner(struct evert_dns_zone *zone, const struct dns_word *word)
{
	uint8_t owner[EVERT_DNS_NAME_SIZE];
	int err = evert_dns_word_name(&zone->lexer, word, owner);

	if (err)
		return err;
	memcpy(zone->owner, owner, evert_dns_name_length(owner));
	zone->has_owner = true;
	return 0;
}

/* 1: a record; 0: an entry without one. */
static int read_entry(struct evert_dns_zone *zone,
		      struct evert_dns_record *record)
{
	struct dns_lexer *lexer = &zone->lexer;
	const struct dns_lexer begin = *lexer;
	bool has_owner = !strchr(" \t", lexer->text[lexer->at]) ||
			 !lexer->text[lexer->at];
	struct dns_word word;
	int found = evert_dns_lexer_next(lexer, &word);
	int err;

	if (found <= 0)
		return found;
	if (has_owner && word.length && *word.text == '$' && !word.is_quoted)
		return obey(zone, &word);
	if (has_owner) {
		err = read_owner(zone, &word);
	} else {
		*lexer = begin;
		err = zone->has_owner ? 0 : fail(zone, &word, "no owner yet");
	}
	if (!err)
		err = read_record(zone, record);
	return err ? err : 1;
}

static void tell(struct evert_dns_zone *zone)
{
	const struct dns_lexer *lexer = &zone->lexer;

	snprintf(zone->problem, zone->problem_size, "%s:%zu:%zu: %s",
		 zone->file, lexer->problem_place.line,
		 lexer->problem_place.column, lexer->problem);
}

int evert_dns_zone_next(struct evert_dns_zone *zone,
			struct evert_dns_record *record)
{
	struct dns_lexer *lexer = &zone->lexer;
	int found;

	while (lexer->at < lexer->length) {
		found = read_entry(zone, record);
		if (found < 0)
			tell(zone);
		evert_dns_lexer_skip(lexer);
		if (found)
			return found;
	}
	return 0;
}

static struct evert_dns_records *failed(int err)
{
	errno = err;
	return NULL;
}

struct evert_dns_records *evert_dns_zone_records(struct evert_dns_zone *zone)
{
	struct evert_dns_record record;
	struct dns_record_set *set;
	size_t count = 0;
	size_t size = 0;
	int found;

	rewind_zone(zone);
	for (; (found = evert_dns_zone_next(zone, &record)) > 0; count++)
		size += evert_dns_record_size(&record);
	if (found < 0)
		return failed(-found);
	set = evert_dns_record_set_create(count, size);
	if (!set)
		return NULL;
	rewind_zone(zone);
	while (evert_dns_zone_next(zone, &record) > 0)
		evert_dns_record_set_add(set, &record);
	return &set->records;
}
