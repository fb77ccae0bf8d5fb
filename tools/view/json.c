/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdint.h>
#include <string.h>

enum {
	DEEPEST = 100, /* values in values */
};

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

bool json_wrong(struct json *json, const char *problem)
{
	json->problem = problem;
	return false;
}

bool json_is(struct json_slice string, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(string.end - string.start) == length + 2 &&
	       !memcmp(string.start + 1, text, length);
}

char json_peek(struct json *json)
{
	while (*json->at && strchr(" \t\r\n", *json->at))
		json->at++;
	return *json->at;
}

bool json_expect(struct json *json, char letter, const char *otherwise)
{
	if (json_peek(json) != letter)
		return json_wrong(json, otherwise);
	json->at++;
	return true;
}

/* ---- Text ---- */

/* Of a character of UTF-8, by its first byte: the bytes that follow, and the
   least that such a one may mean (RFC 3629). */
static int bytes_after(unsigned char first, uint32_t *bits, uint32_t *least)
{
	static const struct {
		unsigned char from, to, mask;
		uint32_t least;
	} kinds[] = {
		{ 0x00, 0x7f, 0x7f, 0 },
		{ 0xc2, 0xdf, 0x1f, 0x80 },
		{ 0xe0, 0xef, 0x0f, 0x800 },
		{ 0xf0, 0xf4, 0x07, 0x10000 },
	};

	for (int i = 0; i < 4; i++) {
		if (first < kinds[i].from || first > kinds[i].to)
			continue;
		*bits = first & kinds[i].mask;
		*least = kinds[i].least;
		return i;
	}
	return -1;
}

bool json_character(struct json *json)
{
	uint32_t code, least;
	int after = bytes_after((unsigned char)*json->at, &code, &least);

	if (after < 0)
		return json_wrong(json, "this is not UTF-8");
	if (json->end - json->at <= after) {
		json->at = json->end;
		return false;
	}
	for (int i = 1; i <= after; i++) {
		unsigned char byte = (unsigned char)json->at[i];

		if ((byte & 0xc0) != 0x80)
			return json_wrong(json, "this is not UTF-8");
		code = code << 6 | (byte & 0x3f);
	}
	if (code < least || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return json_wrong(json, "this is not UTF-8");
	json->at += after + 1;
	return true;
}

static bool is_hexadecimal(char letter)
{
	return letter && strchr("0123456789abcdefABCDEF", letter);
}

static bool escape(struct json *json)
{
	json->at++;
	if (json->at == json->end)
		return false;
	if (!strchr("\"\\/bfnrtu", *json->at) || !*json->at)
		return json_wrong(json, "no such escape");
	if (*json->at++ != 'u')
		return true;
	for (int i = 0; i < 4; i++) {
		if (json->at == json->end)
			return false;
		if (!is_hexadecimal(*json->at))
			return json_wrong(json, "four hexadecimal digits are "
						"missing after \\u");
		json->at++;
	}
	return true;
}

bool json_string(struct json *json, struct json_slice *string)
{
	if (json_peek(json) != '"')
		return json_wrong(json, "text in quotes is missing");
	string->start = json->at++;
	while (json->at < json->end && *json->at != '"') {
		if ((unsigned char)*json->at < ' ')
			return json_wrong(json, "a control character in text");
		if (*json->at == '\\' ? !escape(json) : !json_character(json))
			return false;
	}
	if (json->at == json->end)
		return false;
	string->end = ++json->at;
	return true;
}

/* ---- Numbers and words ---- */

static bool digits(struct json *json)
{
	if (!is_digit(*json->at))
		return json_wrong(json, "a digit is missing");
	while (is_digit(*json->at))
		json->at++;
	return true;
}

bool json_number(struct json *json, struct json_slice *number)
{
	json_peek(json);
	number->start = json->at;
	if (*json->at != '-' && !is_digit(*json->at))
		return json_wrong(json, "a number is missing");
	json->at += *json->at == '-';
	if (*json->at == '0')
		json->at++;
	else if (!digits(json))
		return false;
	if (*json->at == '.') {
		json->at++;
		if (!digits(json))
			return false;
	}
	if (*json->at == 'e' || *json->at == 'E') {
		json->at++;
		json->at += *json->at == '+' || *json->at == '-';
		if (!digits(json))
			return false;
	}
	number->end = json->at;
	return true;
}

static bool word(struct json *json)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t left = (size_t)(json->end - json->at);

	for (int i = 0; i < 3; i++) {
		size_t length = strlen(words[i]);

		if (left < length && !memcmp(json->at, words[i], left)) {
			json->at = json->end;
			return false;
		}
		if (left >= length && !memcmp(json->at, words[i], length)) {
			json->at += length;
			return true;
		}
	}
	return json_wrong(json, "a value is missing");
}

/* ---- Values in values ---- */

static bool member_of(struct json *json, json_member *member, void *arg)
{
	struct json_slice key;

	return json_string(json, &key) &&
	       json_expect(json, ':', "a colon is missing") &&
	       (member ? member(json, key, arg) : json_value(json, NULL));
}

/* What stands between commas, after the bracket. */
static bool list(struct json *json, char close, json_member *member, void *arg)
{
	if (json->depth == DEEPEST)
		return json_wrong(json, "values are nested too deeply");
	json->depth++;
	json->at++;
	if (json_peek(json) != close) {
		do {
			if (close == '}' ? !member_of(json, member, arg) :
					   !json_value(json, NULL))
				return false;
		} while (json_peek(json) == ',' && json->at++);
	}
	json->depth--;
	return json_expect(json, close,
			   close == '}' ? "a comma or } is missing" :
					  "a comma or ] is missing");
}

bool json_object(struct json *json, json_member *member, void *arg)
{
	if (json_peek(json) != '{')
		return json_wrong(json, "an object in { } is missing");
	return list(json, '}', member, arg);
}

static bool any(struct json *json)
{
	struct json_slice unused;

	switch (json_peek(json)) {
	case '{':
		return list(json, '}', NULL, NULL);
	case '[':
		return list(json, ']', NULL, NULL);
	case '"':
		return json_string(json, &unused);
	case 't':
	case 'f':
	case 'n':
		return word(json);
	default:
		return json_number(json, &unused);
	}
}

bool json_value(struct json *json, struct json_slice *value)
{
	const char *start;

	json_peek(json);
	start = json->at;
	if (!any(json))
		return false;
	if (value)
		*value = (struct json_slice){ start, json->at };
	return true;
}
