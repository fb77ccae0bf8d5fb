/* SPDX-License-Identifier: MIT */
/*
 * A strict reader of JSON (RFC 8259) that lies in memory. It copies nothing:
 * what was read is known by where it begins and ends in the text.
 */
#ifndef EVERT_VIEW_JSON_H
#define EVERT_VIEW_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct json {
	const char *start, *at, *end; /* of the text; *end is '\0' */
	const char *problem;	      /* what is wrong at `at`, once it is */
	int depth;
};

/* As it is written: text with its quotes and escapes. */
struct json_slice {
	const char *start, *end;
};

/* Reads the value of a member, or returns false. */
typedef bool json_member(struct json *json, struct json_slice key, void *arg);

/* All return false where the text is wrong, or where it ends too early: then
   `at` is `end`. A problem that the caller finds: see json_wrong. */

/* The next character that is not blank, '\0' at the end. */
char json_peek(struct json *json);
bool json_expect(struct json *json, char letter, const char *otherwise);
bool json_string(struct json *json, struct json_slice *string);
bool json_number(struct json *json, struct json_slice *number);
/* One character of UTF-8. */
bool json_character(struct json *json);
/* Any value; `value` may be NULL. */
bool json_value(struct json *json, struct json_slice *value);
bool json_object(struct json *json, json_member *member, void *arg);

/* Returns false. */
bool json_wrong(struct json *json, const char *problem);

/* Is it this text? Escapes are not looked through. */
bool json_is(struct json_slice string, const char *text);

#endif
