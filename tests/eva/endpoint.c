/* SPDX-License-Identifier: MIT */
/*
 * Endpoint strings: any small text behind a scheme that has a parameter of each
 * kind.
 *
 * sources: reactor/endpoint/parse.c reactor/endpoint/parse_value.c
 * options: -eva-slevel 300 -eva-split-return full
 * options: -eva-alloc-builtin fresh
 * options: -eva-slevel-merge-after-loop parse_all
 */
#include <stdarg.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/address.h"
#include "../../reactor/endpoint/parse_internal.h"

const struct evert_error evert_error_bad_endpoint = { .name = "BAD" };
const struct evert_error evert_error_no_memory = { .name = "NO_MEMORY" };

struct evert_failure *evert_failure_bare(const struct evert_error *kind)
{
	return eva_failure(kind);
}

int evert_address_parse(struct evert_address *address, const char *text,
			uint16_t port)
{
	(void)port;
	if (text[0] != 'a')
		return -1;
	*address = (struct evert_address){ .length = 4 };
	return 0;
}

static const struct evert_endpoint_parameter parameters[] = {
	{ .name = "t", .kind = EVERT_VALUE_HOST, .mandatory = true },
	{ .name = "p", .kind = EVERT_VALUE_PORT },
	{ .name = "n", .kind = EVERT_VALUE_NUMBER, .most = 10 },
	{ .name = "s", .kind = EVERT_VALUE_SECONDS, .most = 10 },
	{ .name = "m", .kind = EVERT_VALUE_MODE },
	{ .name = "y", .kind = EVERT_VALUE_YES_NO, .purposes = 1 },
	{ .name = "a", .kind = EVERT_VALUE_ADDRESS },
	{ .name = NULL },
};

static const struct evert_endpoint_scheme scheme = {
	.name = "s",
	.form = "s:T",
	.parameters = parameters,
};

const struct evert_endpoint_scheme *evert_scheme_find(const char *name,
						      size_t length)
{
	look_at(name, length);
	return length == 1 ? &scheme : NULL;
}

const struct evert_endpoint_scheme *
evert_scheme_below(const struct evert_endpoint_scheme *above)
{
	(void)above;
	return NULL;
}

enum evert_purpose evert_operation_purpose(enum evert_operation operation)
{
	return operation == EVERT_OPERATION_LISTEN ? EVERT_TO_LISTEN :
						     EVERT_TO_CONNECT;
}

/* As strncmp in libc.c; of bytes of which no more is known than where they are
   the specification tells more, so it is in full here alone. */
int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *one = a, *other = b;
	size_t i;

	for (i = 0; i < size; i++) {
		if (one[i] < other[i])
			return -1;
		if (one[i] > other[i])
			return 1;
	}
	return 0;
}

/* ---- What is wrong ---- */

bool evert_parse_fail(struct evert_parser *parser, const char *at,
		      const char *format, ...)
{
	/*@ assert \valid_read(parser->string + (0 .. at - parser->string)); */
	look_at(format, 1);
	parser->failure = eva_failure(&evert_error_bad_endpoint);
	return false;
}

bool evert_parse_fail_option(struct evert_parser *parser, const char *name,
			     size_t length)
{
	look_at(name, length);
	return evert_parse_fail(parser, name, "no such option");
}

struct evert_failure *evert_bad_scheme(const char *string, size_t length,
				       enum evert_operation operation,
				       const char *place)
{
	(void)operation;
	(void)place;
	look_at(string, length);
	return eva_failure(&evert_error_bad_endpoint);
}

/* ---- Driving ---- */

static const char special[] = ":=\\[]1";

static void parse(const char *begin, size_t length, unsigned number,
		  enum evert_operation operation)
{
	const struct evert_endpoint *endpoint;
	char text[16];

	eva_text_behind(text, begin, length, special, number);
	if (evert_endpoint_parse(&endpoint, text, operation, "here"))
		return;
	look_at(endpoint->values[0].text, 1);
	evert_free(endpoint->whole);
}

static void parse_all(const char *begin, size_t most,
		      enum evert_operation operation)
{
	for (size_t length = 0; length <= most; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			parse(begin, length, i, operation);
}

int main(void)
{
	parse_all("", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:", 2, EVERT_OPERATION_CONNECT);
	parse_all("s:[", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:x:p=6553", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:x:n=", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:x:s=1.", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:x:m=", 1, EVERT_OPERATION_CONNECT);
	parse_all("s:x:y=yes", 1, EVERT_OPERATION_LISTEN);
	parse_all("s:x:a=[a", 1, EVERT_OPERATION_LISTEN);
	parse_all("s:x:q=", 1, EVERT_OPERATION_LISTEN);
	return 0;
}
