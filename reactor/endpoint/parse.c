/* SPDX-License-Identifier: MIT */
/*
 * SCHEME:FIELD:...: a field is NAME=VALUE, or the VALUE of the next mandatory
 * parameter. A backslash quotes the colon, the equals sign and itself.
 */
#include "parse_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

/* ---- Fields ---- */

static const char *form(const struct evert_parser *p)
{
	return p->top->scheme->form;
}

/* The parameter whose name this is. */
static const struct evert_endpoint_parameter *
find(const struct evert_parser *p, const char *name, size_t length,
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
find_mandatory(const struct evert_parser *p, size_t number,
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
static bool read_brackets(struct evert_parser *p)
{
	const char *begin = p->at;
	size_t length = strcspn(begin + 1, "]");

	if (!begin[1 + length])
		return evert_parse_fail(p, begin, "there is no \"]\" for this "
					"\"[\"");
	p->at = begin + 1 + length + 1;
	if (*p->at && *p->at != ':')
		return evert_parse_fail(p, p->at, "behind the \"]\" comes a "
					"colon");
	memcpy(p->room, begin + 1, length);
	p->room += length;
	return true;
}

static bool read_quoted(struct evert_parser *p)
{
	for (; *p->at && *p->at != ':'; p->at++) {
		if (*p->at == '\\') {
			p->at++;
			if (*p->at != ':' && *p->at != '\\' && *p->at != '=')
				return evert_parse_fail(
					p, p->at - 1,
					"a backslash stands before a colon, "
					"an equals sign or a backslash only");
		}
		*p->room++ = *p->at;
	}
	return true;
}

static bool read_value(struct evert_parser *p,
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
	return evert_parse_value(p, parameter, value, begin);
}

static bool read_named(struct evert_parser *p, size_t length)
{
	const char *name = p->at;
	struct evert_value *value;
	const struct evert_endpoint_parameter *parameter =
		find(p, name, length, &value);

	if (!parameter)
		return evert_parse_fail_option(p, name, length);
	if (!evert_parameter_is_for(parameter, p->top->whole->purpose))
		return evert_parse_fail(p, name, "\"%s\" is not for %s",
					parameter->name,
					evert_endpoint_listens(p->top) ?
						"listening" :
						"connecting");
	if (value->given)
		return evert_parse_fail(p, name, "\"%s\" is given twice",
					parameter->name);
	p->at += length + 1;
	return read_value(p, parameter, value);
}

static bool read_field(struct evert_parser *p)
{
	size_t length = name_length(p->at);
	const struct evert_endpoint_parameter *parameter;
	struct evert_value *value;

	if (length)
		return read_named(p, length);
	if (*p->at == '=')
		return evert_parse_fail(p, p->at, "there is no name in front "
					"of this \"=\"; in a value a backslash "
					"stands before it");
	parameter = find_mandatory(p, p->positions++, &value);
	if (!parameter)
		return evert_parse_fail(p, p->at, "this is too much; the form "
					"is %s, and options are NAME=VALUE",
					form(p));
	if (value->given)
		return evert_parse_fail(p, p->at, "\"%s\" is given twice",
					parameter->name);
	return read_value(p, parameter, value);
}

static bool read_fields(struct evert_parser *p)
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
			return evert_parse_fail(p, p->at, "its %s is missing; "
						"the form is %s",
						parameter->name, form(p));
	return true;
}

/* ---- The whole ---- */

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

	for (s = scheme; s; s = evert_scheme_below(s), levels++)
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
	e = whole->endpoints;
	for (s = scheme; s; s = evert_scheme_below(s)) {
		*e = (struct evert_endpoint){ whole, s, value,
					      count_parameters(s),
					      s->over ? e + 1 : NULL };
		value += e->count;
		e++;
	}
	return whole;
}

struct evert_failure *
evert_endpoint_parse(const struct evert_endpoint **endpoint, const char *text,
		     enum evert_operation operation, const char *place)
{
	const struct evert_endpoint_scheme *scheme = NULL;
	struct evert_parser p = { .place = place };
	struct evert_parsed *whole;
	size_t length;

	if (!text)
		return evert_failure_create_at(place, EVERT_BAD_ENDPOINT, 0,
					       "bad endpoint: there is none");
	length = strcspn(text, ":");
	if (text[length])
		scheme = evert_scheme_find(text, length);
	if (!scheme)
		return evert_bad_scheme(text, length, operation, place);
	whole = make(scheme, text, &p.room);
	if (!whole)
		return evert_failure_bare(EVERT_NO_MEMORY);
	whole->purpose = evert_operation_purpose(operation);
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
