/* SPDX-License-Identifier: MIT */
/* What is wrong with a string, where, and what may have been meant. */
#include "parse_internal.h"

#include <stdarg.h>
#include <stdio.h>

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

bool evert_parse_fail(struct evert_parser *p, const char *at,
		      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!p->failure)
		p->failure = bad(p->string, (size_t)(at - p->string), p->place,
				 format, args);
	va_end(args);
	return false;
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

bool evert_parse_fail_option(struct evert_parser *p, const char *name,
			     size_t length)
{
	struct evert_suggestion like = { .wrong = name, .length = length };
	const struct evert_endpoint *e;
	struct names names = { .length = 0 };
	const struct evert_endpoint_parameter *parameter;
	size_t i;

	for (e = p->top; e; e = e->below)
		for (i = 0; i < e->count; i++) {
			parameter = &e->scheme->parameters[i];
			if (!evert_parameter_is_for(parameter,
						    e->whole->purpose))
				continue;
			evert_suggestion_offer(&like, parameter->name);
			if (!parameter->mandatory)
				add_name(&names, parameter->name);
		}
	if (like.best)
		return evert_parse_fail(p, name, "there is no option \"%.*s\"; "
					"did you mean \"%s\"?", (int)length,
					name, like.best);
	if (!names.length)
		return evert_parse_fail(p, name, "there is no option \"%.*s\", "
					"nor any other", (int)length, name);
	return evert_parse_fail(p, name, "there is no option \"%.*s\"; there "
				"are %s", (int)length, name, names.text);
}

struct evert_failure *evert_bad_scheme(const char *string, size_t length,
				       enum evert_operation operation,
				       const char *place)
{
	struct evert_suggestion like = { .wrong = string, .length = length };
	const struct evert_endpoint_scheme *s;
	struct names names = { .length = 0 };

	for (s = evert_scheme_first(); s; s = evert_scheme_next(s)) {
		if (!evert_scheme_can(s, operation))
			continue;
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
				  "there is no scheme \"%.*s\", or it is "
				  "not registered; there are %s",
				  (int)length, string, names.text);
}
