/* SPDX-License-Identifier: MIT */
/* Numbers, dates, addresses and names from text. */
#include "field_internal.h"

#include "name_internal.h"
#include "period_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

static int add_number(struct dns_bytes *out, uint32_t number, size_t size,
		      struct dns_lexer *lexer, const struct dns_word *word)
{
	int err = 0;

	while (!err && size--)
		err = evert_dns_bytes_add(out, (uint8_t)(number >> 8 * size),
					  lexer, word);
	return err;
}

static int add_bytes(struct dns_bytes *out, const uint8_t *bytes, size_t count,
		     struct dns_lexer *lexer, const struct dns_word *word)
{
	int err = 0;

	while (!err && count--)
		err = evert_dns_bytes_add(out, *bytes++, lexer, word);
	return err;
}

bool evert_dns_word_number(const struct dns_word *word, uint32_t max,
			   uint32_t *number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < word->length; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(word->text[i] - '0');
		if (value > max)
			return false;
	}
	*number = (uint32_t)value;
	return word->length;
}

int evert_dns_number_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	uint32_t max = UINT32_MAX >> (32 - 8 * kind->size);
	struct dns_word word;
	uint32_t number;
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	if (!evert_dns_word_number(&word, max, &number))
		return evert_dns_lexer_fail(lexer, &word, 0,
					    "no number, or too large a one");
	return add_number(out, number, kind->size, lexer, &word);
}

int evert_dns_period_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	struct dns_word word;
	uint32_t seconds;
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	if (evert_dns_period_read(word.text, word.length, &seconds))
		return evert_dns_lexer_fail(lexer, &word, 0, "no time");
	return add_number(out, seconds, kind->size, lexer, &word);
}

/* Two digits and more. */
static int digits(const char *text, size_t count)
{
	int value = 0;

	while (count--)
		value = value * 10 + (*text++ - '0');
	return value;
}

enum { DATE_LENGTH = 14 };

/* YYYYMMDDHHmmSS, of a day that exists (RFC 4034, 3.2). */
static bool read_date(const char *text, uint32_t *seconds)
{
	struct tm date = {
		.tm_year = digits(text, 4) - 1900,
		.tm_mon = digits(text + 4, 2) - 1,
		.tm_mday = digits(text + 6, 2),
		.tm_hour = digits(text + 8, 2),
		.tm_min = digits(text + 10, 2),
		.tm_sec = digits(text + 12, 2),
	};
	struct tm given = date;
	time_t made = timegm(&date);

	*seconds = (uint32_t)made;
	return made >= 0 && made <= UINT32_MAX && date.tm_mon == given.tm_mon &&
	       date.tm_mday == given.tm_mday && date.tm_hour == given.tm_hour &&
	       date.tm_min == given.tm_min && date.tm_sec == given.tm_sec;
}

/* No zero byte ends a word. */
static bool is_number(const struct dns_word *word)
{
	size_t i = 0;

	while (i < word->length && word->text[i] >= '0' &&
	       word->text[i] <= '9')
		i++;
	return i == word->length;
}

int evert_dns_time_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out)
{
	struct dns_word word;
	uint32_t seconds;
	bool is_date;
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	is_date = word.length == DATE_LENGTH && is_number(&word) &&
		  read_date(word.text, &seconds);
	if (!is_date && !evert_dns_word_number(&word, UINT32_MAX, &seconds))
		return evert_dns_lexer_fail(lexer, &word, 0,
					    "no date (YYYYMMDDHHmmSS)");
	return add_number(out, seconds, kind->size, lexer, &word);
}

int evert_dns_type_parse_field(const struct dns_kind *kind,
			       struct dns_lexer *lexer, struct dns_bytes *out)
{
	struct dns_word word;
	uint16_t type;
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	if (evert_dns_type_parse_span(&type, word.text, word.length))
		return evert_dns_lexer_fail(lexer, &word, 0,
					    "no type of records");
	return add_number(out, type, kind->size, lexer, &word);
}

bool evert_dns_address_read(int family, const char *text, size_t length,
			    uint8_t address[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (length >= sizeof(copy) || memchr(text, '\0', length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(family, copy, address) == 1;
}

int evert_dns_address_parse(const struct dns_kind *kind,
			    struct dns_lexer *lexer, struct dns_bytes *out)
{
	int family = kind->size == 4 ? AF_INET : AF_INET6;
	struct dns_word word;
	uint8_t address[16];
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	if (!evert_dns_address_read(family, word.text, word.length, address))
		return evert_dns_lexer_fail(lexer, &word, 0,
					    family == AF_INET
						    ? "no IPv4 address"
						    : "no IPv6 address");
	return add_bytes(out, address, kind->size, lexer, &word);
}

int evert_dns_word_name(struct dns_lexer *lexer, const struct dns_word *word,
			uint8_t *name)
{
	struct evert_dns_problem problem;

	if (evert_dns_word_is(word, "@")) {
		memcpy(name, lexer->origin,
		       evert_dns_name_length(lexer->origin));
		return 0;
	}
	if (evert_dns_name_parse_span(name, word->text, word->length,
				      lexer->origin, &problem))
		return evert_dns_lexer_fail(lexer, word, problem.at,
					    problem.text);
	return 0;
}

int evert_dns_name_parse_field(const struct dns_kind *kind,
			       struct dns_lexer *lexer, struct dns_bytes *out)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	(void)kind;
	if (!err)
		err = evert_dns_word_name(lexer, &word, name);
	if (!err)
		err = add_bytes(out, name, evert_dns_name_length(name), lexer,
				&word);
	return err;
}
