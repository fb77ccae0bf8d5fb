/* SPDX-License-Identifier: MIT */
/* What the values are: one function for each kind that a parameter may be
   of. */
#include "parse_internal.h"

#include <string.h>

#include "../address.h"

enum { LONGEST_HOST = 255 }; /* a DNS name has 253 characters at most */

static bool is_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* Digits, of the given base: a number that is too large is UINT64_MAX. */
static uint64_t read_digits(const char *text, unsigned base)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		if (number > (UINT64_MAX - 9) / base)
			return UINT64_MAX;
		number = number * base + (uint64_t)(*text - '0');
	}
	return number;
}

static bool check_host(struct evert_parser *p, struct evert_value *value,
		       const char *at)
{
	struct evert_address address;

	if (strlen(value->text) > LONGEST_HOST)
		return evert_parse_fail(p, at, "a host name has at most %d "
					"characters", LONGEST_HOST);
	if (*at == '[' && (evert_address_parse(&address, value->text, 0) ||
			   address.as.any.sa_family != AF_INET6))
		return evert_parse_fail(p, at, "only an IPv6 address stands in "
					"brackets");
	return true;
}

static bool check_address(struct evert_parser *p, struct evert_value *value,
			  const char *at)
{
	struct evert_address address;

	if (evert_address_parse(&address, value->text, 0))
		return evert_parse_fail(p, at, "\"%s\" is no numeric address",
					value->text);
	return true;
}

static bool check_port(struct evert_parser *p, struct evert_value *value,
		       const char *at)
{
	uint64_t number = read_digits(value->text, 10);

	value->number = (double)number;
	if (!is_digits(value->text) || strlen(value->text) > 5 ||
	    number > UINT16_MAX)
		return evert_parse_fail(p, at, "a port is a decimal number up "
					"to 65535; the form is %s",
					p->top->scheme->form);
	return true;
}

static bool check_range(struct evert_parser *p,
			const struct evert_endpoint_parameter *parameter,
			struct evert_value *value, bool is_number,
			const char *at)
{
	if (is_number && value->number >= parameter->least &&
	    value->number <= parameter->most)
		return true;
	return evert_parse_fail(p, at, "\"%s\" is a number%s from %.12g to "
				"%.12g", parameter->name,
				parameter->kind == EVERT_VALUE_SECONDS ?
					" of seconds" :
					"",
				parameter->least, parameter->most);
}

/* By hand: what strtod(3) takes for a point depends on the locale. */
static bool read_seconds(const char *text, double *seconds)
{
	double unit = 1;

	if (strlen(text) > 32 || (*text < '0' || *text > '9'))
		return false;
	for (*seconds = 0; *text >= '0' && *text <= '9'; text++)
		*seconds = *seconds * 10 + (*text - '0');
	if (!*text)
		return true;
	if (*text != '.' || !is_digits(text + 1))
		return false;
	while (*++text)
		*seconds += (*text - '0') * (unit /= 10);
	return true;
}

static bool check_mode(struct evert_parser *p, struct evert_value *value,
		       const char *at)
{
	size_t digits = strspn(value->text, "01234567");

	value->number = (double)read_digits(value->text, 8);
	if (!digits || digits > 4 || value->text[digits])
		return evert_parse_fail(p, at, "a mode is an octal number, as "
					"600");
	return true;
}

static bool check_yes_no(struct evert_parser *p,
			 const struct evert_endpoint_parameter *parameter,
			 struct evert_value *value, const char *at)
{
	value->number = !strcmp(value->text, "yes");
	if (value->number < 1 && strcmp(value->text, "no") != 0)
		return evert_parse_fail(p, at, "\"%s\" is yes or no",
					parameter->name);
	return true;
}

bool evert_parse_value(struct evert_parser *p,
		       const struct evert_endpoint_parameter *parameter,
		       struct evert_value *value, const char *at)
{
	switch (parameter->kind) {
	case EVERT_VALUE_TEXT:
		return true;
	case EVERT_VALUE_HOST:
		return check_host(p, value, at);
	case EVERT_VALUE_ADDRESS:
		return check_address(p, value, at);
	case EVERT_VALUE_PORT:
		return check_port(p, value, at);
	case EVERT_VALUE_NUMBER:
		value->number = (double)read_digits(value->text, 10);
		return check_range(p, parameter, value,
				   is_digits(value->text), at);
	case EVERT_VALUE_SECONDS:
		return check_range(p, parameter, value,
				   read_seconds(value->text, &value->number),
				   at);
	case EVERT_VALUE_MODE:
		return check_mode(p, value, at);
	case EVERT_VALUE_YES_NO:
		return check_yes_no(p, parameter, value, at);
	}
	return false;
}
