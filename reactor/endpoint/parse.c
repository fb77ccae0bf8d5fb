/* SPDX-License-Identifier: MIT */
/*
 * SCHEME:FIELD:...: a field is NAME=VALUE, or the VALUE of the next mandatory
 * parameter. A backslash quotes the colon, the equals sign and itself.
 */
#include "scheme_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../address.h"

enum { LONGEST_HOST = 255 }; /* a DNS name has 253 characters at most */

struct parser {
	const struct evert_endpoint *top;
	const char *string; /* all of it */
	const char *at;	    /* the next to be read */
	char *room;	    /* for what is read, with the quotes taken off */
	size_t positions;   /* fields without a name */
	const char *place;
	struct evert_failure *failure;
};

/* ---- What is wrong ---- */

/* In characters, from 1. */
static size_t position(const char *string, size_t at)
{
	size_t i, characters = 1;

	for (i = 0; i < at; i++)
		characters += ((unsigned char)string[i] & 0xc0) != 0x80;
	return characters;
}

static struct evert_failure *bad(const char *string, size_t at,
				 const char *place, const char *format,
				 va_list args)
{
	char why[512];

	vsnprintf(why, sizeof(why), format, args);
	return evert_failure_create_at(
		place, EVERT_BAD_ENDPOINT, 0,
		"bad endpoint \"%s\" at character %zu: %s", string,
		position(string, at), why);
}

struct evert_failure *evert_bad_endpoint(const char *string, size_t at,
					 const char *place,
					 const char *format, ...)
{
	struct evert_failure *failure;
	va_list args;

	va_start(args, format);
	failure = bad(string, at, place, format, args);
	va_end(args);
	return failure;
}

/* The first one counts. False, for who returns it. */
static bool fail(struct parser *p, const char *at, const char *format, ...)
	EVERT_PRINTF(3, 4);
static bool fail(struct parser *p, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!p->failure)
		p->failure = bad(p->string, (size_t)(at - p->string), p->place,
				 format, args);
	va_end(args);
	return false;
}

static const char *form(const struct parser *p)
{
	return p->top->scheme->form;
}

/* "a, b and c" of the known ones, as far as there is room. */
struct names {
	char text[256];
	size_t length;
};

static void add_name(struct names *names, const char *name)
{
	size_t left = sizeof(names->text) - names->length;
	int wrote = snprintf(names->text + names->length, left, "%s%s",
			     names->length ? ", " : "", name);

	if (wrote > 0 && (size_t)wrote < left)
		names->length += (size_t)wrote;
	else
		names->text[names->length] = '\0';
}

static bool is_for(const struct evert_endpoint_parameter *parameter,
		   enum evert_purpose purpose)
{
	return !parameter->purposes || parameter->purposes & purpose;
}

static bool fail_option(struct parser *p, const char *name, size_t length)
{
	struct evert_suggestion like = { .wrong = name, .length = length };
	const struct evert_endpoint *e;
	struct names names = { .length = 0 };
	const struct evert_endpoint_parameter *parameter;
	size_t i;

	for (e = p->top; e; e = e->below)
		for (i = 0; i < e->count; i++) {
			parameter = &e->scheme->parameters[i];
			if (!is_for(parameter, e->whole->purpose))
				continue;
			evert_suggestion_offer(&like, parameter->name);
			if (!parameter->mandatory)
				add_name(&names, parameter->name);
		}
	if (like.best)
		return fail(p, name, "there is no option \"%.*s\"; did you "
			    "mean \"%s\"?", (int)length, name, like.best);
	if (!names.length)
		return fail(p, name, "there is no option \"%.*s\", nor any "
			    "other", (int)length, name);
	return fail(p, name, "there is no option \"%.*s\"; there are %s",
		    (int)length, name, names.text);
}

static struct evert_failure *fail_scheme(const char *string, size_t length,
					 const char *place)
{
	struct evert_suggestion like = { .wrong = string, .length = length };
	const struct evert_endpoint_scheme *s;
	struct names names = { .length = 0 };

	for (s = evert_scheme_first(); s; s = s->next) {
		evert_suggestion_offer(&like, s->name);
		add_name(&names, s->name);
	}
	if (!length || !string[length])
		return evert_bad_endpoint(string, 0, place,
					  "it begins with a scheme and a "
					  "colon; there are %s", names.text);
	if (like.best)
		return evert_bad_endpoint(string, 0, place,
					  "there is no scheme \"%.*s\"; did "
					  "you mean \"%s\"?", (int)length,
					  string, like.best);
	return evert_bad_endpoint(string, 0, place,
				  "there is no scheme \"%.*s\"; there are %s",
				  (int)length, string, names.text);
}

/* ---- The kinds of values ---- */

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

