/* SPDX-License-Identifier: MIT */
/*
 * Endpoint strings: whatever they are, they are taken or refused at a character
 * that is within them; what is taken, quoted and put together by name, is
 * taken again and the same.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../reactor/endpoint/scheme_internal.h"

static void expect(bool holds, const char *what, const char *string)
{
	if (holds)
		return;
	fprintf(stderr, "%s: \"%s\"\n", what, string);
	abort();
}

static void expect_refusal(struct evert_failure *failure, const char *string)
{
	const char *at = strstr(failure->message, "\" at character ");
	unsigned long position = 0;

	expect(evert_failure_is(failure, EVERT_BAD_ENDPOINT), "another kind",
	       string);
	/* Of a long string the message may show the beginning only; and the
	   string may say "at character" by itself. */
	if (at && !strstr(string, "at character"))
		position = strtoul(at + strlen("\" at character "), NULL, 10);
	expect(position <= strlen(string) + 1, "beyond its end", string);
	evert_failure_release(failure);
}

/* Everything that was given, by name. */
static char *put_together(const struct evert_endpoint *endpoint)
{
	const char *string = evert_endpoint_string(endpoint);
	size_t room = 3 * strlen(string) + 1024, length, i;
	char *text = malloc(room);
	const struct evert_endpoint *e;

	length = (size_t)sprintf(text, "%s", endpoint->scheme->name);
	for (e = endpoint; e; e = e->below)
		for (i = 0; i < e->count; i++) {
			if (!e->values[i].given)
				continue;
			length += (size_t)sprintf(
				text + length, ":%s=",
				e->scheme->parameters[i].name);
			length += evert_endpoint_quote(text + length,
						       room - length,
						       e->values[i].text);
		}
	return text;
}

static void expect_same(const struct evert_endpoint *one,
			const struct evert_endpoint *other)
{
	const struct evert_value *a, *b;
	size_t i;

	for (i = 0; i < one->count; i++) {
		a = &one->values[i];
		b = &other->values[i];
		expect(a->given == b->given &&
			       (!a->given || (!strcmp(a->text, b->text) &&
					      a->number == b->number)),
		       "not the same", evert_endpoint_string(other));
	}
}

static void parse(const char *string, enum evert_operation operation)
{
	const struct evert_endpoint *endpoint, *again;
	struct evert_failure *failure = evert_endpoint_parse(
		&endpoint, string, operation, EVERT_HERE);
	char *text;

	if (failure) {
		expect_refusal(failure, string);
		return;
	}
	text = put_together(endpoint);
	failure = evert_endpoint_parse(&again, text, operation, EVERT_HERE);
	expect(!failure, failure ? failure->message : "", string);
	expect_same(endpoint, again);
	evert_endpoint_release(endpoint);
	evert_endpoint_release(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *string = malloc(size + 1);

	if (size)
		memcpy(string, data, size);
	string[size] = '\0';
	parse(string, EVERT_OPERATION_CONNECT);
	parse(string, EVERT_OPERATION_LISTEN);
	free(string);
	return 0;
}