static bool check_host(struct parser *p, struct evert_value *value,
		       const char *at)
{
	struct evert_address address;

	if (strlen(value->text) > LONGEST_HOST)
		return fail(p, at, "a host name has at most %d characters",
			    LONGEST_HOST);
	if (*at == '[' && (evert_address_parse(&address, value->text, 0) ||
			   address.as.any.sa_family != AF_INET6))
		return fail(p, at, "only an IPv6 address stands in brackets");
	return true;
}

static bool check_address(struct parser *p, struct evert_value *value,
			  const char *at)
{
	struct evert_address address;

	if (evert_address_parse(&address, value->text, 0))
		return fail(p, at, "\"%s\" is no numeric address",
			    value->text);
	return true;
}

static bool check_port(struct parser *p, struct evert_value *value,
		       const char *at)
{
	uint64_t number = read_digits(value->text, 10);

	value->number = (double)number;
	if (!is_digits(value->text) || strlen(value->text) > 5 ||
	    number > UINT16_MAX)
		return fail(p, at, "a port is a decimal number up to 65535; "
			    "the form is %s", form(p));
	return true;
}

static bool check_range(struct parser *p,
			const struct evert_endpoint_parameter *parameter,
			struct evert_value *value, bool is_number,
			const char *at)
{
	if (is_number && value->number >= parameter->least &&
	    value->number <= parameter->most)
		return true;
	return fail(p, at, "\"%s\" is a number%s from %.12g to %.12g",
		    parameter->name,
		    parameter->kind == EVERT_VALUE_SECONDS ? " of seconds" :
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

static bool check_mode(struct parser *p, struct evert_value *value,
		       const char *at)
{
	size_t digits = strspn(value->text, "01234567");

	value->number = (double)read_digits(value->text, 8);
	if (!digits || digits > 4 || value->text[digits])
		return fail(p, at, "a mode is an octal number, as 600");
	return true;
}

static bool check_yes_no(struct parser *p,
			 const struct evert_endpoint_parameter *parameter,
			 struct evert_value *value, const char *at)
{
	value->number = !strcmp(value->text, "yes");
	if (value->number < 1 && strcmp(value->text, "no") != 0)
		return fail(p, at, "\"%s\" is yes or no", parameter->name);
	return true;
}

static bool check(struct parser *p,
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

/* ---- Fields ---- */

/* The parameter whose name this is. */
static const struct evert_endpoint_parameter *
find(const struct parser *p, const char *name, size_t length,
     struct evert_value **value)
{
	const struct evert_endpoint_parameter *parameter;
	const struct evert_endpoint *e;
	size_t i;

	for (e = p->top; e; e = e->below)
		for (i = 0; i < e->count; i++) {
			parameter = &e->scheme->parameters[i];
			*value = &e->values[i];
			if (strlen(parameter->name) == length &&
			    !memcmp(parameter->name, name, length))
				return parameter;
		}
	return NULL;
}

/* The mandatory parameter of that number, from 0. */
static const struct evert_endpoint_parameter *
find_mandatory(const struct parser *p, size_t number,
	       struct evert_value **value)
{
	const struct evert_endpoint *e;
	size_t i;

	for (e = p->top; e; e = e->below)
		for (i = 0; i < e->count; i++) {
			*value = &e->values[i];
			if (e->scheme->parameters[i].mandatory && !number--)
				return &e->scheme->parameters[i];
		}
	return NULL;
}

/* How long the name is that stands in front of an equals sign; 0: none does. */
static size_t name_length(const char *field)
{
	const char *c;

	for (c = field; *c && *c != ':'; c++) {
		if (*c == '=')
			return (size_t)(c - field);
		if (*c == '\\' && !*++c)
			break;
	}
	return 0;
}

/* An IPv6 address has colons of its own, so it stands in brackets. */
static bool read_brackets(struct parser *p)
{
	const char *begin = p->at;
	size_t length = strcspn(begin + 1, "]");

	if (!begin[1 + length])
		return fail(p, begin, "there is no \"]\" for this \"[\"");
	p->at = begin + 1 + length + 1;
	if (*p->at && *p->at != ':')
		return fail(p, p->at, "behind the \"]\" comes a colon");
	memcpy(p->room, begin + 1, length);
	p->room += length;
	return true;
}

static bool read_quoted(struct parser *p)
{
	for (; *p->at && *p->at != ':'; p->at++) {
		if (*p->at == '\\') {
			p->at++;
			if (*p->at != ':' && *p->at != '\\' && *p->at != '=')
				return fail(p, p->at - 1,
					    "a backslash stands before a "
					    "colon, an equals sign or a "
					    "backslash only");
		}
		*p->room++ = *p->at;
	}
	return true;
}

static bool read_value(struct parser *p,
		       const struct evert_endpoint_parameter *parameter,
		       struct evert_value *value)
{
	const char *begin = p->at;
	bool bracketed = *begin == '[' &&
			 (parameter->kind == EVERT_VALUE_HOST ||
			  parameter->kind == EVERT_VALUE_ADDRESS);

	value->text = p->room;
	value->at = (size_t)(begin - p->string);
	if (!(bracketed ? read_brackets(p) : read_quoted(p)))
		return false;
	*p->room++ = '\0';
	value->given = true;
	return check(p, parameter, value, begin);
}

static bool read_named(struct parser *p, size_t length)
{
	const char *name = p->at;
	struct evert_value *value;
	const struct evert_endpoint_parameter *parameter =
		find(p, name, length, &value);

	if (!parameter)
		return fail_option(p, name, length);
	if (!is_for(parameter, p->top->whole->purpose))
		return fail(p, name, "\"%s\" is not for %s", parameter->name,
			    p->top->whole->purpose == EVERT_TO_LISTEN ?
				    "listening" : "connecting");
	if (value->given)
		return fail(p, name, "\"%s\" is given twice", parameter->name);
	p->at += length + 1;
	return read_value(p, parameter, value);
}

static bool read_field(struct parser *p)
{
	size_t length = name_length(p->at);
	const struct evert_endpoint_parameter *parameter;
	struct evert_value *value;

	if (length)
		return read_named(p, length);
	if (*p->at == '=')
		return fail(p, p->at, "there is no name in front of this "
			    "\"=\"; in a value a backslash stands before it");
	parameter = find_mandatory(p, p->positions++, &value);
	if (!parameter)
		return fail(p, p->at, "this is too much; the form is %s, and "
			    "options are NAME=VALUE", form(p));
	if (value->given)
		return fail(p, p->at, "\"%s\" is given twice",
			    parameter->name);
	return read_value(p, parameter, value);
}

static bool read_fields(struct parser *p)
{
	const struct evert_endpoint_parameter *parameter;
	struct evert_value *value;
	size_t i;

	do {
		p->at++; /* a colon */
		/* A scheme may need nothing. */
		if (!*p->at && !find_mandatory(p, 0, &value))
			break;
		if (!read_field(p))
			return false;
	} while (*p->at);
	for (i = 0; (parameter = find_mandatory(p, i, &value)); i++)
		if (!value->given)
			return fail(p, p->at, "its %s is missing; the form is "
				    "%s", parameter->name, form(p));
	return true;
}

/* ---- The whole ---- */

static const struct evert_endpoint_scheme *
scheme_below(const struct evert_endpoint_scheme *scheme)
{
	return scheme->over ?
		       evert_scheme_find(scheme->over, strlen(scheme->over)) :
		       NULL;
}

static size_t count_parameters(const struct evert_endpoint_scheme *scheme)
{
	size_t count = 0;

	while (scheme->parameters && scheme->parameters[count].name)
		count++;
	return count;
}

/* One block: the levels, their values, the string, and room for as many texts
   as it can hold. */
static struct evert_parsed *make(const struct evert_endpoint_scheme *scheme,
				 const char *string, char **room)
{
	const struct evert_endpoint_scheme *s;
	size_t levels = 0, values = 0, length = strlen(string) + 1;
	struct evert_parsed *whole;
	struct evert_endpoint *e;
	struct evert_value *value;

	for (s = scheme; s; s = scheme_below(s), levels++)
		values += count_parameters(s);
	whole = evert_allocate(sizeof(*whole) + levels * sizeof(*e) +
			       values * sizeof(*value) + 2 * length);
	if (!whole)
		return NULL;
	value = (void *)&whole->endpoints[levels];
	memset(value, 0, values * sizeof(*value));
	*room = memcpy(value + values, string, length);
	*whole = (struct evert_parsed){ .holders = 1, .string = *room };
	*room += length;
	for (e = whole->endpoints, s = scheme; s; s = scheme_below(s), e++) {
		*e = (struct evert_endpoint){ whole, s, value,
					      count_parameters(s),
					      s->over ? e + 1 : NULL };
		value += e->count;
	}
	return whole;
}

struct evert_failure *
evert_endpoint_parse(const struct evert_endpoint **endpoint, const char *text,
		     enum evert_purpose purpose, const char *place)
{
	const struct evert_endpoint_scheme *scheme = NULL;
	struct parser p = { .place = place };
	struct evert_parsed *whole;
	size_t length;

	if (!text)
		return evert_failure_create_at(place, EVERT_BAD_ENDPOINT, 0,
					       "bad endpoint: there is none");
	length = strcspn(text, ":");
	if (text[length])
		scheme = evert_scheme_find(text, length);
	if (!scheme)
		return fail_scheme(text, length, place);
	whole = make(scheme, text, &p.room);
	if (!whole)
		return evert_failure_bare(EVERT_NO_MEMORY);
	whole->purpose = purpose;
	p.top = whole->endpoints;
	p.string = whole->string;
	p.at = p.string + length;
	if (read_fields(&p)) {
		*endpoint = p.top;
		return NULL;
	}
	evert_free(whole);
	return p.failure;
}
